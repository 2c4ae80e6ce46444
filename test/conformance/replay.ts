/** An upstream that answers every request with the exchange it was last given. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { bodyText, type Exchange } from "./corpus.ts";

export interface Replay {
  readonly baseUrl: string;
  /** The next requests get this exchange's recorded answer. */
  serve(exchange: Exchange): void;
  /** Bodies received since the last `serve`. */
  readonly received: string[];
  close(): Promise<void>;
}

const headersOf = (exchange: Exchange): Record<string, string> => ({
  "content-type": exchange.response.sse === undefined ? "application/json" : "text/event-stream",
  ...exchange.response.headers,
});

/** Cuts a text at positions that do not depend on its events, so that frames arrive in pieces. */
const pieces = (text: string): Buffer[] => {
  const bytes = Buffer.from(text);
  const cut: Buffer[] = [];
  for (let at = 0, step = 1; at < bytes.length; at += step, step = ((step * 7 + 13) % 700) + 1)
    cut.push(bytes.subarray(at, at + step));
  return cut;
};

export const startReplay = async (): Promise<Replay> => {
  let current: Exchange | undefined;
  const received: string[] = [];
  const server: Server = createServer((req, res) => {
    const parts: Buffer[] = [];
    req.on("data", (part: Buffer) => parts.push(part));
    req.on("end", () => {
      received.push(Buffer.concat(parts).toString("utf8"));
      if (current === undefined) {
        res.writeHead(500).end();
        return;
      }
      res.writeHead(current.response.status, headersOf(current));
      for (const piece of pieces(bodyText(current))) res.write(piece);
      res.end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    serve: (exchange) => {
      current = exchange;
      received.length = 0;
    },
    received,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
};

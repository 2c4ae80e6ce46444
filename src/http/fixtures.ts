/** For tests of this folder: a server with a trivial handler, and a client that says any bytes it likes. */
import { connect, type Socket } from "node:net";

import { errorRow } from "../errors.ts";
import type { ErrorDialect, Exchange, Handler } from "./exchange.ts";
import { createGatewayServer, type GatewayServer, type GatewayServerOptions } from "./server.ts";

/** A dialect that is easy to read in a test. */
export const plainDialect: ErrorDialect = {
  error: (error, requestId) => JSON.stringify({ code: error.code, message: error.message, requestId }),
  status: (code) => errorRow(code).status,
};

/** Answers with what it was asked: `{"method","path","query","bytes"}`. */
export const echo: Handler = async (exchange) => {
  const { method, path, query } = exchange;
  const bytes = method === "POST" ? (await exchange.body()).length : 0;
  exchange.reply(200, JSON.stringify({ method, path, query, bytes }));
};

export interface Served {
  readonly server: GatewayServer;
  readonly port: number;
  /** Exchanges that are over, in order. */
  readonly finished: Exchange[];
  readonly faults: unknown[];
  readonly refused: string[];
}

/** A listening server on loopback. The caller closes `server`. */
export const serve = async (handler: Handler, options: Partial<GatewayServerOptions> = {}): Promise<Served> => {
  const finished: Exchange[] = [];
  const faults: unknown[] = [];
  const refused: string[] = [];
  let ids = 0;
  const server = createGatewayServer({
    handler,
    dialectOf: () => plainDialect,
    newRequestId: () => `req_${(ids += 1)}`,
    onFinish: (exchange) => finished.push(exchange),
    onFault: (thrown) => faults.push(thrown),
    onRefused: (why) => refused.push(why),
    ...options,
  });
  const { port } = await server.listen(0, "127.0.0.1");
  return { server, port, finished, faults, refused };
};

/** One connection, and everything that came back on it. */
export class RawClient {
  readonly socket: Socket;
  text = "";
  ended = false;
  readonly #ended: Promise<void>;

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.setEncoding("latin1");
    this.socket.on("data", (chunk: Buffer | string) => {
      this.text += chunk.toString();
    });
    this.socket.on("error", () => undefined);
    this.#ended = new Promise((resolve) => {
      this.socket.on("close", () => {
        this.ended = true;
        resolve();
      });
    });
  }

  write(bytes: string | Buffer): this {
    this.socket.write(bytes);
    return this;
  }

  /** Resolves when the server has closed the connection. */
  async closed(): Promise<string> {
    await this.#ended;
    return this.text;
  }

  /** Resolves when the text that came back satisfies `enough`. */
  async until(enough: (text: string) => boolean): Promise<string> {
    while (!enough(this.text) && !this.ended) await new Promise((resolve) => setTimeout(resolve, 2));
    return this.text;
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Waits until something is true; the test's own time limit is the deadline. */
export const eventually = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 2));
};

export interface Parsed {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Reads one response off a text; chunked bodies are left framed. */
export const parse = (text: string): Parsed => {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  return { status: Number(first.split(" ")[1]), headers, body: text.slice(end + 4) };
};

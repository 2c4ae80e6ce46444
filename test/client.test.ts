/** The helpers tested, and with them the contract of the start: what is printed, when, and how the process ends (DESIGN §5). */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { rawRequest, sse, startGateway, StartFailed } from "./client.ts";

describe("raw clients", () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream", connection: "close" });
      response.end('event: a\ndata: {"x":1}\n\n: a comment\n\ndata: [DONE]\n\n');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.close();
  });

  it("show status and end of what is answered", async () => {
    const answer = await rawRequest(port, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    expect(answer).toMatchObject({ status: 200, end: "fin", text: expect.stringContaining("[DONE]") });
    expect(await rawRequest(port, "GET / HTTP/1.1\r\n", 50)).toEqual({ status: 0, end: "timeout", text: "" });
  });

  it("read events", async () => {
    expect(await sse(await fetch(`http://127.0.0.1:${port}/`))).toEqual([
      { event: "a", data: '{"x":1}' },
      { event: "", data: "[DONE]" },
    ]);
  });
});

describe("a gateway process", () => {
  it("says on its first start, once, all that a newcomer needs; after a crash it starts again, and ends well", async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), "farthing-client-"));
    try {
      const first = await startGateway({ dataDir });
      expect(first.logs()).toContain("Admin code");
      expect(first.logs()).toContain("curl ");
      expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
      const account = await first.cli("account", "create", "--name", "client-test", "--credit", "1");
      expect(account).toBeTypeOf("object");
      await first.kill9();
      const second = await startGateway({ dataDir });
      expect(second.logs()).not.toContain("Admin code");
      expect(await second.stop()).toBe(0);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it("that cannot start says why, and ends with a code", async () => {
    const failure = await startGateway({ env: { PORT: "99999" } }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartFailed);
    expect(failure).toMatchObject({ code: 1, output: expect.stringContaining("PORT must be") });
  });
});

/** What the log says, and above all what it cannot say; A23. */
import { spawn } from "node:child_process";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

import { errors } from "../errors.ts";
import { echo, eventually, RawClient, serve } from "./fixtures.ts";
import { createLog, type LogOptions } from "./log.ts";

const CANARY = "sk-far-canary";

const logged = (options: Partial<LogOptions> = {}) => {
  const output = new PassThrough();
  let text = "";
  output.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const log = createLog({ level: "info", output, ...options });
  return {
    log,
    text: () => text,
    lines: () =>
      text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
};

describe("log", () => {
  it("writes nothing of a caller's request: not the path, query, headers, body or a message that quotes them", async () => {
    const { log, text, lines } = logged({ access: "all" });
    const { server, port } = await serve(
      async (exchange) => {
        const body = await exchange.body();
        JSON.parse(body.toString());
      },
      {
        onFinish: (exchange) => {
          log.request(exchange);
        },
        onFault: (thrown, { requestId, route }) => {
          log.fault(thrown, { requestId, route });
        },
      },
    );
    const head = `POST /${CANARY}?key=${CANARY} HTTP/1.1\r\nHost: ${CANARY}\r\nAuthorization: Bearer ${CANARY}\r\n`;
    await new RawClient(port)
      .write(`${head}Connection: close\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n${CANARY}`)
      .closed();
    await eventually(() => lines().length === 2);
    await server.close();
    expect(text()).not.toContain(CANARY);
    expect(lines()[0]).toMatchObject({ msg: "fault", requestId: "req_1", route: "unmatched", error: "SyntaxError" });
    expect(lines()[1]).toMatchObject({
      msg: "request",
      method: "POST",
      route: "unmatched",
      status: 500,
      code: "internal",
      level: 40,
    });
  });

  it.each<[string, "all" | "notable", number]>([
    ["all", "all", 1],
    ["notable", "notable", 0],
  ])("a regular request costs a line only when all are wanted: %s", async (_name, access, count) => {
    const { log, lines } = logged({ access });
    const { server, port, finished } = await serve(echo);
    await new RawClient(port).write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").closed();
    await eventually(() => finished.length === 1);
    log.request(finished[0]!);
    await server.close();
    expect(lines()).toHaveLength(count);
  });

  it("names the private cause of a failure by its kind only", async () => {
    const { log, text, lines } = logged();
    const { server, port, finished } = await serve(() => {
      throw errors.upstreamFailed(Object.assign(new Error(`bad key ${CANARY}`), { code: "ECONNRESET" }));
    });
    await new RawClient(port).write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").closed();
    await eventually(() => finished.length === 1);
    log.request(finished[0]!);
    await server.close();
    expect(lines()[0]).toMatchObject({ status: 502, code: "upstream_failed", error: "Error", errorCode: "ECONNRESET" });
    expect(text()).not.toContain(CANARY);
  });

  it("does not let a storm of failures become a storm of lines", async () => {
    const { log, lines } = logged();
    const { server, port, finished } = await serve(() => {
      throw errors.internal();
    });
    await new RawClient(port).write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").closed();
    await eventually(() => finished.length === 1);
    for (let count = 0; count < 10_000; count += 1) log.request(finished[0]!);
    await server.close();
    expect(lines().length + log.dropped).toBe(10_000);
    expect(log.dropped).toBeGreaterThan(5_000);
  });

  it("cuts long values, and one event is one line", () => {
    const { log, lines } = logged();
    log.event("info", "started", { note: `${"a".repeat(10_000)}\nb`, port: 8080 });
    expect(lines()).toHaveLength(1);
    expect(String(lines()[0]?.["note"])).toHaveLength(2_048);
  });

  it("A23 goes on when nobody reads its output: lines are dropped and counted", async () => {
    const program = `
      import { createLog } from ${JSON.stringify(fileURLToPath(new URL("log.ts", import.meta.url)))};
      const log = createLog({ level: "info" });
      for (let round = 0; round < 50; round += 1) {
        for (let line = 0; line < 1000; line += 1) log.event("info", "filler", { text: "a".repeat(100) });
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      process.stderr.write(JSON.stringify({ dropped: log.dropped }));
      await log.close();
      process.stderr.write(" closed");
      process.kill(process.pid, "SIGKILL");
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await new Promise((resolve) => child.on("exit", resolve));
    child.stdout.destroy();
    const { dropped } = JSON.parse(said.replace(" closed", "")) as { dropped: number };
    expect(dropped).toBeGreaterThan(10_000);
    expect(said).toContain("closed");
  });
});

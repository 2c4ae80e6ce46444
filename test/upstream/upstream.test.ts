/** The test tools tested: what a script says is what a caller meets. */
import http from "node:http";
import { connect } from "node:net";
import { gunzipSync } from "node:zlib";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { bodyText, loadCorpus, type Exchange } from "../conformance/corpus.ts";
import { byHeader, recorded } from "./replay-upstream.ts";
import {
  CLOSE,
  RESET,
  SILENT,
  cutAfter,
  dataEvents,
  drip,
  gzipped,
  head,
  hugeHeader,
  json,
  redirect,
  reply,
  stream,
  wait,
  write,
} from "./script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "./scripted-upstream.ts";
import { startSlowProxy, type SlowProxy } from "./slow-proxy.ts";

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** Code of the failure that ended the body, or null. */
  readonly broken: string | null;
}

const codeOf = (error: Error): string => ("code" in error ? String(error.code) : error.message);

/** A caller that hides nothing: what came, and how it ended. */
const call = (port: number, options: http.RequestOptions = {}, body = "{}"): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = http.request(
      { port, host: "127.0.0.1", method: "POST", path: "/v1/x", agent: false, ...options },
      (response) => {
        // From here on the response itself tells how it ends.
        request.off("error", reject).on("error", () => undefined);
        const parts: Buffer[] = [];
        const finish = (broken: string | null): void =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts), broken });
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", (error) => finish(codeOf(error)));
        response.on("end", () => finish(null));
      },
    );
    request.on("error", reject);
    request.end(body);
  });

const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "answered",
    (error: Error) => codeOf(error),
  );

let upstream: ScriptedUpstream;
beforeEach(async () => {
  upstream = await startScriptedUpstream();
});
afterEach(() => upstream.close());

describe("a scripted upstream", () => {
  it("records what it is sent, chunked or not, in order", async () => {
    upstream.always(json({ ok: true }));
    await call(upstream.port, { headers: { "X-One": "1" } }, '{"a":1}');
    const answer = await call(upstream.port, { headers: { "transfer-encoding": "chunked" } }, '{"b":2}');
    expect(answer).toMatchObject({ status: 200, broken: null });
    expect(upstream.requests.map((request) => request.json())).toEqual([{ a: 1 }, { b: 2 }]);
    expect(upstream.requests[0]).toMatchObject({
      method: "POST",
      path: "/v1/x",
      leftAfterMs: null,
      headers: { "x-one": "1" },
    });
    expect(upstream.requests[0]?.rawHeaders).toContainEqual(["X-One", "1"]);
  });

  it("gives each request the next script, then the standing one, on one connection", async () => {
    upstream.next(reply("first"), reply("second", { status: 429, headers: { "retry-after": 3 } }));
    upstream.always((request) => reply(`after ${request.path}`));
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const answers = [
      await call(upstream.port, { agent }),
      await call(upstream.port, { agent }),
      await call(upstream.port, { agent }),
    ];
    expect(answers.map(({ status, body }) => [status, body.toString()])).toEqual([
      [200, "first"],
      [429, "second"],
      [200, "after /v1/x"],
    ]);
    expect(answers[1]?.headers["retry-after"]).toBe("3");
    expect([upstream.connections(), ...upstream.requests.map((request) => request.connection)]).toEqual([1, 0, 0, 0]);
    agent.destroy();
  });

  it("streams pieces and ends them well", async () => {
    upstream.next(stream(dataEvents({ a: 1 }, "[DONE]"), { gapMs: 1 }));
    const { body, headers, broken } = await call(upstream.port);
    expect([body.toString(), headers["content-type"], broken]).toEqual([
      'data: {"a":1}\n\ndata: [DONE]\n\n',
      "text/event-stream",
      null,
    ]);
  });

  it.each([
    ["a close", CLOSE],
    ["a reset", RESET],
  ])("cuts a stream in the middle with %s", async (_name, end) => {
    const script = stream(["aaaa", "bbbb"]);
    const headBytes = script.steps[0]?.do === "write" ? script.steps[0].bytes.length : 0;
    const { steps } = cutAfter(script, headBytes + 9 + 4, end);
    // Bytes under way may be lost by a reset, so they are given time to arrive.
    upstream.next({ steps: [...steps.slice(0, -1), wait(20), end] });
    const { body, broken } = await call(upstream.port);
    expect([body.toString(), broken]).toEqual(["aaaab", "ECONNRESET"]);
  });

  it.each([
    ["RST before any byte", { steps: [RESET] }, "ECONNRESET"],
    ["FIN before any byte", { steps: [CLOSE] }, "ECONNRESET"],
    ["what is not HTTP", { steps: [write("no such thing\r\n\r\n"), CLOSE] }, "HPE_INVALID_CONSTANT"],
    ["a header beyond all bounds", hugeHeader("{}", 100_000), "HPE_HEADER_OVERFLOW"],
  ] as const)("answers with %s", async (_name, script, code) => {
    upstream.next(script);
    expect(await failure(call(upstream.port))).toBe(code);
  });

  it("tells a wrong length", async () => {
    upstream.next({ steps: [...reply("short", { headers: { "content-length": 50 } }).steps, CLOSE] });
    expect(await call(upstream.port)).toMatchObject({ body: Buffer.from("short"), broken: "ECONNRESET" });
  });

  it("drips, redirects and encodes", async () => {
    upstream.next(drip(reply("dripping"), 7, 1), redirect("http://127.0.0.1:1/"), gzipped("squeezed"));
    expect((await call(upstream.port)).body.toString()).toBe("dripping");
    expect(await call(upstream.port)).toMatchObject({ status: 302, headers: { location: "http://127.0.0.1:1/" } });
    expect(gunzipSync((await call(upstream.port)).body).toString()).toBe("squeezed");
  });

  it("answers before the body has come when told so", async () => {
    upstream.next({ ...reply("early", { status: 413 }), early: true });
    const request = http.request({
      port: upstream.port,
      host: "127.0.0.1",
      method: "POST",
      headers: { "content-length": 9 },
    });
    request.on("error", () => undefined);
    request.flushHeaders();
    const status = await new Promise((resolve) => request.once("response", (response) => resolve(response.statusCode)));
    expect(status).toBe(413);
    request.destroy();
  });

  it("sees that a caller left, and when", async () => {
    upstream.next(SILENT);
    const aborter = new AbortController();
    const waiting = failure(call(upstream.port, { signal: aborter.signal }));
    await upstream.received(1);
    aborter.abort();
    expect(await waiting).toBe("ABORT_ERR");
    const [request] = upstream.requests;
    expect(await request?.over).toBe("left");
    expect(request?.leftAfterMs).toBeGreaterThanOrEqual(0);
  });

  it("can refuse connections, or take them and stay deaf", async () => {
    upstream.welcome("reset");
    expect(await failure(call(upstream.port))).toBe("ECONNRESET");
    upstream.welcome("deaf");
    const signal = AbortSignal.timeout(100);
    expect(await failure(call(upstream.port, { signal }))).toBe("ABORT_ERR");
    expect(upstream.requests).toHaveLength(0);
  });

  it("fails a request that no script expects", async () => {
    expect((await call(upstream.port)).status).toBe(500);
  });

  it("writes heads exactly as given", () => {
    expect(head(200, { "X-A": 1 })).toBe("HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\n");
  });
});

describe("a replayed recording", () => {
  const own: Exchange = {
    file: "own/stream.json",
    provider: "own",
    protocol: "openai-chat",
    stream: true,
    features: [],
    request: null,
    response: {
      status: 200,
      headers: { "content-type": "text/event-stream", "x-request-id": "r" },
      sse: "data: é1\r\n\r\ndata: 2\n\n",
    },
  };
  const body: Exchange = {
    ...own,
    file: "own/body.json",
    response: { status: 429, headers: { "retry-after": "5" }, body: { error: {} } },
  };
  // Its absence is said by the conformance run; the own exchanges are always replayed.
  const corpus = loadCorpus().filter((_exchange, index) => index % 40 === 0);

  it.each([own, body, ...corpus].map((exchange) => [exchange.file, exchange] as const))(
    "of %s arrives whole, however it is cut",
    async (_file, exchange) => {
      for (const options of [{}, { seed: 1, most: 1 }, { seed: 7 }]) {
        upstream.next(recorded(exchange, options));
        const answer = await call(upstream.port);
        expect(answer.body.equals(Buffer.from(bodyText(exchange)))).toBe(true);
        expect([answer.status, answer.broken]).toEqual([exchange.response.status, null]);
      }
    },
  );

  it("is chosen by the request", async () => {
    upstream.always(byHeader([own, body]));
    expect(await call(upstream.port, { headers: { "x-replay": body.file } })).toMatchObject({
      status: 429,
      headers: { "retry-after": "5" },
    });
    expect((await call(upstream.port, { headers: { "x-replay": "none" } })).status).toBe(500);
  });
});

describe("a slow proxy", () => {
  let proxy: SlowProxy;
  beforeEach(async () => {
    proxy = await startSlowProxy(upstream.port);
    upstream.always(stream(["aaaa", "bbbb"]));
  });
  afterEach(() => proxy.close());

  it("passes everything on, in slices too", async () => {
    expect((await call(proxy.port)).body.toString()).toBe("aaaabbbb");
    proxy.set({ slice: 3, latencyMs: 1 });
    expect(await call(proxy.port)).toMatchObject({ body: Buffer.from("aaaabbbb"), broken: null });
    expect(proxy.connections()).toBe(2);
  });

  it("cuts the answer after so many bytes", async () => {
    const { steps } = stream(["aaaa", "bbbb"]);
    const headBytes = steps[0]?.do === "write" ? steps[0].bytes.length : 0;
    proxy.set({ cutAfter: headBytes + 5 });
    expect(await call(proxy.port)).toMatchObject({ body: Buffer.from("aa"), broken: "ECONNRESET" });
  });

  it("stalls until it may go on", async () => {
    proxy.stall();
    const waiting = call(proxy.port);
    const first = await Promise.race([
      waiting.then(() => "answered"),
      new Promise((done) => setTimeout(done, 50, "stalled")),
    ]);
    expect(first).toBe("stalled");
    proxy.resume();
    expect((await waiting).body.toString()).toBe("aaaabbbb");
  });

  it("resets what runs", async () => {
    upstream.next(SILENT);
    const waiting = failure(call(proxy.port));
    await upstream.received(1);
    proxy.reset();
    expect(await waiting).toBe("ECONNRESET");
    expect(await upstream.requests[0]?.over).toBe("left");
  });

  it("ends one side only", async () => {
    const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => undefined);
    const ended = new Promise((resolve) => socket.once("end", () => resolve("ended")));
    socket.resume();
    await new Promise((resolve) => socket.once("connect", resolve));
    upstream.next(SILENT);
    socket.write("POST /half HTTP/1.1\r\ncontent-length: 0\r\n\r\n");
    await upstream.received(1);
    proxy.halfClose();
    expect(await ended).toBe("ended");
    socket.write("POST /still HTTP/1.1\r\ncontent-length: 0\r\n\r\n");
    await upstream.received(2);
    expect(upstream.requests.map((request) => request.path)).toEqual(["/half", "/still"]);
    socket.destroy();
  });
});

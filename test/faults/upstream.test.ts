/** Group B of the fault matrix: providers that fail in every way. What the client sees, what the ledger holds, and that nothing leaks. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { audit } from "../../src/ledger/audit-store.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import {
  CHARGE,
  completion,
  events,
  goodStream,
  piece,
  PRICES,
  STOP,
  TEXT,
  THEIR_MODEL,
  USAGE,
  WORDS,
} from "../upstream/chat.ts";
import {
  chunk,
  CLOSE,
  cutAfter,
  dataEvents,
  drip,
  gzipped,
  HANG,
  head,
  hugeHeader,
  json,
  redirect,
  reply,
  RESET,
  SILENT,
  stream,
  wait,
  write,
  type Script,
} from "../upstream/script.ts";
import { BLOCK_STOP, delta, event, MESSAGE_STOP, START, textBlock } from "../upstream/messages.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";

/** Stands in every text of the provider that must not reach a customer (B37, B38). */
const CANARY = "sk-proj-canary-0123";
const CANARY_HOST = "canary-host.internal";
const LEAK = `It failed for ${CANARY}, organization org-canary at https://${CANARY_HOST}:8443/v1`;

let gateway: TestGateway;
let first: ScriptedUpstream;
let second: ScriptedUpstream;

/** A port on which nothing listens. */
const closedPort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

beforeAll(async () => {
  [first, second] = [await startScriptedUpstream(), await startScriptedUpstream()];
  const compatible = { provider: "openai-compatible", apiKey: CANARY };
  const timeouts = { firstByteMs: 300, wholeMs: 400, idleMs: 300 };
  const model = (id: string, ...upstreams: string[]) => ({
    id,
    kind: "chat",
    context: 100_000,
    maxOutput: 4_096,
    prices: PRICES,
    routes: upstreams.map((upstream, index) => ({ upstream, model: THEIR_MODEL, priority: index + 1, weight: 1 })),
  });
  gateway = await startTestGateway({
    credit: "100",
    config: {
      upstreams: [
        { id: "a", ...compatible, baseUrl: `${first.baseUrl}/v1`, timeouts },
        { id: "b", ...compatible, baseUrl: `${second.baseUrl}/v1`, timeouts },
        { id: "claude", provider: "anthropic-compatible", apiKey: CANARY, baseUrl: first.baseUrl, timeouts },
        { id: "dead", ...compatible, baseUrl: `http://127.0.0.1:${await closedPort()}/v1` },
      ],
      models: [
        model("solo", "a"),
        model("pair", "a", "b"),
        model("dead", "dead"),
        model("dead-pair", "dead", "b"),
        model("claude", "claude"),
      ],
    },
  });
});
afterEach(() => {
  for (const upstream of [first, second]) {
    upstream.clear();
    upstream.always(UNEXPECTED);
  }
});
afterAll(async () => {
  expect(gateway.server.books.open()).toEqual({ count: 0, sum: 0n });
  expect((await audit(gateway.server.database)).disagreements).toEqual([]);
  await gateway.close();
  await Promise.all([first.close(), second.close()]);
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly row: Record<string, unknown>;
}

/** Calls the gateway, and checks what holds for every fault: nothing of the provider's own words, names and credentials leaks. */
const call = async (model: string, fields: object = {}, headers: Record<string, string> = {}): Promise<Answer> => {
  const path = model === "claude" ? "/v1/messages" : "/v1/chat/completions";
  const response = await fetch(gateway.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}`, ...headers },
    body: JSON.stringify({ model, max_tokens: 100, messages: [{ role: "user", content: "hello" }], ...fields }),
  });
  const text = await response.text();
  const everything = `${JSON.stringify([...response.headers])}\n${text}`;
  for (const secret of [CANARY, CANARY_HOST, "org-canary", "127.0.0.1", THEIR_MODEL])
    expect(everything).not.toContain(secret);
  const row = await gateway.row(response.headers.get("x-request-id") ?? "");
  return { status: response.status, headers: response.headers, text, row };
};

const codeOf = ({ text }: Answer): unknown => (JSON.parse(text) as { error: { code?: string } }).error.code;
const attemptsOf = ({ row }: Answer): unknown => JSON.parse(row["attempts"] as string);

const ERROR = { error: { message: LEAK, type: "server_error", code: null } };
const BUSY = { error: { message: LEAK, type: "overloaded_error" } };

const good = (): Script => json(completion());
/** A refusal of the provider, with a text that must not be shown. */
const refused = (status: number, headers: Record<string, string> = {}, type = "server_error"): Script =>
  json({ error: { message: LEAK, type, code: null, param: null } }, { status, headers });

/** No test expects another request than those it has scripted. */
const UNEXPECTED = json({ error: { message: "unexpected" } }, { status: 500 });
const FREE = { posted: 0n };

describe("before the first byte", () => {
  it.each<[string, Script, number, string]>([
    ["B34 429", refused(429, { "retry-after": "7" }), 503, "overloaded"],
    ["B35 500", refused(500), 502, "upstream_error"],
    ["B35 502", refused(502), 502, "upstream_error"],
    ["B35 503", refused(503), 502, "upstream_error"],
    ["B36 529", refused(529, {}, "overloaded_error"), 503, "overloaded"],
    ["B37 401 with a key in its text", refused(401), 502, "upstream_error"],
    ["B37 402", refused(402), 502, "upstream_error"],
    ["B37 403", refused(403), 502, "upstream_error"],
    ["B38 400 with a host in its text", refused(400, {}, "invalid_request_error"), 400, "invalid_value"],
    ["B39 a 200 that holds an error", json(ERROR), 502, "upstream_error"],
    ["B43 HTML", reply("<html>canary</html>", { headers: { "content-type": "text/html" } }), 502, "upstream_error"],
    ["B43 an empty body", reply(""), 502, "upstream_error"],
    ["B51 a redirect", redirect("http://169.254.169.254/latest/meta-data"), 502, "upstream_error"],
    ["B52 an encoding nobody asked for", gzipped(JSON.stringify(completion())), 502, "upstream_error"],
    ["B53 a header of 64 KB", hugeHeader(JSON.stringify(completion()), 65_536), 502, "upstream_error"],
    [
      "B54 a body shorter than it says",
      { steps: [...reply("{}", { headers: { "content-length": 100 } }).steps, CLOSE] },
      502,
      "upstream_error",
    ],
    [
      "B54 a body longer than it says",
      reply(JSON.stringify(completion()), { headers: { "content-length": 20 } }),
      502,
      "upstream_error",
    ],
  ])("%s: JSON and stream alike get the catalogue's error, and pay nothing", async (_row, script, status, code) => {
    for (const streams of [false, true]) {
      first.next(script);
      const answer = await call("solo", { stream: streams });
      expect([streams, answer.status, codeOf(answer)]).toEqual([streams, status, code]);
      expect(answer.row).toMatchObject({ outcome: "upstream_failed_before_output", ...FREE, absorbed: 0n });
      expect(first.requests.length).toBe(streams ? 2 : 1);
    }
    // B54: nothing of the broken answer is taken for the next one's.
    first.next(good());
    expect(await call("solo")).toMatchObject({ status: 200, row: { outcome: "completed", posted: CHARGE } });
  });

  it.each<[string, Script]>([
    ["B40 an error as the first event", events([ERROR])],
    ["B43 a stream without an event", events([])],
    ["B44 broken JSON as the first event", stream(["data: {broken\n\n"])],
    ["B43 JSON in answer to a stream", json(completion())],
  ])("%s: the stream gets a true status", async (_row, script) => {
    first.next(script);
    const answer = await call("solo", { stream: true });
    expect([answer.status, codeOf(answer)]).toEqual([502, "upstream_error"]);
    expect(answer.row).toMatchObject({ outcome: "upstream_failed_before_output", ...FREE });
  });

  it("B28 a reset before headers, time and again", async () => {
    first.always({ steps: [RESET] });
    const answer = await call("solo");
    expect([answer.status, codeOf(answer)]).toEqual([502, "upstream_error"]);
    expect(answer.row).toMatchObject({ outcome: "upstream_failed_before_output", ...FREE });
    // Once more on a new connection if the first had been of use (B55), and then never again.
    expect(first.requests.length).toBeLessThanOrEqual(2);
  });

  it("B37 a text about keys under any status is about ours, not the customer's", async () => {
    first.next(json({ error: { message: `Incorrect API key provided: ${CANARY}` } }, { status: 400 }));
    const answer = await call("solo");
    expect([answer.status, codeOf(answer)]).toEqual([502, "upstream_error"]);
  });

  it("B34 passes on how long to wait", async () => {
    first.next(refused(429, { "retry-after": "7" }));
    expect((await call("solo")).headers.get("retry-after")).toBe("7");
  });

  it("B40 an overloaded provider's first event is a 503", async () => {
    first.next(events([BUSY]));
    const answer = await call("solo", { stream: true });
    expect([answer.status, codeOf(answer)]).toEqual([503, "overloaded"]);
  });

  it("B51 follows no redirect", async () => {
    first.next(redirect(`${second.baseUrl}/v1/chat/completions`));
    expect((await call("solo")).headers.get("location")).toBeNull();
    expect(second.requests).toHaveLength(0);
  });

  it.each<[string, boolean, Script]>([
    ["B30 a stream without a byte", true, SILENT],
    ["B30 a reply without a byte", false, SILENT],
    ["B29 headers, then silence", true, { steps: [write(head(200, { "content-type": "text/event-stream" })), HANG] }],
    ["B33 a reply that drips past its time", false, drip(good(), 4, 20)],
  ])("%s: a timeout, and the provider is left", async (_row, streams, script) => {
    first.next(script);
    const answer = await call("solo", { stream: streams });
    expect([answer.status, codeOf(answer)]).toEqual([504, "upstream_timeout"]);
    expect(answer.row).toMatchObject({ outcome: "upstream_failed_before_output", ...FREE });
    expect(await first.requests[0]?.over).toBe("left");
  });

  it("B25 a refused connection", async () => {
    const answer = await call("dead");
    expect([answer.status, codeOf(answer)]).toEqual([502, "upstream_error"]);
    expect(answer.row).toMatchObject({ outcome: "upstream_failed_before_output", ...FREE });
  });
});

describe("B57 another candidate", () => {
  it.each<[string, Script]>([
    ["B34 a 429", refused(429)],
    ["B35 a 500", refused(500)],
    ["B36 a 529", refused(529)],
    ["B37 a 401", refused(401)],
    ["B40 an error as the first event", events([BUSY])],
    ["B44 a broken first event", stream(["data: {broken\n\n"])],
  ])("answers after %s, with one charge and a row of both attempts", async (_row, script) => {
    first.next(script);
    second.next(goodStream());
    const answer = await call("pair", { stream: true });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("[DONE]");
    expect(answer.row).toMatchObject({ outcome: "completed", posted: CHARGE });
    expect(attemptsOf(answer)).toHaveLength(2);
    expect(gateway.query("select 1 from request where id = ?", answer.row["id"] as Uint8Array)).toHaveLength(1);
  });

  it("B25 answers after a refused connection", async () => {
    second.next(good());
    expect((await call("dead-pair")).row).toMatchObject({ outcome: "completed", posted: CHARGE });
  });

  it("is not tried after output, nor for a request that is itself at fault", async () => {
    first.next(events([TEXT]), refused(400));
    expect((await call("pair", { stream: true })).row).toMatchObject({ outcome: "upstream_failed_after_output" });
    expect((await call("pair")).status).toBe(400);
    expect(second.requests).toHaveLength(0);
  });
});

describe("after the first byte", () => {
  it.each<[string, Script]>([
    ["B32 a stall", events([TEXT], { after: [HANG] })],
    ["B41 an error event", events([TEXT, ERROR])],
    ["B42 an end without [DONE]", events([TEXT])],
    ["B42 a reset", events([TEXT], { after: [wait(50), RESET] })],
    ["B42 a connection that closes", events([TEXT], { after: [CLOSE] })],
    ["B44 an event of broken JSON", stream([...dataEvents(TEXT), "data: {broken\n\n", ...dataEvents(STOP, "[DONE]")])],
    ["B54 broken chunked framing", events([TEXT], { after: [write("zz\r\n\r\n")] })],
  ])("%s: E-STREAM, nothing charged, the cost absorbed", async (_row, script) => {
    first.next(script);
    const { status, text, row } = await call("solo", { stream: true });
    expect(status).toBe(200);
    expect(text).toContain(WORDS);
    expect(text).toContain('"upstream_stream_error"');
    expect(text).not.toContain("[DONE]");
    expect(text).not.toContain('"stop"');
    expect(row).toMatchObject({ outcome: "upstream_failed_after_output", ...FREE });
    expect(row["absorbed"]).toBeGreaterThan(45n * 5_000n);
  });
});

it("a last event that cannot be edited as asked makes the reply a failure, not a charge (I-33)", async () => {
  const bytes = Buffer.from(dataEvents({ ...piece([], { usage: USAGE }), broken: "?" })[0] ?? "");
  // No byte of valid UTF-8: text takes it as U+FFFD, an edit of the bytes does not.
  bytes[bytes.lastIndexOf("?")] = 0xff;
  first.next(stream([...dataEvents(TEXT, STOP), bytes, ...dataEvents("[DONE]")]));
  const { text, row } = await call("solo", { stream: true }, { "x-farthing-usage": "cost" });
  expect(text).toContain('"upstream_stream_error"');
  expect(text).not.toContain("[DONE]");
  expect(row).toMatchObject({ outcome: "upstream_failed_after_output", ...FREE });
});

describe("what providers count", () => {
  it("B46 nothing: the usage is estimated, said to be, and shown", async () => {
    first.next(json(completion({})), events([TEXT, STOP, "[DONE]"]));
    const whole = await call("solo");
    expect(whole.headers.get("x-farthing-usage-source")).toBe("estimated");
    const { usage } = JSON.parse(whole.text) as { usage: { prompt_tokens: number; completion_tokens: number } };
    expect(usage.completion_tokens).toBe(Math.ceil(WORDS.length / 4));
    const streamed = await call("solo", { stream: true, stream_options: { include_usage: true } });
    expect(streamed.text).toContain(`"completion_tokens":${usage.completion_tokens}`);
    for (const { row } of [whole, streamed]) {
      expect(row).toMatchObject({ outcome: "completed_no_usage", source: "estimated", usage_invalid: 0n });
      expect(row["posted"]).toBe(BigInt(usage.prompt_tokens) * 1_000n + BigInt(usage.completion_tokens) * 5_000n);
    }
  });

  it("B47 zero: it is believed", async () => {
    first.next(json(completion({ usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } })));
    expect((await call("solo")).row).toMatchObject({ outcome: "completed_zero_usage", source: "reported", ...FREE });
  });

  it.each<[string, unknown, bigint]>([
    ["a negative count", { ...USAGE, completion_tokens: -5 }, 1n],
    ["an enormous one", { ...USAGE, completion_tokens: 1e21 }, 1n],
    ["2⁶³", { ...USAGE, prompt_tokens: 2 ** 63 }, 1n],
    ["text", { ...USAGE, completion_tokens: "12" }, 1n],
    ["more than the cap could give", { ...USAGE, completion_tokens: 90_000 }, 1n],
    ["null", null, 0n],
  ])("B48 %s: an estimate within the hold instead", async (_which, usage, invalid) => {
    for (const streams of [false, true]) {
      first.next(streams ? goodStream({ usage }) : json(completion({ usage })));
      const { status, row } = await call("solo", { stream: streams });
      expect(status).toBe(200);
      expect(row).toMatchObject({ outcome: "completed_no_usage", source: "estimated", usage_invalid: invalid });
      expect(row["posted"]).toBeGreaterThan(0n);
      expect(row["posted"]).toBeLessThanOrEqual(row["hold"] as bigint);
    }
  });

  it("I-43 a unit that has no price: at its side's dearest rate, and the rest is not free", async () => {
    first.next(json(completion({ usage: { ...USAGE, prompt_tokens_details: { audio_tokens: 4 } } })));
    const { row } = await call("solo");
    expect(row).toMatchObject({ outcome: "completed", posted: CHARGE, input: 6n, audio_input: 4n });
  });

  it("B49 cumulative usage in every event: the last is the most, and is not summed", async () => {
    const running = (completion_tokens: number) => ({ usage: { ...USAGE, completion_tokens } });
    first.next(events([{ ...TEXT, ...running(5) }, { ...TEXT, ...running(5) }, { ...STOP, ...running(20) }, "[DONE]"]));
    expect((await call("solo", { stream: true })).row).toMatchObject({ outcome: "completed", posted: CHARGE });
  });
});

describe("Messages", () => {
  const block = [...textBlock([WORDS]), BLOCK_STOP];

  it.each<[string, string[]]>([
    ["repeated", [delta({ output_tokens: 20 }), delta({ output_tokens: 20 }, "end_turn")]],
    ["growing", [delta({ output_tokens: 7 }), delta({ output_tokens: 20 }, "end_turn")]],
  ])("B49 cumulative usage, %s: the most is charged, once", async (_which, deltas) => {
    first.next(stream([START, ...block, ...deltas, MESSAGE_STOP]));
    const { text, row } = await call("claude", { stream: true });
    expect(text).toContain("message_stop");
    expect(row).toMatchObject({ outcome: "completed", posted: CHARGE });
  });

  it("B49 usage only in message_start: output is never less than what was seen", async () => {
    first.next(stream([START, ...block, delta({}, "end_turn"), MESSAGE_STOP]));
    const { row } = await call("claude", { stream: true });
    expect(row["outcome"]).toMatch(/^completed/);
    expect(row["posted"]).toBeGreaterThanOrEqual(15_000n);
  });

  it.each<[string, Script]>([
    ["B32 a stall", stream([START, ...block], { after: [HANG] })],
    ["B41 an error event", stream([START, ...block, event("error", BUSY)])],
    ["B42 no message_stop", stream([START, ...block])],
  ])("%s: an error event, nothing charged", async (_row, script) => {
    first.next(script);
    const { status, text, row } = await call("claude", { stream: true });
    expect(status).toBe(200);
    expect(text).toContain("event: error");
    expect(text).not.toContain("message_stop");
    expect(row).toMatchObject({ outcome: "upstream_failed_after_output", ...FREE });
    expect(row["absorbed"]).toBeGreaterThan(0n);
  });

  it("B34, B36 a busy provider is a 529", async () => {
    for (const status of [429, 529]) {
      first.next(refused(status, { "retry-after": "7" }, "overloaded_error"));
      const answer = await call("claude");
      expect(answer.status).toBe(529);
      expect(answer.headers.get("retry-after")).toBe("7");
      expect(JSON.parse(answer.text)).toMatchObject({ type: "error", error: { type: "overloaded_error" } });
    }
  });
});

describe("connections", () => {
  it("B53 passes on none of the provider's headers", async () => {
    const theirs = {
      "set-cookie": `s=${CANARY}`,
      server: CANARY_HOST,
      "x-request-id": CANARY,
      "openai-organization": "org-canary",
    };
    first.next(
      json(completion(), { headers: theirs }),
      stream(dataEvents(TEXT, STOP, piece([], { usage: USAGE }), "[DONE]"), { headers: theirs }),
    );
    for (const streams of [false, true]) {
      const { headers } = await call("solo", { stream: streams });
      expect(headers.get("set-cookie")).toBeNull();
      expect(headers.get("server")).toBeNull();
    }
  });

  it("B53 is not impressed by a flood of early hints", async () => {
    const hint = head(103, { link: "</x>; rel=preload" });
    first.next({ steps: [write(hint.repeat(50)), ...good().steps] });
    expect((await call("solo")).row).toMatchObject({ outcome: "completed", posted: CHARGE });
  });

  it("B54 bytes after a reply are not the next one's", async () => {
    first.next({ steps: [...good().steps, write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")] }, good());
    for (let i = 0; i < 2; i++) {
      const { text, row } = await call("solo");
      expect(text).toContain(WORDS);
      expect(row).toMatchObject({ outcome: "completed", posted: CHARGE });
    }
  });

  it("B55 a pooled connection that was closed meanwhile is replaced, once, with one charge", async () => {
    first.next(good(), { steps: [RESET] }, good());
    await call("solo");
    expect((await call("solo")).row).toMatchObject({ outcome: "completed", posted: CHARGE });
    expect(first.requests.map(({ connection }) => connection - (first.requests[0]?.connection ?? 0))).toEqual([
      0, 0, 1,
    ]);
  });

  it("a provider that never ends a complete stream keeps nobody waiting", async () => {
    const more = Array.from({ length: 50 }, () => [write(chunk(": still here\n\n"))]).flat();
    first.next(events([TEXT, STOP, piece([], { usage: USAGE }), "[DONE]"], { after: [...more, HANG] }));
    expect((await call("solo", { stream: true })).row).toMatchObject({ outcome: "completed", posted: CHARGE });
  });

  it("a stream that is cut at any byte is either complete or free", async () => {
    const whole = goodStream();
    const bytes = whole.steps.reduce((sum, step) => sum + (step.do === "write" ? step.bytes.length : 0), 0);
    for (let at = 1; at < bytes; at += 97) {
      first.next(cutAfter(whole, at));
      const { text, row } = await call("solo", { stream: true });
      const complete = text.includes("[DONE]");
      expect([at, row["posted"]]).toEqual([
        at,
        complete ? (row["source"] === "reported" ? CHARGE : row["posted"]) : 0n,
      ]);
      expect(String(row["outcome"]).startsWith("completed")).toBe(complete);
    }
  });
});

import { describe, expect, it } from "vitest";

import { ERROR_CODES, errors } from "../errors.ts";
import type { Json } from "./canonical.ts";
import { waitOf } from "./fault.ts";
import { loadFailed } from "./fixtures/failed.ts";
import { PROTOCOLS } from "./index.ts";
import { PROTOCOL_IDS, type ProtocolId, type UpstreamFault } from "./protocol.ts";

type Headers = Record<string, string | undefined>;

const fault = (protocol: ProtocolId, status: number, body: unknown, headers: Headers = {}): UpstreamFault =>
  PROTOCOLS[protocol].upstream.fault(
    status,
    headers,
    Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
  );

const both = PROTOCOL_IDS.map((id) => [id] as const);

describe.each(both)("HTTP errors of %s providers", (protocol) => {
  it.each([
    // status, body, code, retry, credential (B34–B38)
    [429, {}, "overloaded", "safe", undefined],
    [529, { type: "error", error: { type: "overloaded_error" } }, "overloaded", "safe", undefined],
    [500, { type: "error", error: { type: "overloaded_error", message: "Busy" } }, "overloaded", "safe", undefined],
    [500, { type: "error", error: { type: "api_error", message: "Overloaded" } }, "overloaded", "safe", undefined],
    [500, { error: { message: "The image is overloaded with detail" } }, "upstream_failed", "uncertain", undefined],
    [500, "", "upstream_failed", "uncertain", undefined],
    [502, "<html>Bad Gateway</html>", "upstream_failed", "uncertain", undefined],
    [503, { error: "Server is away" }, "upstream_failed", "safe", undefined],
    [408, {}, "upstream_timeout", "uncertain", undefined],
    [504, {}, "upstream_timeout", "uncertain", undefined],
    [401, { detail: "Invalid API Key" }, "upstream_failed", "safe", true],
    [402, {}, "upstream_failed", "safe", true],
    [403, { error: { message: "Forbidden" } }, "upstream_failed", "safe", true],
    [429, { error: { type: "insufficient_quota", code: null } }, "upstream_failed", "safe", true],
    [429, { error: { code: "insufficient_quota" } }, "upstream_failed", "safe", true],
    [400, { error: { message: "Your credit balance is too low to go on" } }, "upstream_failed", "safe", true],
    [400, { code: "c", error: "Incorrect API key provided: xai-ab" }, "upstream_failed", "safe", true],
    [404, {}, "upstream_failed", "safe", undefined],
    [
      400,
      { object: "error", type: "invalid_model", message: "Invalid model: x" },
      "upstream_failed",
      "safe",
      undefined,
    ],
    [400, { error: { message: "a/b is not a valid model ID", code: 400 } }, "upstream_failed", "safe", undefined],
    [400, { error: { code: "context_length_exceeded" } }, "context_exceeded", "never", undefined],
    [400, { error: { message: "prompt is too long: 9 > 8" } }, "context_exceeded", "never", undefined],
    [400, { detail: "Prompt is too long" }, "context_exceeded", "never", undefined],
    [400, { object: "error", message: "Prompt is too long" }, "context_exceeded", "never", undefined],
    [413, { error: { type: "request_too_large" } }, "invalid_value", "never", undefined],
    [400, { error: { code: "content_filter" } }, "content_policy", "never", undefined],
    [403, { error: { code: "content_policy_violation" } }, "content_policy", "never", undefined],
    [400, { error: { innererror: { code: "ResponsibleAIPolicyViolation" } } }, "content_policy", "never", undefined],
    [422, { detail: [{ loc: ["body"], msg: "no" }] }, "invalid_value", "never", undefined],
    [400, "not json", "invalid_value", "never", undefined],
    [400, [{ error: { message: "maximum context length" } }], "context_exceeded", "never", undefined],
    [418, {}, "upstream_failed", "safe", undefined],
  ] as const)("%i %j is %s, retry %s", (status, body, code, retry, credential) => {
    const read = fault(protocol, status, body);
    expect(read.error.code).toBe(code);
    expect(read.retry).toBe(retry);
    expect(read.credential).toBe(credential);
  });

  it.each([
    ["messages[0].content[1].image_url", "messages[0].content[1].image_url"],
    ["max_tokens", "max_tokens"],
    ["sk-proj-secret", undefined],
    ["10.0.0.1:443", undefined],
    ["with space", undefined],
    ["a".repeat(65), undefined],
    [17, undefined],
  ])("shows the param %j as %j (B38)", (param, shown) => {
    expect(fault(protocol, 400, { error: { message: "no", param } }).error.detail.param).toBe(shown);
  });

  it.each([
    [{ "retry-after": "7" }, 7, 7],
    [{ "retry-after": "0.4" }, 1, 1],
    [{ "retry-after-ms": "1500", "retry-after": "60" }, 2, 2],
    [{ "retry-after": "120" }, 120, 30],
    [{ "retry-after": "999999" }, 3_600, 30],
    [{ date: "Sat, 21 Nov 2026 12:00:00 GMT", "retry-after": "Sat, 21 Nov 2026 12:00:09 GMT" }, 9, 9],
    [{ "retry-after": "Sat, 21 Nov 2026 12:00:09 GMT" }, undefined, 5],
    [{ "retry-after": "-3" }, undefined, 5],
    [{ "retry-after": "1e9" }, undefined, 5],
    [{}, undefined, 5],
  ])("cools down as %j says (B34)", (headers: Headers, coolDown, shown) => {
    const read = fault(protocol, 429, {}, headers);
    expect(read.coolDown).toBe(coolDown);
    expect(read.error.detail.retryAfter).toBe(shown);
    expect(waitOf(headers)).toBe(coolDown);
  });
});

describe("errors inside a 200 (B39, B40)", () => {
  it.each([
    ["openai-chat", { error: { message: "m", code: 502 } }, "upstream_failed"],
    ["openai-chat", { error: { message: "m", code: 429 } }, "overloaded"],
    ["openai-chat", { error: { message: "m", type: "invalid_request_error" } }, "invalid_value"],
    ["openai-chat", { error: { message: "m", status_code: 400, code: "tool_use_failed" } }, "invalid_value"],
    ["openai-chat", { error: "text" }, "upstream_failed"],
    ["openai-chat", { object: "error", code: 40, message: "m" }, "upstream_failed"],
    ["openai-chat", { choices: [{ index: 0, error: { code: 429 }, finish_reason: "error" }] }, "overloaded"],
    ["openai-chat", { choices: [{ index: 0, delta: {}, finish_reason: "error" }] }, "upstream_failed"],
    ["anthropic", { type: "error", error: { type: "overloaded_error", message: "m" } }, "overloaded"],
    ["anthropic", { type: "error", error: { type: "api_error", message: "m" } }, "upstream_failed"],
    ["anthropic", { type: "error", error: { type: "timeout_error", message: "m" } }, "upstream_timeout"],
    ["anthropic", { type: "error" }, "upstream_failed"],
  ] as const)("%s %j is %s", (protocol, body, code) => {
    expect(PROTOCOLS[protocol].upstream.eventFault(undefined, body as Json)?.error.code).toBe(code);
  });

  it.each([
    ["openai-chat", { choices: [{ index: 0, delta: { content: "error" }, finish_reason: null }], error: null }],
    ["openai-chat", { choices: [] }],
    ["anthropic", { type: "message_stop" }],
    ["anthropic", { type: "message", content: [], error: null }],
  ] as const)("%s %j is none", (protocol, body) => {
    const { upstream } = PROTOCOLS[protocol];
    expect(upstream.eventFault(undefined, body as Json)).toBeUndefined();
    expect(upstream.eventFault({ event: "error", data: "" }, body as Json)).toBeDefined();
  });
});

/** Everything a caller can ever be told of a provider's failure: constants, and the field at fault. */
const CONSTANT = [
  errors.overloaded(1),
  errors.upstreamFailed(),
  errors.upstreamTimeout(),
  errors.contextExceeded(),
  errors.contentPolicy(),
  errors.refusedByProvider(),
];
const sayable = (read: UpstreamFault): readonly string[] => [
  ...CONSTANT.map(({ message }) => message),
  ...(read.error.detail.param === undefined ? [] : [errors.refusedByProvider(read.error.detail.param).message]),
];

/** All substrings of a text of a length, as a canary: none of them may be shown. */
const pieces = (text: string, length: number): string[] =>
  Array.from({ length: Math.max(0, text.length - length + 1) }, (_, i) => text.slice(i, i + length));

const CANARY = 12;

describe("recorded errors (B37, B38)", () => {
  const failed = loadFailed();

  it.each(failed.map((exchange) => [exchange.file, exchange] as const))("%s leaks nothing", (_file, exchange) => {
    const { upstream } = PROTOCOLS[exchange.protocol];
    const body = Buffer.from(exchange.body);
    const read = upstream.fault(exchange.status, exchange.headers, body);
    expect(sayable(read)).toContain(read.error.message);
    expect(ERROR_CODES).toContain(read.error.code);
    // The param is a field's name that is shown on purpose; what else is rendered shares nothing with the provider's text.
    const param = read.error.detail.param ?? "";
    for (const id of PROTOCOL_IDS) {
      const rendered = PROTOCOLS[id].client.error(read.error, "req_1");
      const ours = CONSTANT.map((error) => PROTOCOLS[id].client.error(error, "req_1")).join("\n");
      const shown = rendered.replaceAll(JSON.stringify(param).slice(1, -1), "");
      for (const said of exchange.texts)
        for (const piece of pieces(said, CANARY))
          if (!ours.includes(piece)) expect(shown.includes(piece), `${piece} of ${said}`).toBe(false);
    }
  });

  it("classifies what was recorded", () => {
    const codes = new Set(
      failed.map(({ protocol, status, headers, body }) => {
        const read = PROTOCOLS[protocol].upstream.fault(status, headers, Buffer.from(body));
        expect(read.retry === "never", `${status}`).toBe(
          ["invalid_value", "context_exceeded", "content_policy"].includes(read.error.code),
        );
        if (status === 401) expect(read.credential).toBe(true);
        return read.error.code;
      }),
    );
    if (failed.length > 20)
      expect([...codes].sort()).toEqual(["context_exceeded", "invalid_value", "overloaded", "upstream_failed"]);
  });
});

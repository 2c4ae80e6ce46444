import { describe, expect, it } from "vitest";

import { ERROR_CODES, errors, GatewayError, STREAM_FAILED } from "../../errors.ts";
import { errorBody, errorStatus, eventFault, httpFault, streamErrorEvent } from "./errors.ts";

const body = (error: GatewayError): { error: { code: number; status: string; details: { reason?: string }[] } } =>
  JSON.parse(errorBody(error));

describe("the error catalogue in Google's words (d0)", () => {
  it.each([
    [errors.missingKey(), 401, "UNAUTHENTICATED", "API_KEY_MISSING"],
    [errors.invalidKey(), 401, "UNAUTHENTICATED", "API_KEY_INVALID"],
    [errors.keyFrozen(), 403, "PERMISSION_DENIED", "API_KEY_DISABLED"],
    [
      errors.insufficientBalance({ required: "$2", available: "$1" }, {}),
      402,
      "FAILED_PRECONDITION",
      "INSUFFICIENT_BALANCE",
    ],
    [errors.requestsLimited(200, 12), 429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"],
    [errors.invalidValue("contents", "no"), 400, "INVALID_ARGUMENT", "INVALID_VALUE"],
    [errors.modelNotFound("M"), 404, "NOT_FOUND", "MODEL_NOT_FOUND"],
    [errors.slowBody(), 408, "DEADLINE_EXCEEDED", "REQUEST_TIMEOUT"],
    [errors.idempotencyInProgress(), 409, "ABORTED", "IDEMPOTENCY_IN_PROGRESS"],
    [errors.internal(), 500, "INTERNAL", "INTERNAL_ERROR"],
    [errors.upstreamFailed(), 502, "UNAVAILABLE", "UPSTREAM_ERROR"],
    [errors.upstreamTimeout(), 504, "DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT"],
    [errors.overloaded(3), 503, "UNAVAILABLE", "OVERLOADED"],
    [errors.ledgerUnavailable(), 503, "UNAVAILABLE", "LEDGER_UNAVAILABLE"],
  ])("%s", (error, status, word, reason) => {
    expect(errorStatus(error.code)).toBe(status);
    const { code, status: said, details } = body(error).error;
    expect([code, said, details[0]?.reason]).toEqual([status, word, reason]);
  });

  it("tells the wait, the quota and the field in Google's own details", () => {
    expect(body(errors.requestsLimited(200, 12)).error.details.slice(1)).toEqual([
      expect.objectContaining({ "@type": "type.googleapis.com/google.rpc.QuotaFailure" }),
      { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "12s" },
    ]);
    expect(body(errors.invalidValue("contents", "must be an array")).error.details[1]).toEqual({
      "@type": "type.googleapis.com/google.rpc.BadRequest",
      fieldViolations: [{ field: "contents", description: "contents: must be an array." }],
    });
    const broke = errors.insufficientBalance({ required: "$2", available: "$1" }, { balance: "1", required: 2 });
    expect(body(broke).error.details[0]).toMatchObject({ metadata: { balance: "1", required: "2" } });
  });

  it("names its own header where the key is missing", () => {
    expect(errorBody(errors.missingKey())).toContain("x-goog-api-key");
  });

  it("has words for every code, and never shows a cause", () => {
    for (const code of ERROR_CODES) {
      const text = errorBody(new GatewayError(code, "public", {}, new Error("sk-secret")));
      expect(text).not.toContain("sk-secret");
      expect(JSON.parse(text).error).toMatchObject({
        code: errorStatus(code),
        status: expect.stringMatching(/^[A-Z_]+$/),
      });
    }
  });

  it("ends a failed stream by an event whose code is a number (E-STREAM)", () => {
    const text = streamErrorEvent(STREAM_FAILED);
    expect(JSON.parse(text.slice("data: ".length))).toEqual({
      error: { code: 502, message: STREAM_FAILED, status: "UNAVAILABLE" },
    });
  });
});

const google = (code: number, status: string, more: object = {}): Buffer =>
  Buffer.from(JSON.stringify({ error: { code, status, message: "words of the provider", ...more } }));
const detail = (type: string, members: object) => ({ "@type": `type.googleapis.com/google.rpc.${type}`, ...members });

describe("faults of the provider", () => {
  it.each([
    [
      "an invalid key is a 400 at Google",
      400,
      google(400, "INVALID_ARGUMENT", { details: [detail("ErrorInfo", { reason: "API_KEY_INVALID" })] }),
      { credential: true, retry: "safe" },
    ],
    [
      "without details too",
      400,
      google(400, "INVALID_ARGUMENT", { message: "API key expired." }),
      { credential: true },
    ],
    ["a region", 400, google(400, "FAILED_PRECONDITION"), { credential: true }],
    ["a permission", 403, google(403, "PERMISSION_DENIED"), { credential: true }],
    ["a bad request", 400, google(400, "INVALID_ARGUMENT"), { retry: "never" }],
    [
      "a quota, its wait in the body",
      429,
      google(429, "RESOURCE_EXHAUSTED", { details: [detail("RetryInfo", { retryDelay: "48s" })] }),
      { coolDown: 48, retry: "safe" },
    ],
    [
      "a wait in parts of a second",
      429,
      google(429, "RESOURCE_EXHAUSTED", { details: [detail("RetryInfo", { retryDelay: "1.5s" })] }),
      { coolDown: 2 },
    ],
    ["an unknown model", 404, google(404, "NOT_FOUND"), { retry: "safe" }],
    ["overload", 503, google(503, "UNAVAILABLE"), { retry: "safe" }],
    ["a list of one", 400, Buffer.from(`[${google(400, "INVALID_ARGUMENT").toString()}]`), { retry: "never" }],
    ["no JSON", 500, Buffer.from("<html>"), { retry: "uncertain" }],
  ])("%s", (_name, status, raw, expected) => {
    const fault = httpFault(status, {}, raw);
    expect(fault).toMatchObject(expected);
    expect(fault.error.message).not.toContain("words of the provider");
  });

  it("are seen in the middle of a stream, and nowhere else", () => {
    expect(eventFault(undefined, JSON.parse(google(503, "UNAVAILABLE").toString()))).toMatchObject({ retry: "safe" });
    expect(eventFault(undefined, { candidates: [] })).toBeUndefined();
    expect(eventFault(undefined, { promptFeedback: { blockReason: "SAFETY" } })).toBeUndefined();
  });
});

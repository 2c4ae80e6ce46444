import { describe, expect, it } from "vitest";

import { ERROR_CODES, errors, GatewayError, STREAM_FAILED } from "../../errors.ts";
import { aContext } from "../fixtures/sides.ts";
import { errorBody, errorStatus, streamErrorEvent } from "./errors.ts";

const shown = (error: GatewayError): unknown => JSON.parse(errorBody(error)).error;

describe("the error catalogue in OpenAI's words (d0)", () => {
  it.each([
    [errors.missingKey(), 401, "invalid_request_error", "missing_api_key", null],
    [errors.invalidKey(), 401, "invalid_request_error", "invalid_api_key", null],
    [errors.keyFrozen(), 403, "invalid_request_error", "key_disabled", null],
    [errors.modelNotAllowed("M"), 403, "invalid_request_error", "model_not_allowed", "model"],
    [errors.keyBudgetExceeded(), 402, "insufficient_quota", "key_budget_exceeded", null],
    [errors.requestsLimited(200, 12), 429, "requests", "rate_limit_exceeded", null],
    [errors.tokensLimited(1_000_000, 8), 429, "tokens", "rate_limit_exceeded", null],
    [errors.concurrencyLimited(50), 429, "requests", "concurrency_limit_exceeded", null],
    [errors.exceedsTokenLimit(2, 1), 400, "invalid_request_error", "request_exceeds_limit", null],
    [errors.duplicateKey("model"), 400, "invalid_request_error", "duplicate_key", "model"],
    [errors.invalidValue("max_tokens", "no"), 400, "invalid_request_error", "invalid_value", "max_tokens"],
    [errors.contextExceeded(2, 3), 400, "invalid_request_error", "context_length_exceeded", "messages"],
    [errors.modelNotFound("M"), 404, "invalid_request_error", "model_not_found", "model"],
    [errors.unknownPath(), 404, "invalid_request_error", "not_found", null],
    [errors.unsupportedMedia(), 415, "invalid_request_error", "unsupported_media_type", null],
    [errors.malformedHttp(), 400, "invalid_request_error", "bad_request", null],
    [errors.internal(), 500, "server_error", "internal_error", null],
    [errors.upstreamFailed(), 502, "server_error", "upstream_error", null],
    [errors.upstreamTimeout(), 504, "server_error", "upstream_timeout", null],
    [errors.overloaded(3), 503, "server_error", "overloaded", null],
    [errors.ledgerUnavailable(), 503, "server_error", "ledger_unavailable", null],
    [errors.draining(), 503, "server_error", "draining", null],
  ])("%s", (error, status, type, code, param) => {
    expect(errorStatus(error.code)).toBe(status);
    expect(shown(error)).toEqual({ message: error.message, type, param, code });
  });

  it("shows further members beside the four, and never in their place", () => {
    const error = errors.insufficientBalance(
      { required: "$0.012300", available: "$0.004000" },
      { balance: "0.004000", required: "0.012300", affordable_max_tokens: 300, message: "not this", code: "nor this" },
    );
    expect(shown(error)).toEqual({
      message: error.message,
      type: "insufficient_quota",
      param: null,
      code: "insufficient_balance",
      balance: "0.004000",
      required: "0.012300",
      affordable_max_tokens: 300,
    });
  });

  it("has words for every code, and never shows a cause", () => {
    for (const code of ERROR_CODES) {
      const body = errorBody(new GatewayError(code, "public", {}, new Error("sk-secret")));
      expect(JSON.parse(body).error).toMatchObject({ type: expect.any(String), code: expect.any(String) });
      expect(body).not.toContain("secret");
    }
  });

  it("ends a failed stream with a chunk and without [DONE] (E-STREAM)", () => {
    const text = streamErrorEvent(STREAM_FAILED, aContext({ requestId: "req_7", model: "M" }));
    expect(text.endsWith("\n\n")).toBe(true);
    expect(JSON.parse(text.slice("data: ".length))).toEqual({
      id: "chatcmpl-req_7",
      object: "chat.completion.chunk",
      created: 1_700_000_000,
      model: "M",
      choices: [{ index: 0, delta: {}, finish_reason: "error" }],
      error: { message: STREAM_FAILED, type: "server_error", param: null, code: "upstream_stream_error" },
    });
  });
});

import { describe, expect, it } from "vitest";

import { ERROR_CODES, errors, GatewayError, STREAM_FAILED } from "../../errors.ts";
import { aContext } from "../fixtures/sides.ts";
import { errorBody, errorStatus, streamErrorEvent } from "./errors.ts";

describe("the error catalogue in Anthropic's words (d0)", () => {
  it.each([
    [errors.missingKey(), 401, "authentication_error"],
    [errors.keyFrozen(), 403, "permission_error"],
    [errors.keyBudgetExceeded(), 402, "billing_error"],
    [errors.requestsLimited(200, 12), 429, "rate_limit_error"],
    [errors.invalidValue("max_tokens", "no"), 400, "invalid_request_error"],
    [errors.contextExceeded(2, 3), 400, "invalid_request_error"],
    [errors.modelNotFound("M"), 404, "not_found_error"],
    [errors.modelRetired("M", null), 404, "not_found_error"],
    [errors.slowBody(), 408, "timeout_error"],
    [errors.idempotencyInProgress(), 409, "conflict_error"],
    [errors.requestTooLarge(1), 413, "request_too_large"],
    [errors.internal(), 500, "api_error"],
    [errors.upstreamFailed(), 502, "api_error"],
    [errors.upstreamTimeout(), 504, "timeout_error"],
    [errors.overloaded(3), 529, "overloaded_error"],
    [errors.ledgerUnavailable(), 503, "api_error"],
    [errors.draining(), 503, "overloaded_error"],
  ])("%s", (error, status, type) => {
    expect(errorStatus(error.code)).toBe(status);
    expect(JSON.parse(errorBody(error, "req_7"))).toEqual({
      type: "error",
      error: { type, message: error.message },
      request_id: "req_7",
    });
  });

  it("shows further members inside the error, and never in the place of its own", () => {
    const error = errors.insufficientBalance({ required: "$2", available: "$1" }, { balance: "1", type: "not this" });
    expect(JSON.parse(errorBody(error, "req_7")).error).toEqual({
      type: "billing_error",
      message: error.message,
      balance: "1",
    });
  });

  it("says the word that makes Anthropic's SDK send the whole conversation", () => {
    const error = errors.unknownThread();
    expect(JSON.parse(errorBody(error, "req_7")).error).toEqual({
      type: "not_found_error",
      message: error.message,
      details: { error_code: "thread_not_found" },
    });
  });

  it("has a type for every code, and never shows a cause", () => {
    for (const code of ERROR_CODES) {
      const body = errorBody(new GatewayError(code, "public", {}, new Error("sk-secret")), "req_7");
      expect(JSON.parse(body).error).toEqual({ type: expect.any(String), message: "public" });
    }
  });

  it("ends a failed stream with an error event (E-STREAM)", () => {
    const text = streamErrorEvent(STREAM_FAILED, aContext({ requestId: "req_7" }));
    expect(text).toBe(
      `event: error\ndata: {"type":"error","error":{"type":"api_error","message":"${STREAM_FAILED}"},"request_id":"req_7"}\n\n`,
    );
  });
});

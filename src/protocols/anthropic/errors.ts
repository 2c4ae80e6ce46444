/** Errors in the words of Anthropic: ours for clients (the catalogue, errors-and-faults.md d0), and the provider's for us. */
import { errorRow, type ErrorCode, type GatewayError } from "../../errors.ts";
import type { Json } from "../canonical.ts";
import { bodyFault } from "../fault.ts";
import type { ReplyContext, UpstreamFault } from "../protocol.ts";
import { sseEvent, type SseEvent } from "../sse.ts";
import { isObject } from "../value.ts";

const TYPES = {
  missing_key: "authentication_error",
  invalid_key: "authentication_error",
  key_frozen: "permission_error",
  model_not_allowed: "permission_error",
  insufficient_balance: "billing_error",
  key_budget_exceeded: "billing_error",
  requests_limited: "rate_limit_error",
  tokens_limited: "rate_limit_error",
  concurrency_limited: "rate_limit_error",
  exceeds_token_limit: "invalid_request_error",
  invalid_json: "invalid_request_error",
  invalid_utf8: "invalid_request_error",
  json_too_complex: "invalid_request_error",
  duplicate_key: "invalid_request_error",
  invalid_value: "invalid_request_error",
  context_exceeded: "invalid_request_error",
  content_policy: "invalid_request_error",
  url_not_allowed: "invalid_request_error",
  model_not_found: "not_found_error",
  model_retired: "not_found_error",
  unknown_path: "not_found_error",
  unknown_object: "not_found_error",
  method_not_allowed: "invalid_request_error",
  slow_body: "timeout_error",
  idempotency_in_progress: "conflict_error",
  idempotent_stream_finished: "conflict_error",
  idempotent_reply_not_kept: "conflict_error",
  idempotency_mismatch: "invalid_request_error",
  request_too_large: "request_too_large",
  unsupported_media: "invalid_request_error",
  unsupported_encoding: "invalid_request_error",
  upgrade_refused: "invalid_request_error",
  headers_too_large: "invalid_request_error",
  malformed_http: "invalid_request_error",
  internal: "api_error",
  upstream_failed: "api_error",
  upstream_timeout: "timeout_error",
  overloaded: "overloaded_error",
  ledger_unavailable: "api_error",
  draining: "overloaded_error",
} as const satisfies Record<ErrorCode, string>;

/** The status that Anthropic has for overload, and its clients know. */
const OVERLOADED = 529;

/** The JSON body of an error; further members stand beside `type` and `message`. */
export const errorBody = ({ code, message, detail }: GatewayError, requestId: string): string =>
  JSON.stringify({
    type: "error",
    error: {
      ...detail.extra,
      type: TYPES[code],
      message,
      ...(detail.reason === undefined ? {} : { details: { error_code: detail.reason } }),
    },
    request_id: requestId,
  });

/** The HTTP status of an error: the catalogue's own, but for overload. */
export const errorStatus = (code: ErrorCode): number => (code === "overloaded" ? OVERLOADED : errorRow(code).status);

/** The last event of a stream that failed: an error, and no `message_stop`. */
export const streamErrorEvent = (message: string, { requestId }: ReplyContext): string =>
  sseEvent(JSON.stringify({ type: "error", error: { type: "api_error", message }, request_id: requestId }), "error");

/**
 * The fault of an error event, or of a body that is an error although it came with 200.
 * @returns undefined when the event is no error
 */
export const eventFault = (event: SseEvent | undefined, body: Json): UpstreamFault | undefined => {
  if (!isObject(body)) return event?.event === "error" ? bodyFault(body, {}) : undefined;
  const { type, error } = body;
  if (type === "error" || event?.event === "error" || (error !== undefined && error !== null))
    return bodyFault(error, body);
  return undefined;
};

/** Errors in the words of OpenAI: ours for clients (the catalogue, errors-and-faults.md d0), and the provider's for us. */
import { errorRow, type ErrorCode, type GatewayError } from "../../errors.ts";
import type { Json } from "../canonical.ts";
import { bodyFault } from "../fault.ts";
import type { ReplyContext, UpstreamFault } from "../protocol.ts";
import { sseEvent, type SseEvent } from "../sse.ts";
import { isObject, listOf } from "../value.ts";

/** `type` and `code` of the error object. */
interface Words {
  readonly type: string;
  readonly code: string;
}

const invalid = (code: string): Words => ({ type: "invalid_request_error", code });
const quota = (code: string): Words => ({ type: "insufficient_quota", code });
const server = (code: string): Words => ({ type: "server_error", code });

const WORDS = {
  missing_key: invalid("missing_api_key"),
  invalid_key: invalid("invalid_api_key"),
  key_frozen: invalid("key_disabled"),
  model_not_allowed: invalid("model_not_allowed"),
  insufficient_balance: quota("insufficient_balance"),
  key_budget_exceeded: quota("key_budget_exceeded"),
  requests_limited: { type: "requests", code: "rate_limit_exceeded" },
  tokens_limited: { type: "tokens", code: "rate_limit_exceeded" },
  concurrency_limited: { type: "requests", code: "concurrency_limit_exceeded" },
  exceeds_token_limit: invalid("request_exceeds_limit"),
  invalid_json: invalid("invalid_json"),
  invalid_utf8: invalid("invalid_utf8"),
  json_too_complex: invalid("json_too_complex"),
  duplicate_key: invalid("duplicate_key"),
  invalid_value: invalid("invalid_value"),
  context_exceeded: invalid("context_length_exceeded"),
  content_policy: invalid("content_policy_violation"),
  url_not_allowed: invalid("url_not_allowed"),
  model_not_found: invalid("model_not_found"),
  model_retired: invalid("model_retired"),
  unknown_path: invalid("not_found"),
  unknown_object: invalid("not_found"),
  method_not_allowed: invalid("method_not_allowed"),
  slow_body: invalid("request_timeout"),
  idempotency_in_progress: invalid("idempotency_in_progress"),
  idempotent_stream_finished: invalid("idempotent_stream_finished"),
  idempotent_reply_not_kept: invalid("idempotent_reply_not_kept"),
  idempotency_mismatch: invalid("idempotency_mismatch"),
  request_too_large: invalid("request_too_large"),
  unsupported_media: invalid("unsupported_media_type"),
  unsupported_encoding: invalid("unsupported_encoding"),
  upgrade_refused: invalid("upgrade_refused"),
  headers_too_large: invalid("headers_too_large"),
  malformed_http: invalid("bad_request"),
  internal: server("internal_error"),
  upstream_failed: server("upstream_error"),
  upstream_timeout: server("upstream_timeout"),
  overloaded: server("overloaded"),
  ledger_unavailable: server("ledger_unavailable"),
  draining: server("draining"),
} as const satisfies Record<ErrorCode, Words>;

/** The JSON body of an error; further members stand beside the four that every client knows. */
export const errorBody = ({ code, message, detail }: GatewayError): string => {
  const words: Words = WORDS[code];
  return JSON.stringify({
    error: { ...detail.extra, message, type: words.type, param: detail.param ?? null, code: words.code },
  });
};

/** The HTTP status of an error: the catalogue's own. */
export const errorStatus = (code: ErrorCode): number => errorRow(code).status;

/** The last event of a stream that failed: a chunk that ends its choice, with the error beside it, and no `[DONE]`. */
export const streamErrorEvent = (message: string, { requestId, created, model }: ReplyContext): string =>
  sseEvent(
    JSON.stringify({
      id: `chatcmpl-${requestId}`,
      object: "chat.completion.chunk",
      created,
      model,
      choices: [{ index: 0, delta: {}, finish_reason: "error" }],
      error: { message, type: "server_error", param: null, code: "upstream_stream_error" },
    }),
  );

const says = (value: Json | undefined): boolean => value !== undefined && value !== null && value !== false;

/**
 * The fault of an error event, of a chunk with an `error` member, or of a body that is an error although it came with 200.
 * @returns undefined when the event is no error
 */
export const eventFault = (event: SseEvent | undefined, body: Json): UpstreamFault | undefined => {
  if (!isObject(body)) return event?.event === "error" ? bodyFault(body, {}) : undefined;
  const { error, object, choices } = body;
  if (says(error)) return bodyFault(error, body);
  if (event?.event === "error" || object === "error") return bodyFault(undefined, body);
  for (const choice of listOf(choices)) {
    if (!isObject(choice)) continue;
    if (says(choice["error"])) return bodyFault(choice["error"], body);
    if (choice["finish_reason"] === "error") return bodyFault(undefined, {});
  }
  return undefined;
};

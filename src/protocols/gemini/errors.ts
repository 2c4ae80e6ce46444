/** Errors in the words of Google: ours for clients (the catalogue, errors-and-faults.md d0), and the provider's for us. */
import { errorRow, type ErrorCode, type GatewayError } from "../../errors.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { bodyFault, httpFault as plainFault } from "../fault.ts";
import type { UpstreamFault } from "../protocol.ts";
import { sseEvent, type SseEvent } from "../sse.ts";
import { isObject, listOf, textOf } from "../value.ts";

/** `status` of the error object, and the `reason` of its ErrorInfo. */
interface Words {
  readonly status: string;
  readonly reason: string;
}

const of = (status: string, reason: string): Words => ({ status, reason });
const invalid = (reason: string): Words => of("INVALID_ARGUMENT", reason);

const WORDS = {
  missing_key: of("UNAUTHENTICATED", "API_KEY_MISSING"),
  invalid_key: of("UNAUTHENTICATED", "API_KEY_INVALID"),
  key_frozen: of("PERMISSION_DENIED", "API_KEY_DISABLED"),
  model_not_allowed: of("PERMISSION_DENIED", "MODEL_NOT_ALLOWED"),
  insufficient_balance: of("FAILED_PRECONDITION", "INSUFFICIENT_BALANCE"),
  key_budget_exceeded: of("FAILED_PRECONDITION", "KEY_BUDGET_EXCEEDED"),
  requests_limited: of("RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"),
  tokens_limited: of("RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"),
  concurrency_limited: of("RESOURCE_EXHAUSTED", "CONCURRENCY_LIMIT_EXCEEDED"),
  exceeds_token_limit: invalid("REQUEST_EXCEEDS_LIMIT"),
  invalid_json: invalid("INVALID_JSON"),
  invalid_utf8: invalid("INVALID_UTF8"),
  json_too_complex: invalid("JSON_TOO_COMPLEX"),
  duplicate_key: invalid("DUPLICATE_KEY"),
  invalid_value: invalid("INVALID_VALUE"),
  context_exceeded: invalid("CONTEXT_LENGTH_EXCEEDED"),
  content_policy: invalid("CONTENT_POLICY_VIOLATION"),
  url_not_allowed: invalid("URL_NOT_ALLOWED"),
  model_not_found: of("NOT_FOUND", "MODEL_NOT_FOUND"),
  model_retired: of("NOT_FOUND", "MODEL_RETIRED"),
  unknown_path: of("NOT_FOUND", "UNKNOWN_PATH"),
  unknown_object: of("NOT_FOUND", "UNKNOWN_OBJECT"),
  method_not_allowed: invalid("METHOD_NOT_ALLOWED"),
  slow_body: of("DEADLINE_EXCEEDED", "REQUEST_TIMEOUT"),
  idempotency_in_progress: of("ABORTED", "IDEMPOTENCY_IN_PROGRESS"),
  idempotent_stream_finished: of("ABORTED", "IDEMPOTENT_STREAM_FINISHED"),
  idempotent_reply_not_kept: of("ABORTED", "IDEMPOTENT_REPLY_NOT_KEPT"),
  idempotency_mismatch: invalid("IDEMPOTENCY_MISMATCH"),
  request_too_large: invalid("REQUEST_TOO_LARGE"),
  unsupported_media: invalid("UNSUPPORTED_MEDIA_TYPE"),
  unsupported_encoding: invalid("UNSUPPORTED_ENCODING"),
  upgrade_refused: invalid("UPGRADE_REFUSED"),
  headers_too_large: invalid("HEADERS_TOO_LARGE"),
  malformed_http: invalid("BAD_REQUEST"),
  internal: of("INTERNAL", "INTERNAL_ERROR"),
  upstream_failed: of("UNAVAILABLE", "UPSTREAM_ERROR"),
  upstream_timeout: of("DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT"),
  overloaded: of("UNAVAILABLE", "OVERLOADED"),
  ledger_unavailable: of("UNAVAILABLE", "LEDGER_UNAVAILABLE"),
  draining: of("UNAVAILABLE", "DRAINING"),
} as const satisfies Record<ErrorCode, Words>;

const TYPE = "type.googleapis.com/google.rpc.";
const DOMAIN = "gateway";
const MISSING = "Missing API key. Provide via x-goog-api-key header, x-api-key header or Authorization: Bearer.";

/** Codes whose limit is told as a quota that was used up. */
const QUOTAS: ReadonlySet<ErrorCode> = new Set(["requests_limited", "tokens_limited", "concurrency_limited"]);

const detailsOf = ({ code, message, detail }: GatewayError): readonly JsonObject[] => {
  const { extra, retryAfter, param } = detail;
  const metadata = Object.fromEntries(Object.entries(extra ?? {}).map(([name, value]) => [name, String(value)]));
  const details: JsonObject[] = [
    {
      "@type": `${TYPE}ErrorInfo`,
      reason: WORDS[code].reason,
      domain: DOMAIN,
      ...(extra === undefined ? {} : { metadata }),
    },
  ];
  if (QUOTAS.has(code))
    details.push({ "@type": `${TYPE}QuotaFailure`, violations: [{ subject: code, description: message }] });
  if (retryAfter !== undefined) details.push({ "@type": `${TYPE}RetryInfo`, retryDelay: `${retryAfter}s` });
  if (param !== undefined)
    details.push({ "@type": `${TYPE}BadRequest`, fieldViolations: [{ field: param, description: message }] });
  return details;
};

/** The HTTP status of an error: the catalogue's own. */
export const errorStatus = (code: ErrorCode): number => errorRow(code).status;

/** The JSON body of an error. */
export const errorBody = (error: GatewayError): string => {
  const { code, message } = error;
  return JSON.stringify({
    error: {
      code: errorStatus(code),
      message: code === "missing_key" ? MISSING : message,
      status: WORDS[code].status,
      details: detailsOf(error),
    },
  });
};

/** The last event of a stream that failed. Clients raise it where its code is a number of an HTTP error. */
export const streamErrorEvent = (message: string): string =>
  sseEvent(JSON.stringify({ error: { code: 502, message, status: WORDS.upstream_failed.status } }));

type Headers = Readonly<Record<string, string | undefined>>;

/** Reasons and words that mean the operator's own credential, under whatever status (an invalid key is a 400 at Google). */
const CREDENTIAL_REASONS = [
  "API_KEY_INVALID",
  "API_KEY_EXPIRED",
  "API_KEY_SERVICE_BLOCKED",
  "CONSUMER_INVALID",
] as const;
const CREDENTIAL_STATUSES = ["UNAUTHENTICATED", "PERMISSION_DENIED", "FAILED_PRECONDITION"] as const;
const CREDENTIAL_TEXT = "api key";
const UNAUTHORISED = 401;

/** An error object of Google's, in an object or (of a stream that is an array) in a list. */
const errorIn = (body: Json | undefined): JsonObject | undefined => {
  const first = Array.isArray(body) ? listOf(body)[0] : body;
  const error = isObject(first) ? first["error"] : undefined;
  return isObject(error) ? error : undefined;
};

const isCredential = (error: JsonObject): boolean => {
  const reasons = listOf(error["details"]).map((detail) => (isObject(detail) ? textOf(detail["reason"]) : ""));
  if (reasons.some((reason) => (CREDENTIAL_REASONS as readonly string[]).includes(reason))) return true;
  if ((CREDENTIAL_STATUSES as readonly string[]).includes(textOf(error["status"]))) return true;
  return error["code"] === 400 && textOf(error["message"]).slice(0, 64).toLowerCase().startsWith(CREDENTIAL_TEXT);
};

/** The wait that Google asks for, which it puts into the body: `"retryDelay": "48s"`. */
const delayOf = (error: JsonObject): string | undefined => {
  for (const detail of listOf(error["details"])) {
    const delay = isObject(detail) ? textOf(detail["retryDelay"]) : "";
    if (delay.endsWith("s")) return delay.slice(0, -1);
  }
  return undefined;
};

const parsed = (body: Buffer): Json | undefined => {
  try {
    return JSON.parse(body.toString("utf8")) as Json;
  } catch {
    return undefined;
  }
};

/** The fault of an answer that is not 2xx. */
export const httpFault = (status: number, headers: Headers, body: Buffer): UpstreamFault => {
  const error = errorIn(parsed(body));
  if (error === undefined) return plainFault(status, headers, body);
  if (status < 500 && isCredential(error)) return plainFault(UNAUTHORISED, headers, body);
  const delay = delayOf(error);
  const asked = delay === undefined || headers["retry-after"] !== undefined ? {} : { "retry-after": delay };
  return plainFault(status, { ...headers, ...asked }, body);
};

/**
 * The fault of an error event, or of a body that is an error although it came with 200.
 * @returns undefined when the event is no error
 */
export const eventFault = (_event: SseEvent | undefined, body: Json): UpstreamFault | undefined => {
  const first = Array.isArray(body) ? listOf(body)[0] : body;
  if (!isObject(first)) return undefined;
  const { error } = first;
  return error === undefined || error === null ? undefined : bodyFault(error, first);
};

/**
 * Every failure a caller can see: one closed table, code → status, retry advice, public text.
 *
 * Messages are constants plus validated scalars; text, hosts and keys of a provider never enter them. Each protocol renders the
 * same error in its own dialect (protocols/<name>/errors.ts). The codes are permanent.
 */

/** One row of the catalogue. `overload` marks the row that Anthropic routes answer with 529. */
interface ErrorRow {
  readonly status: number;
  readonly retry: boolean;
  readonly close?: true;
}

const rows = {
  missing_key: { status: 401, retry: false },
  invalid_key: { status: 401, retry: false },
  key_frozen: { status: 403, retry: false },
  model_not_allowed: { status: 403, retry: false },
  insufficient_balance: { status: 402, retry: false },
  key_budget_exceeded: { status: 402, retry: false },
  requests_limited: { status: 429, retry: true },
  tokens_limited: { status: 429, retry: true },
  concurrency_limited: { status: 429, retry: true },
  exceeds_token_limit: { status: 400, retry: false },
  invalid_json: { status: 400, retry: false },
  invalid_utf8: { status: 400, retry: false },
  json_too_complex: { status: 400, retry: false },
  duplicate_key: { status: 400, retry: false },
  invalid_value: { status: 400, retry: false },
  context_exceeded: { status: 400, retry: false },
  content_policy: { status: 400, retry: false },
  url_not_allowed: { status: 400, retry: false },
  model_not_found: { status: 404, retry: false },
  model_retired: { status: 404, retry: false },
  unknown_path: { status: 404, retry: false },
  unknown_object: { status: 404, retry: false },
  method_not_allowed: { status: 405, retry: false },
  slow_body: { status: 408, retry: true, close: true },
  idempotency_in_progress: { status: 409, retry: true },
  idempotent_stream_finished: { status: 409, retry: false },
  idempotent_reply_not_kept: { status: 409, retry: false },
  idempotency_mismatch: { status: 422, retry: false },
  request_too_large: { status: 413, retry: false, close: true },
  unsupported_media: { status: 415, retry: false },
  unsupported_encoding: { status: 415, retry: false },
  upgrade_refused: { status: 426, retry: false, close: true },
  headers_too_large: { status: 431, retry: false, close: true },
  malformed_http: { status: 400, retry: false, close: true },
  internal: { status: 500, retry: true },
  upstream_failed: { status: 502, retry: true },
  upstream_timeout: { status: 504, retry: true },
  overloaded: { status: 503, retry: true },
  ledger_unavailable: { status: 503, retry: true },
  draining: { status: 503, retry: true, close: true },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof rows;

export const ERROR_CODES = Object.keys(rows) as readonly ErrorCode[];

/** The row of a code. */
export const errorRow = (code: ErrorCode): ErrorRow => rows[code];

/** What may accompany an error, all of it safe to show. */
export interface ErrorDetail {
  /** The request's field at fault, in the caller's own spelling. */
  readonly param?: string;
  /** Seconds after which a retry can succeed, at least 1. */
  readonly retryAfter?: number;
  /** Further members of the error object, such as `balance` and `required`: exact decimal strings or numbers. */
  readonly extra?: Readonly<Record<string, string | number>>;
  /** The word by which official clients know the case and act on it, in the dialect that has one. */
  readonly reason?: string;
  /** Headers of this error alone, such as `allow`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The only error that is rendered to callers. Anything else that is thrown becomes `internal`. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;

  /** @param message the public text; @param cause private, for the log only. */
  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.detail = detail;
  }
}

const asCode =
  (code: ErrorCode, message: string, detail?: ErrorDetail) =>
  (cause?: unknown): GatewayError =>
    new GatewayError(code, message, detail, cause);

const contextText = (context: number | undefined, needed: number | undefined): string => {
  if (context === undefined) return "The request does not fit this model's context.";
  return needed === undefined
    ? `The request does not fit this model's context of ${context} tokens.`
    : `This model's context is ${context} tokens; the request has ${needed}.`;
};

type OwnHeaders = Readonly<Record<string, string>>;

const limitDetail = (retryAfter: number, headers: OwnHeaders | undefined): ErrorDetail => ({
  retryAfter,
  ...(headers === undefined ? {} : { headers }),
});

/** Makers of every error, so that each public text has one home. */
export const errors = {
  missingKey: asCode("missing_key", "Missing API key. Provide via x-api-key header or Authorization: Bearer."),
  invalidKey: asCode("invalid_key", "Invalid API key."),
  keyFrozen: asCode("key_frozen", "This API key is disabled."),
  modelNotAllowed: (model: string) =>
    new GatewayError("model_not_allowed", `This API key may not use model '${model}'.`, { param: "model" }),
  /** All amounts are already rendered in the storefront's unit, such as `$0.012300`. */
  insufficientBalance: (rendered: { required: string; available: string }, extra: Record<string, string | number>) =>
    new GatewayError(
      "insufficient_balance",
      `Insufficient balance: this request may cost up to ${rendered.required} and ${rendered.available} is available. Top up or lower max_tokens.`,
      { extra },
    ),
  keyBudgetExceeded: asCode("key_budget_exceeded", "The spending limit of this API key is reached."),
  /** @param headers what is said of the limits in the caller's dialect, here and below. */
  requestsLimited: (limit: number, retryAfter: number, headers?: OwnHeaders) =>
    new GatewayError(
      "requests_limited",
      `Rate limit reached: ${limit} requests per minute. Retry in ${retryAfter} s.`,
      limitDetail(retryAfter, headers),
    ),
  tokensLimited: (limit: number, retryAfter: number, headers?: OwnHeaders) =>
    new GatewayError(
      "tokens_limited",
      `Rate limit reached: ${limit} tokens per minute. Retry in ${retryAfter} s.`,
      limitDetail(retryAfter, headers),
    ),
  concurrencyLimited: (limit: number, retryAfter = 1, headers?: OwnHeaders) =>
    new GatewayError(
      "concurrency_limited",
      `Too many requests in flight for this key (limit ${limit}).`,
      limitDetail(retryAfter, headers),
    ),
  exceedsTokenLimit: (needed: number, limit: number) =>
    new GatewayError(
      "exceeds_token_limit",
      `This request needs ${needed} tokens and the limit is ${limit} per minute.`,
    ),
  /** @param position byte offset of the first fault; never content. */
  invalidJson: (position?: number) =>
    new GatewayError(
      "invalid_json",
      `The request body is not valid JSON${position === undefined ? "" : ` (at byte ${position})`}.`,
    ),
  invalidUtf8: asCode("invalid_utf8", "The request body is not valid UTF-8."),
  jsonTooComplex: asCode("json_too_complex", "The request body is nested too deeply or has too many elements."),
  duplicateKey: (key: string) =>
    new GatewayError("duplicate_key", `Duplicate key '${key}' in the request body.`, { param: key }),
  /** @param rule continues the sentence: `must be an integer between 1 and 64000`. */
  invalidValue: (param: string, rule: string) => new GatewayError("invalid_value", `${param}: ${rule}.`, { param }),
  /** Without figures when the provider, not we, found it too long. */
  contextExceeded: (context?: number, needed?: number) =>
    new GatewayError("context_exceeded", contextText(context, needed), { param: "messages" }),
  contentPolicy: asCode(
    "content_policy",
    "The model provider refused this content under its usage policy. You were not charged.",
  ),
  /** A 400 of the provider whose text may not be shown. */
  refusedByProvider: (param?: string) =>
    new GatewayError(
      "invalid_value",
      param === undefined
        ? "The model provider refused the request as invalid. You were not charged."
        : `${param}: refused by the model provider as invalid. You were not charged.`,
      param === undefined ? {} : { param },
    ),
  urlNotAllowed: (param: string) =>
    new GatewayError("url_not_allowed", `${param}: this URL is not allowed.`, { param }),
  modelNotFound: (model: string) =>
    new GatewayError("model_not_found", `The model '${model}' does not exist or is not available to you.`, {
      param: "model",
    }),
  modelRetired: (model: string, replacement: string | null) =>
    new GatewayError(
      "model_retired",
      replacement === null
        ? `The model '${model}' has been retired.`
        : `The model '${model}' has been retired. Use '${replacement}' instead.`,
      { param: "model", ...(replacement === null ? {} : { extra: { replacement } }) },
    ),
  unknownPath: asCode("unknown_path", "Unknown path."),
  unknownObject: (kind: string) => new GatewayError("unknown_object", `No such ${kind}.`),
  /** Nothing is kept between requests; the word makes Anthropic's SDK send the conversation again. */
  unknownThread: asCode("unknown_object", "No such thread: conversations are not kept here. Send all messages.", {
    param: "thread",
    reason: "thread_not_found",
  }),
  methodNotAllowed: (allow: string) =>
    new GatewayError("method_not_allowed", "Method not allowed.", { headers: { allow } }),
  slowBody: asCode("slow_body", "The request body was not received in time."),
  idempotencyInProgress: asCode("idempotency_in_progress", "A request with this Idempotency-Key is still running.", {
    retryAfter: 1,
  }),
  idempotentStreamFinished: (requestId: string) =>
    new GatewayError("idempotent_stream_finished", `A stream with this Idempotency-Key has finished (${requestId}).`),
  idempotentReplyNotKept: (requestId: string) =>
    new GatewayError(
      "idempotent_reply_not_kept",
      `A request with this Idempotency-Key has finished (${requestId}); its reply was not kept.`,
    ),
  idempotencyMismatch: asCode("idempotency_mismatch", "This Idempotency-Key was used with another request body."),
  requestTooLarge: (limit: number) =>
    new GatewayError("request_too_large", `The request is larger than ${limit} bytes.`),
  unsupportedMedia: asCode("unsupported_media", "Content-Type must be application/json."),
  formExpected: asCode("unsupported_media", "Content-Type must be multipart/form-data."),
  unsupportedEncoding: asCode("unsupported_encoding", "Content-Encoding is not supported.", {
    headers: { "accept-encoding": "identity" },
  }),
  upgradeRefused: asCode("upgrade_refused", "WebSocket is not served here; use HTTP with server-sent events."),
  headersTooLarge: asCode("headers_too_large", "Request header fields too large."),
  malformedHttp: asCode("malformed_http", "Malformed HTTP request."),
  internal: asCode("internal", "Internal error. You were not charged."),
  upstreamFailed: asCode("upstream_failed", "The model provider failed. You were not charged."),
  upstreamTimeout: asCode("upstream_timeout", "The model provider did not answer in time. You were not charged."),
  overloaded: (retryAfter: number, cause?: unknown) =>
    new GatewayError(
      "overloaded",
      "The service is overloaded. Retry shortly.",
      { retryAfter: Math.min(30, Math.max(1, Math.ceil(retryAfter))) },
      cause,
    ),
  ledgerUnavailable: asCode("ledger_unavailable", "Billing is temporarily unavailable; the request was not sent.", {
    retryAfter: 2,
  }),
  draining: asCode("draining", "Restarting. Retry.", { retryAfter: 1 }),
} as const;

/** The text of a failure after the 200 was sent (E-STREAM). */
export const STREAM_FAILED = "The model provider failed during the reply. You were not charged.";

/** Any thrown value as a GatewayError: what is not one becomes `internal`, with the original as its private cause. */
export const asGatewayError = (thrown: unknown): GatewayError =>
  thrown instanceof GatewayError ? thrown : errors.internal(thrown);

/**
 * The sandbox's models: what each name does, as data.
 *
 * Plain names answer. `fault-*` names what the customer shall see: the reply carries `x-sandbox-fault`, and the gateway renders
 * that error although a real provider's failure would be shown differently. `upstream-*` names what the provider does, and the
 * gateway treats it as it would any provider's. A name that is not in the table (a catalogue model without an upstream) echoes, or draws where its name says that it does.
 */
import type { ErrorCode } from "../errors.ts";
import { own } from "../table.ts";

/** How a reply is made. */
export type Style = "echo" | "tools" | "thinking" | "agent" | "draw";

/** Waiting, in milliseconds: before the first byte, and per token after it. */
export interface Pace {
  readonly firstByteMs: number;
  readonly tokenMs: number;
}

/** How a provider fails over a status. Each dialect has its own words for it. */
export type RefusalKind =
  | "invalid"
  | "authentication"
  | "billing"
  | "not_found"
  | "too_large"
  | "rate_limit"
  | "server"
  | "timeout"
  | "overloaded";

/** How a reply is spoilt after its 200. */
export type Breakage =
  /** The connection closes in the middle of the body. */
  | "cut"
  /** An error event in the stream, then its end; a JSON reply becomes a 500. */
  | "error-event"
  | "no-usage"
  | "absurd-usage"
  | "zero-usage"
  /** JSON that ends in the middle. */
  | "broken-json"
  /** A page instead of an answer. */
  | "html"
  /** A 200 without a body. */
  | "empty"
  /** An error object under status 200. */
  | "error-200";

export type Behaviour =
  | { readonly kind: "answer"; readonly style: Style; readonly pace?: Pace }
  | {
      readonly kind: "refuse";
      readonly status: number;
      readonly refusal: RefusalKind;
      readonly message: string;
      /** Seconds. */
      readonly retryAfter?: number;
      /** The error that the customer shall see. */
      readonly customer?: ErrorCode;
    }
  /** `customer` is sent as `x-sandbox-fault` beside the 200. */
  | { readonly kind: "break"; readonly how: Breakage; readonly customer?: ErrorCode | "cut_stream" };

/** What `x-sandbox-fault` says for the one fault that is no error body: the customer's own stream is to be cut. */
const CUT_STREAM = "cut_stream";

/** Seconds that every rate limit of the sandbox asks to wait. */
const RETRY_AFTER = 7;

export const SANDBOX_MODELS = {
  echo: { kind: "answer", style: "echo" },
  tools: { kind: "answer", style: "tools" },
  thinking: { kind: "answer", style: "thinking" },
  slow: { kind: "answer", style: "echo", pace: { firstByteMs: 1_000, tokenMs: 50 } },
  image: { kind: "answer", style: "draw" },
  agent: { kind: "answer", style: "agent" },
  // On routes of their own; what they do there is no matter of style.
  embedding: { kind: "answer", style: "echo" },
  speech: { kind: "answer", style: "echo" },
  transcription: { kind: "answer", style: "echo" },

  "fault-402": {
    kind: "refuse",
    status: 402,
    refusal: "billing",
    message: "Sandbox: the customer's balance is empty.",
    customer: "insufficient_balance",
  },
  "fault-429": {
    kind: "refuse",
    status: 429,
    refusal: "rate_limit",
    message: "Sandbox: the customer's requests are limited.",
    retryAfter: RETRY_AFTER,
    customer: "requests_limited",
  },
  "fault-500": {
    kind: "refuse",
    status: 500,
    refusal: "server",
    message: "Sandbox: the gateway itself failed.",
    customer: "internal",
  },
  "fault-502": {
    kind: "refuse",
    status: 502,
    refusal: "server",
    message: "Sandbox: the provider failed.",
    customer: "upstream_failed",
  },
  "fault-503": {
    kind: "refuse",
    status: 503,
    refusal: "overloaded",
    message: "Sandbox: the service is overloaded.",
    retryAfter: RETRY_AFTER,
    customer: "overloaded",
  },
  "fault-504": {
    kind: "refuse",
    status: 504,
    refusal: "timeout",
    message: "Sandbox: the provider did not answer in time.",
    customer: "upstream_timeout",
  },
  "fault-529": {
    kind: "refuse",
    status: 529,
    refusal: "overloaded",
    message: "Sandbox: the service is overloaded.",
    retryAfter: RETRY_AFTER,
    customer: "overloaded",
  },
  "fault-cut-stream": { kind: "break", how: "cut", customer: CUT_STREAM },
  "fault-error-midstream": { kind: "break", how: "error-event", customer: "upstream_failed" },

  "upstream-400": {
    kind: "refuse",
    status: 400,
    refusal: "invalid",
    message: "Sandbox: a sampling setting is not supported with this model.",
  },
  "upstream-401": {
    kind: "refuse",
    status: 401,
    refusal: "authentication",
    message: "Incorrect API key provided: sk-sandb****************3f2a. Ask your administrator for a new one.",
  },
  "upstream-429": {
    kind: "refuse",
    status: 429,
    refusal: "rate_limit",
    message: "Sandbox: rate limit reached in organization org-sandbox on tokens per min. Please try again in 7s.",
    retryAfter: RETRY_AFTER,
  },
  "upstream-500": { kind: "refuse", status: 500, refusal: "server", message: "Sandbox: internal server error." },
  "upstream-529": { kind: "refuse", status: 529, refusal: "overloaded", message: "Overloaded" },
  /** Longer than the ten seconds after which the gateway answers a silent provider's stream itself (DESIGN 9.7). */
  "upstream-slow-first-byte": { kind: "answer", style: "echo", pace: { firstByteMs: 12_000, tokenMs: 0 } },
  "upstream-cut": { kind: "break", how: "cut" },
  "upstream-error-event": { kind: "break", how: "error-event" },
  "upstream-no-usage": { kind: "break", how: "no-usage" },
  "upstream-absurd-usage": { kind: "break", how: "absurd-usage" },
  "upstream-zero-usage": { kind: "break", how: "zero-usage" },
  "upstream-broken-json": { kind: "break", how: "broken-json" },
  "upstream-html": { kind: "break", how: "html" },
  "upstream-empty": { kind: "break", how: "empty" },
  "upstream-error-200": { kind: "break", how: "error-200" },
} as const satisfies Record<string, Behaviour>;

const PREFIX = "sandbox/";

/** Words in the names of catalogue models that draw. */
const DRAWING_NAMES = ["image", "banana"] as const;

/** What a model does; the name may carry the `sandbox/` prefix. Unknown names echo, or draw if they say so. */
export const behaviourOf = (model: string): Behaviour => {
  const name = model.startsWith(PREFIX) ? model.slice(PREFIX.length) : model;
  const known = own<Behaviour>(SANDBOX_MODELS, name);
  return known ?? (DRAWING_NAMES.some((word) => name.includes(word)) ? SANDBOX_MODELS.image : SANDBOX_MODELS.echo);
};

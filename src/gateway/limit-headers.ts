/** What a reply says of the limits that its request counts against, in the words of its client's protocol. Pure. */
import type { FlatHeaders } from "../http/exchange.ts";
import type { Gauge, LimitReport } from "../limits/limit.ts";
import type { ProtocolId } from "../protocols/protocol.ts";

/** Adds the headers of one kind of limit. @param now milliseconds since the Unix epoch */
type Write = (headers: string[], kind: "requests" | "tokens", gauge: Gauge, now: number) => void;

const SECONDS_PER_MINUTE = 60;

/** `12s`, `1m1s`. */
const spanOf = (seconds: number): string =>
  seconds < SECONDS_PER_MINUTE
    ? `${seconds}s`
    : `${Math.floor(seconds / SECONDS_PER_MINUTE)}m${seconds % SECONDS_PER_MINUTE}s`;

/** RFC 3339 in whole seconds, never earlier than the moment. */
const momentOf = (now: number, seconds: number): string =>
  `${new Date(Math.ceil(now / 1_000 + seconds) * 1_000).toISOString().slice(0, -".000Z".length)}Z`;

const asOpenAi: Write = (headers, kind, { limit, remaining, resetSeconds }) => {
  headers.push(`x-ratelimit-limit-${kind}`, String(limit));
  headers.push(`x-ratelimit-remaining-${kind}`, String(remaining));
  headers.push(`x-ratelimit-reset-${kind}`, spanOf(resetSeconds));
};

const asAnthropic: Write = (headers, kind, { limit, remaining, resetSeconds }, now) => {
  headers.push(`anthropic-ratelimit-${kind}-limit`, String(limit));
  headers.push(`anthropic-ratelimit-${kind}-remaining`, String(remaining));
  headers.push(`anthropic-ratelimit-${kind}-reset`, momentOf(now, resetSeconds));
};

/** Google has no such headers: its clients read RetryInfo in the error's details. */
const WRITERS = {
  "openai-chat": asOpenAi,
  "openai-responses": asOpenAi,
  anthropic: asAnthropic,
  gemini: null,
} as const satisfies Record<ProtocolId, Write | null>;

const NONE: FlatHeaders = [];

/** Headers of the tightest limit of each kind; none where nothing limits the request. @param now milliseconds since the Unix epoch */
export const limitHeaders = (protocol: ProtocolId, report: LimitReport | null, now: number): FlatHeaders => {
  if (report === null) return NONE;
  const headers: string[] = [];
  const write = WRITERS[protocol];
  if (write !== null && report.requests !== null) write(headers, "requests", report.requests, now);
  if (write !== null && report.tokens !== null) write(headers, "tokens", report.tokens, now);
  headers.push("x-farthing-limit-mode", report.mode);
  return headers;
};

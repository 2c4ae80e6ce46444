/**
 * Who we call: a provider is data. Adding one is a file of this shape and a line in index.ts.
 *
 * Quirks are the only way in which a provider may deviate from its protocol; the list is closed (`QUIRK_IDS` in
 * protocols/protocol.ts, where each is applied):
 * - `max_tokens_only`: knows `max_tokens` alone, and ignores (so does not enforce) or refuses `max_completion_tokens`. A cap that
 *   is ignored would let a reply outgrow its hold, so the field is renamed. DeepSeek, Z.ai, Mistral and most compatible servers.
 * - `max_completion_tokens_only`: refuses `max_tokens` on some or all models. OpenAI's o-series and GPT-5 and later, Xiaomi.
 * - `no_stream_options`: refuses unknown fields, `stream_options` among them. Mistral.
 * - `reasoning_beside_completion`: `completion_tokens` leaves reasoning out, so total = prompt + completion + reasoning. xAI.
 */
import type { ProtocolId, Quirks } from "../protocols/protocol.ts";

/** How a provider wants its credential. */
export type Auth = "bearer" | "x-api-key" | "x-goog-api-key" | "none";

/** One protocol that a provider serves. */
export interface Surface {
  readonly protocol: ProtocolId;
  /** Appended to the upstream's base URL, such as `/v1`; the protocol appends its own path after it. */
  readonly prefix: string;
  readonly auth: Auth;
  readonly quirks: Quirks;
}

export interface Provider {
  readonly id: string;
  readonly name: string;
  /** The provider's public address; null when the operator must give one. */
  readonly baseUrl: string | null;
  /** The environment variable that switches this provider on with one upstream of its own name. */
  readonly env: string | null;
  /** In order of preference for a client that speaks none of them. */
  readonly surfaces: readonly [Surface, ...Surface[]];
  /** Models of other catalogue providers that this one also serves: none unless an upstream's `models` says so. */
  readonly models: "own" | "listed";
}

/** What tasks are built from: handed in by server.ts, like what the gateway is built from. */
import type { Exchange } from "../http/exchange.ts";
import type { KeyRecord } from "../keys/key.ts";
import type { Books } from "../ledger/books.ts";
import type { IdempotencyKeys } from "../ledger/idempotency-keys.ts";
import type { Admission } from "../limits/limit.ts";
import type { PricedModel } from "../catalog/model.ts";
import type { PublicFetcher } from "../providers/fetch-public.ts";
import type { PublicStreams } from "../providers/public-stream.ts";
import type { ProviderClient } from "../providers/send.ts";
import type { VideoSurface } from "../providers/provider.ts";
import type { Installation, Plan } from "../settings/installation.ts";
import { table } from "../table.ts";
import type { Upstream } from "../upstreams/upstream.ts";
import type { Place } from "./call.ts";
import type { TaskStore } from "./store.ts";

/** A creation as it was asked for. */
export interface Asked {
  readonly body: Buffer;
  /** The model, where the path says it. */
  readonly path: string | undefined;
}

export interface TaskServices {
  /** The current installation; read once per request. */
  installation(): Installation;
  readonly store: TaskStore;
  readonly ledger: Pick<Books, "recall" | "reject">;
  readonly idempotency: Pick<IdempotencyKeys, "free" | "freeBegun" | "keep">;
  readonly client: ProviderClient;
  readonly fetcher: PublicFetcher;
  readonly streams: PublicStreams;
  /** The holder of a request's key. @throws GatewayError missing_key, invalid_key, key_frozen */
  authenticate(exchange: Exchange): Promise<KeyRecord>;
  /**
   * Claims a request's Idempotency-Key, or answers it with what is stored; null where it has none.
   * @throws GatewayError invalid_value, idempotency_…, ledger_unavailable
   */
  claimKey(exchange: Exchange, key: KeyRecord, asked: Asked): Promise<object | "replayed" | null>;
  /** Counts a task against the limits of key, plan and model. @throws GatewayError requests_limited, concurrency_limited */
  admit(key: KeyRecord, model: PricedModel, installation: Installation): Promise<Admission>;
  /** The plan of a key's account; null without one. */
  planOf(key: KeyRecord, installation: Installation): Plan | null;
  /** What nobody waits for has failed: a look, a write, a webhook. For the log. */
  onProblem(what: "poll" | "settle" | "webhook" | "anomaly", requestId: string, error: unknown): void;
  /** Milliseconds since the Unix epoch. */
  epochMs(): number;
  /** Monotonic milliseconds. */
  monotonicMs(): number;
  /** Uniform in [0, 1). */
  random(): number;
}

/** The names by which catalogue files say how a model's tasks are spoken of. */
const API_OF = table<VideoSurface["api"]>({
  ark: "ark",
  "dashscope-async": "dashscope",
  "gemini-lro": "veo",
});

/** How a model is spoken to at an upstream: in its own maker's way where that is spoken there; undefined: not at all. */
export const placeOf = (upstream: Upstream, protocol: string | undefined): Place | undefined => {
  const { videos = [] } = upstream.provider;
  const own = API_OF[protocol ?? ""];
  // Whoever plays several speaks the model's own; a provider of one way has no other.
  const surface = videos.length === 1 ? videos[0] : (videos.find(({ api }) => api === own) ?? videos[0]);
  return surface && { upstream, surface };
};

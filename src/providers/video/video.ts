/**
 * The seam between video tasks and those who make videos: an adapter of one file per provider's API, pure. It writes the calls, reads
 * the answers, and bounds the price; it decides nothing about money or time.
 */
import type { GatewayError } from "../../errors.ts";
import type { JsonObject } from "../../protocols/canonical.ts";
import type { Usage } from "../../unit.ts";
import type { VideoApiId } from "../provider.ts";

/** Content that a video is made from: `url` is public http(s), or `data:` with the bytes. */
export interface VideoImage {
  readonly role: "first_frame" | "last_frame" | "reference";
  readonly url: string;
}

/** What is asked for, whichever format the customer wrote it in. Absent: the model's own default. */
export interface VideoAsk {
  /** Empty where there is none. */
  readonly prompt: string;
  readonly images: readonly VideoImage[];
  readonly videos: readonly string[];
  readonly audios: readonly string[];
  /** In lower case: `480p`, `720p`, `1080p`, `4k`. */
  readonly resolution?: string;
  /** `16:9` and the like, or `adaptive`. */
  readonly ratio?: string;
  /** Whole seconds; -1 leaves it to the model where it can choose. */
  readonly seconds?: number;
  readonly audio?: boolean;
  readonly watermark?: boolean;
  readonly seed?: number;
  readonly negativePrompt?: string;
}

/** What is known of the model: seconds, and resolutions in the provider's words. */
export interface VideoLimits {
  /** The provider's name for it. */
  readonly model: string;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly auto?: number | undefined;
  readonly default?: number | undefined;
  readonly allowed?: readonly number[] | undefined;
  readonly resolutions: readonly string[];
}

export interface VideoCall {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the surface's prefix. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
}

/** Bytes of what the ask names by address, for providers that take nothing else. Base64. */
export type VideoMedia = ReadonlyMap<string, { readonly mediaType: string; readonly data: string }>;

export interface VideoOrder {
  readonly media: VideoMedia;
  /** The task's own number, by which a job whose answer was lost is found again: 0 … REFERENCES - 1. */
  readonly reference: number;
}

/** How many different references there are. */
export const REFERENCES = 172_801;

/** A task as it will be asked for. */
export interface VideoPlan {
  /** What its price depends on, in the words of the model's rates. */
  readonly attributes: Readonly<Record<string, string | boolean>>;
  /** The most that it may use: what is held (I-13). */
  readonly most: Usage;
  /** What replies show of it; null: the model decides. */
  readonly seconds: number | null;
  readonly resolution: string | null;
  readonly ratio: string | null;
  /** Addresses whose bytes `create` needs. */
  readonly fetches: readonly string[];
  create(order: VideoOrder): VideoCall;
}

/** What a provider says of a job. Whatever is not one of these is no verdict (I-52). */
export type Verdict =
  | { readonly kind: "queued" | "running" | "cancelled" | "expired" }
  | {
      readonly kind: "succeeded";
      /** Where the video is, without credentials in it but those that the provider signed. */
      readonly url: string;
      /** Undefined where the provider does not say. */
      readonly usage: Usage | undefined;
      /** What the reply lets it have used where it does not say. */
      readonly estimate: Usage;
      readonly seconds: number | null;
      readonly resolution: string | null;
      readonly ratio: string | null;
    }
  | { readonly kind: "failed"; readonly code: "content_policy" | "invalid_value" | "upstream_failed" }
  | { readonly kind: "none" };

/** How jobs are looked for whose answer was lost. */
export interface VideoSearch {
  /** @param model the provider's name for it */
  call(model: string): VideoCall;
  /** Ids of the listed jobs that were made with the reference at or after a time (Unix seconds); undefined: no list. */
  found(
    body: JsonObject,
    wanted: { readonly reference: number; readonly sinceSeconds: number },
  ): readonly string[] | undefined;
}

export interface VideoApi {
  readonly id: VideoApiId;
  /** How long the provider keeps a finished video. */
  readonly keptMs: number;
  /** Whether its videos are fetched with the credential. */
  readonly isGuarded: boolean;
  /** @throws GatewayError invalid_value for what the model cannot do */
  plan(ask: VideoAsk, limits: VideoLimits): VideoPlan;
  /** The job's id in a 2xx answer to `create`. */
  created(body: JsonObject): string | undefined;
  /** What the customer is told of a refused `create`. */
  refusal(status: number, body: JsonObject): GatewayError;
  poll(job: string): VideoCall;
  /** @param asked what the task asked for */
  verdict(body: JsonObject, asked: { readonly seconds: number | null; readonly resolution: string | null }): Verdict;
  /** Absent where jobs cannot be cancelled. */
  readonly cancel?: (job: string) => VideoCall;
  readonly search?: VideoSearch;
}

export const NO_VERDICT: Verdict = { kind: "none" };

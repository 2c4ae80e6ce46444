/**
 * The hub: a superset of the protocols, used only where client and provider speak different ones. Types only.
 *
 * Rules (each answers a bug that peers had):
 * 1. Our words, not a dialect's. A concept enters when the translation of two protocols needs it; anything else is named in `dropped`.
 * 2. A signature is sealed to the protocol and model that made it and is replayed to nothing else.
 * 3. Order of parts is the order received. Absent is absent, never null.
 * 4. Closed lists are closed: every writer is a total mapping, so a new value does not compile until all answer.
 */
import type { Usage } from "../unit.ts";
import type { ProtocolId } from "./protocol.ts";

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Opaque provider state that must return byte for byte, and only to its maker. */
export interface Seal {
  readonly protocol: ProtocolId;
  readonly model: string;
  readonly value: string;
}

/** A cache breakpoint after the part that carries it. */
export interface CachePoint {
  readonly ttl: "5m" | "1h";
}

export type Media =
  | { readonly kind: "base64"; readonly mediaType: string; readonly data: string }
  | { readonly kind: "url"; readonly url: string };

interface Cacheable {
  readonly cache?: CachePoint;
}

export type TextPart = { readonly type: "text"; readonly text: string } & Cacheable;
export type ImagePart = {
  readonly type: "image";
  readonly media: Media;
  readonly detail?: "low" | "high" | "auto";
} & Cacheable;
export type FilePart = { readonly type: "file"; readonly media: Media; readonly name?: string } & Cacheable;
export type AudioPart = { readonly type: "audio"; readonly format: string; readonly data: string };
/** Visible reasoning (may be empty text with a seal), or a redacted block that is only a seal. */
export type ThinkingPart = {
  readonly type: "thinking";
  readonly text: string;
  readonly seal?: Seal;
  readonly redacted?: true;
};
export type RefusalPart = { readonly type: "refusal"; readonly text: string };
/** `input` is the JSON text of the arguments as the model wrote it; it may be broken when a limit cut it. */
export type ToolCallPart = {
  readonly type: "tool_call";
  readonly id: string;
  readonly name: string;
  readonly input: string;
  readonly seal?: Seal;
} & Cacheable;
export type ToolResultPart = {
  readonly type: "tool_result";
  readonly callId: string;
  readonly parts: readonly (TextPart | ImagePart | FilePart)[];
  readonly isError?: true;
} & Cacheable;

/** An image that the model drew. Its bytes are at hand: a reply names no address. */
export type DrawnPart = { readonly type: "image"; readonly media: Media };

export type UserPart = TextPart | ImagePart | FilePart | AudioPart | ToolResultPart;
export type AssistantPart = TextPart | ThinkingPart | RefusalPart | ToolCallPart | DrawnPart;

/** A turn. `system` turns may stand anywhere. */
export type Turn =
  | { readonly role: "system"; readonly parts: readonly TextPart[] }
  | { readonly role: "user"; readonly parts: readonly UserPart[] }
  | { readonly role: "assistant"; readonly parts: readonly AssistantPart[] };

/** What a tool for free text is more than the function that stands for it. */
export interface FreeText {
  readonly grammar?: { readonly syntax: string; readonly definition: string };
}

export interface Tool extends Cacheable {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonObject;
  /** The tool takes a text; `parameters` are those of the function that it is elsewhere (free-text.ts). */
  readonly freeText?: FreeText;
  readonly strict?: boolean;
}

export type ToolChoice = { readonly type: "auto" | "any" | "none" } | { readonly type: "tool"; readonly name: string };

export type Effort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

/** How much the model may think: an explicit budget in tokens, an effort, or switched off. */
export type Thinking =
  | { readonly type: "budget"; readonly tokens: number; readonly display?: "summarized" | "omitted" }
  | { readonly type: "adaptive"; readonly effort?: Effort; readonly display?: "summarized" | "omitted" }
  | { readonly type: "off" };

export type OutputFormat =
  | { readonly type: "json" }
  | { readonly type: "json_schema"; readonly schema: JsonObject; readonly name?: string; readonly strict?: boolean };

/** What images the reply shall hold, beside its text: the words of the models that draw in a conversation. */
export interface Drawing {
  /** Such as `16:9`. */
  readonly aspectRatio?: string;
  /** Such as `2K`. */
  readonly size?: string;
}

/** A whole request. The upstream's model name and the cap on output come from the target, not from here. */
export interface Chat {
  readonly turns: readonly Turn[];
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelTools?: boolean;
  readonly thinking?: Thinking;
  readonly format?: OutputFormat;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly stop?: readonly string[];
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly seed?: number;
  readonly logprobs?: number;
  readonly n?: number;
  readonly user?: string;
  /** The client asks for images in the reply. */
  readonly drawing?: Drawing;
  readonly stream: boolean;
}

export const FINISHES = ["stop", "length", "tool_calls", "stop_sequence", "filtered", "refusal", "paused"] as const;
/** Why a reply ended. `paused` means that the provider asks to be called again with the same conversation. */
export type Finish = (typeof FINISHES)[number];

/** A whole reply (of one choice). */
export interface Reply {
  readonly id?: string;
  readonly parts: readonly AssistantPart[];
  readonly finish: Finish;
  readonly stopSequence?: string;
  readonly usage?: Usage;
}

/** A streamed reply, part by part; parts are keyed by `index` and may interleave. */
export type ReplyEvent =
  | { readonly type: "start"; readonly id?: string; readonly usage?: Usage }
  | { readonly type: "text"; readonly index: number; readonly text: string }
  | { readonly type: "thinking"; readonly index: number; readonly text: string }
  | { readonly type: "seal"; readonly index: number; readonly seal: Seal }
  | { readonly type: "redacted"; readonly index: number; readonly seal: Seal }
  | { readonly type: "refusal"; readonly index: number; readonly text: string }
  | {
      readonly type: "tool_call";
      readonly index: number;
      readonly id: string;
      readonly name: string;
      readonly seal?: Seal;
    }
  /** A whole image, as a part of its own. */
  | { readonly type: "image"; readonly index: number; readonly media: Media }
  | { readonly type: "tool_input"; readonly index: number; readonly text: string }
  | { readonly type: "part_end"; readonly index: number }
  | { readonly type: "finish"; readonly finish: Finish; readonly stopSequence?: string }
  | { readonly type: "ping" };

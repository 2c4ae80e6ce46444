/**
 * The values that each protocol takes for sampling. A translated value outside them is moved to the nearest that is taken, and named
 * in what was dropped, so that strict callers are refused instead. Pass-through changes none: there the provider judges.
 *
 * Sources: the parameter references of the four protocols, November 2026.
 */
import { blank } from "../table.ts";
import type { Chat, JsonObject } from "./canonical.ts";
import type { Dropped } from "./dropped.ts";
import type { ProtocolId } from "./protocol.ts";

type Range = readonly [least: number, most: number];
/** Null: the protocol has no such member, which its writer names. */
type Ranges = Readonly<Record<keyof typeof NAMES, Range | null>>;

/** The names that a loss is told by. */
const NAMES = {
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  presencePenalty: "presence_penalty",
  frequencyPenalty: "frequency_penalty",
  logprobs: "top_logprobs",
} as const satisfies Partial<Record<keyof Chat, string>>;

const SHARE: Range = [0, 1];
const PENALTY: Range = [-2, 2];

export const SAMPLING_RANGES = {
  "openai-chat": {
    temperature: [0, 2],
    topP: SHARE,
    topK: null,
    presencePenalty: PENALTY,
    frequencyPenalty: PENALTY,
    logprobs: [0, 20],
  },
  "openai-responses": {
    temperature: [0, 2],
    topP: SHARE,
    topK: null,
    presencePenalty: null,
    frequencyPenalty: null,
    logprobs: null,
  },
  anthropic: {
    temperature: SHARE,
    topP: SHARE,
    topK: [0, Number.MAX_SAFE_INTEGER],
    presencePenalty: null,
    frequencyPenalty: null,
    logprobs: null,
  },
  gemini: {
    temperature: [0, 2],
    topP: SHARE,
    topK: [1, 1_000],
    // "Up to, but not including, 2.0".
    presencePenalty: [-2, 1.99],
    frequencyPenalty: [-2, 1.99],
    logprobs: [0, 20],
  },
} as const satisfies Record<ProtocolId, Ranges>;

/** Most stop sequences; null where there is no such limit, or no such member. */
export const MOST_STOPS = {
  "openai-chat": 4,
  "openai-responses": null,
  anthropic: null,
  gemini: 5,
} as const satisfies Record<ProtocolId, number | null>;

const FIELDS = Object.keys(NAMES) as readonly (keyof typeof NAMES)[];

/** A chat whose sampling is within what a protocol takes; what was moved or left out is named. */
export const withinRanges = (chat: Chat, protocol: ProtocolId, dropped: Dropped): Chat => {
  const moved: Partial<Record<keyof typeof NAMES, number>> = {};
  for (const field of FIELDS) {
    const [value, range] = [chat[field], SAMPLING_RANGES[protocol][field]];
    if (value === undefined || range === null) continue;
    const clamped = Math.min(range[1], Math.max(range[0], value));
    if (clamped === value) continue;
    dropped.add(NAMES[field]);
    moved[field] = clamped;
  }
  const most = MOST_STOPS[protocol];
  if (most === null || chat.stop === undefined || chat.stop.length <= most) return { ...chat, ...moved };
  for (const [i] of chat.stop.slice(most).entries()) dropped.add(`stop[${i + most}]`);
  return { ...chat, ...moved, stop: chat.stop.slice(0, most) };
};

/** What is said of a setting, and what it is where nothing is said. */
type Said = readonly [value: number | undefined, otherwise: number];

/** Settings by their names in the dialect, as far as a model takes any: where it takes none, a default is no loss. */
export const takenSampling = (said: Readonly<Record<string, Said>>, isFixed: boolean, dropped: Dropped): JsonObject => {
  const taken = blank<number>();
  for (const [name, [value, otherwise]] of Object.entries(said)) {
    if (value === undefined) continue;
    if (!isFixed) taken[name] = value;
    else if (value !== otherwise) dropped.add(name);
  }
  return taken;
};

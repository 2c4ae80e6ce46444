/** A pass-through stream of events that name their type in their JSON, as OpenAI's calls beside conversations have them. */
import type { Json } from "./canonical.ts";
import { PROTOCOLS } from "./index.ts";
import { PassThroughStream, type FrameRules } from "./pass-through.ts";
import type { Meter, Reading, ReplyStream, StreamGrammar } from "./protocol.ts";
import type { SseEvent } from "./sse.ts";
import { isObject, textOf } from "./value.ts";

export interface TypedStreamOrder {
  /** Ends of the types of the event after which nothing matters. */
  readonly ends: readonly string[];
  /** Takes what is to be counted from an event. */
  readonly count: (body: Json) => void;
  readonly read: () => Reading;
}

/** The type of an event; empty where it has none. */
export const typeOf = (body: Json | undefined): string => (isObject(body) ? textOf(body["type"]) : "");

const rulesOf = ({ ends }: TypedStreamOrder): FrameRules => ({
  moulds: undefined,
  judge: ({ body }) => {
    if (body === undefined) return "idle";
    return ends.some((end) => typeOf(body).endsWith(end)) ? "end" : "pass";
  },
  edits: () => [],
  holding: false,
  mayEnd: false,
  shows: () => true,
  finish: (held) => held.map(({ raw }) => raw),
  cut: () => [],
});

const ANY_ORDER: StreamGrammar = { check: () => undefined };

/** The stream; nothing of it is changed. */
export const typedStream = (order: TypedStreamOrder): ReplyStream => {
  const meter: Meter = {
    whole: order.count,
    event: (_event: SseEvent, body: Json) => order.count(body),
    add: () => undefined,
    read: order.read,
  };
  // Errors look as they do in a conversation; the order of events is another.
  const upstream = { ...PROTOCOLS["openai-chat"].upstream, grammar: () => ANY_ORDER };
  return new PassThroughStream({ rules: rulesOf(order), meter, upstream, draws: true });
};

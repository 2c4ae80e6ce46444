/** What a Messages provider says when all is well, for scripts: one reply, whole and event by event. */
import { THEIR_MODEL } from "./chat.ts";

export const event = (type: string, rest: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;

/** A reply with this content, or the empty one that a stream begins with. */
export const message = (content: readonly object[], usage: object): object => ({
  id: "m1",
  type: "message",
  role: "assistant",
  model: THEIR_MODEL,
  content,
  stop_reason: content.length > 0 ? "end_turn" : null,
  stop_sequence: null,
  usage,
});

export const START = event("message_start", { message: message([], { input_tokens: 10, output_tokens: 1 }) });

/** A block of text that is still open. */
export const textBlock = (texts: readonly string[]): string[] => [
  event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
  ...texts.map((text) => event("content_block_delta", { index: 0, delta: { type: "text_delta", text } })),
];

export const BLOCK_STOP = event("content_block_stop", { index: 0 });
export const MESSAGE_STOP = event("message_stop");

/** @param stop the reason of the end; null in the middle of a reply */
export const delta = (usage: object, stop: string | null = null): string =>
  event("message_delta", { delta: { stop_reason: stop, stop_sequence: null }, usage });

/** The end of a reply for which so many tokens of output are counted. */
export const ending = (tokens: number): string[] => [
  BLOCK_STOP,
  delta({ output_tokens: tokens }, "end_turn"),
  MESSAGE_STOP,
];

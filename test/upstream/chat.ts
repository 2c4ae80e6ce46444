/** What a chat-completions provider says when all is well, for scripts: one reply, whole and in pieces, and what it costs. */
import { dataEvents, stream, type Script, type StreamOptions } from "./script.ts";

/** The provider's own name for its model; customers never see it. */
export const THEIR_MODEL = "their-model";
/** 180 bytes of text. */
export const WORDS = "The quick brown fox jumps over the lazy dog. ".repeat(4);
export const USAGE = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
/** What USAGE costs at $1 per million in and $5 out, in nano-units. */
export const CHARGE = 110_000n;
/** The prices that CHARGE is made of. */
export const PRICES = { input: "1", output: "5" };

/** A JSON reply. @param rest further members; its usage unless told otherwise */
export const completion = (rest: object = { usage: USAGE }): object => ({
  id: "c1",
  object: "chat.completion",
  created: 1,
  model: THEIR_MODEL,
  choices: [{ index: 0, message: { role: "assistant", content: WORDS }, finish_reason: "stop" }],
  ...rest,
});

/** One chunk of a stream. */
export const piece = (choices: readonly object[], rest: object = {}): object => ({
  id: "c1",
  object: "chat.completion.chunk",
  created: 1,
  model: THEIR_MODEL,
  choices,
  ...rest,
});

export const textPiece = (content: string): object =>
  piece([{ index: 0, delta: { role: "assistant", content }, finish_reason: null }]);
export const TEXT = textPiece(WORDS);
export const STOP = piece([{ index: 0, delta: {}, finish_reason: "stop" }]);

/** A stream of these events. */
export const events = (values: readonly unknown[], options?: StreamOptions): Script =>
  stream(dataEvents(...values), options);

/** A stream as it should be. @param rest members of its last chunk; its usage unless told otherwise */
export const goodStream = (rest: object = { usage: USAGE }): Script => events([TEXT, STOP, piece([], rest), "[DONE]"]);

/**
 * A stream that fails, for Cursor: an error event shows there as a failure without a reason, so the message is said as text, and the
 * stream ends as any other (DESIGN §9.7). Nothing is charged for it, and its usage says so.
 */
import { writeUsage } from "../openai-chat/usage.ts";
import type { ReplyContext } from "../protocol.ts";
import { sseEvent } from "../sse.ts";

/** The last events of a stream that failed. */
export const streamErrorEvents = (message: string, { requestId, created, model }: ReplyContext): string => {
  const chunk = (rest: object): string =>
    sseEvent(JSON.stringify({ id: `chatcmpl-${requestId}`, object: "chat.completion.chunk", created, model, ...rest }));
  const choice = (delta: object, finish: "stop" | null): object => ({
    choices: [{ index: 0, delta, finish_reason: finish }],
    usage: null,
  });
  return (
    chunk(choice({ role: "assistant", content: `\n\n${message}` }, null)) +
    chunk(choice({}, "stop")) +
    chunk({ choices: [], usage: writeUsage({}) }) +
    sseEvent("[DONE]")
  );
};

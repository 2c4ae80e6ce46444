/** What the pipeline must know of a request of Cursor's, once that is in order: as of any chat, and usage is always shown. */
import { ask as askChat } from "../openai-chat/ask.ts";
import type { Ask, Call } from "../protocol.ts";

/** @throws GatewayError invalid_value */
export const ask = (call: Call): Ask => {
  const { prepared } = call;
  return { ...askChat(call), wantsUsage: true, ...(prepared === undefined ? {} : { replyModel: prepared.model }) };
};

/** OpenAI Chat Completions, both sides of it. */
import type { Protocol } from "../protocol.ts";
import { ask } from "./ask.ts";
import { client } from "./client.ts";
import { chatEdits } from "./edits.ts";
import { ChatMeter } from "./meter.ts";
import { upstream } from "./upstream.ts";

export const openaiChat: Protocol = {
  id: "openai-chat",
  client: { ...client, ask },
  upstream,
  edits: chatEdits(upstream),
  meter: (target) => new ChatMeter(target),
};

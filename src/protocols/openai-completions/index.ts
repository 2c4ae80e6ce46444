/**
 * OpenAI's legacy completions: a dialect of Chat Completions as far as routing, counting and errors go. Conversations are served
 * through the canonical form; models that only complete are reached by pass-through (`Target.completes`).
 */
import { ChatMeter } from "../openai-chat/meter.ts";
import type { Protocol } from "../protocol.ts";
import { ask } from "./ask.ts";
import { client } from "./client.ts";
import { completionEdits } from "./edits.ts";
import { upstream } from "./upstream.ts";

export const openaiCompletions: Protocol = {
  id: "openai-chat",
  client: { ...client, ask },
  upstream,
  edits: completionEdits(upstream),
  meter: (target) => new ChatMeter(target),
};

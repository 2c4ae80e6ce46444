/**
 * The edits that pass-through makes to legacy completions: those of Chat Completions, whose replies differ in their choices alone;
 * and the dialect's default cap said aloud, for servers that do not have it (DESIGN §9.4: what enforces the hold).
 */
import { chatEdits, type ChunkForm } from "../openai-chat/edits.ts";
import type { Edits, UpstreamSide } from "../protocol.ts";

const FORM: ChunkForm = {
  object: "text_completion",
  idPrefix: "cmpl-",
  choice: { text: "", logprobs: null },
};

export const completionEdits = (upstream: UpstreamSide): Edits => {
  const chat = chatEdits(upstream, FORM);
  return {
    ...chat,
    request: (call, ask, target) => {
      const edits = chat.request(call, ask, target);
      if (call.scan.members.has("max_tokens") || ask.maxTokens === undefined) return edits;
      return { ...edits, set: { max_tokens: String(ask.maxTokens), ...edits.set } };
    },
  };
};

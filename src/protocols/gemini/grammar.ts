/** What is a chunk of a Gemini stream. Its clients take chunks in any order. */
import { brokenReply } from "../broken.ts";
import type { Json } from "../canonical.ts";
import type { StreamGrammar } from "../protocol.ts";
import { isObject } from "../value.ts";

/** Members of which a chunk has at least one, in both spellings (names.ts). */
const MEMBERS = [
  "candidates",
  "usageMetadata",
  "promptFeedback",
  "responseId",
  "modelVersion",
  "usage_metadata",
  "prompt_feedback",
  "response_id",
  "model_version",
] as const;

const isChunk = (body: Json): boolean => isObject(body) && MEMBERS.some((name) => body[name] !== undefined);

export const GEMINI_GRAMMAR: StreamGrammar = {
  check: (body) => {
    if (!isChunk(body)) throw brokenReply("a chunk is none");
  },
};

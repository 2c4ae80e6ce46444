/** What is a chunk of a Chat Completions stream: clients iterate over its choices, and throw where there are none to look at. */
import { brokenReply } from "../broken.ts";
import type { Json } from "../canonical.ts";
import type { StreamGrammar } from "../protocol.ts";
import { isObject } from "../value.ts";

/** Choices, or the name of a chunk, or a count and nothing that is another dialect's. */
const isChunk = (body: Json): boolean =>
  isObject(body) &&
  (Array.isArray(body["choices"]) ||
    body["object"] === "chat.completion.chunk" ||
    (isObject(body["usage"]) && body["type"] === undefined));

export const CHAT_GRAMMAR: StreamGrammar = {
  check: (body) => {
    if (!isChunk(body)) throw brokenReply("a chunk is none");
  },
};

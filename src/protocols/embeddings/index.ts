/** Embeddings, in OpenAI's dialect and Gemini's, onto providers of both. */
import type { Operation } from "../operation.ts";
import type { Call } from "../protocol.ts";
import { readGemini, readOpenai, type Embeddings } from "./ask.ts";
import { embeddingsRelay } from "./relay.ts";

/** Tokens that a model adds to each input. */
const INPUT_OVERHEAD = 8;
/** Bytes per token, where nobody counted. */
const BYTES_PER_TOKEN = 4;

const operationOf = (asked: Embeddings): Operation => ({
  id: "embeddings",
  ask: {
    model: asked.model,
    stream: false,
    choices: 1,
    thinkingBudget: 0,
    wantsUsage: true,
    content: {
      textBytes: asked.bytes,
      messages: asked.count,
      tools: 0,
      images: 0,
      files: 0,
      audioBytes: 0,
      unbounded: false,
      cacheWrite: "none",
    },
  },
  attributes: {},
  speaks: ["openai-chat", "gemini"],
  // A text token has at least one byte, a token id at least one digit.
  most: () => ({ input: asked.bytes + asked.count * INPUT_OVERHEAD }),
  guess: (_sold, reading) => reading.usage ?? { input: Math.ceil(asked.bytes / BYTES_PER_TOKEN) },
  relay: (to, target, context) =>
    embeddingsRelay(to === "gemini" ? "gemini" : "openai-chat", { asked, target, context }),
});

/** @throws GatewayError invalid_value */
export const openaiEmbeddings = (call: Call): Operation => operationOf(readOpenai(call));

/** @param batch `:batchEmbedContents` @throws GatewayError invalid_value */
export const geminiEmbeddings = (call: Call, batch: boolean): Operation => operationOf(readGemini(call, batch));

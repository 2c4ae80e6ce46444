/** Counting a prompt, in the words of the Gemini API. */
import type { JsonObject } from "../canonical.ts";
import { scanJson } from "../json.ts";
import { spelled } from "./names.ts";

/** The request to count: the contents themselves, or a whole request that stands inside. */
export const countedRequest = (body: Buffer): Buffer => {
  const inner = spelled(scanJson(body), "generateContentRequest");
  return inner === undefined ? body : body.subarray(inner.span.start, inner.span.end);
};

export const writeCount = (tokens: number): JsonObject => ({
  totalTokens: tokens,
  promptTokensDetails: [{ modality: "TEXT", tokenCount: tokens }],
});

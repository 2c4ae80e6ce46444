/** The Gemini API (generateContent), both sides of it. */
import type { Protocol } from "../protocol.ts";
import { ask } from "./ask.ts";
import { client } from "./client.ts";
import { geminiEdits } from "./edits.ts";
import { GeminiMeter } from "./meter.ts";
import { upstream } from "./upstream.ts";

export const gemini: Protocol = {
  id: "gemini",
  client: { ...client, ask },
  upstream,
  edits: geminiEdits(upstream),
  meter: (target) => new GeminiMeter(target),
};

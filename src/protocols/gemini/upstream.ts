/** The Gemini API as providers speak it. */
import { collect } from "../collect.ts";
import type { UpstreamSide } from "../protocol.ts";
import { eventFault, httpFault } from "./errors.ts";
import { arrayAsEvents } from "./framing.ts";
import { GEMINI_GRAMMAR } from "./grammar.ts";
import { GeminiStreamReader } from "./reader.ts";
import { writeRequest } from "./write.ts";

/** A model's name as part of a path: its slashes stay slashes. */
const pathOf = (model: string): string => model.split("/").map(encodeURIComponent).join("/");

export const upstream: UpstreamSide = {
  address: (_call, target, ask) => ({
    // Always as events: the other form, a JSON array, has no place to tell an error and is harder to cut.
    path: `/models/${pathOf(target.model)}:${ask.stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    headers: {},
  }),
  write: writeRequest,
  // Google fetches some addresses for some models, and takes those of its own files for the operator's.
  takesAddress: () => false,
  readReply: (body, target) => collect(new GeminiStreamReader(target).whole(body)),
  reader: (target) => new GeminiStreamReader(target),
  grammar: () => GEMINI_GRAMMAR,
  fault: httpFault,
  eventFault,
  events: arrayAsEvents,
};

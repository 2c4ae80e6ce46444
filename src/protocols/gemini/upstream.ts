/** The Gemini API as providers speak it. */
import { collect } from "../collect.ts";
import type { UpstreamSide } from "../protocol.ts";
import { eventFault, httpFault } from "./errors.ts";
import { arrayAsEvents } from "./framing.ts";
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
  readReply: (body, target) => collect(new GeminiStreamReader(target).whole(body)),
  reader: (target) => new GeminiStreamReader(target),
  fault: httpFault,
  eventFault,
  events: arrayAsEvents,
};

/** Responses as providers speak it. */
import { collect } from "../collect.ts";
import { httpFault } from "../fault.ts";
import type { UpstreamSide } from "../protocol.ts";
import { eventFault } from "./errors.ts";
import { ResponsesGrammar } from "./grammar.ts";
import { ResponsesStreamReader } from "./reader.ts";
import { writeRequest } from "./write.ts";

export const upstream: UpstreamSide = {
  address: () => ({ path: "/responses", headers: {} }),
  write: writeRequest,
  readReply: (body, target) => collect(new ResponsesStreamReader(target).whole(body)),
  reader: (target) => new ResponsesStreamReader(target),
  grammar: () => new ResponsesGrammar(),
  fault: httpFault,
  eventFault,
};

/** Chat Completions as providers speak it. */
import { collect } from "../collect.ts";
import { httpFault } from "../fault.ts";
import type { UpstreamSide } from "../protocol.ts";
import { eventFault } from "./errors.ts";
import { ChatStreamReader } from "./reader.ts";
import { writeRequest } from "./write.ts";

export const upstream: UpstreamSide = {
  address: () => ({ path: "/chat/completions", headers: {} }),
  write: writeRequest,
  readReply: (body, target) => collect(new ChatStreamReader(target).whole(body)),
  reader: (target) => new ChatStreamReader(target),
  fault: httpFault,
  eventFault,
};

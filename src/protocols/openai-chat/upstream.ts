/** Chat Completions as providers speak it. */
import { collect } from "../collect.ts";
import { httpFault } from "../fault.ts";
import type { UpstreamSide } from "../protocol.ts";
import { eventFault } from "./errors.ts";
import { CHAT_GRAMMAR } from "./grammar.ts";
import { ChatStreamReader } from "./reader.ts";
import { writeRequest } from "./write.ts";

export const upstream: UpstreamSide = {
  address: () => ({ path: "/chat/completions", headers: {} }),
  write: writeRequest,
  // Images by their address, files by their content alone.
  takesAddress: (kind) => kind === "image",
  readReply: (body, target) => collect(new ChatStreamReader(target).whole(body)),
  reader: (target) => new ChatStreamReader(target),
  grammar: () => CHAT_GRAMMAR,
  fault: httpFault,
  eventFault,
};

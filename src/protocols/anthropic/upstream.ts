/** Messages as providers speak it. */
import { collect } from "../collect.ts";
import { httpFault } from "../fault.ts";
import type { UpstreamSide } from "../protocol.ts";
import { eventFault } from "./errors.ts";
import { MessagesGrammar } from "./grammar.ts";
import { MessagesStreamReader } from "./reader.ts";
import { writeRequest } from "./write.ts";

/** Sent where the client names no version: the one under which sampling parameters still pass. */
const VERSION = "2023-06-01";

export const upstream: UpstreamSide = {
  address: ({ headers }) => {
    const { "anthropic-version": version = VERSION, "anthropic-beta": beta } = headers;
    return {
      path: "/messages",
      headers: { "anthropic-version": version, ...(beta === undefined ? {} : { "anthropic-beta": beta }) },
    };
  },
  write: writeRequest,
  // Anthropic fetches over TLS alone.
  takesAddress: (_kind, url) => url.toLowerCase().startsWith("https:"),
  readReply: (body, target) => collect(new MessagesStreamReader(target).whole(body)),
  reader: (target) => new MessagesStreamReader(target),
  grammar: () => new MessagesGrammar(),
  fault: httpFault,
  eventFault,
};

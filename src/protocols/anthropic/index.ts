/** Anthropic Messages, both sides of it. */
import type { Protocol } from "../protocol.ts";
import { ask } from "./ask.ts";
import { client } from "./client.ts";
import { messagesEdits } from "./edits.ts";
import { MessagesMeter } from "./meter.ts";
import { upstream } from "./upstream.ts";

export const anthropic: Protocol = {
  id: "anthropic",
  client: { ...client, ask },
  upstream,
  edits: messagesEdits(upstream),
  meter: (target) => new MessagesMeter(target),
};

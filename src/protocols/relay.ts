/** Joins a client that speaks one protocol to a provider that speaks the same or another. Nothing else knows which it was. */
import { openaiCompletions } from "./openai-completions/index.ts";
import { splice } from "./splice.ts";
import type { Ask, Call, Protocol, Relay, ReplyContext, Target } from "./protocol.ts";
import { translate } from "./translate.ts";

/** One attempt: who speaks what, what was asked, and where it goes. */
export interface RelayOrder {
  /** The client's protocol. */
  readonly from: Protocol;
  /** The provider's. */
  readonly to: Protocol;
  readonly call: Call;
  readonly ask: Ask;
  readonly target: Target;
  readonly context: ReplyContext;
}

/**
 * The same protocol passes bytes through; different ones are translated. Of a client with replies of its own (Cursor), the request
 * alone passes through.
 */
export const relay = (order: RelayOrder): Relay => {
  const { from, to, target } = order;
  if (target.completes) return completed(order);
  if (from.id !== to.id || from.client.readsAll) return translate(order);
  const passed = passThrough(order);
  return from.client.writesAll ? { ...translate(order), addresses: () => [], request: () => passed.request() } : passed;
};

/** A model that only completes: its own clients pass through, all others are refused. */
const completed = (order: RelayOrder): Relay =>
  order.from === openaiCompletions
    ? passThrough({ ...order, to: openaiCompletions })
    : translate({ ...order, to: openaiCompletions });

const passThrough = ({ from, to, call, ask, target, context }: RelayOrder): Relay => ({
  addresses: () => [],
  request: () => {
    const { dropped = [], ...edits } = from.edits.request(call, ask, target);
    return { ...to.upstream.address(call, target, ask), body: splice(call.body, call.scan, edits), dropped };
  },
  reply: (body) => to.edits.reply(body, target),
  stream: () => to.edits.stream(ask, target, context),
  events: (body) => to.upstream.events?.(body),
  fault: (status, headers, body) => to.upstream.fault(status, headers, body),
});

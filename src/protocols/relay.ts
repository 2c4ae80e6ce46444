/** Joins a client that speaks one protocol to a provider that speaks the same or another. Nothing else knows which it was. */
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

/** The same protocol passes bytes through; different ones are translated. */
export const relay = (order: RelayOrder): Relay =>
  order.from.id === order.to.id ? passThrough(order) : translate(order);

const passThrough = ({ to, call, ask, target, context }: RelayOrder): Relay => ({
  request: () => {
    const { dropped = [], ...edits } = to.edits.request(call, ask, target);
    return { ...to.upstream.address(call, target, ask), body: splice(call.body, call.scan, edits), dropped };
  },
  reply: (body) => to.edits.reply(body, target),
  stream: () => to.edits.stream(ask, target, context),
  events: (body) => to.upstream.events?.(body),
  fault: (status, headers, body) => to.upstream.fault(status, headers, body),
});

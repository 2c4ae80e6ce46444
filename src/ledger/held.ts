/** Holds as the ledger sees them: made of an order, found again by their token. Pure. */
import { errors, GatewayError } from "../errors.ts";
import type { HoldToken } from "../hold.ts";
import type { Held, Lease } from "./lease.ts";
import { InsufficientFunds, type HoldOrder } from "./ledger.ts";
import { idBytes } from "./settlement.ts";

/** True where other owners may have what is missing. */
export const isShort = (error: Error): boolean =>
  error instanceof InsufficientFunds || (error instanceof GatewayError && error.code === "key_budget_exceeded");

/** @throws Error when the hold has had its one terminal call (I-20). */
export const openHold = (token: HoldToken): Held => {
  const hold = token as unknown as Held;
  if (hold.state !== "open") throw new Error(`the hold of ${hold.requestId} has ended already`);
  return hold;
};

/**
 * A hold of nothing yet.
 * @throws RangeError when the order's request id is none @throws GatewayError ledger_unavailable when its life is over
 */
export const heldFor = (order: HoldOrder, lease: Lease): Held => {
  if (order.epoch !== undefined && order.epoch !== lease.epoch) throw errors.ledgerUnavailable();
  return {
    requestId: order.requestId,
    idBytes: idBytes(order.requestId),
    accountId: order.accountId,
    keyId: order.keyId,
    snapshot: order.snapshot,
    amount: 0n,
    lease,
    state: "open",
  };
};

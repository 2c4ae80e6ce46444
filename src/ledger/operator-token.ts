/** The token for a call of the operator's own, such as a test of an upstream. */
import type { HoldToken } from "../hold.ts";
import { EXACT } from "../money.ts";
import { listPrice } from "../price.ts";

/**
 * A token that holds nothing: no customer asked for the call, none is charged for it, and no ledger knows it (decision 0048). It is made
 * here, with the others, so that nothing outside the ledger can.
 */
export const operatorToken = (requestId: string): HoldToken =>
  ({
    requestId,
    accountId: 0,
    keyId: 0,
    snapshot: listPrice({ id: 0, base: {}, tiers: [], rounding: EXACT }),
    amount: 0n,
  }) as unknown as HoldToken;

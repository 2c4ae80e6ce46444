/** What was given back of a charge, as the ledger stores it and the history shows it. Pure. */
import type { Nano } from "./money.ts";

export interface Refund {
  /** Nano-units. */
  readonly amount: Nano;
  /** The operator's words. */
  readonly reason: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** The proof that money is held for a request. Only the ledger makes one; the upstream client's only method takes it (I-12). */
import type { Nano } from "./money.ts";
import type { Snapshot } from "./price.ts";

declare const granted: unique symbol;

export interface HoldToken {
  /** Exists only in the type: nothing but a cast inside the ledger can make a token. */
  readonly [granted]: true;
  readonly requestId: string;
  readonly accountId: number;
  readonly keyId: number;
  readonly snapshot: Snapshot;
  /** What is held now, in nano-units; grows by `extend`. */
  readonly amount: Nano;
}

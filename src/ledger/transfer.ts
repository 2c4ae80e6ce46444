/** Transfers: money moves from one account to another, never out of nowhere (I-23). Pure. */
import { checked, MoneyError, type Nano } from "../money.ts";

/** The ledger's own accounts, made by the first migration. */
export const ACCOUNTS = {
  revenue: 1,
  payments: 2,
  promo: 3,
  absorbed: 4,
  planFees: 5,
  adjustments: 6,
} as const;

/** Where the other side of a credit or debit by hand is booked. */
export type Counterpart = "payments" | "promo" | "adjustments";

export interface TransferOrder {
  /** The customer's account. */
  readonly accountId: number;
  /** Positive nano-units. */
  readonly amount: Nano;
  /** Why, in the operator's words (I-68). */
  readonly reason: string;
  readonly actor: string;
  /** The same key never moves money twice; null when the caller does not repeat itself. */
  readonly idempotencyKey: string | null;
  /** `adjustments` when absent. */
  readonly counterpart?: Counterpart;
  /**
   * A debit of money that may be spent already, as of a payment that was taken back (I-66): what the balance does not cover stays
   * pending until it comes in.
   */
  readonly mayOwe?: boolean;
}

/** What a transfer did. */
export interface Posting {
  readonly transferId: number;
  /** The account's posted balance afterwards, in nano-units. */
  readonly balance: Nano;
  /** True when the idempotency key had been used before: nothing was moved now. */
  readonly replayed: boolean;
  /** What of a debit is still to be collected; nothing when absent. */
  readonly pending?: Nano;
}

/** A transfer that its rules refuse; the text is one line for the operator. */
export class TransferRefused extends Error {
  override readonly name = "TransferRefused";
}

const MAX_REASON = 500;
const MAX_KEY = 255;

/** Checks a transfer by hand (I-68, E115). @throws TransferRefused */
export const checkOrder = ({
  amount,
  reason,
  idempotencyKey,
}: Pick<TransferOrder, "amount" | "reason" | "idempotencyKey">): void => {
  if (amount <= 0n) throw new TransferRefused("The amount must be more than 0.");
  try {
    checked(amount);
  } catch (error) {
    throw new TransferRefused("The amount does not fit 64 bits of nano-units.", { cause: error });
  }
  if (reason.trim() === "" || reason.length > MAX_REASON)
    throw new TransferRefused(`A reason of 1 to ${MAX_REASON} characters is needed.`);
  if (idempotencyKey !== null && (idempotencyKey === "" || idempotencyKey.length > MAX_KEY))
    throw new TransferRefused(`An idempotency key has 1 to ${MAX_KEY} characters.`);
};

/** A balance after a credit. @throws TransferRefused when it would leave the 64-bit range (E115). */
export const credited = (balance: Nano, amount: Nano): Nano => {
  try {
    return checked(balance + amount);
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error;
    throw new TransferRefused("The balance would not fit 64 bits of nano-units.", { cause: error });
  }
};

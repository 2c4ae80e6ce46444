/** Codes that are redeemed for credit: what one is, and why one is refused. Pure but for the draw of a new one. */
import { hashClaimCode, newClaimCode } from "../accounts/claim.ts";
import type { Nano } from "../money.ts";

/** Where a code's money comes from: it was given, or paid for elsewhere. Given money is spent first, and never paid out (0029). */
export const CODE_KINDS = ["promo", "paid"] as const;
export type CodeKind = (typeof CODE_KINDS)[number];

/** Most codes of one order, uses of one code, and the most of one code: nano-units. */
export const MAX_CODES = 500;
export const MAX_USES = 1_000_000;
export const MAX_CODE_AMOUNT: Nano = 1_000_000_000_000_000n;
export const MAX_NOTE = 200;

/** Longest text that is looked at as a code. */
export const MAX_CODE_TEXT = 64;

/** A fresh code: 128 random bits, written as the codes that operators are claimed with, so that it can be read out. */
export const newCode = newClaimCode;

/** The SHA-256 of a code, however it was typed (I-65). */
export const hashCode = hashClaimCode;

/** Why a code was not redeemed. */
export type CodeRefusal =
  /** There is no such code. */
  | "unknown"
  /** It ended, or was withdrawn. */
  | "ended"
  /** All its uses are used. */
  | "used_up"
  /** This account has had its share. */
  | "had"
  /** The attempt bears the name of one with another code. */
  | "reused"
  /** The balance would leave the range of amounts. */
  | "too_much";

export class CodeRefused extends Error {
  override readonly name = "CodeRefused";
  readonly refusal: CodeRefusal;
  constructor(refusal: CodeRefusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

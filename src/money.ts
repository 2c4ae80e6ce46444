/**
 * Money: integers of nano-units, and the only arithmetic done on them.
 *
 * An amount is a `bigint` of nano-units (1e-9 USD). A price is nano-USD per 1,000,000 of its unit, parsed from a decimal string.
 * A charge is rounded once, half up, over the sum of its parts (I-1 … I-7). No float ever touches an amount.
 */
import { UNITS, type Unit, type Usage } from "./unit.ts";

/** An amount in nano-units; always within a signed 64-bit integer when it reaches a database. */
export type Nano = bigint;

/** A multiplier such as a plan's discount, as an exact fraction. `den` is positive. */
export interface Rational {
  readonly num: bigint;
  readonly den: bigint;
}

/** Nano-USD per million units, per unit. */
export type Price = Readonly<Partial<Record<Unit, Nano>>>;

/** How a charge is rounded. `scale` counts decimals of the currency: 9 is one nano, 2 is a cent (I-5). */
export interface Rounding {
  readonly scale: number;
  readonly mode: "half_up";
}

export const ONE: Rational = { num: 1n, den: 1n };
export const EXACT: Rounding = { scale: 9, mode: "half_up" };

const NANO_PER_UNIT = 1_000_000_000n;
const PER_MILLION = 1_000_000n;
const MAX_NANO = 2n ** 63n - 1n;

/** Thrown for amounts that are not decimal strings, or leave the 64-bit range (I-15): never wraps, never rounds in silence. */
export class MoneyError extends Error {
  override readonly name = "MoneyError";
}

const isDigits = (text: string): boolean => {
  if (text.length === 0) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
};

/**
 * Reads a decimal string such as "2.50" as nano-units. At most nine decimals; a minus sign is read, a plus sign, blanks and
 * exponents are not.
 * @throws MoneyError when the text is not such a string or does not fit 64 bits.
 */
export const parseNano = (text: string): Nano => {
  const negative = text.startsWith("-");
  const body = negative ? text.slice(1) : text;
  const point = body.indexOf(".");
  const whole = point < 0 ? body : body.slice(0, point);
  const fraction = point < 0 ? "" : body.slice(point + 1);
  if (!isDigits(whole) || (point >= 0 && !isDigits(fraction))) throw new MoneyError(`not a decimal amount: ${text}`);
  if (fraction.length > 9) throw new MoneyError(`more than nine decimals: ${text}`);
  if (whole.length > 12) throw new MoneyError(`amount out of range: ${text}`);
  const value = BigInt(whole) * NANO_PER_UNIT + BigInt(fraction.padEnd(9, "0"));
  return checked(negative ? -value : value);
};

/** Writes nano-units as the shortest exact decimal text, never in scientific notation (I-7). `parseNano(formatNano(x)) === x`. */
export const formatNano = (amount: Nano): string => {
  const negative = amount < 0n;
  const value = negative ? -amount : amount;
  const fraction = (value % NANO_PER_UNIT).toString().padStart(9, "0");
  let end = fraction.length;
  while (end > 0 && fraction.charCodeAt(end - 1) === 48) end--;
  const text = `${value / NANO_PER_UNIT}${end > 0 ? `.${fraction.slice(0, end)}` : ""}`;
  return negative ? `-${text}` : text;
};

/** Digits after the point beyond which a fraction is taken to have no end. */
const MOST_DECIMALS = 40;

/** Writes a fraction as the shortest exact decimal text, or as `num/den` where it has no end as a decimal. Non-negative. */
export const formatRatio = ({ num, den }: Rational): string => {
  let scale = 1n;
  for (let decimals = 0; decimals <= MOST_DECIMALS; decimals++, scale *= 10n) {
    if ((num * scale) % den !== 0n) continue;
    const digits = ((num * scale) / den).toString().padStart(decimals + 1, "0");
    const point = digits.length - decimals;
    return decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  }
  return `${num}/${den}`;
};

const padded = (text: string, decimals: number): string => {
  const point = text.indexOf(".");
  const have = point < 0 ? 0 : text.length - point - 1;
  if (have >= decimals) return text;
  return `${text}${point < 0 ? "." : ""}${"0".repeat(decimals - have)}`;
};

/** Writes an amount in another unit, at so many of it for one: exact, with more than nine decimals where that is what it takes (I-7). */
export const formatAt = (amount: Nano, { num, den }: Rational): string => {
  const product = amount * num;
  if (product % den === 0n) return formatNano(product / den);
  const text = formatRatio({ num: product < 0n ? -product : product, den: den * NANO_PER_UNIT });
  return product < 0n ? `-${text}` : text;
};

/** The same with at least `decimals` decimals, for messages: `0.012300` with 6. Never drops a non-zero digit. */
export const formatAtPadded = (amount: Nano, rate: Rational, decimals: number): string =>
  padded(formatAt(amount, rate), decimals);

/** Reads "70%" or "0.7" as an exact fraction. @throws MoneyError when it is neither. */
export const parseRational = (text: string): Rational => {
  const percent = text.endsWith("%");
  const nano = parseNano(percent ? text.slice(0, -1) : text);
  return { num: nano, den: NANO_PER_UNIT * (percent ? 100n : 1n) };
};

/** `1 - share`, as a plan's discount becomes the multiplier of its prices. @throws MoneyError outside 0 … 1. */
export const complement = (share: Rational): Rational => {
  if (share.num < 0n || share.num > share.den) throw new MoneyError("a discount must be between 0% and 100%");
  return { num: share.den - share.num, den: share.den };
};

/** Refuses what would not fit a signed 64-bit column (I-15). @throws MoneyError */
export const checked = (amount: Nano): Nano => {
  if (amount > MAX_NANO || amount < -MAX_NANO) throw new MoneyError("amount out of the 64-bit range");
  return amount;
};

/** `num / den` rounded half up; both are non-negative. */
export const divideHalfUp = (num: bigint, den: bigint): bigint => (2n * num + den) / (2n * den);

/** `num / den` rounded up; both are non-negative. */
export const divideUp = (num: bigint, den: bigint): bigint => (num + den - 1n) / den;

/** Thrown when a usage holds a unit that its price does not: nothing is ever free by omission (I-43). */
export class UnpricedUnit extends MoneyError {
  readonly unit: Unit;
  constructor(unit: Unit) {
    super(`the price row has no price for ${unit}`);
    this.unit = unit;
  }
}

/** Σ units × price, in nano-units × 1e6: the exact numerator before multipliers and rounding. */
const numerator = (usage: Usage, price: Price): bigint => {
  let sum = 0n;
  for (const unit of UNITS) {
    const count = usage[unit];
    if (count === undefined || count === 0) continue;
    if (!Number.isSafeInteger(count) || count < 0) throw new MoneyError(`not a count of ${unit}`);
    const rate = price[unit];
    if (rate === undefined) throw new UnpricedUnit(unit);
    sum += BigInt(count) * rate;
  }
  return sum;
};

/**
 * The charge for a usage: the dot product of usage and price, times the multiplier, rounded once (I-4, I-5).
 * @returns nano-units. @throws UnpricedUnit, MoneyError
 */
export const cost = (usage: Usage, price: Price, multiplier: Rational = ONE, rounding: Rounding = EXACT): Nano => {
  const step = 10n ** BigInt(9 - rounding.scale);
  return checked(divideHalfUp(numerator(usage, price) * multiplier.num, multiplier.den * PER_MILLION * step) * step);
};

/** As `cost`, but rounded up to the rounding's step: what a hold must cover so that no charge can exceed it (I-13, §9.11). */
export const ceiling = (usage: Usage, price: Price, multiplier: Rational = ONE, rounding: Rounding = EXACT): Nano => {
  const step = 10n ** BigInt(9 - rounding.scale);
  return checked(divideUp(numerator(usage, price) * multiplier.num, multiplier.den * PER_MILLION * step) * step);
};

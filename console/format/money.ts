/**
 * Amounts for people. An amount is a string of whole nano-USD, as the API gives it; a bigint here, never a float.
 *
 * Two decimals from one unit up, four significant digits below, and the exact amount beside it for who points at it.
 */

/** How a storefront shows money: in USD, or in credits of which `rate` make one USD. */
export interface MoneyUnit {
  readonly name: string;
  readonly symbol: string | null;
  /** Units for one USD, as an exact fraction of whole numbers. */
  readonly rate: { readonly num: string; readonly den: string };
}

export const USD: MoneyUnit = { name: "USD", symbol: "$", rate: { num: "1", den: "1" } };

const NANO = 1_000_000_000n;
const DECIMALS = 9;
const SIGNIFICANT = 4;

const divideHalfUp = (num: bigint, den: bigint): bigint => (2n * num + den) / (2n * den);

/** 1234567 → "1,234,567" in the reader's way. */
const grouped = (whole: bigint): string => whole.toLocaleString();

/** A decimal point as the reader writes it. */
const POINT = (1.5).toLocaleString().slice(1, 2);

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

/** `nano` (≥ 0) with `decimals` decimals, rounded half up. */
const fixed = (nano: bigint, decimals: number): string => {
  const unit = 10n ** BigInt(DECIMALS - decimals);
  const scaled = divideHalfUp(nano, unit);
  const base = 10n ** BigInt(decimals);
  const fraction = (scaled % base).toString().padStart(decimals, "0");
  return decimals === 0 ? grouped(scaled) : `${grouped(scaled / base)}${POINT}${fraction}`;
};

/** Decimals that leave four significant digits of an amount below one. */
const decimalsOf = (nano: bigint): number => {
  if (nano === 0n || nano >= NANO) return 2;
  const leadingZeros = DECIMALS - nano.toString().length;
  return Math.min(DECIMALS, Math.max(2, leadingZeros + SIGNIFICANT));
};

const trimmed = (text: string): string => {
  const at = text.indexOf(POINT);
  if (at < 0) return text;
  let end = text.length;
  while (end > at + 3 && text[end - 1] === "0") end--;
  return text.slice(0, end);
};

const dressed = (text: string, negative: boolean, unit: MoneyUnit): string => {
  const sign = negative ? "−" : "";
  return unit.symbol === null ? `${sign}${text} ${unit.name}` : `${sign}${unit.symbol}${text}`;
};

const inUnit = (nano: bigint, { rate }: MoneyUnit): bigint => divideHalfUp(nano * BigInt(rate.num), BigInt(rate.den));

/** "$12.40", "$0.0004216", "3.20 credits". @throws SyntaxError when the text is no whole number */
export const money = (nano: string | bigint, unit: MoneyUnit = USD): string => {
  const value = BigInt(nano);
  const amount = inUnit(absolute(value), unit);
  return dressed(trimmed(fixed(amount, decimalsOf(amount))), value < 0n, unit);
};

/** Rounded for axes and headlines: "$1.2k" above a thousand, else as `money`. */
export const moneyShort = (nano: string | bigint, unit: MoneyUnit = USD): string => {
  const value = BigInt(nano);
  const amount = inUnit(absolute(value), unit);
  if (amount < 10_000n * NANO) return money(nano, unit);
  const thousands = fixed(amount / 1_000n, amount < 100_000n * NANO ? 1 : 0);
  return dressed(`${thousands}k`, value < 0n, unit);
};

/** All nine decimals: "$0.000421600". */
export const moneyExact = (nano: string | bigint): string => {
  const value = BigInt(nano);
  return dressed(fixed(absolute(value), DECIMALS), value < 0n, USD);
};

/**
 * A decimal that somebody typed, in USD, as nano-USD; null when it is none, is negative or has more than nine decimals. A comma is
 * refused: "2,50" is two and a half to some and two hundred and fifty to others.
 */
export const parseMoney = (text: string): string | null => {
  const [whole = "", fraction = "", ...rest] = text.trim().replace("$", "").split(".");
  const isDigits = (part: string): boolean => part.split("").every((char) => char >= "0" && char <= "9");
  if (rest.length > 0 || (whole === "" && fraction === "") || !isDigits(whole) || !isDigits(fraction)) return null;
  if (fraction.length > DECIMALS || whole.length > DECIMALS) return null;
  return (BigInt(whole === "" ? "0" : whole) * NANO + BigInt(fraction.padEnd(DECIMALS, "0"))).toString();
};

/** Whole nano-USD (≥ 0) as it would be typed: "2.5". Read again by `parseMoney`. */
export const typedMoney = (nano: string): string => {
  const fraction = (BigInt(nano) % NANO).toString().padStart(DECIMALS, "0");
  let end = fraction.length;
  while (end > 0 && fraction[end - 1] === "0") end--;
  const whole = String(BigInt(nano) / NANO);
  return end === 0 ? whole : `${whole}.${fraction.slice(0, end)}`;
};

/** Whole nano-USD (≥ 0) as one types it, and `parseMoney` reads it, wherever one lives: "12.5". */
export const moneyTyped = (nano: string): string => {
  const digits = nano.padStart(DECIMALS + 1, "0");
  const [whole, fraction] = [digits.slice(0, -DECIMALS), digits.slice(-DECIMALS)];
  const end = fraction.split("").findLastIndex((digit) => digit !== "0") + 1;
  return end === 0 ? whole : `${whole}.${fraction.slice(0, end)}`;
};

/** A share as "61 %", which no line parts; "—" where the whole is nothing. */
export const share = (part: bigint | number, whole: bigint | number): string => {
  const [a, b] = [Number(part), Number(whole)];
  return b === 0 ? "—" : `${Math.round((100 * a) / b).toLocaleString()}\u00a0%`;
};

/** For the height of a bar only: a position on a screen, never an amount that is shown. */
export const forChart = (nano: string): number => Number(BigInt(nano)) / 1e9;

const FEMTO_DECIMALS = 15;

/** Whole femto-USD (1e-15 USD, the product of a count and a price) with all decimals that it has, at least two: "$0.0000012345". */
export const femtoExactly = (femto: string | bigint): string => {
  const value = BigInt(femto);
  const digits = absolute(value)
    .toString()
    .padStart(FEMTO_DECIMALS + 1, "0");
  const whole = grouped(BigInt(digits.slice(0, -FEMTO_DECIMALS)));
  return dressed(trimmed(`${whole}${POINT}${digits.slice(-FEMTO_DECIMALS)}`), value < 0n, USD);
};

const FEMTO_OF_NANO = 1_000_000n;

/** Whole nano-USD with all decimals that it has, at least two: "$0.00225". */
export const moneyExactly = (nano: string | bigint): string => femtoExactly(BigInt(nano) * FEMTO_OF_NANO);

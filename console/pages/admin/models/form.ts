/** A model as a form holds it, in the words of the configuration file, and what is sent of it. Pure. */
import type { ModelDetail, ModelEdit } from "../../../api/operator.ts";
import type { Unit } from "../unit-words.ts";

type Entry = NonNullable<ModelDetail["entry"]>;
export type Kind = Entry["kind"];
export type Status = Entry["status"];

/** What was typed for each unit; absent: no price of its own. */
export type PriceTexts = Readonly<Partial<Record<Unit, string>>>;

export interface TierForm {
  readonly above: string;
  readonly prices: PriceTexts;
}

export interface VariantForm {
  readonly unit: Unit;
  /** How many of the unit the price is for. */
  readonly per: 1 | 1_000_000;
  readonly price: string;
  /** `resolution=720p audio=true`. */
  readonly when: string;
}

export const KINDS = [
  "chat",
  "embedding",
  "image",
  "video",
  "speech",
  "transcription",
] as const satisfies readonly Kind[];
export const STATUSES = ["live", "legacy", "deprecated", "retired"] as const satisfies readonly Status[];

export const SIZES = ["context", "maxOutput", "defaultMaxTokens"] as const;
export const LIMITS = ["rpm", "tpm", "concurrency"] as const;
export const SECONDS = ["min", "max", "auto", "default"] as const;
const NAMES = ["provider", "replacement", "replyModel"] as const;

export interface ModelForm
  extends
    Readonly<Record<(typeof SIZES)[number] | (typeof LIMITS)[number] | (typeof NAMES)[number], string>>,
    Readonly<Record<"aliases" | "takes" | "makes" | "capabilities" | "resolutions", string>> {
  readonly kind: Kind;
  readonly status: Status;
  readonly upstreamProtocol: string;
  readonly upstreamModel: string;
  readonly prices: PriceTexts;
  readonly tiers: readonly TierForm[];
  readonly variants: readonly VariantForm[];
  /** Decimals of USD that a charge is rounded to; empty: it is exact. */
  readonly decimals: string;
  readonly seconds: Readonly<Record<(typeof SECONDS)[number], string>>;
  /** Lengths that there are, separated by blanks; empty: any. */
  readonly allowedSeconds: string;
}

/** Decimal places between a price of a million, as it is kept, and of one, as it is shown. Seconds are counted in thousandths. */
const PLACES: Readonly<Partial<Record<Unit, number>>> = { image: 6, web_search: 6, request: 6, video_second: 3 };

export const isPiece = (unit: Unit): boolean => PLACES[unit] !== undefined;

const isDecimal = (text: string): boolean => {
  const [whole = "", fraction = "0", ...more] = text.split(".");
  const isDigits = (part: string): boolean =>
    part !== "" && part.split("").every((digit) => digit >= "0" && digit <= "9");
  return more.length === 0 && isDigits(whole) && isDigits(fraction);
};

/** A decimal with its point moved to the right, or by a negative number to the left; anything else stays what it is. */
export const shifted = (text: string, places: number): string => {
  if (!isDecimal(text)) return text;
  const [whole = "", fraction = ""] = text.split(".");
  const digits = `${"0".repeat(Math.max(0, -places))}${whole}${fraction}${"0".repeat(Math.max(0, places))}`;
  const point = Math.max(0, -places) + whole.length + places;
  let start = 0;
  while (start < point - 1 && digits[start] === "0") start++;
  let end = digits.length;
  while (end > point && digits[end - 1] === "0") end--;
  return end === point ? digits.slice(start, point) : `${digits.slice(start, point)}.${digits.slice(point, end)}`;
};

const shownPrices = (prices: PriceTexts): PriceTexts =>
  Object.fromEntries(Object.entries(prices).map(([unit, text]) => [unit, shifted(text, -(PLACES[unit as Unit] ?? 0))]));

/** What was typed and is not empty, as it is kept. */
const sentPrices = (prices: PriceTexts): Record<string, string> =>
  Object.fromEntries(
    Object.entries(prices).flatMap(([unit, text]) =>
      text.trim() === "" ? [] : [[unit, shifted(text.trim(), PLACES[unit as Unit] ?? 0)]],
    ),
  );

const textOf = (value: number | null | undefined): string =>
  value === null || value === undefined ? "" : String(value);

const wordsOf = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== "");

type Attribute = string | number | boolean;

/** A text that would be read as something else stands in quotes. */
const attributeText = (value: Attribute): string => {
  if (typeof value !== "string") return String(value);
  return attributeOf(value) === value ? value : `"${value}"`;
};

const attributeOf = (text: string): Attribute => {
  if (text.length > 1 && text.startsWith('"') && text.endsWith('"')) return text.slice(1, -1);
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && String(Number(text)) === text && Number.isSafeInteger(Number(text)) ? Number(text) : text;
};

/** `{ size: "1024x1024", hd: true }` as `size=1024x1024 hd=true`. */
export const whenText = (when: Readonly<Record<string, Attribute>>): string =>
  Object.entries(when)
    .map(([name, value]) => `${name}=${attributeText(value)}`)
    .join(" ");

/** The inverse of `whenText`; null for what is none. */
export const whenOf = (text: string): Record<string, Attribute> | null => {
  const pairs = text.split(" ").filter((pair) => pair !== "");
  const read = pairs.map((pair): [string, Attribute] | null => {
    const at = pair.indexOf("=");
    return at < 1 || at === pair.length - 1 ? null : [pair.slice(0, at), attributeOf(pair.slice(at + 1))];
  });
  return read.includes(null) ? null : Object.fromEntries(read.filter((pair) => pair !== null));
};

/** The form of a model; of nothing, the form of a new one. */
export const formOf = (entry: Entry | null): ModelForm => ({
  kind: entry?.kind ?? "chat",
  status: entry?.status ?? "live",
  provider: entry?.provider ?? "",
  replacement: entry?.replacement ?? "",
  replyModel: entry?.replyModel ?? "",
  aliases: entry?.aliases.join(" ") ?? "",
  context: entry === null ? "128000" : textOf(entry.context),
  maxOutput: entry === null ? "8192" : textOf(entry.maxOutput),
  defaultMaxTokens: textOf(entry?.defaultMaxTokens),
  takes: entry?.modalities.input.join(" ") ?? "text",
  makes: entry?.modalities.output.join(" ") ?? "text",
  capabilities: entry?.capabilities.join(" ") ?? "",
  upstreamProtocol: entry?.upstream?.protocol ?? "",
  upstreamModel: entry?.upstream?.model ?? "",
  prices: shownPrices(entry?.prices ?? {}),
  tiers: entry?.tiers.map(({ above, prices }) => ({ above: String(above), prices: shownPrices(prices) })) ?? [],
  variants: entry?.rates.map(({ unit, per, price, variant }) => ({ unit, per, price, when: whenText(variant) })) ?? [],
  decimals: textOf(entry?.rounding?.scale),
  seconds: {
    min: textOf(entry?.duration?.min),
    max: textOf(entry?.duration?.max),
    auto: textOf(entry?.duration?.auto),
    default: textOf(entry?.duration?.default),
  },
  allowedSeconds: entry?.duration?.allowed?.join(" ") ?? "",
  resolutions: entry?.resolutions.join(" ") ?? "",
  rpm: textOf(entry?.rpm),
  tpm: textOf(entry?.tpm),
  concurrency: textOf(entry?.concurrency),
});

const isWhole = (text: string): boolean => text.trim() === "" || Number.isSafeInteger(Number(text));

/** What the server would not even see: numbers that are none, attributes that cannot be read. By the path of the field. */
export const unreadable = (form: ModelForm): Readonly<Record<string, "whole" | "when">> => {
  const whole = [...SIZES, ...LIMITS].filter((name) => !isWhole(form[name]));
  const seconds = SECONDS.filter((name) => !isWhole(form.seconds[name])).map((name) => `duration.${name}`);
  const above = form.tiers.flatMap((tier, at) => (isWhole(tier.above) ? [] : [`tiers.${at}.above`]));
  const allowed = wordsOf(form.allowedSeconds).every(isWhole) ? [] : ["duration.allowed"];
  const decimals = isWhole(form.decimals) ? [] : ["rounding.scale"];
  const when = form.variants.flatMap((variant, at) => (whenOf(variant.when) === null ? [`rates.${at}.variant`] : []));
  return Object.fromEntries([
    ...[...whole, ...seconds, ...above, ...allowed, ...decimals].map((path) => [path, "whole"] as const),
    ...when.map((path) => [path, "when"] as const),
  ]);
};

const numberOf = (text: string): number | null => (text.trim() === "" ? null : Number(text));
const orNull = (text: string): string | null => (text.trim() === "" ? null : text.trim());
const listOrNull = (text: string): string[] | null => {
  const words = wordsOf(text);
  return words.length === 0 ? null : words;
};

const durationOf = ({ seconds, allowedSeconds }: ModelForm): ModelEdit["duration"] => {
  const named = SECONDS.flatMap((name) =>
    seconds[name].trim() === "" ? [] : [[name, Number(seconds[name])] as const],
  );
  const allowed = wordsOf(allowedSeconds).map(Number);
  if (named.length === 0 && allowed.length === 0) return null;
  return { ...Object.fromEntries(named), ...(allowed.length === 0 ? {} : { allowed }) };
};

const priceFields = (form: ModelForm) => ({
  prices: sentPrices(form.prices),
  tiers: form.tiers.map(({ above, prices }) => ({ above: Number(above), prices: sentPrices(prices) })),
  rates: form.variants.map(({ unit, per, price, when }) => ({
    unit,
    per,
    price: price.trim(),
    variant: whenOf(when) ?? {},
  })),
});

const otherFields = (form: ModelForm) => ({
  kind: form.kind,
  status: form.status,
  provider: orNull(form.provider),
  replacement: orNull(form.replacement),
  replyModel: orNull(form.replyModel),
  aliases: listOrNull(form.aliases),
  context: numberOf(form.context),
  maxOutput: numberOf(form.maxOutput),
  defaultMaxTokens: numberOf(form.defaultMaxTokens),
  modalities:
    form.takes.trim() === "" && form.makes.trim() === ""
      ? null
      : { input: wordsOf(form.takes), output: wordsOf(form.makes) },
  capabilities: listOrNull(form.capabilities),
  upstream:
    form.upstreamProtocol.trim() === "" && form.upstreamModel.trim() === ""
      ? null
      : { protocol: form.upstreamProtocol.trim(), model: form.upstreamModel.trim() },
  rounding: form.decimals.trim() === "" ? null : { scale: Number(form.decimals) },
  duration: durationOf(form) ?? null,
  resolutions: listOrNull(form.resolutions),
  rpm: numberOf(form.rpm),
  tpm: numberOf(form.tpm),
  concurrency: numberOf(form.concurrency),
});

/**
 * Only what was changed is sent: what is not stays the catalogue's, and follows it. Prices are one thing: who states one states all.
 */
export const changesOf = (form: ModelForm, before: ModelForm): ModelEdit => {
  const differ = (now: unknown, was: unknown): boolean => JSON.stringify(now) !== JSON.stringify(was);
  const [now, was] = [otherFields(form), otherFields(before)];
  const changed = Object.entries(now).filter(([name, value]) => differ(value, was[name as keyof typeof was]));
  const prices = priceFields(form);
  return { ...Object.fromEntries(changed), ...(differ(prices, priceFields(before)) ? prices : {}) };
};

/** What the units of prices are called, and for how many of them a price is shown. */
import type { PriceListView } from "../../api/operator.ts";

type Rate = PriceListView["rates"][number];
export type Unit = Rate["unit"];

const UNITS = {
  input: "Input",
  cache_read: "Cached input",
  cache_write_5m: "Cache write, 5 min",
  cache_write_1h: "Cache write, 1 h",
  output: "Output",
  reasoning: "Reasoning",
  image_input: "Image input",
  image_output: "Image output",
  audio_input: "Audio input",
  audio_output: "Audio output",
  audio_cache_read: "Cached audio",
  image: "Image",
  video_second: "Second of video",
  video_token: "Video tokens",
  web_search: "Web search",
  request: "Request",
} as const satisfies Record<Unit, string>;

export const isKnownUnit = (text: string): text is Unit => Object.hasOwn(UNITS, text);

/** In the order in which they are shown. */
export const UNIT_IDS: readonly Unit[] = Object.keys(UNITS).filter(isKnownUnit);

export const unitName = (unit: Unit): string => UNITS[unit];

/** "per 1M", "each". */
export const perWords = ({ per }: Pick<Rate, "per">): string => (per === 1 ? "each" : "per 1M");

/** The rates by which one tells a model's price at a glance: what goes in and what comes out. */
export const headRates = (rates: readonly Rate[]): readonly Rate[] => {
  const main = rates.filter(({ unit }) => unit === "input" || unit === "output");
  return main.length > 0 ? main : rates.slice(0, 2);
};

/** "35 %" of hundredths of a per cent. */
export const marginWords = (marginBp: number | null): string =>
  marginBp === null ? "—" : `${(marginBp / 100).toLocaleString(undefined, { maximumFractionDigits: 1 })} %`;

/** What people write as a video's size: a ratio, a resolution, or pixels. Pure. */
import { errors } from "../errors.ts";

export interface Size {
  readonly resolution?: string;
  readonly ratio?: string;
}

/** Resolutions by the most pixels that are taken for one. */
const TIERS: readonly (readonly [most: number, name: string])[] = [
  [500_000, "480p"],
  [1_100_000, "720p"],
  [2_300_000, "1080p"],
  [Number.POSITIVE_INFINITY, "4k"],
];
const RATIOS = ["21:9", "16:9", "4:3", "5:4", "1:1", "4:5", "3:4", "9:16", "9:21"] as const;
const NAMES = ["480p", "720p", "1080p", "4k"] as const;
const MOST_PIXELS = 10_000;

const whole = (text: string | undefined): number | null => {
  const value = Number(text ?? "");
  return text !== undefined && String(value) === text && Number.isInteger(value) && value > 0 && value <= MOST_PIXELS
    ? value
    : null;
};

const pairOf = (text: string, between: string): readonly [number, number] | null => {
  const [left, right, ...rest] = text.split(between);
  const [a, b] = [whole(left), whole(right)];
  return a === null || b === null || rest.length > 0 ? null : [a, b];
};

/** The usual ratio that is nearest to a width and a height. */
const nearest = (width: number, height: number): string => {
  let best: { name: string; distance: number } = { name: "1:1", distance: Number.POSITIVE_INFINITY };
  for (const name of RATIOS) {
    const [a = 1, b = 1] = name.split(":").map(Number);
    const distance = Math.abs(Math.log(width / height) - Math.log(a / b));
    if (distance < best.distance) best = { name, distance };
  }
  return best.name;
};

/** Reads a size: `9:16`, `adaptive`, `720p`, `1280x720`, `1280*720`. @throws GatewayError invalid_value */
export const readSize = (size: string | undefined): Size => {
  if (size === undefined) return {};
  const text = size.toLowerCase();
  if ((NAMES as readonly string[]).includes(text)) return { resolution: text };
  if (text === "adaptive" || pairOf(text, ":") !== null) return { ratio: text };
  const pixels = pairOf(text, "x") ?? pairOf(text, "*");
  if (pixels === null)
    throw errors.invalidValue("size", "must be a ratio (9:16), a resolution (720p) or pixels (1280x720)");
  const [width, height] = pixels;
  const [, resolution] = TIERS.find(([most]) => width * height <= most) ?? [0, "4k"];
  return { resolution, ratio: nearest(width, height) };
};

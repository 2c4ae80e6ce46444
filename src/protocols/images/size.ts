/** How large an image is asked to be, in the words of both dialects, and how many tokens that may take. Pure. */
import { table } from "../../table.ts";

/** Shapes that Gemini's models draw, as width to height. */
const RATIOS = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"] as const;
/** Sides beyond this are nobody's: a size is bounded before it is multiplied. */
const MOST_SIDE = 8_192;
/** Pixels beyond which an image is more than "2K" and "1K" mean. */
const PIXELS_4K = 8_000_000;
const PIXELS_2K = 2_500_000;
const MEGAPIXEL = 1_024 * 1_024;
/** What the provider may choose where nobody says: the largest of OpenAI's usual ones. */
const AUTO = { width: 1_536, height: 1_024 } as const;

export interface Pixels {
  readonly width: number;
  readonly height: number;
}

const whole = (text: string): number => {
  if (text === "" || text.length > 5) return 0;
  for (const char of text) if (char < "0" || char > "9") return 0;
  return Number(text);
};

const pair = (text: string, between: string): Pixels | undefined => {
  const at = text.indexOf(between);
  const [width, height] = [whole(text.slice(0, Math.max(0, at))), whole(text.slice(at + 1))];
  return width > 0 && height > 0 && width <= MOST_SIDE && height <= MOST_SIDE ? { width, height } : undefined;
};

/** `1536x1024`; undefined for `auto` and everything else. */
export const pixelsOf = (size: string): Pixels | undefined => pair(size, "x");

/** The shape nearest to a size, or as it is said (`16:9`); undefined leaves it to the model. */
export const aspectOf = (size: string): string | undefined => {
  const asked = pair(size, ":") ?? pixelsOf(size);
  if (asked === undefined) return undefined;
  if (size.includes(":") && (RATIOS as readonly string[]).includes(size)) return size;
  const wanted = Math.log(asked.width / asked.height);
  const distance = (ratio: string): number => {
    const { width, height } = pair(ratio, ":") ?? { width: 1, height: 1 };
    return Math.abs(Math.log(width / height) - wanted);
  };
  return RATIOS.reduce((best, ratio) => (distance(ratio) < distance(best) ? ratio : best), RATIOS[0]);
};

export type ImageSize = "1K" | "2K" | "4K";

const SIZES = table<ImageSize>({
  "1k": "1K",
  "2k": "2K",
  "4k": "4K",
  hd: "2K",
  high: "2K",
  xhigh: "2K",
  max: "4K",
});

/** What Gemini calls the size of an image, from its quality and its pixels; the larger of both. */
export const imageSizeOf = (size: string, quality: string): ImageSize => {
  const pixels = pixelsOf(size);
  const area = pixels === undefined ? 0 : pixels.width * pixels.height;
  if (area > PIXELS_4K) return "4K";
  return SIZES[quality.toLowerCase()] ?? SIZES[size.toLowerCase()] ?? (area > PIXELS_2K ? "2K" : "1K");
};

/** Most tokens of one image of Gemini's models, by size: a little above what Google publishes for any of them. */
export const GEMINI_TOKENS = { "1K": 1_400, "2K": 2_000, "4K": 2_800 } as const satisfies Record<ImageSize, number>;

/** Tokens of OpenAI's images per megapixel, by quality; what is not published is bounded by twice the step before. */
const OPENAI_TOKENS = table<number>({
  low: 272,
  medium: 1_056,
  standard: 1_056,
  high: 4_160,
  hd: 4_160,
  xhigh: 8_320,
  max: 16_640,
});
/** What the model thinks in text beside one image, and a partial image on the way to it. */
const BESIDE = 1_000;
const PARTIAL = 100;

/** Most tokens of one image of OpenAI's models. `auto` may be the dearest of the usual ones. */
export const openaiTokens = (size: string, quality: string, partials: number): number => {
  const { width, height } = pixelsOf(size) ?? AUTO;
  const rate = OPENAI_TOKENS[quality] ?? OPENAI_TOKENS["high"] ?? 0;
  return Math.ceil((rate * width * height) / MEGAPIXEL) + BESIDE + partials * PARTIAL;
};

/** Tokens of one image that nobody counted: a plain one of its size. */
export const usualTokens = (size: string, quality: string): number => {
  const { width, height } = pixelsOf(size) ?? { width: 1_024, height: 1_024 };
  return Math.ceil(((OPENAI_TOKENS[quality] ?? OPENAI_TOKENS["medium"] ?? 0) * width * height) / MEGAPIXEL);
};

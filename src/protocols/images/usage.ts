/** Usage of image calls as OpenAI counts it: text and images apart, on both sides. */
import { total, type Usage } from "../../unit.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { Counts, INCREDIBLE, NO_REPORT, Partition, usageOf, type UsageReading } from "../meter.ts";
import { isObject, objectAt } from "../value.ts";

/** How far beyond what was held for a count is believed (I-24). */
const OVER = 4;
const SLACK = 4_096;

const IN_UNITS = ["input", "image_input"] as const;
const OUT_UNITS = ["output", "image_output"] as const;

/** A `usage` object as disjoint counts. @param most what was held for */
export const readUsage = (json: Json | undefined, most: Usage): UsageReading => {
  if (!isObject(json)) return NO_REPORT;
  const counts = new Counts();
  const input = counts.first(json, "input_tokens");
  const output = counts.first(json, "output_tokens");
  const inside = objectAt(json, "input_tokens_details");
  const outside = objectAt(json, "output_tokens_details");
  const imageIn = counts.first(inside, "image_tokens");
  const cached = counts.first(inside, "cached_tokens");
  const textOut = counts.first(outside, "text_tokens");
  if (counts.invalid) return INCREDIBLE;
  if (input === undefined || output === undefined) return NO_REPORT;
  const bound = (units: readonly (keyof Usage)[]): number => total(most, units) * OVER + SLACK;
  if (input > bound(IN_UNITS) || output > bound(OUT_UNITS)) return INCREDIBLE;
  const prompt = new Partition(input);
  const drawn = new Partition(output);
  return {
    usage: usageOf({
      image_input: prompt.take(imageIn),
      cache_read: prompt.take(cached),
      input: prompt.rest,
      output: drawn.take(textOut),
      image_output: drawn.rest,
    }),
    invalid: false,
  };
};

/** A usage in OpenAI's words. */
export const writeUsage = (usage: Usage): JsonObject => {
  const [textIn, imageIn] = [(usage.input ?? 0) + (usage.cache_read ?? 0), usage.image_input ?? 0];
  const [textOut, imageOut] = [(usage.output ?? 0) + (usage.reasoning ?? 0), usage.image_output ?? 0];
  return {
    total_tokens: textIn + imageIn + textOut + imageOut,
    input_tokens: textIn + imageIn,
    output_tokens: textOut + imageOut,
    input_tokens_details: { text_tokens: textIn, image_tokens: imageIn },
    output_tokens_details: { text_tokens: textOut, image_tokens: imageOut },
  };
};

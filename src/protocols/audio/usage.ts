/** Usage of calls about sound: tokens as they are told, or seconds, which are as many tokens as they usually have. */
import { total, type Usage } from "../../unit.ts";
import type { Json } from "../canonical.ts";
import { Counts, INCREDIBLE, NO_REPORT, Partition, usageOf, type UsageReading } from "../meter.ts";
import { isObject, objectAt } from "../value.ts";

/** Tokens of a second: of what is heard, and of what is spoken. OpenAI's models count about so many. */
export const HEARD_PER_SECOND = 10;
export const SPOKEN_PER_SECOND = 21;
/** How far beyond what was held for a count is believed (I-24). */
const OVER = 4;
const SLACK = 4_096;

const isCredible = (usage: Usage, most: Usage): boolean => {
  const units = Object.keys(usage) as (keyof Usage)[];
  return total(usage, units) <= total(most, Object.keys(most) as (keyof Usage)[]) * OVER + SLACK;
};

const credible = (usage: Usage, most: Usage): UsageReading =>
  isCredible(usage, most) ? { usage, invalid: false } : INCREDIBLE;

/** What a spoken reply used: text in, sound out. */
export const readSpoken = (json: Json | undefined, most: Usage): UsageReading => {
  if (!isObject(json)) return NO_REPORT;
  const counts = new Counts();
  const input = counts.first(json, "input_tokens");
  const output = counts.first(json, "output_tokens");
  if (counts.invalid) return INCREDIBLE;
  if (input === undefined || output === undefined) return NO_REPORT;
  const { output: _none, ...usage } = usageOf({ input, output: 0, audio_output: output });
  return credible(usage, most);
};

/** What a transcript used: sound and words in, words out. */
export const readHeard = (json: Json | undefined, most: Usage): UsageReading => {
  if (!isObject(json)) return NO_REPORT;
  const { seconds } = json;
  if (typeof seconds === "number")
    return Number.isFinite(seconds) && seconds >= 0
      ? credible({ audio_input: Math.ceil(seconds * HEARD_PER_SECOND) }, most)
      : INCREDIBLE;
  const counts = new Counts();
  const input = counts.first(json, "input_tokens");
  const output = counts.first(json, "output_tokens");
  const text = counts.first(objectAt(json, "input_token_details"), "text_tokens");
  if (counts.invalid) return INCREDIBLE;
  if (input === undefined || output === undefined) return NO_REPORT;
  const heard = new Partition(input);
  const words = heard.take(text);
  return credible(usageOf({ input: words, audio_input: heard.rest, output }), most);
};

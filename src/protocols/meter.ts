/** What every meter does alike: counts of a provider are read as untrusted numbers and partitioned without overlap (I-17, I-24). */
import { COMPLETION_UNITS, total, type Unit, type Usage } from "../unit.ts";
import type { Json, JsonObject } from "./canonical.ts";
import type { Target } from "./protocol.ts";

/** What a usage may be at most, and how a provider counts. */
export interface UsageBounds {
  /** Most tokens of prompt, and of everything the model wrote, that are believed. */
  readonly prompt: number;
  readonly output: number;
  /** `completion_tokens` excludes reasoning where the total does not say otherwise. */
  readonly reasoningBeside: boolean;
}

/** For readers that only convert. */
export const UNBOUNDED: UsageBounds = {
  prompt: Number.MAX_SAFE_INTEGER,
  output: Number.MAX_SAFE_INTEGER,
  reasoningBeside: false,
};

/**
 * How far above a model's published limits a count is still believed. Providers count template tokens, add passes of their own and
 * publish rounded limits; none is off by a factor of two plus a few thousand, while garbage is off by orders of magnitude.
 */
const OVER = 2;
const SLACK = 4_096;

/** The bounds of credible usage of one call with `choices` replies: the model's, and the cap that was sent if one was (I-24). */
export const boundsOf = (target: Target, choices: number): UsageBounds => ({
  prompt: target.context * OVER + SLACK,
  output: (Math.min(target.maxTokens ?? target.maxOutput, target.maxOutput) * OVER + SLACK) * choices,
  reasoningBeside: target.quirks.reasoning_beside_completion === true,
});

/** What a usage object said: nothing (`usage` undefined), something credible, or something incredible (`invalid`). */
export interface UsageReading {
  readonly usage: Usage | undefined;
  readonly invalid: boolean;
}

export const NO_REPORT: UsageReading = { usage: undefined, invalid: false };
export const INCREDIBLE: UsageReading = { usage: undefined, invalid: true };

/**
 * Of two cumulative reports what holds (B49, docs/decisions/0023): the later, but for what was generated or used up, of which there
 * is never less than was counted before.
 */
export const cumulated = (before: UsageReading, after: UsageReading): UsageReading => {
  if (after.usage === undefined) return after.invalid ? after : before;
  if (before.usage === undefined || !fallsShort(after.usage, before.usage)) return after;
  const counts: Partial<Record<Unit, number>> = { ...after.usage };
  const wrote = completionOf(after.usage) < completionOf(before.usage) ? before.usage : after.usage;
  for (const unit of COMPLETION_UNITS) counts[unit] = wrote[unit] ?? 0;
  counts.web_search = Math.max(before.usage.web_search ?? 0, after.usage.web_search ?? 0);
  return { usage: usageOf({ ...counts, input: counts.input ?? 0, output: counts.output ?? 0 }), invalid: false };
};

const completionOf = (usage: Usage): number => total(usage, COMPLETION_UNITS);

/** Whether a report says less of what was generated or used up than another: a reply that ends with it must be corrected. */
export const fallsShort = (said: Usage | undefined, known: Usage): boolean =>
  said !== undefined && (completionOf(said) < completionOf(known) || (said.web_search ?? 0) < (known.web_search ?? 0));

/** Reads counts by path, remembering whether any was no count at all. A missing count and a null are the same; a 0 is not (I-31). */
export class Counts {
  #invalid = false;

  /** The first of the members that is there. @returns undefined when none is */
  first(object: JsonObject | undefined, ...names: readonly string[]): number | undefined {
    for (const name of names) {
      const value = object?.[name];
      if (value === undefined || value === null) continue;
      if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
      this.#invalid = true;
      return undefined;
    }
    return undefined;
  }

  get invalid(): boolean {
    return this.#invalid;
  }
}

/**
 * Gives parts of a whole their share, in order of trust, so that together they are never more than the whole: a provider's parts
 * may overlap (cached audio, spoken reasoning). What is left over is the rest.
 */
export class Partition {
  #left: number;

  constructor(whole: number) {
    this.#left = whole;
  }

  take(part: number | undefined): number {
    const share = Math.min(part ?? 0, this.#left);
    this.#left -= share;
    return share;
  }

  get rest(): number {
    return this.#left;
  }
}

/** A usage of the given counts: `input` and `output` always, the others where they are above zero. */
export const usageOf = (counts: Readonly<Partial<Record<Unit, number>>> & { input: number; output: number }): Usage => {
  const usage: Partial<Record<Unit, number>> = { input: counts.input, output: counts.output };
  for (const unit of Object.keys(counts) as Unit[]) {
    const count = counts[unit];
    if (count !== undefined && count > 0) usage[unit] = count;
  }
  return usage;
};

/** Tokens of a drawn image whose provider does not say: what Google publishes for one of about a megapixel. */
export const IMAGE_TOKENS = 1_290;

/** UTF-8 bytes of a text, 0 for anything else. */
export const bytesOf = (value: Json | undefined): number =>
  typeof value === "string" && value !== "" ? Buffer.byteLength(value) : 0;

/**
 * What can be counted, and therefore priced.
 *
 * Counters never overlap: `input` is the uncached, unwritten rest of the prompt and `output` excludes `reasoning`, whatever a
 * provider's own words mean. A total is computed at the edge that needs one (docs/decisions/0002-counters-never-overlap.md).
 */

/** Units counted in tokens. */
export const TOKEN_UNITS = [
  "input",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
  "output",
  "reasoning",
  "image_input",
  "image_output",
  "audio_input",
  "audio_output",
  "audio_cache_read",
] as const;

/** `video_second` is counted in so many parts of a second: providers bill 13.24 s, and counts are whole (decision 0036). */
export const SECOND_PARTS = 1_000;

/** Every unit that a usage may hold and a price row must price. */
export const UNITS = [...TOKEN_UNITS, "image", "video_second", "video_token", "web_search", "request"] as const;

export type Unit = (typeof UNITS)[number];

/** How much of each unit a call used. Values are non-negative safe integers; a missing unit is zero. */
export type Usage = Readonly<Partial<Record<Unit, number>>>;

/** Units that make up the prompt; their sum is a dialect's "total input". */
export const PROMPT_UNITS = [
  "input",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
  "image_input",
  "audio_input",
  "audio_cache_read",
] as const satisfies readonly Unit[];

/** Units that make up the completion; their sum is a dialect's "total output". */
export const COMPLETION_UNITS = [
  "output",
  "reasoning",
  "image_output",
  "audio_output",
] as const satisfies readonly Unit[];

/** Sums the given units of a usage. */
export const total = (usage: Usage, units: readonly Unit[]): number =>
  units.reduce((sum, unit) => sum + (usage[unit] ?? 0), 0);

/** True for a string that names a unit. */
export const isUnit = (name: string): name is Unit => (UNITS as readonly string[]).includes(name);

/** Usage as Responses counts it: cached and written tokens are part of the input, reasoning is part of the output. */
import { COMPLETION_UNITS, PROMPT_UNITS, total, type Usage } from "../../unit.ts";
import type { JsonObject } from "../canonical.ts";
import { extrasOf } from "../extras.ts";
import type { Settled } from "../protocol.ts";

/** A usage object of the dialect; every member that its clients read without looking is always there. */
export const writeUsage = (usage: Usage): JsonObject => {
  const input = total(usage, PROMPT_UNITS);
  const output = total(usage, COMPLETION_UNITS);
  const hour = usage.cache_write_1h ?? 0;
  const written = (usage.cache_write_5m ?? 0) + hour;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: (usage.cache_read ?? 0) + (usage.audio_cache_read ?? 0),
      cache_write_tokens: written,
      // The dialect's own lifetimes are 30 minutes and 12 hours; they have the prices of the two there are.
      ...(hour === 0 ? {} : { cache_write_tokens_details: { ttl_30m_tokens: written - hour, ttl_12h_tokens: hour } }),
      ...(usage.audio_input === undefined ? {} : { audio_tokens: usage.audio_input }),
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
    total_tokens: input + output,
  };
};

/** The usage that the client sees, with the cost where it asked for it. */
export const settledUsage = (settled: Settled): JsonObject => ({ ...writeUsage(settled.usage), ...extrasOf(settled) });

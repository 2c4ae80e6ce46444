/** Canonical usage as the usage object of Chat Completions, whose totals include their parts (I-17). */
import { COMPLETION_UNITS, PROMPT_UNITS, total, type Usage } from "../../unit.ts";
import type { JsonObject } from "../canonical.ts";

/** Cache counts stand twice: in the details, and beside them under the names that some coding agents read. */
export const writeUsage = (usage: Usage): JsonObject => {
  const prompt = total(usage, PROMPT_UNITS);
  const completion = total(usage, COMPLETION_UNITS);
  const cached = total(usage, ["cache_read", "audio_cache_read"]);
  const fiveMinutes = usage.cache_write_5m ?? 0;
  const oneHour = usage.cache_write_1h ?? 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: cached,
      cache_write_tokens: fiveMinutes + oneHour,
      audio_tokens: usage.audio_input ?? 0,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning ?? 0,
      audio_tokens: usage.audio_output ?? 0,
      image_tokens: usage.image_output ?? 0,
    },
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: fiveMinutes + oneHour,
    ...(oneHour === 0
      ? {}
      : { cache_creation: { ephemeral_5m_input_tokens: fiveMinutes, ephemeral_1h_input_tokens: oneHour } }),
    ...(usage.web_search === undefined ? {} : { server_tool_use: { web_search_requests: usage.web_search } }),
  };
};

/** Canonical usage as the usage object of Messages, whose counts are disjoint like ours (I-17). */
import { total, type Usage } from "../../unit.ts";
import type { JsonObject } from "../canonical.ts";

export const writeUsage = (usage: Usage): JsonObject => {
  const fiveMinutes = usage.cache_write_5m ?? 0;
  const oneHour = usage.cache_write_1h ?? 0;
  return {
    input_tokens: total(usage, ["input", "image_input", "audio_input"]),
    cache_creation_input_tokens: fiveMinutes + oneHour,
    cache_read_input_tokens: total(usage, ["cache_read", "audio_cache_read"]),
    cache_creation: { ephemeral_5m_input_tokens: fiveMinutes, ephemeral_1h_input_tokens: oneHour },
    output_tokens: total(usage, ["output", "reasoning", "image_output", "audio_output"]),
    ...(usage.reasoning === undefined ? {} : { output_tokens_details: { thinking_tokens: usage.reasoning } }),
    ...(usage.web_search === undefined ? {} : { server_tool_use: { web_search_requests: usage.web_search } }),
  };
};

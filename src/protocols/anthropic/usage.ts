/** Usage as Messages counts it: input is what was neither read from the cache nor written to it; thinking is part of the output. */
import { COMPLETION_UNITS, PROMPT_UNITS, total, type Usage } from "../../unit.ts";
import type { JsonObject } from "../canonical.ts";

/** A usage object of the dialect; every member that its clients read without looking is always there. */
export const writeUsage = (usage: Usage): JsonObject => {
  const five = usage.cache_write_5m ?? 0;
  const hour = usage.cache_write_1h ?? 0;
  const read = (usage.cache_read ?? 0) + (usage.audio_cache_read ?? 0);
  const { web_search: searches } = usage;
  return {
    input_tokens: total(usage, PROMPT_UNITS) - read - five - hour,
    cache_creation_input_tokens: five + hour,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: five, ephemeral_1h_input_tokens: hour },
    output_tokens: total(usage, COMPLETION_UNITS),
    output_tokens_details: { thinking_tokens: usage.reasoning ?? 0 },
    ...(searches === undefined ? {} : { server_tool_use: { web_search_requests: searches } }),
    service_tier: "standard",
  };
};

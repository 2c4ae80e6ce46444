/** Usage as Chat Completions counts it: cached and written tokens are part of the prompt, reasoning is part of the completion. */
import { COMPLETION_UNITS, PROMPT_UNITS, total, type Usage } from "../../unit.ts";
import type { JsonObject } from "../canonical.ts";

/**
 * A usage object of the dialect. Beside OpenAI's own members it has the cache counts under Anthropic's names, because clients that
 * price by themselves read those (Roo), and the split of written tokens by lifetime, which OpenAI has no words for.
 */
export const writeUsage = (usage: Usage): JsonObject => {
  const prompt = total(usage, PROMPT_UNITS);
  const completion = total(usage, COMPLETION_UNITS);
  const cached = (usage.cache_read ?? 0) + (usage.audio_cache_read ?? 0);
  const hour = usage.cache_write_1h ?? 0;
  const written = (usage.cache_write_5m ?? 0) + hour;
  const { web_search: searches } = usage;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: cached,
      cache_write_tokens: written,
      audio_tokens: usage.audio_input ?? 0,
      ...(usage.image_input === undefined ? {} : { image_tokens: usage.image_input }),
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning ?? 0,
      audio_tokens: usage.audio_output ?? 0,
      ...(usage.image_output === undefined ? {} : { image_tokens: usage.image_output }),
    },
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: written,
    ...(hour === 0
      ? {}
      : { cache_creation: { ephemeral_5m_input_tokens: written - hour, ephemeral_1h_input_tokens: hour } }),
    ...(searches === undefined ? {} : { server_tool_use: { web_search_requests: searches } }),
  };
};

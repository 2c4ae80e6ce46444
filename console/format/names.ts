/** Names of the world outside as people know them: makers of models, kinds, units, abilities. */

const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ["alibaba", "Alibaba"],
  ["anthropic", "Anthropic"],
  ["bytedance", "ByteDance"],
  ["deepseek", "DeepSeek"],
  ["google", "Google"],
  ["minimax", "MiniMax"],
  ["mistral", "Mistral"],
  ["moonshot", "Moonshot"],
  ["openai", "OpenAI"],
  ["sandbox", "Sandbox"],
  ["xai", "xAI"],
  ["xiaomi", "Xiaomi"],
  ["zhipu", "Zhipu"],
]);

/** A maker's name; an unknown one as it is written. */
export const providerName = (id: string): string => PROVIDERS.get(id) ?? id;

const KINDS: ReadonlyMap<string, string> = new Map([
  ["chat", "Chat"],
  ["embedding", "Embeddings"],
  ["image", "Images"],
  ["video", "Video"],
  ["speech", "Speech"],
  ["transcription", "Transcription"],
]);

export const kindName = (id: string): string => KINDS.get(id) ?? id;

const UNITS: ReadonlyMap<string, string> = new Map([
  ["input", "Input"],
  ["cache_read", "Cached input"],
  ["cache_write_5m", "Cache write, 5 min"],
  ["cache_write_1h", "Cache write, 1 h"],
  ["output", "Output"],
  ["reasoning", "Reasoning"],
  ["image_input", "Image input"],
  ["image_output", "Image output"],
  ["audio_input", "Audio input"],
  ["audio_output", "Audio output"],
  ["audio_cache_read", "Cached audio"],
  ["image", "Image"],
  ["video_second", "Second of video"],
  ["video_token", "Video tokens"],
  ["web_search", "Web search"],
  ["request", "Request"],
]);

export const unitName = (id: string): string => UNITS.get(id) ?? id;

/** snake_case as words: "prompt_cache" → "prompt cache". */
export const plainWords = (id: string): string => id.replaceAll("_", " ").replaceAll("-", " ");

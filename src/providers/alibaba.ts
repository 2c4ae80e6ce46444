/** Alibaba Model Studio (Qwen), the Singapore host; other regions by `baseUrl`. */
import type { Provider } from "./provider.ts";

export const alibaba = {
  id: "alibaba",
  name: "Alibaba Model Studio",
  baseUrl: "https://dashscope-intl.aliyuncs.com",
  env: "DASHSCOPE_API_KEY",
  surfaces: [
    {
      protocol: "openai-chat",
      prefix: "/compatible-mode/v1",
      auth: "bearer",
      quirks: { max_tokens_only: true, enable_thinking: true },
    },
    { protocol: "anthropic", prefix: "/apps/anthropic/v1", auth: "x-api-key", quirks: { caches_by_prefix: true } },
  ],
  videos: [{ api: "dashscope", prefix: "/api/v1", auth: "bearer" }],
  models: "own",
} as const satisfies Provider;

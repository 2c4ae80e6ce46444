/** Zhipu (Z.ai, GLM), the international host. */
import type { Provider } from "./provider.ts";

export const zhipu = {
  id: "zhipu",
  name: "Z.ai",
  baseUrl: "https://api.z.ai/api",
  env: "ZAI_API_KEY",
  surfaces: [
    {
      protocol: "openai-chat",
      prefix: "/paas/v4",
      auth: "bearer",
      quirks: { max_tokens_only: true, thinking_switch: true },
    },
    { protocol: "anthropic", prefix: "/anthropic/v1", auth: "x-api-key", quirks: { caches_by_prefix: true } },
  ],
  models: "own",
} as const satisfies Provider;

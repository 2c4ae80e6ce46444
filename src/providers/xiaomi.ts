/** Xiaomi MiMo. */
import type { Provider } from "./provider.ts";

export const xiaomi = {
  id: "xiaomi",
  name: "Xiaomi MiMo",
  baseUrl: "https://api.xiaomimimo.com",
  env: "MIMO_API_KEY",
  surfaces: [
    {
      protocol: "openai-chat",
      prefix: "/v1",
      auth: "bearer",
      quirks: { max_completion_tokens_only: true, thinking_switch: true },
    },
    { protocol: "anthropic", prefix: "/anthropic/v1", auth: "x-api-key", quirks: { caches_by_prefix: true } },
  ],
  models: "own",
} as const satisfies Provider;

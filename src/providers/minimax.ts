/** MiniMax, the international host. */
import type { Provider } from "./provider.ts";

export const minimax = {
  id: "minimax",
  name: "MiniMax",
  baseUrl: "https://api.minimax.io",
  env: "MINIMAX_API_KEY",
  surfaces: [
    { protocol: "openai-chat", prefix: "/v1", auth: "bearer", quirks: { max_tokens_only: true, think_tags: true } },
    { protocol: "anthropic", prefix: "/anthropic/v1", auth: "x-api-key", quirks: { caches_by_prefix: true } },
  ],
  models: "own",
} as const satisfies Provider;

/** Moonshot AI (Kimi), the international host. A turn with calls must come back with its reasoning. */
import type { Provider } from "./provider.ts";

export const moonshot = {
  id: "moonshot",
  name: "Moonshot AI",
  baseUrl: "https://api.moonshot.ai",
  env: "MOONSHOT_API_KEY",
  surfaces: [
    {
      protocol: "openai-chat",
      prefix: "/v1",
      auth: "bearer",
      quirks: { max_tokens_only: true, thinking_switch: true, wants_reasoning_back: true },
    },
    { protocol: "anthropic", prefix: "/anthropic/v1", auth: "x-api-key", quirks: { caches_by_prefix: true } },
  ],
  models: "own",
} as const satisfies Provider;

/** Moonshot AI (Kimi), the international host. */
import type { Provider } from "./provider.ts";

export const moonshot = {
  id: "moonshot",
  name: "Moonshot AI",
  baseUrl: "https://api.moonshot.ai",
  env: "MOONSHOT_API_KEY",
  surfaces: [
    { protocol: "openai-chat", prefix: "/v1", auth: "bearer", quirks: { max_tokens_only: true } },
    { protocol: "anthropic", prefix: "/anthropic/v1", auth: "x-api-key", quirks: {} },
  ],
  models: "own",
} as const satisfies Provider;

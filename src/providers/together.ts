/** Together AI: serves models of others, so each must be listed under `models` of the upstream. */
import type { Provider } from "./provider.ts";

export const together = {
  id: "together",
  name: "Together AI",
  baseUrl: "https://api.together.xyz/v1",
  env: "TOGETHER_API_KEY",
  surfaces: [
    { protocol: "openai-chat", prefix: "", auth: "bearer", quirks: { max_tokens_only: true, think_tags: true } },
  ],
  models: "listed",
} as const satisfies Provider;

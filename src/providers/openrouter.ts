/** OpenRouter: serves models of others, so each must be listed under `models` of the upstream. */
import type { Provider } from "./provider.ts";

export const openrouter = {
  id: "openrouter",
  name: "OpenRouter",
  baseUrl: "https://openrouter.ai/api/v1",
  env: "OPENROUTER_API_KEY",
  surfaces: [
    { protocol: "openai-chat", prefix: "", auth: "bearer", quirks: { reasoning_object: true, tells_prices: true } },
  ],
  models: "listed",
} as const satisfies Provider;

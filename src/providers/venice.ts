/** Venice: serves models of others, and tells what they cost. */
import type { Provider } from "./provider.ts";

export const venice = {
  id: "venice",
  name: "Venice",
  baseUrl: "https://api.venice.ai/api/v1",
  env: "VENICE_API_KEY",
  surfaces: [
    { protocol: "openai-chat", prefix: "", auth: "bearer", quirks: { max_tokens_only: true, tells_prices: true } },
  ],
  models: "listed",
} as const satisfies Provider;

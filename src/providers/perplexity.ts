/** Perplexity: its models search; it tells what that cost. */
import type { Provider } from "./provider.ts";

export const perplexity = {
  id: "perplexity",
  name: "Perplexity",
  baseUrl: "https://api.perplexity.ai",
  env: "PERPLEXITY_API_KEY",
  surfaces: [
    { protocol: "openai-chat", prefix: "", auth: "bearer", quirks: { max_tokens_only: true, tells_prices: true } },
  ],
  models: "listed",
} as const satisfies Provider;

/** Nebius Token Factory: serves open models, Gemma among them. */
import type { Provider } from "./provider.ts";

export const nebius = {
  id: "nebius",
  name: "Nebius",
  baseUrl: "https://api.tokenfactory.nebius.com/v1",
  env: "NEBIUS_API_KEY",
  surfaces: [
    { protocol: "openai-chat", prefix: "", auth: "bearer", quirks: { max_tokens_only: true, think_tags: true } },
  ],
  models: "listed",
} as const satisfies Provider;

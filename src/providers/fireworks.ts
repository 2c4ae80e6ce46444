/** Fireworks AI: serves open models. */
import type { Provider } from "./provider.ts";

export const fireworks = {
  id: "fireworks",
  name: "Fireworks AI",
  baseUrl: "https://api.fireworks.ai/inference/v1",
  env: "FIREWORKS_API_KEY",
  surfaces: [
    { protocol: "openai-chat", prefix: "", auth: "bearer", quirks: { max_tokens_only: true, think_tags: true } },
  ],
  models: "listed",
} as const satisfies Provider;

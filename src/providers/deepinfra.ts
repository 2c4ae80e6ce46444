/** DeepInfra: serves open models, Gemma among them. */
import type { Provider } from "./provider.ts";

export const deepinfra = {
  id: "deepinfra",
  name: "DeepInfra",
  baseUrl: "https://api.deepinfra.com/v1/openai",
  env: "DEEPINFRA_API_KEY",
  surfaces: [
    { protocol: "openai-chat", prefix: "", auth: "bearer", quirks: { max_tokens_only: true, think_tags: true } },
  ],
  models: "listed",
} as const satisfies Provider;

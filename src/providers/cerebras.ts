/** Cerebras: serves models of others. */
import type { Provider } from "./provider.ts";

export const cerebras = {
  id: "cerebras",
  name: "Cerebras",
  baseUrl: "https://api.cerebras.ai/v1",
  env: "CEREBRAS_API_KEY",
  surfaces: [{ protocol: "openai-chat", prefix: "", auth: "bearer", quirks: {} }],
  models: "listed",
} as const satisfies Provider;

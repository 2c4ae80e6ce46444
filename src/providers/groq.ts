/** Groq: serves models of others, so each must be listed under `models` of the upstream. */
import type { Provider } from "./provider.ts";

export const groq = {
  id: "groq",
  name: "Groq",
  baseUrl: "https://api.groq.com/openai/v1",
  env: "GROQ_API_KEY",
  surfaces: [{ protocol: "openai-chat", prefix: "", auth: "bearer", quirks: { think_tags: true } }],
  models: "listed",
} as const satisfies Provider;

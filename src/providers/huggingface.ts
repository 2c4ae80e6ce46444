/** Hugging Face's router: serves open models, Gemma among them, through many hosts. */
import type { Provider } from "./provider.ts";

export const huggingface = {
  id: "huggingface",
  name: "Hugging Face",
  baseUrl: "https://router.huggingface.co/v1",
  env: "HF_TOKEN",
  surfaces: [
    { protocol: "openai-chat", prefix: "", auth: "bearer", quirks: { max_tokens_only: true, think_tags: true } },
  ],
  models: "listed",
} as const satisfies Provider;

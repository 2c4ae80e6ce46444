/** Mistral. It refuses fields it does not know, among them `stream_options`; usage comes in the last chunk anyway. */
import type { Provider } from "./provider.ts";

export const mistral = {
  id: "mistral",
  name: "Mistral",
  baseUrl: "https://api.mistral.ai/v1",
  env: "MISTRAL_API_KEY",
  surfaces: [
    {
      protocol: "openai-chat",
      prefix: "",
      auth: "bearer",
      quirks: { max_tokens_only: true, no_stream_options: true, random_seed: true },
    },
  ],
  models: "own",
} as const satisfies Provider;

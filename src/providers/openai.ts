/** OpenAI. Its newer models refuse `max_tokens`; all of them take `max_completion_tokens`. */
import type { Provider } from "./provider.ts";

export const openai = {
  id: "openai",
  name: "OpenAI",
  baseUrl: "https://api.openai.com/v1",
  env: "OPENAI_API_KEY",
  surfaces: [
    {
      protocol: "openai-chat",
      prefix: "",
      auth: "bearer",
      quirks: { max_completion_tokens_only: true, openai_additions: true, always_b64_json: true },
    },
    { protocol: "openai-responses", prefix: "", auth: "bearer", quirks: { openai_additions: true } },
  ],
  models: "own",
} as const satisfies Provider;

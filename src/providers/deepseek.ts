/** DeepSeek: both protocols on one host. */
import type { Provider } from "./provider.ts";

export const deepseek = {
  id: "deepseek",
  name: "DeepSeek",
  baseUrl: "https://api.deepseek.com",
  env: "DEEPSEEK_API_KEY",
  surfaces: [
    { protocol: "openai-chat", prefix: "/v1", auth: "bearer", quirks: { max_tokens_only: true } },
    { protocol: "anthropic", prefix: "/anthropic/v1", auth: "x-api-key", quirks: {} },
  ],
  models: "own",
} as const satisfies Provider;

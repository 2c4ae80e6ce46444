/** DeepSeek: both protocols on one host. Its models think unless told not to, and then take no demand for a tool. */
import type { Provider } from "./provider.ts";

export const deepseek = {
  id: "deepseek",
  name: "DeepSeek",
  baseUrl: "https://api.deepseek.com",
  env: "DEEPSEEK_API_KEY",
  surfaces: [
    {
      protocol: "openai-chat",
      prefix: "/v1",
      auth: "bearer",
      quirks: {
        max_tokens_only: true,
        thinking_switch: true,
        no_forced_tools_while_thinking: true,
        wants_reasoning_back: true,
      },
    },
    { protocol: "anthropic", prefix: "/anthropic/v1", auth: "x-api-key", quirks: { caches_by_prefix: true } },
  ],
  models: "own",
} as const satisfies Provider;

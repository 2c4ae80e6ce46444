/** Any server that speaks OpenAI chat completions. The address ends where `/chat/completions` begins, usually with `/v1`. */
import type { Provider } from "./provider.ts";

export const openaiCompatible = {
  id: "openai-compatible",
  name: "OpenAI-compatible",
  baseUrl: null,
  env: null,
  surfaces: [{ protocol: "openai-chat", prefix: "", auth: "bearer", quirks: {} }],
  models: "listed",
} as const satisfies Provider;

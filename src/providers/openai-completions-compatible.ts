/** Any server whose models complete prompts and do not chat. The address ends where `/completions` begins, usually with `/v1`. */
import type { Provider } from "./provider.ts";

export const openaiCompletionsCompatible = {
  id: "openai-completions-compatible",
  name: "OpenAI completions-compatible",
  baseUrl: null,
  env: null,
  surfaces: [{ protocol: "openai-chat", prefix: "", auth: "bearer", quirks: {}, completes: true }],
  models: "listed",
} as const satisfies Provider;

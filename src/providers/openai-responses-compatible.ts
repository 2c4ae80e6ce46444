/** Any server that speaks OpenAI Responses and nothing else. The address ends where `/responses` begins, usually with `/v1`. */
import type { Provider } from "./provider.ts";

export const openaiResponsesCompatible = {
  id: "openai-responses-compatible",
  name: "OpenAI Responses-compatible",
  baseUrl: null,
  env: null,
  surfaces: [{ protocol: "openai-responses", prefix: "", auth: "bearer", quirks: {} }],
  models: "listed",
} as const satisfies Provider;

/** Any server that speaks the Gemini API: the operator gives its address, without `/v1beta`. */
import type { Provider } from "./provider.ts";

export const geminiCompatible = {
  id: "gemini-compatible",
  name: "Gemini-compatible",
  baseUrl: null,
  env: null,
  surfaces: [{ protocol: "gemini", prefix: "/v1beta", auth: "x-goog-api-key", quirks: {} }],
  models: "listed",
} as const satisfies Provider;

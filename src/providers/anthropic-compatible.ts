/** Any server that speaks Anthropic Messages. The address ends where `/v1/messages` begins. */
import type { Provider } from "./provider.ts";

export const anthropicCompatible = {
  id: "anthropic-compatible",
  name: "Anthropic-compatible",
  baseUrl: null,
  env: null,
  surfaces: [{ protocol: "anthropic", prefix: "/v1", auth: "x-api-key", quirks: {} }],
  models: "listed",
} as const satisfies Provider;

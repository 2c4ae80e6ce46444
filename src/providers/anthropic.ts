/** Anthropic. The address comes without `/v1`, as its clients expect it. */
import type { Provider } from "./provider.ts";

export const anthropic = {
  id: "anthropic",
  name: "Anthropic",
  baseUrl: "https://api.anthropic.com",
  env: "ANTHROPIC_API_KEY",
  surfaces: [{ protocol: "anthropic", prefix: "/v1", auth: "x-api-key", quirks: {} }],
  models: "own",
} as const satisfies Provider;

/** The built-in sandbox: real HTTP on loopback, address and token known once it listens; it plays every provider. */
import type { Provider } from "./provider.ts";

export const sandbox = {
  id: "sandbox",
  name: "Sandbox",
  baseUrl: null,
  env: null,
  surfaces: [
    { protocol: "openai-chat", prefix: "/v1", auth: "bearer", quirks: { always_b64_json: true } },
    { protocol: "openai-responses", prefix: "/v1", auth: "bearer", quirks: {} },
    { protocol: "anthropic", prefix: "/v1", auth: "x-api-key", quirks: {} },
    { protocol: "gemini", prefix: "/v1beta", auth: "x-goog-api-key", quirks: {} },
  ],
  videos: [
    { api: "ark", prefix: "/api/v3", auth: "bearer" },
    { api: "dashscope", prefix: "/api/v1", auth: "bearer" },
    { api: "veo", prefix: "/v1beta", auth: "x-goog-api-key" },
  ],
  models: "own",
} as const satisfies Provider;

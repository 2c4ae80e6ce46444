/** Google, through the Gemini API itself; clients of OpenAI's dialect pass through to its compatible surface. */
import type { Provider } from "./provider.ts";

export const google = {
  id: "google",
  name: "Google Gemini",
  baseUrl: "https://generativelanguage.googleapis.com",
  env: "GEMINI_API_KEY",
  surfaces: [
    // The key goes into a header, never into `?key=`: addresses end up in logs.
    { protocol: "gemini", prefix: "/v1beta", auth: "x-goog-api-key", quirks: {} },
    { protocol: "openai-chat", prefix: "/v1beta/openai", auth: "bearer", quirks: {} },
  ],
  videos: [{ api: "veo", prefix: "/v1beta", auth: "x-goog-api-key" }],
  models: "own",
} as const satisfies Provider;

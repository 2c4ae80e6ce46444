/** Google, through the OpenAI-compatible surface of the Gemini API. */
import type { Provider } from "./provider.ts";

export const google = {
  id: "google",
  name: "Google Gemini",
  baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
  env: "GEMINI_API_KEY",
  surfaces: [{ protocol: "openai-chat", prefix: "", auth: "bearer", quirks: {} }],
  models: "own",
} as const satisfies Provider;

/** llama.cpp's server, on a machine of the operator's: the address ends with `/v1`, and any key will do. */
import type { Provider } from "./provider.ts";

export const llamacpp = {
  id: "llamacpp",
  name: "llama.cpp",
  baseUrl: null,
  env: null,
  surfaces: [
    { protocol: "openai-chat", prefix: "", auth: "bearer", quirks: { max_tokens_only: true, think_tags: true } },
  ],
  models: "listed",
} as const satisfies Provider;

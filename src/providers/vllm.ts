/** vLLM, on machines of the operator's: the address ends with `/v1`. */
import type { Provider } from "./provider.ts";

export const vllm = {
  id: "vllm",
  name: "vLLM",
  baseUrl: null,
  env: null,
  surfaces: [
    { protocol: "openai-chat", prefix: "", auth: "bearer", quirks: { max_tokens_only: true, think_tags: true } },
  ],
  models: "listed",
} as const satisfies Provider;

/** Azure OpenAI: the address is the resource's own, with `/openai/v1`; models are named as deployments. */
import type { Provider } from "./provider.ts";

export const azure = {
  id: "azure",
  name: "Azure OpenAI",
  baseUrl: null,
  env: null,
  surfaces: [{ protocol: "openai-chat", prefix: "", auth: "bearer", quirks: { max_completion_tokens_only: true } }],
  models: "listed",
} as const satisfies Provider;

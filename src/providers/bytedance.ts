/** ByteDance's Volcengine Ark (Seedance, Doubao); BytePlus ModelArk, with its own names for the models, by `baseUrl`. */
import type { Provider } from "./provider.ts";

export const bytedance = {
  id: "bytedance",
  name: "Volcengine Ark",
  baseUrl: "https://ark.cn-beijing.volces.com",
  env: "ARK_API_KEY",
  surfaces: [{ protocol: "openai-chat", prefix: "/api/v3", auth: "bearer", quirks: { max_tokens_only: true } }],
  videos: [{ api: "ark", prefix: "/api/v3", auth: "bearer" }],
  models: "own",
} as const satisfies Provider;

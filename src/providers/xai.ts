/** xAI (Grok). Its chat counts reasoning beside the completion, not within it, and tells what it cost. */
import type { Provider } from "./provider.ts";

export const xai = {
  id: "xai",
  name: "xAI",
  baseUrl: "https://api.x.ai/v1",
  env: "XAI_API_KEY",
  surfaces: [
    {
      protocol: "openai-chat",
      prefix: "",
      auth: "bearer",
      quirks: { reasoning_beside_completion: true, tells_prices: true },
    },
  ],
  models: "own",
} as const satisfies Provider;

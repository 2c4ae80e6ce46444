/** Databricks: the address is the workspace's own, with `/serving-endpoints`. */
import type { Provider } from "./provider.ts";

export const databricks = {
  id: "databricks",
  name: "Databricks",
  baseUrl: null,
  env: null,
  surfaces: [{ protocol: "openai-chat", prefix: "", auth: "bearer", quirks: { max_tokens_only: true } }],
  models: "listed",
} as const satisfies Provider;

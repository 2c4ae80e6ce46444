/** Every provider there is: a literal, so that a missing one is seen by the compiler and the reader. */
import { alibaba } from "./alibaba.ts";
import { anthropic } from "./anthropic.ts";
import { anthropicCompatible } from "./anthropic-compatible.ts";
import { azure } from "./azure.ts";
import { bytedance } from "./bytedance.ts";
import { cerebras } from "./cerebras.ts";
import { databricks } from "./databricks.ts";
import { deepinfra } from "./deepinfra.ts";
import { deepseek } from "./deepseek.ts";
import { fireworks } from "./fireworks.ts";
import { geminiCompatible } from "./gemini-compatible.ts";
import { google } from "./google.ts";
import { groq } from "./groq.ts";
import { huggingface } from "./huggingface.ts";
import { llamacpp } from "./llamacpp.ts";
import { lmstudio } from "./lmstudio.ts";
import { minimax } from "./minimax.ts";
import { mistral } from "./mistral.ts";
import { moonshot } from "./moonshot.ts";
import { nebius } from "./nebius.ts";
import { ollama } from "./ollama.ts";
import { openai } from "./openai.ts";
import { openaiCompatible } from "./openai-compatible.ts";
import { openaiCompletionsCompatible } from "./openai-completions-compatible.ts";
import { openaiResponsesCompatible } from "./openai-responses-compatible.ts";
import { openrouter } from "./openrouter.ts";
import { perplexity } from "./perplexity.ts";
import { sandbox } from "./sandbox.ts";
import { together } from "./together.ts";
import { venice } from "./venice.ts";
import { vllm } from "./vllm.ts";
import { xai } from "./xai.ts";
import { xiaomi } from "./xiaomi.ts";
import { zhipu } from "./zhipu.ts";
import type { Provider } from "./provider.ts";

export const PROVIDERS = {
  alibaba,
  anthropic,
  "anthropic-compatible": anthropicCompatible,
  azure,
  bytedance,
  cerebras,
  databricks,
  deepinfra,
  deepseek,
  fireworks,
  "gemini-compatible": geminiCompatible,
  google,
  groq,
  huggingface,
  llamacpp,
  lmstudio,
  minimax,
  mistral,
  moonshot,
  nebius,
  ollama,
  openai,
  "openai-compatible": openaiCompatible,
  "openai-completions-compatible": openaiCompletionsCompatible,
  "openai-responses-compatible": openaiResponsesCompatible,
  openrouter,
  perplexity,
  sandbox,
  together,
  venice,
  vllm,
  xai,
  xiaomi,
  zhipu,
} as const satisfies Record<string, Provider>;

export type ProviderId = keyof typeof PROVIDERS;

export const PROVIDER_IDS = Object.keys(PROVIDERS) as readonly ProviderId[];

const byId: ReadonlyMap<string, Provider> = new Map(Object.entries(PROVIDERS));

/** The provider of an id, or undefined. */
export const findProvider = (id: string): Provider | undefined => byId.get(id);

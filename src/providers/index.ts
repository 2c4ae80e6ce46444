/** Every provider there is: a literal, so that a missing one is seen by the compiler and the reader. */
import { alibaba } from "./alibaba.ts";
import { anthropic } from "./anthropic.ts";
import { anthropicCompatible } from "./anthropic-compatible.ts";
import { deepseek } from "./deepseek.ts";
import { geminiCompatible } from "./gemini-compatible.ts";
import { google } from "./google.ts";
import { groq } from "./groq.ts";
import { minimax } from "./minimax.ts";
import { mistral } from "./mistral.ts";
import { moonshot } from "./moonshot.ts";
import { openai } from "./openai.ts";
import { openaiCompatible } from "./openai-compatible.ts";
import { openaiResponsesCompatible } from "./openai-responses-compatible.ts";
import { openrouter } from "./openrouter.ts";
import { sandbox } from "./sandbox.ts";
import { together } from "./together.ts";
import { xai } from "./xai.ts";
import { xiaomi } from "./xiaomi.ts";
import { zhipu } from "./zhipu.ts";
import type { Provider } from "./provider.ts";

export const PROVIDERS = {
  alibaba,
  anthropic,
  "anthropic-compatible": anthropicCompatible,
  deepseek,
  "gemini-compatible": geminiCompatible,
  google,
  groq,
  minimax,
  mistral,
  moonshot,
  openai,
  "openai-compatible": openaiCompatible,
  "openai-responses-compatible": openaiResponsesCompatible,
  openrouter,
  sandbox,
  together,
  xai,
  xiaomi,
  zhipu,
} as const satisfies Record<string, Provider>;

export type ProviderId = keyof typeof PROVIDERS;

export const PROVIDER_IDS = Object.keys(PROVIDERS) as readonly ProviderId[];

const byId: ReadonlyMap<string, Provider> = new Map(Object.entries(PROVIDERS));

/** The provider of an id, or undefined. */
export const findProvider = (id: string): Provider | undefined => byId.get(id);

/** The AI SDK's OpenAI provider in Chat Completions and in Responses. */
import { createOpenAI } from "@ai-sdk/openai";

import { describeAiClient } from "./ai-scenarios.ts";

/** The provider knows OpenAI's names only, and takes any other for a model that does not reason. */
const thinking = { openai: { reasoningEffort: "medium", reasoningSummary: "auto", forceReasoning: true } };

describeAiClient({
  name: "openai.chat",
  model: (url, apiKey, model) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).chat(model),
  thinking,
  showsThinking: false,
  overloaded: 503,
  brokenStream: "other",
});

describeAiClient({
  name: "openai.responses",
  model: (url, apiKey, model) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).responses(model),
  thinking: { openai: { ...thinking.openai, store: false, include: ["reasoning.encrypted_content"] } },
  showsThinking: true,
  overloaded: 503,
  brokenStream: "error",
});

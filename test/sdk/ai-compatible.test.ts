/** The AI SDK's provider for whatever calls itself compatible with Chat Completions. */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";

import { describeAiClient } from "./ai-scenarios.ts";

describeAiClient({
  name: "openai-compatible",
  model: (url, apiKey, model) =>
    createOpenAICompatible({
      name: "farthing",
      baseURL: `${url}/v1`,
      apiKey,
      includeUsage: true,
      supportsStructuredOutputs: true,
    })(model),
  thinking: { farthing: { reasoningEffort: "medium" } },
  showsThinking: true,
  overloaded: 503,
  brokenStream: "error",
});

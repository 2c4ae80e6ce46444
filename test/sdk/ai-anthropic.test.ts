/** The AI SDK's Anthropic provider. */
import { createAnthropic } from "@ai-sdk/anthropic";

import { describeAiClient } from "./ai-scenarios.ts";

describeAiClient({
  name: "anthropic",
  model: (url, apiKey, model) => createAnthropic({ baseURL: `${url}/v1`, apiKey })(model),
  thinking: { anthropic: { thinking: { type: "enabled", budgetTokens: 1_024 } } },
  showsThinking: true,
  overloaded: 529,
  brokenStream: "error",
});

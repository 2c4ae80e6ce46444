/** The AI SDK's Google provider. */
import { createGoogleGenerativeAI } from "@ai-sdk/google";

import { describeAiClient } from "./ai-scenarios.ts";

describeAiClient({
  name: "google",
  model: (url, apiKey, model) => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey })(model),
  thinking: { google: { thinkingConfig: { includeThoughts: true, thinkingLevel: "medium" } } },
  showsThinking: true,
  overloaded: 503,
  brokenStream: "error",
});

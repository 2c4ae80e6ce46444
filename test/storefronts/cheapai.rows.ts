/** What seed 001 (CheapAI) documents, statement by statement. Where we answer otherwise, the row names the ruling. */
import type { Row } from "./storefront.ts";

export const ROWS: readonly Row[] = [
  { says: "change base_url and the key, leave everything else alone", shownBy: ["node (openai sdk)"] },
  { says: "https://api.cheapai.io/v1", shownBy: ["node (openai sdk)", "curl: chat completions"] },
  { says: "https://api.cheapai.io (the client appends /v1/messages itself)", shownBy: ["Claude Code's environment"] },
  { says: "Authorization: Bearer cai-....", shownBy: ["the key format", "curl: chat completions"] },
  {
    says: "Model name — from the catalog: gpt-4o, claude-3-5-sonnet, gemini-1-5-pro",
    shownBy: ["the documented names are on sale", "routed to the right provider by name"],
  },
  {
    says: "The gateway routes the request to the right provider based on the model name",
    shownBy: ["routed to the right provider by name"],
  },
  { says: "POST /v1/chat/completions. Supports stream.", shownBy: ["curl: chat completions", "python · streaming"] },
  { says: "POST /v1/embeddings", shownBy: ["curl: embeddings"] },
  { says: "GET /v1/models: available models and their identifiers", shownBy: ["the documented names are on sale"] },
  { says: "POST /v1/messages (Claude Code and the Anthropic SDK)", shownBy: ["Claude Code's environment"] },
  { says: "model: required; messages: required", shownBy: ["400 for a request without its required fields"] },
  { says: "stream: default false", shownBy: ["curl: chat completions", "python · streaming"] },
  {
    says: "temperature: default whatever the model uses",
    shownBy: ["the optional fields reach the provider as they are"],
  },
  { says: "max_tokens: cap on response length", shownBy: ["max_tokens caps the reply"] },
  {
    says: "top_p, stop, presence_penalty, frequency_penalty: passed to the provider as-is, when supported",
    shownBy: ["the optional fields reach the provider as they are"],
  },
  { says: "Request: curl", shownBy: ["curl: chat completions"] },
  { says: "Response: json", shownBy: ["curl: chat completions"] },
  { says: "Same via SDK: python, claude-3-5-sonnet", shownBy: ["python: openai"] },
  { says: "node (openai sdk): gpt-4o", shownBy: ["node (openai sdk)"] },
  { says: "each event is a line data: with a chat.completion.chunk", shownBy: ["event stream"] },
  { says: "choices[0].delta contains the next piece", shownBy: ["event stream"] },
  { says: "The stream ends with a line data: [DONE]", shownBy: ["event stream"] },
  { says: "python · streaming", shownBy: ["python · streaming"] },
  { says: 'curl: {"model": "text-embedding-3", "input": "sample text"}', shownBy: ["curl: embeddings"] },
  { says: "array data[].embedding with numbers and a usage field", shownBy: ["curl: embeddings"] },
  { says: "input can be a string or an array of strings (batch)", shownBy: ["embeddings of a batch"] },
  { says: "ANTHROPIC_BASE_URL, ANTHROPIC_AUTH_TOKEN", shownBy: ["Claude Code's environment"] },
  {
    says: "usage contains prompt_tokens, completion_tokens and total_tokens",
    shownBy: ["usage and the model's tariff are the cost"],
  },
  {
    says: "Combined with the model tariff, this gives the request cost",
    shownBy: ["usage and the model's tariff are the cost", "what embeddings cost"],
  },
  { says: "the final amount per request is in your usage history", shownBy: ["the amount per request in the history"] },
  {
    says: "Each model has a request-rate limit",
    shownBy: ["429 past a model's own rate", "the models' own limits are shown"],
  },
  { says: "429 — retry with exponential backoff", shownBy: ["429 past a model's own rate"] },
  { says: "Full list of codes and how to handle them", shownBy: ["errors have OpenAI's codes"] },
];

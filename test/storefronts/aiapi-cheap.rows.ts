/** What seed 002 (aiapi.cheap) documents, statement by statement. Where we answer otherwise, the row names the ruling. */
import type { Row } from "./storefront.ts";

export const ROWS: readonly Row[] = [
  { says: "fully compatible with the Anthropic Messages API", shownBy: ["the Anthropic SDK's example"] },
  { says: "Top up your balance; Generate an API key", shownBy: ["keys start with sk-cc-"] },
  { says: "valid API key in the Authorization header", shownBy: ["the cURL example, Anthropic format"] },
  { says: "Keys start with sk-cc-", shownBy: ["keys start with sk-cc-"] },
  {
    says: "https://aiapi.cheap/api/proxy … The SDK appends /v1/messages automatically — do not add /v1 yourself",
    shownBy: ["the Anthropic SDK's example", "Claude Code's environment"],
  },
  {
    says: "https://aiapi.cheap/api/proxy/v1 … The OpenAI client appends /chat/completions",
    shownBy: ["the OpenAI SDK's example"],
  },
  {
    says: "Quick reference: which base URL for which tool",
    shownBy: ["the cURL example, Anthropic format", "the cURL example, OpenAI format"],
  },
  { says: "claude-opus-4-7 $5/$25, $1.50/$7.50, $1.00/$5.00, 200K", shownBy: ["prices of claude-opus-4-7"] },
  { says: "claude-sonnet-4-6 $3/$15, $0.90/$4.50, $0.60/$3.00, 200K", shownBy: ["prices of claude-sonnet-4-6"] },
  { says: "claude-haiku-4-5 $1/$5, $0.30/$1.50, $0.20/$1.00, 200K", shownBy: ["prices of claude-haiku-4-5"] },
  { says: "model: required; messages: required", shownBy: ["400 for a request without its required fields"] },
  { says: "max_tokens: No, default 4096", shownBy: ["max_tokens is 4096 when nobody says otherwise"] },
  { says: "system: string or array with cache_control", shownBy: ["system as a string and as an array"] },
  { says: "temperature: 0.0 to 1.0", shownBy: ["the optional fields reach the provider"] },
  { says: "stream: Enable SSE streaming", shownBy: ["the streaming example"] },
  { says: "thinking: Enable extended thinking", shownBy: ["the thinking example"] },
  { says: "tools, tool_choice", shownBy: ["the optional fields reach the provider"] },
  { says: "response.json", shownBy: ["the Anthropic SDK's example"] },
  { says: "POST /v1/chat/completions — same Claude models, OpenAI wire format", shownBy: ["the OpenAI SDK's example"] },
  { says: "API Key sk-cc-… (same key as Anthropic side)", shownBy: ["the OpenAI SDK's example"] },
  {
    says: "system prompts, tool calls, streaming, thinking blocks, and prompt caching all map cleanly",
    shownBy: ["translation carries system, tools, thinking and cache counts"],
  },
  { says: "terminal: cURL with claude-haiku-4-5", shownBy: ["the cURL example, OpenAI format"] },
  { says: "The /v1 suffix is required — without it the extension hits a 404", shownBy: ["404 without /v1"] },
  { says: "Add models manually if the extension does not auto-discover", shownBy: ["the model list"] },
  { says: "streaming.py", shownBy: ["the streaming example"] },
  {
    says: "First request: 1.25× input; next: 0.1×; minimum sizes",
    shownBy: ["cache writes and reads at their prices (I-4)"],
  },
  { says: "Cache lasts 5 minutes", shownBy: ["cache writes and reads at their prices (I-4)"] },
  {
    says: "Below the threshold the request still works but nothing is cached",
    shownBy: ["nothing cached costs nothing more"],
  },
  {
    says: "caching.py: usage includes cache_creation_input_tokens",
    shownBy: ["cache writes and reads at their prices (I-4)"],
  },
  { says: "thinking.py: content[0] thinking, content[1] text", shownBy: ["the thinking example"] },
  { says: "Thinking tokens are billed as output tokens", shownBy: ["thinking is billed as output"] },
  { says: "401 authentication_error", shownBy: ["401 for a missing and for a wrong key"] },
  // Ruling: an unknown model is 404 (money.md, appendix 1, row 2); malformed requests stay 400.
  {
    says: "400 invalid_request_error: invalid model or malformed request",
    shownBy: ["400 for a request without its required fields", "404 for an unknown model"],
  },
  // Ruling: Anthropic's official type of a 402 is billing_error (§9.7).
  { says: "402 insufficient_balance: Balance is $0", shownBy: ["402 for an empty balance"] },
  { says: "429 rate_limit_error", shownBy: ["429 past 200 requests a minute on Basic, 500 on Pro"] },
  // Ruling: 500 is for faults of our own, with the official type api_error (money.md, appendix 1, row 3).
  { says: "500 internal_error", shownBy: ["500 and 502 are api_error"] },
  { says: "502 api_error: model temporarily unavailable", shownBy: ["500 and 502 are api_error"] },
  { says: "Basic: Free, 200, 1,000,000, 70% off", shownBy: ["the plans"] },
  {
    says: "Pro: $19 lifetime, 500, 2,000,000, 80% off",
    shownBy: ["the plans", "429 past 200 requests a minute on Basic, 500 on Pro"],
  },
  { says: "ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL for Claude Code", shownBy: ["Claude Code's environment"] },
  { says: "Contact us at support@aiapi.cheap", shownBy: ["the plans"] },
];

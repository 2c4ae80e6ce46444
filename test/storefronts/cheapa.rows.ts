/** What seed 000 (Cheapa API) documents, statement by statement. Where we answer otherwise, the row names the ruling. */
import type { Row } from "./storefront.ts";

export const ROWS: readonly Row[] = [
  { says: "Every request goes to …/v1; just swap the base URL and API key", shownBy: ["the OpenAI SDK"] },
  { says: "OpenAI GPT-5, Anthropic Claude, Google Gemini", shownBy: ["every family answers at one endpoint"] },
  {
    says: "image/video generation (Veo, Nano Banana)",
    shownBy: ["an image by nano-banana-2", "an image by nano-banana-pro"],
  },
  { says: "video generation (Veo)", shownBy: ["a video by veo-3.1"] },
  {
    says: "open-weight providers (Kimi, DeepSeek, MiniMax, Qwen, GLM, Gemma, MiMo)",
    shownBy: ["every family answers at one endpoint"],
  },
  { says: "Authorization: Bearer YOUR_API_KEY", shownBy: ["the request with its required fields"] },
  { says: "Keys are generated in the developer console", shownBy: ["the key format"] },
  { says: "A missing or expired key returns 401 Unauthorized", shownBy: ["401 for a missing, wrong or expired key"] },
  { says: "Base URL https://api.cheapaapi.com/v1", shownBy: ["the OpenAI SDK"] },
  { says: "Key format sk-llmaai-...", shownBy: ["the key format"] },
  { says: "Chat endpoint /v1/chat/completions", shownBy: ["the request with its required fields"] },
  {
    says: "Image generation endpoint /v1/images/generations (for nano-banana-2, nano-banana-pro)",
    shownBy: ["an image by nano-banana-2", "an image by nano-banana-pro", "what an image costs"],
  },
  {
    says: "Video generation endpoint /v1/videos/generations (for veo-3.1)",
    shownBy: ["a video by veo-3.1"],
  },
  { says: "Model list endpoint /v1/models", shownBy: ["the model list"] },
  { says: "Wire protocol OpenAI Chat Completions", shownBy: ["the OpenAI SDK"] },
  { says: 'Required: model "kimi-k2.6", messages system and user', shownBy: ["the request with its required fields"] },
  { says: "model: Exact model slug", shownBy: ["404 for an unknown slug"] },
  { says: "messages: objects with role and content", shownBy: ["the request with its required fields"] },
  { says: "temperature: default 1.0, 0–2", shownBy: ["the optional fields reach the provider"] },
  {
    says: "max_tokens: default model max; hard cap",
    shownBy: ["max_tokens caps the reply and is the model's when absent"],
  },
  { says: "stream: default false", shownBy: ["the request with its required fields", "the streaming example"] },
  { says: "top_p: nucleus sampling", shownBy: ["the optional fields reach the provider"] },
  { says: "Response Structure", shownBy: ["the request with its required fields"] },
  { says: "The usage block reflects the exact token counts billed", shownBy: ["usage is what is billed"] },
  { says: '"stream": true: server-sent events; data: lines', shownBy: ["the streaming example"] },
  { says: "terminates with a final data: [DONE] line", shownBy: ["the streaming example"] },
  { says: "400 Malformed request body", shownBy: ["400 for a malformed body"] },
  { says: "401 Invalid or missing API key", shownBy: ["401 for a missing, wrong or expired key"] },
  { says: "402 Insufficient balance: add credit at cheapaapi.com/billing", shownBy: ["402 for an empty balance"] },
  { says: "404 Unknown model slug", shownBy: ["404 for an unknown slug"] },
  { says: "429 Request rate exceeded", shownBy: ["429 past the plan's rate"] },
  // Ruling: a provider's failure is 502; 500 is for faults of our own (money.md, appendix 1, row 3).
  { says: "500 Upstream error: Retry", shownBy: ["502 when the provider fails"] },
];

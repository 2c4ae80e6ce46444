/** What seed 003 (cheapmodel) documents, statement by statement. Where we answer otherwise, the row names the ruling. */
import type { Row } from "./storefront.ts";

export const ROWS: readonly Row[] = [
  { says: "unified access for text, image, audio models", shownBy: ["one token, one balance, every format"] },
  { says: "… and video model APIs", shownBy: ["the video example"] },
  {
    says: "one account, one balance, and multiple API-compatible entry points",
    shownBy: ["one token, one balance, every format"],
  },
  {
    says: "Use OpenAI, Anthropic, Google formats from the same console token",
    shownBy: ["one token, one balance, every format"],
  },
  { says: "… and video task formats", shownBy: ["the video example"] },
  { says: "Create a token in the console", shownBy: ["the key format"] },
  { says: "choose a model from the model marketplace", shownBy: ["the model list"] },
  { says: "Quick Start: OpenAI SDK, gpt-5.5", shownBy: ["the quick start"] },
  {
    says: "Authorization: Bearer; the same token is used for all supported protocol formats",
    shownBy: ["one token, one balance, every format"],
  },
  { says: "OpenAI compatible https://cheapmodel.ai/v1: chat", shownBy: ["the quick start"] },
  { says: "… images", shownBy: ["images by OpenAI's SDK"] },
  { says: "… embeddings", shownBy: ["embeddings by OpenAI's SDK"] },
  { says: "… model list", shownBy: ["the model list"] },
  { says: "… and most OpenAI SDK calls", shownBy: ["responses and speech by OpenAI's SDK"] },
  {
    says: "Anthropic compatible https://cheapmodel.ai/v1/messages: Claude-style Messages API requests",
    shownBy: ["messages at the documented address", "messages by Anthropic's SDK"],
  },
  {
    says: "Google compatible https://cheapmodel.ai/v1beta: Gemini-style generateContent requests",
    shownBy: ["generateContent at the documented address", "generateContent by Google's SDK"],
  },
  {
    says: "Video API https://cheapmodel.ai/video/v1 https://cheapmodel.ai/v1/video",
    shownBy: ["both video addresses answer alike"],
  },
  { says: "Video models use asynchronous task APIs", shownBy: ["the video example"] },
  {
    says: "normalizes token authentication, task IDs, status queries, and account billing",
    shownBy: ["the video example", "what Seedance costs", "what Happy Horse costs"],
  },
  {
    says: "Seedance 2.0: text, image, video, and audio reference inputs",
    shownBy: ["Seedance takes references of every kind"],
  },
  { says: "Seedance 2.0: token-based billing after task completion", shownBy: ["what Seedance costs"] },
  {
    says: "Happy Horse: text-to-video, image-to-video, reference-to-video, and video editing",
    shownBy: ["Happy Horse's four modes"],
  },
  { says: "Happy Horse: duration and resolution based billing", shownBy: ["what Happy Horse costs"] },
  { says: "curl …/video/v1/video/generations, duration -1, size 9:16", shownBy: ["the video example"] },
  { says: "Text and image models follow the model marketplace price table", shownBy: ["prices are the marketplace's"] },
  {
    says: "Native video tasks are charged only after a provider task completes successfully",
    shownBy: ["a video that fails costs nothing"],
  },
  { says: "based on the provider usage returned by the task query", shownBy: ["what Seedance costs"] },
  {
    says: "OpenAI-compatible text: input, output, and cache-hit tokens where supported; at request completion",
    shownBy: ["prices are the marketplace's", "cache hits at their own price, all else as input"],
  },
  {
    says: "Images: per image or provider-reported usage; at request completion",
    shownBy: ["images by provider-reported usage", "images by the piece"],
  },
  // Half up, without a least charge: what is below half a cent is free (money.md, appendix 1, row 7).
  {
    says: "Seedance 2.0: USD usage-token pricing, rounded to two decimals; when task status is success",
    shownBy: ["video prices are rounded to two decimals"],
  },
  {
    says: "Happy Horse: USD per-second pricing by output resolution, rounded to two decimals",
    shownBy: ["video prices are rounded to two decimals"],
  },
];

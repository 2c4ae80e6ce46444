/** The four client dialects as data: how each asks, shows an image and tells an error. For tests that go through all of them. */
import type { ProtocolId } from "../src/protocols/protocol.ts";

export type Dialect = ProtocolId;

/** What every error says, whatever its shape. */
export interface ToldError {
  readonly status: number;
  readonly message: string;
  /** The word by which the dialect's clients know it: OpenAI's code, Anthropic's type, Google's status. */
  readonly word: string;
}

interface Words {
  /** Where a request goes. @param parts of the one user's turn */
  request(model: string, parts: readonly object[]): { readonly path: string; readonly body: Record<string, unknown> };
  text(text: string): object;
  image(url: string): object;
  /** An image by its content, in base64. */
  inline(mediaType: string, data: string): object;
  /** The place of the first part's address in the request, as errors name it. */
  readonly imagePath: string;
  errorOf(body: unknown, status: number): ToldError;
}

interface OpenAIError {
  readonly error: { readonly message: string; readonly type: string; readonly code: string };
}
const openaiError = (body: unknown, status: number): ToldError => {
  const { message, code } = (body as OpenAIError).error;
  return { status, message, word: code };
};

export const DIALECTS = {
  "openai-chat": {
    request: (model, content) => ({
      path: "/v1/chat/completions",
      body: { model, max_tokens: 500, messages: [{ role: "user", content }] },
    }),
    text: (text) => ({ type: "text", text }),
    image: (url) => ({ type: "image_url", image_url: { url } }),
    inline: (type, data) => ({ type: "image_url", image_url: { url: `data:${type};base64,${data}` } }),
    imagePath: "messages[0].content[0].image_url.url",
    errorOf: openaiError,
  },
  "openai-responses": {
    request: (model, content) => ({
      path: "/v1/responses",
      body: { model, max_output_tokens: 500, input: [{ role: "user", content }] },
    }),
    text: (text) => ({ type: "input_text", text }),
    image: (url) => ({ type: "input_image", image_url: url }),
    inline: (type, data) => ({ type: "input_image", image_url: `data:${type};base64,${data}` }),
    imagePath: "input[0].content[0].image_url",
    errorOf: openaiError,
  },
  anthropic: {
    request: (model, content) => ({
      path: "/v1/messages",
      body: { model, max_tokens: 500, messages: [{ role: "user", content }] },
    }),
    text: (text) => ({ type: "text", text }),
    image: (url) => ({ type: "image", source: { type: "url", url } }),
    inline: (media_type, data) => ({ type: "image", source: { type: "base64", media_type, data } }),
    imagePath: "messages[0].content[0].source.url",
    errorOf: (body, status) => {
      const { message, type } = (body as OpenAIError).error;
      return { status, message, word: type };
    },
  },
  gemini: {
    request: (model, parts) => ({
      path: `/v1beta/models/${model}:generateContent`,
      body: { generationConfig: { maxOutputTokens: 500 }, contents: [{ role: "user", parts }] },
    }),
    text: (text) => ({ text }),
    image: (url) => ({ fileData: { mimeType: "image/png", fileUri: url } }),
    inline: (mimeType, data) => ({ inlineData: { mimeType, data } }),
    imagePath: "contents[0].parts[0].fileData.fileUri",
    errorOf: (body, status) => {
      const { error } = body as { readonly error: { readonly message: string; readonly status: string } };
      return { status, message: error.message, word: error.status };
    },
  },
} as const satisfies Record<Dialect, Words>;

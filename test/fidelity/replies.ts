/** What a provider may answer, as data: each reply feature in each provider protocol, and the mark by which a client hears it. */
import type { ProtocolId } from "../../src/protocols/protocol.ts";

type Loose = Record<string, unknown>;

export interface ReplyFeature {
  readonly id: string;
  readonly replies: Readonly<Partial<Record<ProtocolId, Loose>>>;
  /** Text that the client's reply must hold, all of them. */
  readonly marks: readonly string[];
  /** What is looked at is the provider's next request, with this reply in its history. */
  readonly returns?: true;
}

/** Base64, which clients of Gemini expect of a signature. */
const SIGNATURE = "U0lHTUFSS1NJR01BUktTSUdNQVJL";
const PNG = "iVBORw0KGgpEUkFXTg==";

interface Parts {
  readonly message?: Loose;
  readonly choice?: Loose;
  readonly items?: readonly Loose[];
  readonly blocks?: readonly Loose[];
  readonly parts?: readonly Loose[];
  readonly top?: Loose;
  readonly usage?: Loose;
  readonly finish?: string;
}

const chat = ({ message = {}, choice = {}, finish = "stop", usage = {} }: Parts): Loose => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [
    { index: 0, message: { role: "assistant", content: "TEXTMARK", ...message }, finish_reason: finish, ...choice },
  ],
  usage: { prompt_tokens: 4_000, completion_tokens: 900, total_tokens: 4_900, ...usage },
});

const said = { type: "output_text", text: "TEXTMARK", annotations: [] as unknown[] };
const message = (content: readonly Loose[]): Loose => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content,
});

const responses = ({ items = [message([said])], top = {}, usage = {} }: Parts): Loose => ({
  id: "resp_1",
  object: "response",
  status: "completed",
  model: "m",
  output: items,
  usage: { input_tokens: 4_000, output_tokens: 900, total_tokens: 4_900, ...usage },
  ...top,
});

const messages = ({ blocks = [{ type: "text", text: "TEXTMARK" }], top = {}, usage = {} }: Parts): Loose => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "m",
  content: blocks,
  stop_reason: "end_turn",
  stop_sequence: null,
  ...top,
  usage: { input_tokens: 4_000, output_tokens: 900, ...usage },
});

const gemini = ({ parts = [{ text: "TEXTMARK" }], choice = {}, usage = {} }: Parts): Loose => ({
  candidates: [{ content: { role: "model", parts }, finishReason: "STOP", index: 0, ...choice }],
  usageMetadata: { promptTokenCount: 4_000, candidatesTokenCount: 900, totalTokenCount: 4_900, ...usage },
  modelVersion: "m",
  responseId: "r",
});

const TEXT_BLOCK = { type: "text", text: "TEXTMARK" };

const THINKING: Readonly<Partial<Record<ProtocolId, Loose>>> = {
  "openai-chat": chat({ message: { reasoning_content: "THINKMARK" } }),
  "openai-responses": responses({
    items: [
      {
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "THINKMARK" }],
        encrypted_content: SIGNATURE,
      },
      message([said]),
    ],
  }),
  anthropic: messages({ blocks: [{ type: "thinking", thinking: "THINKMARK", signature: SIGNATURE }, TEXT_BLOCK] }),
  gemini: gemini({
    parts: [
      { text: "THINKMARK", thought: true },
      { text: "TEXTMARK", thoughtSignature: SIGNATURE },
    ],
  }),
};

const callsOf = (...names: readonly string[]): Readonly<Partial<Record<ProtocolId, Loose>>> => ({
  "openai-chat": chat({
    message: {
      content: null,
      tool_calls: names.map((name) => ({
        id: `call_${name}`,
        type: "function",
        function: { name, arguments: '{"a":"ARGMARK"}' },
      })),
    },
    finish: "tool_calls",
  }),
  "openai-responses": responses({
    items: names.map((name) => ({
      type: "function_call",
      id: `fc_${name}`,
      call_id: `call_${name}`,
      name,
      arguments: '{"a":"ARGMARK"}',
      status: "completed",
    })),
  }),
  anthropic: messages({
    blocks: names.map((name) => ({ type: "tool_use", id: `toolu_${name}`, name, input: { a: "ARGMARK" } })),
    top: { stop_reason: "tool_use" },
  }),
  gemini: gemini({
    parts: names.map((name) => ({ functionCall: { id: `own${name}`, name, args: { a: "ARGMARK" } } })),
  }),
});

const CITED = "https://example.com/cited";

export const REPLY_FEATURES: readonly ReplyFeature[] = [
  {
    id: "text",
    marks: ["TEXTMARK"],
    replies: {
      "openai-chat": chat({}),
      "openai-responses": responses({}),
      anthropic: messages({}),
      gemini: gemini({}),
    },
  },
  { id: "thinking", marks: ["THINKMARK"], replies: THINKING },
  {
    id: "thinking_returned",
    marks: [SIGNATURE],
    returns: true,
    replies: {
      "openai-responses": THINKING["openai-responses"] ?? {},
      anthropic: THINKING.anthropic ?? {},
      gemini: THINKING.gemini ?? {},
    },
  },
  {
    id: "thinking_redacted_returned",
    marks: [SIGNATURE],
    returns: true,
    replies: { anthropic: messages({ blocks: [{ type: "redacted_thinking", data: SIGNATURE }, TEXT_BLOCK] }) },
  },
  { id: "tool_calls", marks: ["markTool", "ARGMARK"], replies: callsOf("markTool") },
  { id: "tool_calls_parallel", marks: ["markTool", "otherTool"], replies: callsOf("markTool", "otherTool") },
  {
    id: "refusal",
    marks: ["REFUSALMARK"],
    replies: {
      "openai-chat": chat({ message: { content: null, refusal: "REFUSALMARK" } }),
      "openai-responses": responses({ items: [message([{ type: "refusal", refusal: "REFUSALMARK" }])] }),
    },
  },
  {
    id: "images",
    marks: [PNG],
    replies: {
      "openai-chat": chat({
        message: { images: [{ type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } }] },
      }),
      gemini: gemini({ parts: [{ text: "TEXTMARK" }, { inlineData: { mimeType: "image/png", data: PNG } }] }),
    },
  },
  {
    id: "citations",
    marks: [CITED],
    replies: {
      "openai-chat": chat({
        message: {
          annotations: [
            { type: "url_citation", url_citation: { url: CITED, title: "t", start_index: 0, end_index: 4 } },
          ],
        },
      }),
      "openai-responses": responses({
        items: [
          message([
            { ...said, annotations: [{ type: "url_citation", url: CITED, title: "t", start_index: 0, end_index: 4 }] },
          ]),
        ],
      }),
      anthropic: messages({
        blocks: [
          {
            ...TEXT_BLOCK,
            citations: [
              { type: "web_search_result_location", url: CITED, title: "t", cited_text: "c", encrypted_index: "e" },
            ],
          },
        ],
      }),
      gemini: gemini({ choice: { groundingMetadata: { groundingChunks: [{ web: { uri: CITED, title: "t" } }] } } }),
    },
  },
  {
    id: "logprobs",
    marks: ["LOGMARK"],
    replies: {
      "openai-chat": chat({
        choice: { logprobs: { content: [{ token: "LOGMARK", logprob: -0.1, bytes: null, top_logprobs: [] }] } },
      }),
      "openai-responses": responses({
        items: [message([{ ...said, logprobs: [{ token: "LOGMARK", logprob: -0.1, bytes: [], top_logprobs: [] }] }])],
      }),
      gemini: gemini({
        choice: { logprobsResult: { chosenCandidates: [{ token: "LOGMARK", logProbability: -0.1 }] } },
      }),
    },
  },
  {
    id: "stop_sequence",
    marks: ["STOPMARK"],
    replies: { anthropic: messages({ top: { stop_reason: "stop_sequence", stop_sequence: "STOPMARK" } }) },
  },
  {
    id: "usage_cache_read",
    marks: ["1237"],
    replies: {
      "openai-chat": chat({ usage: { prompt_tokens_details: { cached_tokens: 1_237 } } }),
      "openai-responses": responses({ usage: { input_tokens_details: { cached_tokens: 1_237 } } }),
      anthropic: messages({ usage: { cache_read_input_tokens: 1_237 } }),
      gemini: gemini({ usage: { cachedContentTokenCount: 1_237 } }),
    },
  },
  {
    id: "usage_cache_write",
    marks: ["1511"],
    replies: {
      "openai-chat": chat({ usage: { prompt_tokens_details: { cache_write_tokens: 1_511 } } }),
      anthropic: messages({ usage: { cache_creation_input_tokens: 1_511 } }),
    },
  },
  {
    id: "usage_reasoning",
    marks: ["411"],
    replies: {
      "openai-chat": chat({ usage: { completion_tokens_details: { reasoning_tokens: 411 } } }),
      "openai-responses": responses({ usage: { output_tokens_details: { reasoning_tokens: 411 } } }),
      anthropic: messages({ usage: { output_tokens_details: { thinking_tokens: 411 } } }),
      gemini: gemini({ usage: { candidatesTokenCount: 489, thoughtsTokenCount: 411 } }),
    },
  },
];

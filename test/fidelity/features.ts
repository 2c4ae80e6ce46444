/**
 * What may be asked of a model, as data: how each dialect asks, and the mark by which it is recognised in what the provider gets.
 * Without a mark, a feature is carried if the provider's request differs from that of the same request without it.
 */
import {
  assistant,
  both,
  calls,
  config,
  conversation,
  part,
  same,
  schema,
  tools,
  user,
  type Asked,
} from "./dialects.ts";

export interface Feature {
  readonly id: string;
  readonly asked: Asked;
  /** What the feature adds to, where it cannot stand alone. */
  readonly on?: Asked;
  /** Text that the provider's request must hold; several may mean the same. */
  readonly mark?: readonly string[];
  /** Changes nothing about a reply: where it has no place, nothing is missed. */
  readonly idle?: true;
  /** Some providers do so unasked: to them nothing is said. */
  readonly unasked?: true;
}

const PNG = "iVBORw0KGgpNQVJL";
const PDF = "JVBERi0xLjRNQVJL";
const WAV = "UklGRk1BUks=";
const IMAGE_URL = "https://example.com/mark.png";
/** The content of an address, where the gateway fetches it. */
export const FETCHED = "iVBORw0KGgpGRVRDSA==";

const first = { id: "call_mark_1", name: "markTool", result: "RESULTMARK1" };
const second = { id: "call_mark_2", name: "otherTool", result: "RESULTMARK2" };

const TWO_TOOLS = tools("markTool", "otherTool");

const CONVERSATION: readonly Feature[] = [
  {
    id: "system_prompt",
    mark: ["SYSTEMMARK"],
    asked: {
      chat: {
        messages: [
          { role: "system", content: "SYSTEMMARK" },
          { role: "user", content: "hello" },
        ],
      },
      responses: { instructions: "SYSTEMMARK" },
      messages: { system: "SYSTEMMARK" },
      gemini: { systemInstruction: { parts: [{ text: "SYSTEMMARK" }] } },
    },
  },
  { id: "multi_turn", mark: ["TURNMARK"], asked: conversation(user("hello"), assistant("TURNMARK"), user("and?")) },
  {
    id: "image_inline",
    mark: [PNG],
    asked: conversation(
      part({
        chat: { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } },
        responses: { type: "input_image", image_url: `data:image/png;base64,${PNG}` },
        messages: { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } },
        gemini: { inlineData: { mimeType: "image/png", data: PNG } },
      }),
    ),
  },
  {
    id: "image_address",
    mark: [IMAGE_URL, FETCHED],
    asked: conversation(
      part({
        chat: { type: "image_url", image_url: { url: IMAGE_URL } },
        responses: { type: "input_image", image_url: IMAGE_URL },
        messages: { type: "image", source: { type: "url", url: IMAGE_URL } },
        gemini: { fileData: { mimeType: "image/png", fileUri: IMAGE_URL } },
      }),
    ),
  },
  {
    id: "document_inline",
    mark: [PDF],
    asked: conversation(
      part({
        chat: { type: "file", file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${PDF}` } },
        responses: { type: "input_file", filename: "a.pdf", file_data: `data:application/pdf;base64,${PDF}` },
        messages: { type: "document", source: { type: "base64", media_type: "application/pdf", data: PDF } },
        gemini: { inlineData: { mimeType: "application/pdf", data: PDF } },
      }),
    ),
  },
  {
    id: "audio_input",
    mark: [WAV],
    asked: conversation(
      part({
        chat: { type: "input_audio", input_audio: { data: WAV, format: "wav" } },
        gemini: { inlineData: { mimeType: "audio/wav", data: WAV } },
      }),
    ),
  },
  {
    id: "citations",
    mark: ['"citations":{"enabled":true}'],
    asked: conversation(
      part({
        messages: {
          type: "document",
          source: { type: "text", media_type: "text/plain", data: "facts" },
          citations: { enabled: true },
        },
      }),
    ),
  },
  {
    id: "cache_breakpoints",
    idle: true,
    mark: ["ephemeral"],
    asked: {
      chat: {
        messages: [{ role: "user", content: [{ type: "text", text: "hello", cache_control: { type: "ephemeral" } }] }],
      },
      messages: {
        messages: [{ role: "user", content: [{ type: "text", text: "hello", cache_control: { type: "ephemeral" } }] }],
      },
    },
  },
];

const TOOLS: readonly Feature[] = [
  { id: "tools", mark: ["markTool"], asked: tools("markTool") },
  {
    id: "tools_strict",
    mark: ['"strict":true'],
    asked: {
      chat: { tools: [{ type: "function", function: { name: "markTool", parameters: {}, strict: true } }] },
      responses: { tools: [{ type: "function", name: "markTool", parameters: {}, strict: true }] },
      messages: { tools: [{ name: "markTool", input_schema: { type: "object" }, strict: true }] },
    },
  },
  {
    id: "tools_custom",
    mark: ["markTool"],
    asked: {
      chat: { tools: [{ type: "custom", custom: { name: "markTool" } }] },
      responses: { tools: [{ type: "custom", name: "markTool" }] },
    },
  },
  {
    id: "tool_results",
    mark: ["RESULTMARK1"],
    asked: both(tools("markTool"), conversation(user("hello"), ...calls([first]))),
  },
  {
    id: "tool_results_parallel",
    mark: ["RESULTMARK2"],
    asked: both(TWO_TOOLS, conversation(user("hello"), ...calls([first, second]))),
  },
  {
    id: "tool_result_error",
    on: both(tools("markTool"), conversation(user("hello"), ...calls([first]))),
    asked: {
      messages: conversation(user("hello"), ...calls([first], true)).messages ?? {},
      gemini: conversation(user("hello"), ...calls([first], true)).gemini ?? {},
    },
  },
  {
    id: "tool_choice_required",
    on: TWO_TOOLS,
    asked: {
      ...same({ tool_choice: "required" }, "chat", "responses"),
      messages: { tool_choice: { type: "any" } },
      gemini: { toolConfig: { functionCallingConfig: { mode: "ANY" } } },
    },
  },
  {
    id: "tool_choice_none",
    on: TWO_TOOLS,
    asked: {
      ...same({ tool_choice: "none" }, "chat", "responses"),
      messages: { tool_choice: { type: "none" } },
      gemini: { toolConfig: { functionCallingConfig: { mode: "NONE" } } },
    },
  },
  {
    id: "tool_choice_named",
    on: TWO_TOOLS,
    asked: {
      chat: { tool_choice: { type: "function", function: { name: "otherTool" } } },
      responses: { tool_choice: { type: "function", name: "otherTool" } },
      messages: { tool_choice: { type: "tool", name: "otherTool" } },
      gemini: { toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["otherTool"] } } },
    },
  },
  {
    id: "tool_choice_allowed",
    on: TWO_TOOLS,
    asked: {
      chat: {
        tool_choice: {
          type: "allowed_tools",
          allowed_tools: { mode: "auto", tools: [{ type: "function", function: { name: "otherTool" } }] },
        },
      },
      responses: {
        tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "otherTool" }] },
      },
    },
  },
  {
    id: "parallel_tools_off",
    on: TWO_TOOLS,
    asked: {
      ...same({ parallel_tool_calls: false }, "chat", "responses"),
      messages: { tool_choice: { type: "auto", disable_parallel_tool_use: true } },
    },
  },
];

const OUTPUT: readonly Feature[] = [
  {
    id: "json_mode",
    asked: config(
      { responseMimeType: "application/json" },
      { chat: { response_format: { type: "json_object" } }, responses: { text: { format: { type: "json_object" } } } },
    ),
  },
  { id: "json_schema", mark: ["markField"], asked: schema },
  {
    id: "reasoning_effort",
    asked: config(
      { thinkingConfig: { thinkingLevel: "LOW" } },
      {
        chat: { reasoning_effort: "low" },
        responses: { reasoning: { effort: "low" } },
        messages: { thinking: { type: "adaptive" }, output_config: { effort: "low" } },
      },
    ),
  },
  {
    id: "thinking_budget",
    asked: config(
      { thinkingConfig: { thinkingBudget: 2_048 } },
      {
        chat: { thinking: { type: "enabled", budget_tokens: 2_048 } },
        messages: { thinking: { type: "enabled", budget_tokens: 2_048 } },
      },
    ),
  },
  {
    id: "thinking_off",
    unasked: true,
    asked: config(
      { thinkingConfig: { thinkingBudget: 0 } },
      {
        chat: { reasoning_effort: "none" },
        responses: { reasoning: { effort: "none" } },
        messages: { thinking: { type: "disabled" } },
      },
    ),
  },
  {
    id: "images_in_reply",
    unasked: true,
    asked: config({ responseModalities: ["TEXT", "IMAGE"] }, { chat: { modalities: ["image", "text"] } }),
  },
  { id: "stream", asked: same({ stream: true }, "chat", "responses", "messages", "completions") },
  {
    id: "output_cap",
    mark: ["1777"],
    asked: config(
      { maxOutputTokens: 1_777 },
      {
        ...same({ max_tokens: 1_777 }, "chat", "messages", "completions"),
        responses: { max_output_tokens: 1_777 },
      },
    ),
  },
];

const SAMPLING: readonly Feature[] = [
  {
    id: "stop_sequences",
    mark: ["STOPMARK"],
    asked: config(
      { stopSequences: ["STOPMARK"] },
      { ...same({ stop: ["STOPMARK"] }, "chat", "completions"), messages: { stop_sequences: ["STOPMARK"] } },
    ),
  },
  {
    id: "temperature",
    mark: ["0.37"],
    asked: config({ temperature: 0.37 }, same({ temperature: 0.37 }, "chat", "responses", "messages", "completions")),
  },
  {
    id: "top_p",
    mark: ["0.73"],
    asked: config({ topP: 0.73 }, same({ top_p: 0.73 }, "chat", "responses", "messages", "completions")),
  },
  { id: "top_k", mark: ["37"], asked: config({ topK: 37 }, same({ top_k: 37 }, "chat", "messages", "completions")) },
  {
    id: "presence_penalty",
    mark: ["0.31"],
    asked: config({ presencePenalty: 0.31 }, same({ presence_penalty: 0.31 }, "chat", "completions")),
  },
  {
    id: "frequency_penalty",
    mark: ["0.29"],
    asked: config({ frequencyPenalty: 0.29 }, same({ frequency_penalty: 0.29 }, "chat", "completions")),
  },
  { id: "seed", mark: ["4711"], asked: config({ seed: 4_711 }, same({ seed: 4_711 }, "chat", "completions")) },
  {
    id: "logprobs",
    asked: config(
      { responseLogprobs: true, logprobs: 3 },
      {
        chat: { logprobs: true, top_logprobs: 3 },
        responses: { top_logprobs: 3, include: ["message.output_text.logprobs"] },
        completions: { logprobs: 3 },
      },
    ),
  },
  { id: "several_replies", asked: config({ candidateCount: 2 }, same({ n: 2 }, "chat", "completions")) },
  { id: "logit_bias", mark: ["4711"], asked: same({ logit_bias: { 4711: 5 } }, "chat", "completions") },
  { id: "verbosity", asked: { chat: { verbosity: "low" }, responses: { text: { verbosity: "low" } } } },
  {
    id: "user",
    mark: ["usermark"],
    asked: {
      ...same({ user: "usermark" }, "chat", "responses", "completions"),
      messages: { metadata: { user_id: "usermark" } },
    },
  },
  { id: "metadata", mark: ["metamark"], asked: same({ metadata: { a: "metamark" } }, "chat", "responses") },
  {
    id: "prompt_cache_key",
    idle: true,
    mark: ["keymark"],
    asked: same({ prompt_cache_key: "keymark" }, "chat", "responses"),
  },
  { id: "prediction", mark: ["guessmark"], asked: { chat: { prediction: { type: "content", content: "guessmark" } } } },
  {
    id: "safety_settings",
    mark: ["BLOCK_NONE"],
    asked: { gemini: { safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }] } },
  },
];

/** What only prompts that are completed have. */
const COMPLETIONS: readonly Feature[] = [
  { id: "suffix", mark: ["suffixmark"], asked: { completions: { suffix: "suffixmark" } } },
  { id: "best_of", asked: { completions: { best_of: 2 } } },
  { id: "several_prompts", mark: ["promptmark"], asked: { completions: { prompt: ["hello", "promptmark"] } } },
  { id: "token_ids", mark: ["4711"], asked: { completions: { prompt: [4_711, 12] } } },
];

export const FEATURES: readonly Feature[] = [...CONVERSATION, ...TOOLS, ...OUTPUT, ...SAMPLING, ...COMPLETIONS];

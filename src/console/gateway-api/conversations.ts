/** Conversations, in the dialect of each kind of client. */
import {
  decimal,
  EVENT_TYPE,
  flag,
  inHeader,
  inPath,
  inQuery,
  JSON_TYPE,
  list,
  object,
  orNull,
  ref,
  text,
  whole,
  word,
  type Operation,
  type Parameter,
  type Schema,
} from "./operation.ts";

const model = text("A model's id or one of its aliases, from the list of models.", "sandbox/echo");
const stream = flag("Answer as server-sent events.");
const message = object({ role: text("Who speaks."), content: { description: "Text, or a list of parts." } }, ["role"]);

/** What our own request headers ask for. */
export const OWN_HEADERS: readonly Parameter[] = [
  inHeader(
    "x-farthing-strict",
    word(
      ["true", "false"],
      "`true`: what translation cannot carry is a 400 instead of being named in `x-farthing-dropped`.",
    ),
  ),
  inHeader(
    "x-farthing-max-cost",
    text(
      "The most that this request may cost, in USD as a decimal; less is offered, or it is refused with 402.",
      "0.05",
    ),
  ),
  inHeader(
    "x-farthing-usage",
    word(["cost"], "Puts `cost` into the usage of the reply; on streams it stands nowhere else."),
  ),
  inHeader(
    "Idempotency-Key",
    text(
      "1 to 255 visible characters. A request that was served already is answered with its stored reply, and not charged again.",
    ),
  ),
];

const usageOfChat = object({
  prompt_tokens: whole("Tokens of the prompt, cached ones included."),
  completion_tokens: whole("Tokens of the reply, thoughts included."),
  total_tokens: whole("Both."),
  prompt_tokens_details: object({ cached_tokens: whole("Read from a cache.") }),
  completion_tokens_details: object({ reasoning_tokens: whole("Thought.") }),
});

const chatRequest = object(
  {
    model,
    messages: list(message, "The conversation, oldest first."),
    stream,
    stream_options: object({ include_usage: flag("A last chunk with the usage.") }),
    max_tokens: whole("Most tokens of the reply; `max_completion_tokens` means the same."),
    temperature: decimal("0 to 2."),
    top_p: decimal("0 to 1."),
    stop: { description: "Text, or up to four of them." },
    tools: list(object({ type: text("`function`."), function: object({}) })),
    tool_choice: { description: "`auto`, `none`, `required`, or one tool." },
    response_format: object({ type: text("`text`, `json_object` or `json_schema`.") }),
    reasoning_effort: text("How much a model that can think shall think."),
  },
  ["model", "messages"],
);

const chatReply = object({
  id: text("The reply's name."),
  object: word(["chat.completion"], ""),
  created: whole("Unix seconds."),
  model: text("The name that was asked for."),
  choices: list(
    object({
      index: whole(""),
      message,
      finish_reason: orNull(text("`stop`, `length`, `tool_calls`, `content_filter`.")),
    }),
  ),
  usage: usageOfChat,
});

const responsesRequest = object(
  {
    model,
    input: { description: "Text, or a list of items." },
    instructions: text("The system's words."),
    stream,
    max_output_tokens: whole("Most tokens of the reply."),
    tools: list(object({})),
    reasoning: object({ effort: text("How much to think.") }),
    text: object({ format: object({}) }),
    store: { const: false, description: "Nothing is kept between requests: only `false` is taken." },
  },
  ["model", "input"],
);

const messagesRequest = object(
  {
    model,
    max_tokens: whole("Most tokens of the reply."),
    messages: list(message, "The conversation, oldest first."),
    system: { description: "Text, or a list of blocks." },
    stream,
    temperature: decimal("0 to 1."),
    tools: list(object({})),
    tool_choice: object({ type: text("`auto`, `any`, `tool` or `none`.") }),
    thinking: object({
      type: text("`enabled`, `adaptive` or `disabled`."),
      budget_tokens: whole("Most tokens of thought."),
    }),
  },
  ["model", "max_tokens", "messages"],
);

const messagesReply = object({
  id: text("The message's name."),
  type: word(["message"], ""),
  role: word(["assistant"], ""),
  model: text("The name that was asked for."),
  content: list(object({ type: text("`text`, `thinking`, `tool_use` …") })),
  stop_reason: orNull(text("`end_turn`, `max_tokens`, `tool_use`, `stop_sequence`, `refusal`.")),
  usage: object({
    input_tokens: whole("Neither read from a cache nor written to one."),
    cache_read_input_tokens: whole("Read from a cache."),
    cache_creation_input_tokens: whole("Written to a cache."),
    output_tokens: whole("Of the reply."),
  }),
});

const contents = list(
  object({ role: text("`user` or `model`."), parts: list(object({})) }),
  "The conversation, oldest first.",
);

const generateRequest = object(
  {
    contents,
    systemInstruction: object({ parts: list(object({})) }),
    generationConfig: object({ maxOutputTokens: whole("Most tokens of the reply."), temperature: decimal("0 to 2.") }),
    tools: list(object({})),
    toolConfig: object({}),
  },
  ["contents"],
);

const generateReply = object({
  candidates: list(
    object({ content: object({ parts: list(object({})) }), finishReason: text("`STOP`, `MAX_TOKENS` …") }),
  ),
  usageMetadata: object({
    promptTokenCount: whole("Cached ones included."),
    candidatesTokenCount: whole("Of the reply, without thoughts."),
    thoughtsTokenCount: whole("Thought."),
    cachedContentTokenCount: whole("Read from a cache."),
    totalTokenCount: whole("All."),
  }),
  modelVersion: text("The name that was asked for."),
});

const conversation = (
  path: string,
  request: Schema,
  reply: Schema,
  rest: Pick<Operation, "tag" | "summary" | "errors"> & Partial<Pick<Operation, "description" | "parameters">>,
): Operation => ({
  method: "post",
  path,
  ...rest,
  parameters: [...(rest.parameters ?? []), ...OWN_HEADERS],
  body: { [JSON_TYPE]: request },
  answer: { [JSON_TYPE]: reply, [EVENT_TYPE]: text("Events, as the dialect's own clients read them.") },
  isCharged: true,
});

const version = inHeader("anthropic-version", text("Any is taken.", "2023-06-01"));
const geminiModel = inPath("model", "A model's id or alias; it may hold slashes.");

export const CONVERSATIONS: readonly Operation[] = [
  conversation("/v1/chat/completions", ref("ChatRequest"), ref("ChatReply"), {
    tag: "OpenAI",
    summary: "Chat completions, of any model.",
    description: "Cursor's shapes of a request are understood here too.",
    errors: "OpenaiError",
  }),
  conversation("/cursor/v1/chat/completions", ref("ChatRequest"), ref("ChatReply"), {
    tag: "OpenAI",
    summary: "Chat completions for Cursor, in any of its three shapes of a body.",
    errors: "OpenaiError",
  }),
  conversation("/cursor/v1/responses", ref("ResponsesRequest"), ref("ChatReply"), {
    tag: "OpenAI",
    summary: "The same, where Cursor sends a Responses body.",
    errors: "OpenaiError",
  }),
  conversation(
    "/v1/completions",
    object({ model, prompt: { description: "Text." }, max_tokens: whole("Most tokens."), stream }, ["model", "prompt"]),
    object({
      choices: list(object({ text: text("What follows."), finish_reason: text("Why it ended.") })),
      usage: usageOfChat,
    }),
    { tag: "OpenAI", summary: "Legacy completions.", errors: "OpenaiError" },
  ),
  conversation(
    "/v1/responses",
    ref("ResponsesRequest"),
    object({
      id: text(""),
      object: word(["response"], ""),
      status: text("`completed`, `incomplete`, `failed`."),
      output: list(object({})),
      usage: object({}),
    }),
    {
      tag: "OpenAI",
      summary: "Responses, without state.",
      description: "`background`, `store: true`, `previous_response_id` and ids of provider-side files are refused.",
      errors: "OpenaiError",
    },
  ),
  conversation("/v1/messages", ref("MessagesRequest"), ref("MessagesReply"), {
    tag: "Anthropic",
    summary: "Messages, of any model.",
    parameters: [version],
    errors: "AnthropicError",
  }),
  {
    method: "post",
    path: "/v1/messages/count_tokens",
    tag: "Anthropic",
    summary: "How many tokens a request has: an estimate, free, outside the request limits.",
    parameters: [version],
    body: { [JSON_TYPE]: ref("MessagesRequest") },
    answer: { [JSON_TYPE]: object({ input_tokens: whole("Tokens of the prompt.") }, ["input_tokens"]) },
    errors: "AnthropicError",
  },
  conversation("/v1beta/models/{model}:generateContent", ref("GenerateRequest"), ref("GenerateReply"), {
    tag: "Google",
    summary: "A reply of any model. Image models draw.",
    parameters: [geminiModel],
    errors: "GeminiError",
  }),
  conversation("/v1beta/models/{model}:streamGenerateContent", ref("GenerateRequest"), list(ref("GenerateReply")), {
    tag: "Google",
    summary: "The same as a stream: events with `alt=sse`, else one JSON array.",
    parameters: [geminiModel, inQuery("alt", word(["sse"], "Events instead of an array."))],
    errors: "GeminiError",
  }),
  {
    method: "post",
    path: "/v1beta/models/{model}:countTokens",
    tag: "Google",
    summary: "How many tokens a request has: an estimate, free.",
    parameters: [geminiModel],
    body: { [JSON_TYPE]: object({ contents }) },
    answer: { [JSON_TYPE]: object({ totalTokens: whole("Tokens of the prompt.") }) },
    errors: "GeminiError",
  },
];

export const CONVERSATION_SCHEMAS = {
  ChatRequest: chatRequest,
  ChatReply: chatReply,
  ResponsesRequest: responsesRequest,
  MessagesRequest: messagesRequest,
  MessagesReply: messagesReply,
  GenerateRequest: generateRequest,
  GenerateReply: generateReply,
} as const satisfies Readonly<Record<string, Schema>>;

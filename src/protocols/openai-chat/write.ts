/** Writes canonical chat as a Chat Completions request. */
import type {
  AssistantPart,
  Chat,
  Effort,
  JsonObject,
  OutputFormat,
  TextPart,
  ThinkingPart,
  Tool,
  ToolChoice,
  ToolResultPart,
  Turn,
  UserPart,
} from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import type { Target } from "../protocol.ts";
import { fits } from "../seal.ts";
import { writePart, writeResult, type ContentPart } from "./parts.ts";
import { replayReasoning } from "./reasoning.ts";

/** Most stop sequences that the dialect takes, and the longest user id that its providers do. */
const MAX_STOPS = 4;
const MAX_USER = 64;

/** Effort for a budget of thinking: up to these many tokens, else high. */
const EFFORT_OF_BUDGET = [
  { tokens: 4_096, effort: "low" },
  { tokens: 16_384, effort: "medium" },
] as const;

/** The nearest word that all reasoning providers of the dialect know; the ones beyond are of single models. */
const COMMON_EFFORT = {
  none: "low",
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
  max: "high",
} as const satisfies Record<Effort, string>;

/** What Claude Code puts in front of its prompt: it changes with every request, and would spoil any cache by prefix. */
const VOLATILE = "x-anthropic-billing-header:";

/** The text of a system turn, with what changes from request to request behind what does not (DESIGN §9.14). */
const systemText = (parts: readonly TextPart[]): string => {
  const isVolatile = ({ text }: TextPart): boolean => text.startsWith(VOLATILE);
  const ordered = [...parts.filter((part) => !isVolatile(part)), ...parts.filter(isVolatile)];
  return ordered.map(({ text }) => text).join("\n\n");
};

const isResult = (part: UserPart): part is ToolResultPart => part.type === "tool_result";

/** Parts as the content of a message: a string where one text is all there is. */
const contentOf = (parts: readonly ContentPart[], dropped: Dropped): string | JsonObject[] => {
  const [first] = parts;
  if (parts.length === 1 && first?.type === "text") return first.text;
  return parts.map((part) => writePart(part, dropped)).filter((part) => part !== undefined);
};

/** Results become messages of their own, which must come first; their media follow in the user's own message. */
const userMessages = (parts: readonly UserPart[], dropped: Dropped): JsonObject[] => {
  const messages: JsonObject[] = [];
  const rest: ContentPart[] = [];
  for (const part of parts) {
    if (!isResult(part)) continue;
    const { text, media } = writeResult(part);
    messages.push({ role: "tool", tool_call_id: part.callId, content: text });
    rest.push(...media);
  }
  for (const part of parts) if (!isResult(part)) rest.push(part);
  const content = contentOf(rest, dropped);
  if (rest.length > 0 && content.length > 0) messages.push({ role: "user", content });
  // A turn that said nothing was still a turn.
  else if (messages.length === 0) messages.push({ role: "user", content: "" });
  return messages;
};

/** The thinking that its maker gets back; the rest is set aside by name. */
const ownThinking = (parts: readonly AssistantPart[], target: Target, dropped: Dropped): ThinkingPart[] =>
  parts.filter((part): part is ThinkingPart => {
    if (part.type !== "thinking") return false;
    const own = part.seal !== undefined && fits(part.seal, "openai-chat", target);
    if (!own) dropped.add(part.seal === undefined ? "thinking" : "thinking.signature");
    return own;
  });

const assistantMessages = (parts: readonly AssistantPart[], target: Target, dropped: Dropped): JsonObject[] => {
  const { members, content } = replayReasoning(ownThinking(parts, target, dropped));
  const text = parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("");
  const refusal = parts.flatMap((part) => (part.type === "refusal" ? [part.text] : [])).join("");
  const calls = parts.flatMap((part): JsonObject[] =>
    part.type === "tool_call"
      ? [{ id: part.id, type: "function", function: { name: part.name, arguments: part.input || "{}" } }]
      : [],
  );
  const isSilent = text === "" && refusal === "" && calls.length === 0 && content.length === 0;
  if (isSilent && Object.keys(members).length === 0) return [];
  const said = content.length > 0 ? [...content, ...(text === "" ? [] : [{ type: "text", text }])] : text;
  return [
    {
      role: "assistant",
      // Null beside calls is what OpenAI itself says there.
      content: said === "" && calls.length > 0 ? null : said,
      ...(refusal === "" ? {} : { refusal }),
      ...members,
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  ];
};

const messagesOf = (turn: Turn, target: Target, dropped: Dropped): JsonObject[] => {
  switch (turn.role) {
    case "system": {
      const content = systemText(turn.parts);
      return content === "" ? [] : [{ role: "system", content }];
    }
    case "user":
      return userMessages(turn.parts, dropped);
    case "assistant":
      return assistantMessages(turn.parts, target, dropped);
  }
};

/** OpenAI refuses an object without `properties`; saying that there are none changes nothing. */
const parametersOf = ({ parameters }: Tool): JsonObject =>
  parameters["type"] === "object" && parameters["properties"] === undefined
    ? { ...parameters, properties: {} }
    : parameters;

const writeTool = (tool: Tool): JsonObject => ({
  type: "function",
  function: {
    name: tool.name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    parameters: parametersOf(tool),
    ...(tool.strict === undefined ? {} : { strict: tool.strict }),
  },
});

const CHOICES = {
  auto: "auto",
  any: "required",
  none: "none",
} as const satisfies Record<Exclude<ToolChoice["type"], "tool">, string>;

const writeTools = ({ tools, toolChoice, parallelTools }: Chat): JsonObject => {
  if (tools === undefined || tools.length === 0) return {};
  return {
    tools: tools.map(writeTool),
    ...(toolChoice === undefined
      ? {}
      : {
          tool_choice:
            toolChoice.type === "tool"
              ? { type: "function", function: { name: toolChoice.name } }
              : CHOICES[toolChoice.type],
        }),
    ...(parallelTools === undefined ? {} : { parallel_tool_calls: parallelTools }),
  };
};

const DEFAULT_FORMAT_NAME = "response";

const writeFormat = (format: OutputFormat): JsonObject => {
  if (format.type === "json") return { type: "json_object" };
  const { schema, name = DEFAULT_FORMAT_NAME, strict } = format;
  return { type: "json_schema", json_schema: { name, schema, ...(strict === undefined ? {} : { strict }) } };
};

/**
 * How much to think, as an effort: a budget by its size, an effort by the nearest word that all know, and nothing where the
 * client left it to the model. A dialect-wide way to switch thinking off does not exist.
 */
const writeThinking = ({ thinking }: Chat, target: Target, dropped: Dropped): JsonObject => {
  if (thinking === undefined) return {};
  const isOff = thinking.type === "off";
  // A model that does not reason needs no telling, and would refuse to be told.
  if (target.reasons === false) {
    if (!isOff) dropped.add("thinking");
    return {};
  }
  if (isOff) {
    dropped.add("thinking");
    return {};
  }
  if (thinking.type === "budget") {
    const step = EFFORT_OF_BUDGET.find(({ tokens }) => thinking.tokens <= tokens);
    return { reasoning_effort: step?.effort ?? "high" };
  }
  const { effort } = thinking;
  if (effort === undefined) return {};
  const common = COMMON_EFFORT[effort];
  if (common !== effort) dropped.add("effort", effort);
  return { reasoning_effort: common };
};

const writeCap = ({ maxTokens, quirks }: Target): JsonObject => {
  if (maxTokens === undefined) return {};
  return quirks.max_completion_tokens_only ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens };
};

const writeStops = (stop: readonly string[] | undefined, dropped: Dropped): JsonObject => {
  if (stop === undefined) return {};
  for (const [i] of stop.slice(MAX_STOPS).entries()) dropped.add(`stop_sequences[${i + MAX_STOPS}]`);
  return { stop: stop.slice(0, MAX_STOPS) };
};

const writeUser = (user: string | undefined, dropped: Dropped): JsonObject => {
  if (user === undefined) return {};
  if (user.length <= MAX_USER) return { user };
  dropped.add("metadata.user_id");
  return {};
};

const writeStream = (stream: boolean, { quirks }: Target): JsonObject => {
  if (!stream) return {};
  return quirks.no_stream_options ? { stream: true } : { stream: true, stream_options: { include_usage: true } };
};

const writeSampling = (chat: Chat): JsonObject => ({
  ...(chat.temperature === undefined ? {} : { temperature: chat.temperature }),
  ...(chat.topP === undefined ? {} : { top_p: chat.topP }),
  ...(chat.presencePenalty === undefined ? {} : { presence_penalty: chat.presencePenalty }),
  ...(chat.frequencyPenalty === undefined ? {} : { frequency_penalty: chat.frequencyPenalty }),
  ...(chat.seed === undefined ? {} : { seed: chat.seed }),
  ...(chat.logprobs === undefined ? {} : { logprobs: true, top_logprobs: chat.logprobs }),
  ...(chat.n === undefined ? {} : { n: chat.n }),
});

/** A request body, with the names of what the dialect cannot carry. */
export const writeRequest = (
  chat: Chat,
  target: Target,
): { readonly body: JsonObject; readonly dropped: readonly string[] } => {
  const dropped = new Dropped();
  if (chat.topK !== undefined) dropped.add("top_k");
  const body = {
    model: target.model,
    messages: chat.turns.flatMap((turn) => messagesOf(turn, target, dropped)),
    ...writeStream(chat.stream, target),
    ...writeCap(target),
    ...writeTools(chat),
    ...writeThinking(chat, target, dropped),
    ...(chat.format === undefined ? {} : { response_format: writeFormat(chat.format) }),
    ...writeStops(chat.stop, dropped),
    ...writeSampling(chat),
    ...writeUser(chat.user, dropped),
  };
  return { body, dropped: dropped.names };
};

/** Writes canonical chat as a Chat Completions request. */
import type {
  AssistantPart,
  Chat,
  Drawing,
  JsonObject,
  OutputFormat,
  ThinkingPart,
  Tool,
  ToolCallPart,
  ToolChoice,
  ToolResultPart,
  Turn,
  UserPart,
} from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import { asFunction, freeTextNames, unwrapInput } from "../free-text.ts";
import type { Target } from "../protocol.ts";
import { takenSampling, withinRanges } from "../sampling.ts";
import { fits } from "../seal.ts";
import { writePart, writeResult, type ContentPart } from "./parts.ts";
import { replayReasoning } from "./reasoning.ts";
import { LOST_REASONING } from "./suit.ts";
import { writeThinking } from "./thinking.ts";
import { fixesSampling } from "./traits.ts";

const NO_NAMES: ReadonlySet<string> = new Set();

/** The longest user id that the dialect's providers take. */
const MAX_USER = 64;

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

const writeCall = ({ id, name, input }: ToolCallPart, free: ReadonlySet<string>): JsonObject =>
  free.has(name)
    ? { id, type: "custom", custom: { name, input: unwrapInput(input) } }
    : { id, type: "function", function: { name, arguments: input || "{}" } };

/** What messages are written with. */
interface Manner {
  readonly target: Target;
  /** The tools for free text that the provider has as such. */
  readonly free: ReadonlySet<string>;
}

const assistantMessages = (
  parts: readonly AssistantPart[],
  { target, free }: Manner,
  dropped: Dropped,
): JsonObject[] => {
  const { members, content, head } = replayReasoning(ownThinking(parts, target, dropped));
  const text = head + parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("");
  const refusal = parts.flatMap((part) => (part.type === "refusal" ? [part.text] : [])).join("");
  const calls = parts.flatMap((part): JsonObject[] => (part.type === "tool_call" ? [writeCall(part, free)] : []));
  for (const part of parts) if (part.type === "image") dropped.add("image");
  const isSilent = text === "" && refusal === "" && calls.length === 0 && content.length === 0;
  if (isSilent && Object.keys(members).length === 0) return [];
  const said = content.length > 0 ? [...content, ...(text === "" ? [] : [{ type: "text", text }])] : text;
  return [
    {
      role: "assistant",
      // Null beside calls is what OpenAI itself says there.
      content: said === "" && calls.length > 0 ? null : said,
      ...(refusal === "" ? {} : { refusal }),
      ...(calls.length > 0 && target.quirks.wants_reasoning_back && target.reasons !== false
        ? { reasoning_content: LOST_REASONING }
        : {}),
      ...members,
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  ];
};

const messagesOf = (turn: Turn, manner: Manner, dropped: Dropped): JsonObject[] => {
  switch (turn.role) {
    case "system": {
      const content = turn.parts.map(({ text }) => text).join("\n\n");
      return content === "" ? [] : [{ role: "system", content }];
    }
    case "user":
      return userMessages(turn.parts, dropped);
    case "assistant":
      return assistantMessages(turn.parts, manner, dropped);
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

const writeCustomTool = ({ name, description, freeText }: Tool): JsonObject => ({
  type: "custom",
  custom: {
    name,
    ...(description === undefined ? {} : { description }),
    ...(freeText?.grammar === undefined ? {} : { format: { type: "grammar", grammar: freeText.grammar } }),
  },
});

const writeTools = ({ tools, toolChoice, parallelTools }: Chat, { free }: Manner, dropped: Dropped): JsonObject => {
  if (tools === undefined || tools.length === 0) return {};
  const kind = toolChoice?.type === "tool" && free.has(toolChoice.name) ? "custom" : "function";
  return {
    tools: tools.map((tool, i) =>
      free.has(tool.name) ? writeCustomTool(tool) : writeTool(asFunction(tool, `tools[${i}]`, dropped)),
    ),
    ...(toolChoice === undefined
      ? {}
      : {
          tool_choice:
            toolChoice.type === "tool" ? { type: kind, [kind]: { name: toolChoice.name } } : CHOICES[toolChoice.type],
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

const writeCap = ({ maxTokens, quirks }: Target): JsonObject => {
  if (maxTokens === undefined) return {};
  return quirks.max_completion_tokens_only ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens };
};

const writeStops = (stop: readonly string[] | undefined): JsonObject => (stop === undefined ? {} : { stop });

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

const writeSampling = (chat: Chat, target: Target, dropped: Dropped): JsonObject => {
  const said = {
    temperature: [chat.temperature, 1],
    top_p: [chat.topP, 1],
    presence_penalty: [chat.presencePenalty, 0],
    frequency_penalty: [chat.frequencyPenalty, 0],
  } as const;
  return takenSampling(said, fixesSampling(target.model), dropped);
};

const writeSeed = ({ seed }: Chat, { quirks }: Target): JsonObject => {
  if (seed === undefined) return {};
  return quirks.random_seed ? { random_seed: seed } : { seed };
};

/** The words of OpenRouter, which others took over. */
const writeDrawing = (drawing: Drawing | undefined): JsonObject => {
  const { aspectRatio, size } = drawing ?? {};
  const image = {
    ...(aspectRatio === undefined ? {} : { aspect_ratio: aspectRatio }),
    ...(size === undefined ? {} : { image_size: size }),
  };
  return { modalities: ["image", "text"], ...(Object.keys(image).length === 0 ? {} : { image_config: image }) };
};

/** A request body, with the names of what the dialect cannot carry. */
export const writeRequest = (
  asked: Chat,
  target: Target,
): { readonly body: JsonObject; readonly dropped: readonly string[] } => {
  const dropped = new Dropped();
  const chat = withinRanges(asked, "openai-chat", dropped);
  if (chat.topK !== undefined) dropped.add("top_k");
  // The canonical reply is one, without probabilities: what else was asked for would be paid for in vain.
  if (chat.n !== undefined) dropped.add("n");
  if (chat.logprobs !== undefined) dropped.add("logprobs");
  if (chat.drawing !== undefined && target.draws !== true) dropped.add("modalities");
  const manner = { target, free: target.quirks.openai_additions ? freeTextNames(chat) : NO_NAMES };
  const body = {
    model: target.model,
    messages: chat.turns.flatMap((turn) => messagesOf(turn, manner, dropped)),
    ...writeStream(chat.stream, target),
    ...writeCap(target),
    ...writeTools(chat, manner, dropped),
    ...writeThinking(chat, target, dropped),
    ...(chat.format === undefined ? {} : { response_format: writeFormat(chat.format) }),
    ...writeStops(chat.stop),
    ...writeSampling(chat, target, dropped),
    ...writeSeed(chat, target),
    ...writeUser(chat.user, dropped),
    ...(target.draws === true ? writeDrawing(chat.drawing) : {}),
  };
  return { body, dropped: dropped.names };
};

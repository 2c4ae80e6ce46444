/** Writes canonical chat as a Responses request. */
import type {
  AssistantPart,
  Chat,
  JsonObject,
  OutputFormat,
  ThinkingPart,
  ToolChoice,
  ToolResultPart,
  Turn,
  UserPart,
} from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import { COMMON_EFFORT, effortOfBudget } from "../effort.ts";
import { asFunction, freeTextNames, unwrapInput } from "../free-text.ts";
import type { Target } from "../protocol.ts";
import { fixesSampling } from "../openai-chat/traits.ts";
import { takenSampling, withinRanges } from "../sampling.ts";
import { fits } from "../seal.ts";
import { writePart, writeResult } from "./parts.ts";
import { restoreItem } from "./reasoning.ts";
import { writeCustomTool, writeTool } from "./tools.ts";

const MAX_USER = 64;

/** What items are written with. */
interface Manner {
  readonly target: Target;
  /** The tools for free text that the provider has as such, and the ids of their calls. */
  readonly free: ReadonlySet<string>;
  readonly freeCalls: ReadonlySet<string>;
}

const NO_NAMES: ReadonlySet<string> = new Set();

const callsTo = ({ turns }: Chat, names: ReadonlySet<string>): ReadonlySet<string> => {
  if (names.size === 0) return NO_NAMES;
  const parts = turns.flatMap((turn) => (turn.role === "assistant" ? turn.parts : []));
  return new Set(parts.flatMap((part) => (part.type === "tool_call" && names.has(part.name) ? [part.id] : [])));
};

const resultItem = (part: ToolResultPart, { freeCalls }: Manner): JsonObject => {
  const item = writeResult(part);
  return freeCalls.has(part.callId) ? { ...item, type: "custom_tool_call_output" } : item;
};

const userItems = (parts: readonly UserPart[], manner: Manner, dropped: Dropped): JsonObject[] => {
  const results: JsonObject[] = [];
  const content: JsonObject[] = [];
  for (const part of parts) {
    if (part.type === "tool_result") results.push(resultItem(part, manner));
    else if (part.type === "audio") dropped.add("input_audio");
    else content.push(writePart(part));
  }
  if (content.length === 0 && results.length > 0) return results;
  // A turn that said nothing was still a turn.
  return [...results, { role: "user", content: content.length === 0 ? "" : content }];
};

/** Reasoning goes back to the model that made it; the rest is set aside by name. */
const reasoningItem = (part: ThinkingPart, target: Target, dropped: Dropped): JsonObject[] => {
  const { seal } = part;
  const own = seal !== undefined && fits(seal, "openai-responses", target) ? restoreItem(part, seal.value) : undefined;
  if (own !== undefined) return [own];
  dropped.add(seal === undefined ? "thinking" : "thinking.signature");
  return [];
};

const assistantItem = (part: AssistantPart, { target, free }: Manner, dropped: Dropped): JsonObject[] => {
  switch (part.type) {
    case "text":
      return part.text === "" ? [] : [{ role: "assistant", content: [{ type: "output_text", text: part.text }] }];
    case "refusal":
      return [{ role: "assistant", content: [{ type: "refusal", refusal: part.text }] }];
    case "thinking":
      return reasoningItem(part, target, dropped);
    // Images of a model's own go back by reference only, which nothing here outlives.
    case "image":
      dropped.add("image");
      return [];
    case "tool_call":
      return free.has(part.name)
        ? [{ type: "custom_tool_call", call_id: part.id, name: part.name, input: unwrapInput(part.input) }]
        : [{ type: "function_call", call_id: part.id, name: part.name, arguments: part.input || "{}" }];
  }
};

const itemsOf = (turn: Turn, manner: Manner, dropped: Dropped): JsonObject[] => {
  switch (turn.role) {
    case "system": {
      const text = turn.parts.map((part) => part.text).join("\n\n");
      return text === "" ? [] : [{ role: "developer", content: text }];
    }
    case "user":
      return userItems(turn.parts, manner, dropped);
    case "assistant":
      return turn.parts.flatMap((part) => assistantItem(part, manner, dropped));
  }
};

const CHOICES = {
  auto: "auto",
  any: "required",
  none: "none",
} as const satisfies Record<Exclude<ToolChoice["type"], "tool">, string>;

const writeTools = ({ tools, toolChoice, parallelTools }: Chat, { free }: Manner, dropped: Dropped): JsonObject => {
  if (tools === undefined || tools.length === 0) return {};
  const choice =
    toolChoice?.type === "tool"
      ? { type: free.has(toolChoice.name) ? "custom" : "function", name: toolChoice.name }
      : toolChoice === undefined
        ? undefined
        : CHOICES[toolChoice.type];
  return {
    tools: tools.map((tool, i) =>
      free.has(tool.name) ? writeCustomTool(tool) : writeTool(asFunction(tool, `tools[${i}]`, dropped)),
    ),
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...(parallelTools === undefined ? {} : { parallel_tool_calls: parallelTools }),
  };
};

const DEFAULT_FORMAT_NAME = "response";

const writeFormat = (format: OutputFormat | undefined): JsonObject => {
  if (format === undefined) return {};
  if (format.type === "json") return { text: { format: { type: "json_object" } } };
  const { schema, name = DEFAULT_FORMAT_NAME, strict } = format;
  return { text: { format: { type: "json_schema", name, schema, ...(strict === undefined ? {} : { strict }) } } };
};

/** Asks for what makes reasoning last over turns; only models that reason take the question. */
const REASONING_INCLUDED = { include: ["reasoning.encrypted_content"] } as const;

/** How much to think, as an effort, and a summary of it to see. A dialect-wide way to switch thinking off does not exist. */
const writeThinking = ({ thinking }: Chat, target: Target, dropped: Dropped): JsonObject => {
  if (thinking === undefined) return target.reasons === true ? REASONING_INCLUDED : {};
  if (thinking.type === "off" || target.reasons === false) {
    dropped.add("thinking");
    return {};
  }
  const summary = thinking.display === "omitted" ? {} : { summary: "auto" };
  if (thinking.type === "budget")
    return { reasoning: { effort: effortOfBudget(thinking.tokens), ...summary }, ...REASONING_INCLUDED };
  const { effort } = thinking;
  const common = effort === undefined ? undefined : COMMON_EFFORT[effort];
  if (effort !== undefined && common !== effort) dropped.add("effort", effort);
  return { reasoning: { ...(common === undefined ? {} : { effort: common }), ...summary }, ...REASONING_INCLUDED };
};

/** The least cap that OpenAI takes; a smaller one is served by it, and by the cut at the hold. */
const LEAST_CAP = 16;

const nameLost = (chat: Chat, dropped: Dropped): void => {
  const lost = {
    stop: chat.stop,
    top_k: chat.topK,
    presence_penalty: chat.presencePenalty,
    frequency_penalty: chat.frequencyPenalty,
    seed: chat.seed,
    logprobs: chat.logprobs,
    n: chat.n,
    modalities: chat.drawing,
  };
  for (const [name, value] of Object.entries(lost)) if (value !== undefined) dropped.add(name);
};

const writeUser = (user: string | undefined, dropped: Dropped): JsonObject => {
  if (user === undefined) return {};
  if (user.length <= MAX_USER) return { user };
  dropped.add("user");
  return {};
};

const writeSampling = ({ temperature, topP }: Chat, target: Target, dropped: Dropped): JsonObject =>
  takenSampling({ temperature: [temperature, 1], top_p: [topP, 1] }, fixesSampling(target.model), dropped);

/** A request body, with the names of what the dialect cannot carry. */
export const writeRequest = (
  asked: Chat,
  target: Target,
): { readonly body: JsonObject; readonly dropped: readonly string[] } => {
  const dropped = new Dropped();
  const chat = withinRanges(asked, "openai-responses", dropped);
  nameLost(chat, dropped);
  const { maxTokens } = target;
  const free = target.quirks.openai_additions ? freeTextNames(chat) : NO_NAMES;
  const manner: Manner = { target, free, freeCalls: callsTo(chat, free) };
  const body = {
    model: target.model,
    input: chat.turns.flatMap((turn) => itemsOf(turn, manner, dropped)),
    store: false,
    ...(chat.stream ? { stream: true } : {}),
    ...(maxTokens === undefined ? {} : { max_output_tokens: Math.max(LEAST_CAP, maxTokens) }),
    ...writeTools(chat, manner, dropped),
    ...writeThinking(chat, target, dropped),
    ...writeFormat(chat.format),
    ...writeSampling(chat, target, dropped),
    ...writeUser(chat.user, dropped),
  };
  return { body, dropped: dropped.names };
};

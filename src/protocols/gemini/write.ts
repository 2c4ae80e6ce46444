/** Writes canonical chat as a Gemini request: the parameters. The conversation is in contents.ts. */
import type { Chat, JsonObject, OutputFormat, Tool, ToolChoice } from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import type { Target } from "../protocol.ts";
import { writeConversation } from "./contents.ts";
import { cleanSchema } from "./schema.ts";
import { writeThinking } from "./thinking.ts";
import { traitsOf, type Traits } from "./traits.ts";

const MAX_STOPS = 5;
const MAX_TEMPERATURE = 2;
const MAX_PENALTY = 2;

const writeTool = (tool: Tool, dropped: Dropped): JsonObject => {
  // What comes nearest, a mode of calling, is for all tools alike and would undo the client's choice.
  if (tool.strict === true) dropped.add("tools.strict");
  const parameters = cleanSchema(tool.parameters, `tools.${tool.name}`, dropped);
  return {
    name: tool.name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    // An object without properties is refused; a function without parameters is not.
    ...(parameters["properties"] === undefined ? {} : { parameters }),
  };
};

const CHOICES = { auto: "AUTO", any: "ANY", none: "NONE" } as const satisfies Record<
  Exclude<ToolChoice["type"], "tool">,
  string
>;

const writeChoice = (choice: ToolChoice): JsonObject =>
  choice.type === "tool" ? { mode: "ANY", allowedFunctionNames: [choice.name] } : { mode: CHOICES[choice.type] };

const writeTools = ({ tools, toolChoice, parallelTools }: Chat, dropped: Dropped): JsonObject => {
  if (tools === undefined || tools.length === 0) return {};
  if (parallelTools === false) dropped.add("parallel_tool_calls");
  return {
    tools: [{ functionDeclarations: tools.map((tool) => writeTool(tool, dropped)) }],
    ...(toolChoice === undefined ? {} : { toolConfig: { functionCallingConfig: writeChoice(toolChoice) } }),
  };
};

const writeFormat = (format: OutputFormat | undefined, dropped: Dropped): JsonObject => {
  if (format === undefined) return {};
  const responseMimeType = "application/json";
  if (format.type === "json") return { responseMimeType };
  return { responseMimeType, responseSchema: cleanSchema(format.schema, "response_format", dropped) };
};

/** A number within its bounds; what lies outside is moved to them, and named. */
const within = (name: string, value: number | undefined, bounds: readonly [number, number], dropped: Dropped) => {
  if (value === undefined) return undefined;
  const clamped = Math.min(bounds[1], Math.max(bounds[0], value));
  if (clamped !== value) dropped.add(name);
  return clamped;
};

const writeSampling = (chat: Chat, dropped: Dropped): JsonObject => {
  const penalties = [-MAX_PENALTY, MAX_PENALTY] as const;
  const said = {
    temperature: within("temperature", chat.temperature, [0, MAX_TEMPERATURE], dropped),
    topP: within("top_p", chat.topP, [0, 1], dropped),
    topK: chat.topK,
    presencePenalty: within("presence_penalty", chat.presencePenalty, penalties, dropped),
    frequencyPenalty: within("frequency_penalty", chat.frequencyPenalty, penalties, dropped),
    seed: chat.seed,
  };
  const sampling: Record<string, number | boolean> = {};
  for (const [name, value] of Object.entries(said)) if (value !== undefined) sampling[name] = value;
  return chat.logprobs === undefined ? sampling : { ...sampling, responseLogprobs: true, logprobs: chat.logprobs };
};

const writeStops = (stop: readonly string[] | undefined, dropped: Dropped): JsonObject => {
  if (stop === undefined || stop.length === 0) return {};
  for (const [i] of stop.slice(MAX_STOPS).entries()) dropped.add(`stop[${i + MAX_STOPS}]`);
  return { stopSequences: stop.slice(0, MAX_STOPS) };
};

const writeConfig = (chat: Chat, target: Target, traits: Traits, dropped: Dropped): JsonObject => {
  const { maxTokens } = target;
  return {
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    ...writeSampling(chat, dropped),
    ...writeStops(chat.stop, dropped),
    ...writeFormat(chat.format, dropped),
    ...writeThinking(chat, target, traits, dropped),
  };
};

/** A request body, with the names of what the dialect cannot carry. Model and stream are in the path. */
export const writeRequest = (
  chat: Chat,
  target: Target,
): { readonly body: JsonObject; readonly dropped: readonly string[] } => {
  const dropped = new Dropped();
  if (chat.n !== undefined) dropped.add("n");
  if (chat.user !== undefined) dropped.add("user");
  const traits = traitsOf(target.model);
  const { system, contents } = writeConversation(chat.turns, target, traits, dropped);
  const config = writeConfig(chat, target, traits, dropped);
  const body = {
    contents,
    ...(system.length === 0 ? {} : { systemInstruction: { parts: system } }),
    ...writeTools(chat, dropped),
    ...(Object.keys(config).length === 0 ? {} : { generationConfig: config }),
  };
  return { body, dropped: dropped.names };
};

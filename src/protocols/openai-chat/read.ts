/** Reads a Chat Completions request as canonical chat: the parameters. The conversation is in turns.ts. */
import { errors } from "../../errors.ts";
import { table } from "../../table.ts";
import type {
  Chat,
  Drawing,
  Effort,
  Json,
  JsonObject,
  OutputFormat,
  Thinking,
  Tool,
  ToolChoice,
} from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import { isEffort } from "../effort.ts";
import { freeTextTool } from "../free-text.ts";
import { STANDARD_TIERS } from "../params.ts";
import type { Call } from "../protocol.ts";
import { given, isObject, listOf, numberOf, objectAt, textOf } from "../value.ts";
import { cacheOf } from "./parts.ts";
import { readTurns } from "./turns.ts";

/** Members that are read below, or by `ask`. */
const READ_MEMBERS =
  "messages model stream max_tokens max_completion_tokens tools functions function_call tool_choice parallel_tool_calls response_format reasoning_effort reasoning thinking temperature top_p top_k stop presence_penalty frequency_penalty seed n user logprobs top_logprobs modalities image_config";
/** Members that cost nothing and mean nothing elsewhere. */
const IDLE_MEMBERS =
  "stream_options usage prompt_cache_key prompt_cache_retention prompt_cache_options include_reasoning cache_control";
const KNOWN: ReadonlySet<string> = new Set(`${READ_MEMBERS} ${IDLE_MEMBERS}`.split(" "));

const KNOWN_IMAGE: ReadonlySet<string> = new Set(["aspect_ratio", "image_size"]);

/** Values of members that are only known where they ask for nothing special. */
const isIdle = (name: string, value: Json): boolean => {
  switch (name) {
    case "store":
    case "background":
      return value === false;
    case "service_tier":
      return typeof value === "string" && (STANDARD_TIERS as readonly string[]).includes(value);
    default:
      return false;
  }
};

const nameUnknown = (body: JsonObject, dropped: Dropped): void => {
  const rest = Object.entries(body).filter(([name, value]) => !isIdle(name, value));
  dropped.unknown(Object.fromEntries(rest), KNOWN);
};

const functionTool = (of: JsonObject, tool: JsonObject): Tool => {
  const { description, parameters, strict } = of;
  const cache = cacheOf(tool) ?? cacheOf(of);
  return {
    name: textOf(of["name"]),
    parameters: isObject(parameters) ? parameters : { type: "object", properties: {} },
    ...(typeof description === "string" ? { description } : {}),
    ...(typeof strict === "boolean" ? { strict } : {}),
    ...(cache === undefined ? {} : { cache }),
  };
};

const readTools = (body: JsonObject, dropped: Dropped): Tool[] => {
  const tools: Tool[] = [];
  for (const [i, tool] of listOf(body["tools"]).entries()) {
    const of = isObject(tool) ? objectAt(tool, "function") : undefined;
    const custom = isObject(tool) && tool["type"] === "custom" ? objectAt(tool, "custom") : undefined;
    if (isObject(tool) && of !== undefined) tools.push(functionTool(of, tool));
    else if (custom !== undefined) tools.push(freeTextTool(custom));
    else dropped.add(`tools[${i}]`, isObject(tool) ? textOf(tool["type"]) : "");
  }
  for (const legacy of listOf(body["functions"])) if (isObject(legacy)) tools.push(functionTool(legacy, {}));
  for (const [i, { name }] of tools.entries())
    if (name === "") throw errors.invalidValue(`tools[${i}].function.name`, "must be a function's name");
  return tools;
};

/** What a tool, a call or a choice holds, whichever of the two kinds it is. */
const innerOf = (object: JsonObject): JsonObject | undefined =>
  objectAt(object, "function") ?? objectAt(object, "custom");

interface Choice {
  readonly choice?: ToolChoice;
  /** The names of the tools that may be used, where the choice narrows them. */
  readonly only?: ReadonlySet<string>;
}

const WORDS = table<ToolChoice["type"]>({ auto: "auto", none: "none", required: "any", any: "any" });

const choiceWord = (word: Json | undefined): ToolChoice | undefined => {
  const type = typeof word === "string" ? WORDS[word] : undefined;
  return type === undefined || type === "tool" ? undefined : { type };
};

const readChoice = (body: JsonObject, dropped: Dropped): Choice => {
  const said = body["tool_choice"] ?? body["function_call"] ?? undefined;
  if (said === undefined) return {};
  const word = choiceWord(said);
  if (word !== undefined) return { choice: word };
  const object = isObject(said) ? said : {};
  const name = textOf(innerOf(object)?.["name"]) || textOf(object["name"]);
  if (name !== "") return { choice: { type: "tool", name } };
  const allowed = objectAt(object, "allowed_tools");
  if (allowed === undefined) {
    dropped.add("tool_choice", textOf(object["type"]));
    return {};
  }
  const names = listOf(allowed["tools"]).map((tool) => (isObject(tool) ? textOf(innerOf(tool)?.["name"]) : ""));
  return { choice: choiceWord(allowed["mode"]) ?? { type: "auto" }, only: new Set(names) };
};

const readFormat = (body: JsonObject, dropped: Dropped): OutputFormat | undefined => {
  const format = objectAt(body, "response_format");
  if (format === undefined || format["type"] === "text") return undefined;
  if (format["type"] === "json_object") return { type: "json" };
  const of = objectAt(format, "json_schema");
  const schema = objectAt(of, "schema");
  if (of === undefined || schema === undefined) {
    dropped.add("response_format", textOf(format["type"]));
    return undefined;
  }
  const { name, strict } = of;
  return {
    type: "json_schema",
    schema,
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof strict === "boolean" ? { strict } : {}),
  };
};

const ofEffort = (effort: Effort): Thinking => (effort === "none" ? { type: "off" } : { type: "adaptive", effort });

/** How much to think: OpenAI's effort, OpenRouter's `reasoning`, or the `thinking` of Claude, GLM and DeepSeek. */
const readThinking = (body: JsonObject, dropped: Dropped): Thinking | undefined => {
  const thinking = objectAt(body, "thinking");
  const reasoning = objectAt(body, "reasoning");
  const budget = numberOf(thinking?.["budget_tokens"]) ?? numberOf(reasoning?.["max_tokens"]);
  const effort = [body["reasoning_effort"], reasoning?.["effort"]].find((said) => said !== undefined && said !== null);
  if (thinking?.["type"] === "disabled" || reasoning?.["enabled"] === false) return { type: "off" };
  if (budget !== undefined) return { type: "budget", tokens: budget };
  if (isEffort(effort)) return ofEffort(effort);
  if (effort !== undefined) dropped.add("reasoning_effort");
  if (thinking !== undefined || reasoning?.["enabled"] === true) return { type: "adaptive" };
  return undefined;
};

const readStops = (stop: Json | undefined): readonly string[] | undefined => {
  const stops = typeof stop === "string" ? [stop] : listOf(stop).filter((one) => typeof one === "string");
  return stops.length === 0 ? undefined : stops;
};

/** Whether images are asked for, and which. Text is what every reply has; anything else is named. */
const readDrawing = (body: JsonObject, dropped: Dropped): Drawing | undefined => {
  const wanted = listOf(body["modalities"]);
  if (wanted.some((modality) => modality !== "text" && modality !== "image")) dropped.add("modalities");
  const image = objectAt(body, "image_config");
  if (image !== undefined) dropped.unknown(image, KNOWN_IMAGE, "image_config");
  if (!wanted.includes("image") && image === undefined) return undefined;
  const [aspectRatio, size] = [textOf(image?.["aspect_ratio"]), textOf(image?.["image_size"])];
  return { ...(aspectRatio === "" ? {} : { aspectRatio }), ...(size === "" ? {} : { size }) };
};

/** @throws GatewayError invalid_value where the conversation has no meaning */
export const readRequest = (call: Call): { readonly chat: Chat; readonly dropped: readonly string[] } => {
  const body = call.json();
  const dropped = new Dropped();
  nameUnknown(body, dropped);
  const { choice, only } = readChoice(body, dropped);
  const all = readTools(body, dropped);
  const tools = only === undefined ? all : all.filter(({ name }) => only.has(name));
  const { parallel_tool_calls: parallel, user, n, logprobs } = body;
  const chat: Chat = {
    turns: readTurns(body, dropped),
    stream: body["stream"] === true,
    ...given({
      tools: tools.length === 0 ? undefined : tools,
      toolChoice: choice,
      parallelTools: typeof parallel === "boolean" ? parallel : undefined,
      thinking: readThinking(body, dropped),
      format: readFormat(body, dropped),
      temperature: numberOf(body["temperature"]),
      topP: numberOf(body["top_p"]),
      topK: numberOf(body["top_k"]),
      stop: readStops(body["stop"]),
      presencePenalty: numberOf(body["presence_penalty"]),
      frequencyPenalty: numberOf(body["frequency_penalty"]),
      seed: numberOf(body["seed"]),
      logprobs: logprobs === true ? (numberOf(body["top_logprobs"]) ?? 0) : undefined,
      n: typeof n === "number" && n > 1 ? n : undefined,
      user: typeof user === "string" && user !== "" ? user : undefined,
      drawing: readDrawing(body, dropped),
    }),
  };
  return { chat, dropped: dropped.names };
};

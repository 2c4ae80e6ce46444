/** Reads a Gemini request as canonical chat: the parameters. The conversation is in turns.ts. */
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
import type { Call } from "../protocol.ts";
import { given, isObject, listOf, numberOf, textOf } from "../value.ts";
import { camel, camelAt, integerOf } from "./names.ts";
import { schemaOf } from "./schema.ts";
import { readTurns } from "./turns.ts";

/** Members that are read below, or by `ask`; the last two mean nothing elsewhere and cost nothing. */
const KNOWN: ReadonlySet<string> = new Set(
  "contents systemInstruction tools toolConfig generationConfig cachedContent serviceTier model".split(" "),
);
const KNOWN_CONFIG: ReadonlySet<string> = new Set(
  "temperature topP topK candidateCount maxOutputTokens stopSequences seed presencePenalty frequencyPenalty responseLogprobs logprobs responseMimeType responseSchema responseJsonSchema thinkingConfig responseModalities imageConfig".split(
    " ",
  ),
);
const KNOWN_THINKING: ReadonlySet<string> = new Set(["includeThoughts", "thinkingBudget", "thinkingLevel"]);
const KNOWN_IMAGE: ReadonlySet<string> = new Set(["aspectRatio", "imageSize"]);
const KNOWN_FUNCTION: ReadonlySet<string> = new Set(["name", "description", "parameters", "parametersJsonSchema"]);

const LEVELS = table<Effort>({ MINIMAL: "minimal", LOW: "low", MEDIUM: "medium", HIGH: "high" });

const readFunction = (raw: Json, path: string, dropped: Dropped): Tool => {
  if (!isObject(raw)) throw errors.invalidValue(path, "must be an object");
  const declared = camel(raw);
  dropped.unknown(declared, KNOWN_FUNCTION, "tools[].functionDeclarations[]");
  const { name, description, parameters, parametersJsonSchema: schema } = declared;
  if (typeof name !== "string" || name === "") throw errors.invalidValue(`${path}.name`, "must be a function's name");
  const said = isObject(schema) ? schema : isObject(parameters) ? schemaOf(parameters) : {};
  return {
    name,
    parameters: { type: "object", ...(said["properties"] === undefined ? { properties: {} } : {}), ...said },
    ...(typeof description === "string" && description !== "" ? { description } : {}),
  };
};

const readTools = (body: JsonObject, dropped: Dropped): Tool[] =>
  listOf(body["tools"]).flatMap((raw, i) => {
    if (!isObject(raw)) throw errors.invalidValue(`tools[${i}]`, "must be an object");
    const tool = camel(raw);
    dropped.unknown(tool, new Set(["functionDeclarations"]), `tools[${i}]`);
    return listOf(tool["functionDeclarations"]).map((declared, j) =>
      readFunction(declared, `tools[${i}].functionDeclarations[${j}]`, dropped),
    );
  });

const readChoice = (body: JsonObject, dropped: Dropped): ToolChoice | undefined => {
  const config = camelAt(body, "toolConfig");
  if (config !== undefined) dropped.unknown(config, new Set(["functionCallingConfig"]), "toolConfig");
  const calling = camelAt(config, "functionCallingConfig");
  const names = listOf(calling?.["allowedFunctionNames"]).filter((name) => typeof name === "string");
  const [name] = names;
  const path = "toolConfig.functionCallingConfig.allowedFunctionNames";
  const mode = textOf(calling?.["mode"]).toUpperCase();
  if (mode === "ANY" && name !== undefined && names.length === 1) return { type: "tool", name };
  if (names.length > 0) dropped.add(path);
  switch (mode) {
    case "ANY":
      return { type: "any" };
    case "NONE":
      return { type: "none" };
    // VALIDATED is AUTO whose arguments are sure to fit.
    case "AUTO":
    case "VALIDATED":
      return { type: "auto" };
    default:
      return undefined;
  }
};

/** How much to think: a budget, none, as the model sees fit (-1), or a level. That thoughts be shown is no wish for more. */
const readThinking = (config: JsonObject, dropped: Dropped): Thinking | undefined => {
  const thinking = camelAt(config, "thinkingConfig");
  if (thinking === undefined) return undefined;
  dropped.unknown(thinking, KNOWN_THINKING, "generationConfig.thinkingConfig");
  const tokens = integerOf(thinking["thinkingBudget"]);
  if (tokens === 0) return { type: "off" };
  if (tokens !== undefined && tokens > 0) return { type: "budget", tokens };
  const level = textOf(thinking["thinkingLevel"]).toUpperCase();
  const effort = LEVELS[level];
  if (effort !== undefined) return { type: "adaptive", effort };
  return tokens === -1 || thinking["includeThoughts"] === true ? { type: "adaptive" } : undefined;
};

const readFormat = (config: JsonObject, dropped: Dropped): OutputFormat | undefined => {
  const type = textOf(config["responseMimeType"]) || "text/plain";
  const { responseSchema, responseJsonSchema } = config;
  if (isObject(responseJsonSchema)) return { type: "json_schema", schema: responseJsonSchema };
  if (type === "application/json") {
    return isObject(responseSchema) ? { type: "json_schema", schema: schemaOf(responseSchema) } : { type: "json" };
  }
  if (type !== "text/plain") dropped.add("generationConfig.responseMimeType", type);
  return undefined;
};

const readSampling = (config: JsonObject): Partial<Chat> => {
  const stops = listOf(config["stopSequences"]).filter((stop) => typeof stop === "string");
  const candidates = integerOf(config["candidateCount"]);
  return given({
    temperature: numberOf(config["temperature"]),
    topP: numberOf(config["topP"]),
    topK: numberOf(config["topK"]),
    presencePenalty: numberOf(config["presencePenalty"]),
    frequencyPenalty: numberOf(config["frequencyPenalty"]),
    seed: integerOf(config["seed"]),
    logprobs: config["responseLogprobs"] === true ? (integerOf(config["logprobs"]) ?? 0) : undefined,
    n: candidates !== undefined && candidates > 1 ? candidates : undefined,
    stop: stops.length === 0 ? undefined : stops,
  });
};

/** Whether images are asked for, and which. Text is what every reply has; anything else is named. */
const readDrawing = (config: JsonObject, dropped: Dropped): Drawing | undefined => {
  const wanted = listOf(config["responseModalities"]).map((modality) => textOf(modality).toUpperCase());
  for (const modality of wanted)
    if (modality !== "TEXT" && modality !== "IMAGE") dropped.add("generationConfig.responseModalities", modality);
  const image = camelAt(config, "imageConfig");
  if (image !== undefined) dropped.unknown(image, KNOWN_IMAGE, "generationConfig.imageConfig");
  if (!wanted.includes("IMAGE") && image === undefined) return undefined;
  const [aspectRatio, size] = [textOf(image?.["aspectRatio"]), textOf(image?.["imageSize"])];
  return { ...(aspectRatio === "" ? {} : { aspectRatio }), ...(size === "" ? {} : { size }) };
};

/** @throws GatewayError invalid_value where the conversation has no meaning */
export const readRequest = (call: Call): { readonly chat: Chat; readonly dropped: readonly string[] } => {
  const body = camel(call.json());
  const dropped = new Dropped();
  dropped.unknown(body, KNOWN);
  const config = camelAt(body, "generationConfig") ?? {};
  dropped.unknown(config, KNOWN_CONFIG, "generationConfig");
  const tools = readTools(body, dropped);
  const chat: Chat = {
    turns: readTurns(body, call.route?.model ?? "", dropped),
    stream: call.route?.stream === true,
    ...given({
      tools: tools.length === 0 ? undefined : tools,
      toolChoice: readChoice(body, dropped),
      thinking: readThinking(config, dropped),
      format: readFormat(config, dropped),
      drawing: readDrawing(config, dropped),
    }),
    ...readSampling(config),
  };
  return { chat, dropped: dropped.names };
};

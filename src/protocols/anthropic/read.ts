/** Reads a Messages request as canonical chat: the parameters. The conversation is in turns.ts. */
import { errors } from "../../errors.ts";
import type { Chat, Effort, Json, JsonObject, OutputFormat, Thinking, Tool, ToolChoice } from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import { STANDARD_TIERS } from "../params.ts";
import type { Call } from "../protocol.ts";
import { isObject, listOf, numberOf, objectAt, textOf } from "../value.ts";
import { cacheOf } from "./blocks.ts";
import { readTurns } from "./turns.ts";

/** Members that are read below, or by `ask`. */
const READ_MEMBERS =
  "model messages system max_tokens stream stop_sequences metadata tools tool_choice thinking output_config output_format temperature top_p top_k";
/** Members that cost nothing and mean nothing elsewhere; a body's version is for the address. */
const IDLE_MEMBERS = "cache_control betas anthropic_version anthropic_beta";
const KNOWN: ReadonlySet<string> = new Set(`${READ_MEMBERS} ${IDLE_MEMBERS}`.split(" "));
const KNOWN_TOOL: ReadonlySet<string> = new Set(
  // What is after `cache_control` only steers how Anthropic streams and checks.
  "type name description input_schema strict cache_control eager_input_streaming".split(" "),
);

const EFFORTS = {
  low: true,
  medium: true,
  high: true,
  xhigh: true,
  max: true,
} as const satisfies Record<Exclude<Effort, "none" | "minimal">, true>;
const isEffort = (name: Json | undefined): name is Effort => typeof name === "string" && Object.hasOwn(EFFORTS, name);

/** Values that ask for nothing special. */
const isIdle = (name: string, value: Json): boolean => {
  switch (name) {
    case "service_tier":
      return typeof value === "string" && (STANDARD_TIERS as readonly string[]).includes(value);
    case "speed":
      return value === "standard";
    case "inference_geo":
      return value === "global";
    case "background":
      return value === false;
    default:
      return false;
  }
};

const nameUnknown = (body: JsonObject, dropped: Dropped): void => {
  const rest = Object.entries(body).filter(([name, value]) => !isIdle(name, value));
  dropped.unknown(Object.fromEntries(rest), KNOWN);
  const metadata = objectAt(body, "metadata");
  if (metadata !== undefined) dropped.unknown(metadata, new Set(["user_id"]), "metadata");
  const config = objectAt(body, "output_config");
  if (config !== undefined) dropped.unknown(config, new Set(["effort", "format"]), "output_config");
};

const readTool = (tool: Json, path: string, dropped: Dropped): Tool[] => {
  if (!isObject(tool)) throw errors.invalidValue(path, "must be an object");
  const { type = "custom", name, description, input_schema: schema, strict } = tool;
  // A typed tool of Anthropic's has no schema that another provider could be told.
  if (type !== "custom" && type !== null) {
    dropped.add(path, textOf(type));
    return [];
  }
  if (typeof name !== "string" || name === "") throw errors.invalidValue(`${path}.name`, "must be a tool's name");
  dropped.unknown(tool, KNOWN_TOOL, "tools[]");
  const cache = cacheOf(tool);
  return [
    {
      name,
      parameters: isObject(schema) ? schema : { type: "object", properties: {} },
      ...(typeof description === "string" ? { description } : {}),
      ...(typeof strict === "boolean" ? { strict } : {}),
      ...(cache === undefined ? {} : { cache }),
    },
  ];
};

interface Choice {
  readonly toolChoice?: ToolChoice;
  readonly parallelTools?: boolean;
}

const readChoice = (body: JsonObject, tools: readonly Tool[], dropped: Dropped): Choice => {
  const choice = objectAt(body, "tool_choice");
  if (choice === undefined) return {};
  const parallel = choice["disable_parallel_tool_use"] === true ? { parallelTools: false } : {};
  const type = textOf(choice["type"]);
  if (type === "auto" || type === "none" || (type === "any" && tools.length > 0))
    return { toolChoice: { type }, ...parallel };
  const name = textOf(choice["name"]);
  // A tool that was dropped cannot be chosen, and providers refuse the name of one that they were not told of.
  if (type === "tool" && tools.some((tool) => tool.name === name)) return { toolChoice: { type, name }, ...parallel };
  dropped.add("tool_choice", type);
  return parallel;
};

const readFormat = (body: JsonObject, dropped: Dropped): OutputFormat | undefined => {
  // `output_format` is the beta's name for the same.
  const format = objectAt(objectAt(body, "output_config"), "format") ?? objectAt(body, "output_format");
  if (format === undefined) return undefined;
  const schema = objectAt(format, "schema");
  if (format["type"] === "json_schema" && schema !== undefined) return { type: "json_schema", schema };
  dropped.add("output_config.format", textOf(format["type"]));
  return undefined;
};

/** How much to think: a budget, or as the model sees fit, within an effort. An effort alone is one too. */
const readThinking = (body: JsonObject, dropped: Dropped): Thinking | undefined => {
  const thinking = objectAt(body, "thinking");
  const said = objectAt(body, "output_config")?.["effort"];
  const effort = isEffort(said) ? { effort: said } : {};
  const type = thinking?.["type"];
  const shown = ["summarized" as const, "omitted" as const].find((display) => display === thinking?.["display"]);
  const display = shown === undefined ? {} : { display: shown };
  const tokens = numberOf(thinking?.["budget_tokens"]);
  if (type === "disabled") {
    if (isEffort(said)) dropped.add("output_config.effort");
    return { type: "off" };
  }
  if (type === "enabled" && tokens !== undefined) return { type: "budget", tokens, ...display };
  if (type === "adaptive" || type === "enabled" || isEffort(said)) return { type: "adaptive", ...effort, ...display };
  if (thinking !== undefined) dropped.add("thinking", textOf(type));
  return undefined;
};

const readSampling = (body: JsonObject): Pick<Chat, "temperature" | "topP" | "topK" | "stop" | "user"> => {
  const [temperature, topP, topK] = [body["temperature"], body["top_p"], body["top_k"]].map(numberOf);
  const stops = listOf(body["stop_sequences"]).filter((stop) => typeof stop === "string");
  const user = textOf(objectAt(body, "metadata")?.["user_id"]);
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
    ...(stops.length === 0 ? {} : { stop: stops }),
    ...(user === "" ? {} : { user }),
  };
};

/** @throws GatewayError invalid_value where the conversation has no meaning */
export const readRequest = (call: Call): { readonly chat: Chat; readonly dropped: readonly string[] } => {
  const body = call.json();
  const dropped = new Dropped();
  nameUnknown(body, dropped);
  const tools = listOf(body["tools"]).flatMap((tool, i) => readTool(tool, `tools[${i}]`, dropped));
  const thinking = readThinking(body, dropped);
  const format = readFormat(body, dropped);
  const chat: Chat = {
    turns: readTurns(body, dropped),
    stream: body["stream"] === true,
    ...(tools.length === 0 ? {} : { tools }),
    ...readChoice(body, tools, dropped),
    ...(thinking === undefined ? {} : { thinking }),
    ...(format === undefined ? {} : { format }),
    ...readSampling(body),
  };
  return { chat, dropped: dropped.names };
};

/** Reads a Responses request as canonical chat: the parameters. The conversation is in turns.ts. */
import { table } from "../../table.ts";
import type { Chat, Json, JsonObject, OutputFormat, Thinking, ToolChoice } from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import { isEffort } from "../effort.ts";
import { STANDARD_TIERS } from "../params.ts";
import type { Call } from "../protocol.ts";
import { given, isObject, listOf, numberOf, objectAt, textOf } from "../value.ts";
import { readTools } from "./tools.ts";
import { readTurns } from "./turns.ts";

/** Members that are read below, or by `ask`. */
const READ_MEMBERS =
  "input instructions model stream max_output_tokens tools tool_choice parallel_tool_calls text reasoning temperature top_p user";
/** Members that cost nothing and mean nothing elsewhere. */
const IDLE_MEMBERS =
  "stream_options prompt_cache_key prompt_cache_retention prompt_cache_options safety_identifier client_metadata";
const KNOWN: ReadonlySet<string> = new Set(`${READ_MEMBERS} ${IDLE_MEMBERS}`.split(" "));
const KNOWN_TEXT: ReadonlySet<string> = new Set(["format"]);
const KNOWN_REASONING: ReadonlySet<string> = new Set(["effort", "summary", "generate_summary"]);

/** Values of members that are only known where they ask for nothing special. */
const isIdle = (name: string, value: Json): boolean => {
  switch (name) {
    case "store":
    case "background":
      return value === false;
    case "service_tier":
      return typeof value === "string" && (STANDARD_TIERS as readonly string[]).includes(value);
    case "truncation":
      return value === "disabled";
    case "top_logprobs":
      return value === 0;
    case "metadata":
      return isObject(value) && Object.keys(value).length === 0;
    case "include":
      return listOf(value).every((one) => one === "reasoning.encrypted_content");
    default:
      return false;
  }
};

const nameUnknown = (body: JsonObject, dropped: Dropped): void => {
  const rest = Object.entries(body).filter(([name, value]) => !isIdle(name, value));
  dropped.unknown(Object.fromEntries(rest), KNOWN);
  dropped.unknown(objectAt(body, "text") ?? {}, KNOWN_TEXT, "text");
  dropped.unknown(objectAt(body, "reasoning") ?? {}, KNOWN_REASONING, "reasoning");
};

interface Choice {
  readonly choice?: ToolChoice;
  /** The names of the tools that may be used, where the choice narrows them. */
  readonly only?: ReadonlySet<string>;
}

const WORDS = table<ToolChoice["type"]>({ auto: "auto", none: "none", required: "any" });

const choiceWord = (word: Json | undefined): ToolChoice | undefined => {
  const type = typeof word === "string" ? WORDS[word] : undefined;
  return type === undefined || type === "tool" ? undefined : { type };
};

const readChoice = (body: JsonObject, dropped: Dropped): Choice => {
  const said = body["tool_choice"] ?? undefined;
  if (said === undefined) return {};
  const word = choiceWord(said);
  if (word !== undefined) return { choice: word };
  const object = isObject(said) ? said : {};
  const type = textOf(object["type"]);
  const name = textOf(object["name"]);
  if ((type === "function" || type === "custom") && name !== "") return { choice: { type: "tool", name } };
  if (type === "allowed_tools") {
    const names = listOf(object["tools"]).map((tool) => (isObject(tool) ? textOf(tool["name"]) : ""));
    return { choice: choiceWord(object["mode"]) ?? { type: "auto" }, only: new Set(names) };
  }
  dropped.add("tool_choice", type);
  return {};
};

const readFormat = (body: JsonObject, dropped: Dropped): OutputFormat | undefined => {
  const format = objectAt(objectAt(body, "text"), "format");
  if (format === undefined || format["type"] === "text") return undefined;
  if (format["type"] === "json_object") return { type: "json" };
  const { schema, name, strict } = format;
  if (format["type"] !== "json_schema" || !isObject(schema)) {
    dropped.add("text.format", textOf(format["type"]));
    return undefined;
  }
  return {
    type: "json_schema",
    schema,
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof strict === "boolean" ? { strict } : {}),
  };
};

/** How much to think. A summary that is asked for without an effort leaves it to the model, as does nothing at all. */
const readThinking = (body: JsonObject, dropped: Dropped): Thinking | undefined => {
  const reasoning = objectAt(body, "reasoning");
  const effort = reasoning?.["effort"] ?? undefined;
  const summary = reasoning?.["summary"] ?? reasoning?.["generate_summary"] ?? undefined;
  const display = summary === undefined ? {} : { display: "summarized" as const };
  if (effort === "none") return { type: "off" };
  if (isEffort(effort)) return { type: "adaptive", effort, ...display };
  if (effort !== undefined) dropped.add("reasoning.effort");
  return undefined;
};

/** @throws GatewayError invalid_value where the conversation has no meaning */
export const readRequest = (call: Call): { readonly chat: Chat; readonly dropped: readonly string[] } => {
  const body = call.json();
  const dropped = new Dropped();
  nameUnknown(body, dropped);
  const { choice, only } = readChoice(body, dropped);
  const all = readTools(body, dropped);
  const tools = only === undefined ? all : all.filter(({ name }) => only.has(name));
  const { parallel_tool_calls: parallel, user } = body;
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
      user: typeof user === "string" && user !== "" ? user : undefined,
    }),
  };
  return { chat, dropped: dropped.names };
};

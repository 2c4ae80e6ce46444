/** Tools in the three shapes that Cursor offers them in, put into that of Chat Completions. */
import { errors } from "../../errors.ts";
import { table } from "../../table.ts";
import type { Json, JsonObject } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { asFunction, freeTextTool, wrapInput } from "../free-text.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";

const NO_PARAMETERS: JsonObject = { type: "object", properties: {} };

const isEmpty = (value: Json | undefined): boolean => !isObject(value) || Object.keys(value).length === 0;

const nested = (kind: "function" | "custom", inner: JsonObject, tool: JsonObject): JsonObject => ({
  type: kind,
  [kind]: inner,
  ...(isObject(tool["cache_control"]) ? { cache_control: tool["cache_control"] } : {}),
});

/** A nested function: as it is, unless it lacks its parameters or its type. */
const readNested = (tool: JsonObject, of: JsonObject): JsonObject => {
  if (!isEmpty(of["parameters"])) return tool["type"] === "function" ? tool : { ...tool, type: "function" };
  return { ...tool, type: "function", function: { ...of, parameters: NO_PARAMETERS } };
};

/** A function of Responses (`parameters`) or of Messages (`input_schema`), whose members stand beside its type. */
const readFlat = (tool: JsonObject): JsonObject => {
  const { name = null, description, strict, parameters, input_schema: schema } = tool;
  const given = isEmpty(parameters) ? schema : parameters;
  const inner = {
    name,
    ...(typeof description === "string" ? { description } : {}),
    parameters: isObject(given) && !isEmpty(given) ? given : NO_PARAMETERS,
    ...(typeof strict === "boolean" ? { strict } : {}),
  };
  return nested("function", inner, tool);
};

/** A grammar as Chat Completions has it, one level deeper than in Responses. */
const readFormat = (format: JsonObject): JsonObject => {
  if (format["type"] !== "grammar" || isObject(format["grammar"])) return format;
  const { type, ...grammar } = format;
  return { type, grammar };
};

/** A tool for free text, flat or nested. */
const readCustom = (tool: JsonObject): JsonObject => {
  const inner = objectAt(tool, "custom");
  const format = objectAt(inner ?? tool, "format");
  if (inner !== undefined) {
    const read = format === undefined ? undefined : readFormat(format);
    return read === format ? tool : { ...tool, custom: { ...inner, format: read ?? null } };
  }
  const { name = null, description } = tool;
  const of = {
    name,
    ...(typeof description === "string" ? { description } : {}),
    ...(format === undefined ? {} : { format: readFormat(format) }),
  };
  return nested("custom", of, tool);
};

/** The inner object of a normalised tool. */
export const toolOf = (tool: Json): JsonObject | undefined =>
  isObject(tool) ? (objectAt(tool, "function") ?? objectAt(tool, "custom")) : undefined;

/** The types under which Messages clients offer a tool of their own; any other type without a function runs at a provider. */
const OWN_TYPES: ReadonlySet<string> = new Set(["", "function", "custom"]);

/** Whether a tool is one of the client's own in the shape of another dialect: its name stands beside its type. */
export const isFlat = (tool: Json): boolean =>
  isObject(tool) && OWN_TYPES.has(textOf(tool["type"])) && textOf(tool["name"]) !== "" && toolOf(tool) === undefined;

const readTool = (tool: Json, path: string, dropped: Dropped): JsonObject | undefined => {
  if (!isObject(tool)) throw errors.invalidValue(path, "must be an object");
  const type = textOf(tool["type"]);
  const of = objectAt(tool, "function");
  if (of !== undefined) return readNested(tool, of);
  if (!OWN_TYPES.has(type)) {
    dropped.add(path, type);
    return undefined;
  }
  // Messages has a type `custom` too: its tools are functions.
  return type === "custom" && !isObject(tool["input_schema"]) ? readCustom(tool) : readFlat(tool);
};

/**
 * Tools as Chat Completions has them: a name stands once, what runs at a provider is left out by name. The same list where nothing
 * had to be changed.
 * @throws GatewayError invalid_value for a tool without a name
 */
export const readTools = (tools: readonly Json[], dropped: Dropped): readonly Json[] => {
  const names = new Set<string>();
  const read: JsonObject[] = [];
  for (const [i, tool] of tools.entries()) {
    const one = readTool(tool, `tools[${i}]`, dropped);
    if (one === undefined) continue;
    const name = textOf(toolOf(one)?.["name"]);
    if (name === "") throw errors.invalidValue(`tools[${i}].name`, "must be a function's name");
    if (names.has(name)) continue;
    names.add(name);
    read.push(one);
  }
  return read.length === tools.length && read.every((tool, i) => tool === tools[i]) ? tools : read;
};

/** The names of the tools for free text among normalised ones. */
export const customNames = (tools: readonly Json[]): ReadonlySet<string> =>
  new Set(
    tools.flatMap((tool) => {
      const of = isObject(tool) && tool["type"] === "custom" ? objectAt(tool, "custom") : undefined;
      return of === undefined ? [] : [textOf(of["name"])];
    }),
  );

const WORDS = table<string>({ auto: "auto", any: "required", none: "none", required: "required" });
const wordOf = (word: string): string | undefined => WORDS[word];

/** The choice of one tool, by the kind that its tool has. */
const chosen = (name: string, custom: ReadonlySet<string>): JsonObject =>
  custom.has(name) ? { type: "custom", custom: { name } } : { type: "function", function: { name } };

/** A choice of tools in the words of Chat Completions; the same value where it was in them. */
export const readChoice = (choice: Json, custom: ReadonlySet<string>): Json => {
  if (typeof choice === "string") return wordOf(choice) ?? choice;
  if (!isObject(choice)) return choice;
  const type = textOf(choice["type"]);
  const word = wordOf(type);
  if (word !== undefined) return word;
  const inner = objectAt(choice, type);
  const name = textOf(choice["name"]) || textOf(inner?.["name"]);
  if (name === "" || (type !== "function" && type !== "tool" && type !== "custom")) return choice;
  const isRight = inner !== undefined && type === (custom.has(name) ? "custom" : "function");
  return isRight ? choice : chosen(name, custom);
};

/** A tool for free text as a function, for whoever knows only those: its grammar can only be told, not enforced. */
export const lowerTool = (tool: Json, path: string, dropped: Dropped): Json => {
  const of = isObject(tool) && tool["type"] === "custom" ? objectAt(tool, "custom") : undefined;
  if (!isObject(tool) || of === undefined) return tool;
  const { description = null, parameters } = asFunction(freeTextTool(of), path, dropped);
  return nested("function", { name: of["name"] ?? null, description, parameters }, tool);
};

/** A past call of a tool for free text, as a call of the function that it became. */
export const lowerCall = (call: Json): Json => {
  const of = isObject(call) && call["type"] === "custom" ? objectAt(call, "custom") : undefined;
  if (!isObject(call) || of === undefined) return call;
  const inner = { name: of["name"] ?? null, arguments: wrapInput(textOf(of["input"])) };
  return { id: call["id"] ?? null, type: "function", function: inner };
};

/** Whether any of a request's tools is one for free text. */
export const hasCustom = (body: JsonObject): boolean => customNames(listOf(body["tools"])).size > 0;

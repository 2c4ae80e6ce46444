/** The tools of Responses by who runs them, to and from canonical ones. */
import { errors } from "../../errors.ts";
import type { Json, JsonObject, Tool } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";

/**
 * Hosted tools that coding clients offer with every request, unasked (Codex, Cline): refusing them would refuse the client, passing
 * them on would cost what no price covers. They are left out by name; the model answers without.
 */
export const SET_ASIDE_TYPES = [
  "web_search",
  "web_search_2025_08_26",
  "web_search_preview",
  "web_search_preview_2025_03_11",
  "image_generation",
] as const;

export const isSetAside = (tool: Json): boolean =>
  isObject(tool) && (SET_ASIDE_TYPES as readonly Json[]).includes(tool["type"] ?? null);

/** Tools whose calls the client carries out itself. Every other type runs at the provider and is billed apart. */
const CLIENT_TYPES: ReadonlySet<string> = new Set([
  "function",
  "custom",
  "namespace",
  "tool_search",
  "local_shell",
  "apply_patch",
]);

/** True for a tool that costs nothing but its tokens. */
export const isFree = (tool: JsonObject): boolean => {
  const type = textOf(tool["type"]);
  if (type === "shell") return objectAt(tool, "environment")?.["type"] === "local";
  return CLIENT_TYPES.has(type) || isSetAside(tool);
};

/** What a tool for free text becomes where tools take JSON: one with a single text. */
const INPUT = "input";
const FREE_TEXT: JsonObject = {
  type: "object",
  properties: { [INPUT]: { type: "string" } },
  required: [INPUT],
  additionalProperties: false,
};

/** Free text as a call's arguments. */
export const wrapInput = (text: string): string => JSON.stringify({ [INPUT]: text });

/** The free text in a call's arguments; arguments of any other shape are the text themselves. */
export const unwrapInput = (args: string): string => {
  try {
    const parsed = JSON.parse(args) as Json;
    if (isObject(parsed) && typeof parsed[INPUT] === "string") return parsed[INPUT];
  } catch {
    // Told by the arguments as they are.
  }
  return args;
};

const readTool = (tool: JsonObject, path: string, dropped: Dropped): Tool[] => {
  const { description, parameters, strict } = tool;
  const isCustom = tool["type"] === "custom";
  if (!isCustom && tool["type"] !== "function") {
    dropped.add(path, textOf(tool["type"]));
    return [];
  }
  const name = textOf(tool["name"]);
  if (name === "") throw errors.invalidValue(`${path}.name`, "must be a function's name");
  const format = objectAt(tool, "format");
  // A grammar cannot be enforced there; as a part of the description it is at least known.
  const isGrammar = isCustom && format?.["type"] === "grammar";
  if (isGrammar) dropped.add(`${path}.format`);
  const told = [textOf(description), isGrammar ? textOf(format["definition"]) : ""].filter((text) => text !== "");
  return [
    {
      name,
      parameters: isCustom ? FREE_TEXT : isObject(parameters) ? parameters : { type: "object", properties: {} },
      ...(told.length === 0 ? {} : { description: told.join("\n\n") }),
      ...(!isCustom && typeof strict === "boolean" ? { strict } : {}),
    },
  ];
};

/** @throws GatewayError invalid_value for a tool without a name */
export const readTools = (body: JsonObject, dropped: Dropped): Tool[] =>
  listOf(body["tools"]).flatMap((tool, i) => {
    if (isObject(tool)) return readTool(tool, `tools[${i}]`, dropped);
    throw errors.invalidValue(`tools[${i}]`, "must be an object");
  });

/** `strict` is what OpenAI assumes here, unlike in Chat Completions, and a schema that was not made for it would be refused. */
export const writeTool = (tool: Tool): JsonObject => ({
  type: "function",
  name: tool.name,
  ...(tool.description === undefined ? {} : { description: tool.description }),
  parameters:
    tool.parameters["type"] === "object" && tool.parameters["properties"] === undefined
      ? { ...tool.parameters, properties: {} }
      : tool.parameters,
  strict: tool.strict ?? false,
});

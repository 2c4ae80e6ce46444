/** The tools of Responses by who runs them, to and from canonical ones. */
import { errors } from "../../errors.ts";
import type { Json, JsonObject, Tool } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { freeTextTool } from "../free-text.ts";
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

const readTool = (tool: JsonObject, path: string, dropped: Dropped): Tool[] => {
  const { description, parameters, strict } = tool;
  const isCustom = tool["type"] === "custom";
  if (!isCustom && tool["type"] !== "function") {
    dropped.add(path, textOf(tool["type"]));
    return [];
  }
  const name = textOf(tool["name"]);
  if (name === "") throw errors.invalidValue(`${path}.name`, "must be a function's name");
  if (isCustom) return [freeTextTool(tool)];
  return [
    {
      name,
      parameters: isObject(parameters) ? parameters : { type: "object", properties: {} },
      ...(typeof description === "string" ? { description } : {}),
      ...(typeof strict === "boolean" ? { strict } : {}),
    },
  ];
};

/** @throws GatewayError invalid_value for a tool without a name */
export const readTools = (body: JsonObject, dropped: Dropped): Tool[] =>
  listOf(body["tools"]).flatMap((tool, i) => {
    if (isObject(tool)) return readTool(tool, `tools[${i}]`, dropped);
    throw errors.invalidValue(`tools[${i}]`, "must be an object");
  });

/** A tool for free text as itself. */
export const writeCustomTool = ({ name, description, freeText }: Tool): JsonObject => ({
  type: "custom",
  name,
  ...(description === undefined ? {} : { description }),
  ...(freeText?.grammar === undefined ? {} : { format: { type: "grammar", ...freeText.grammar } }),
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

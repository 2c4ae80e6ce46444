/**
 * Reads a Gemini request, refusing what the provider would refuse. Pure. Model and stream are in the path, which the server has
 * put into the body.
 */
import type { Json, JsonObject } from "../protocols/canonical.ts";
import { table } from "../table.ts";
import { inlineItem, namedItem, type Ask, type Item, type Part, type Tool, type ToolChoice, type Turn } from "./ask.ts";
import { invalid } from "./refusal.ts";
import { isSigned } from "./signature.ts";
import { countOf, objectOf, objectsOf, textOf } from "./value.ts";

const MAX_STOPS = 5;
const MAX_TEMPERATURE = 2;
const ROLES = table<Turn["role"]>({ user: "user", function: "user", model: "assistant" });
/** What stands for a signature that was lost. */
const SKIP = "skip_thought_signature_validator";
/** Keywords of JSON Schema that the provider's own schemas do not know. */
const UNKNOWN_KEYWORDS = ["$schema", "additionalProperties", "$ref", "const", "oneOf", "exclusiveMinimum"] as const;

const OLD = ["gemini-1", "gemini-2"] as const;

/** All but the old models give ids and signatures with their calls, and want the signatures back. */
export const isNewGemini = (model: string): boolean => !OLD.some((name) => model.includes(name));

const kindOf = (mimeType: string): Item["kind"] => {
  if (mimeType.startsWith("image/")) return "image";
  return mimeType.startsWith("audio/") ? "audio" : "document";
};

const itemOf = (part: JsonObject): Item | null => {
  const inline = objectOf(part["inlineData"]);
  if (inline !== null) {
    const mimeType = textOf(inline["mimeType"]) ?? "application/octet-stream";
    return inlineItem(kindOf(mimeType), mimeType, textOf(inline["data"]) ?? "");
  }
  const file = objectOf(part["fileData"]);
  return file === null ? null : namedItem(kindOf(textOf(file["mimeType"]) ?? ""), textOf(file["fileUri"]) ?? "unknown");
};

/** What a function answered: its one output or error, else all of it. */
const responseText = (response: JsonObject): string => {
  const only = textOf(response["output"]) ?? textOf(response["error"]);
  return only ?? JSON.stringify(response);
};

const partOf = (part: JsonObject, where: string): readonly Part[] => {
  const item = itemOf(part);
  if (item !== null) return [{ kind: "item", item }];
  const call = objectOf(part["functionCall"]);
  if (call !== null) {
    const [id, name] = [textOf(call["id"]) ?? "", textOf(call["name"]) ?? ""];
    return [{ kind: "call", id, name, args: JSON.stringify(call["args"] ?? {}) }];
  }
  const response = objectOf(part["functionResponse"]);
  if (response !== null) {
    const text = responseText(objectOf(response["response"]) ?? {});
    return [{ kind: "result", id: textOf(response["id"]) ?? "", text, items: [] }];
  }
  const text = textOf(part["text"]);
  if (text === null) throw invalid(`${where}: required oneof field 'data' must have one initialized field`);
  const signature = textOf(part["thoughtSignature"]);
  if (part["thought"] === true) return [{ kind: "thinking", text, signature }];
  return text === "" ? [] : [{ kind: "text", text }];
};

const checkSignatures = (parts: readonly JsonObject[], model: string, where: string): void => {
  const [first] = parts.filter((part) => objectOf(part["functionCall"]) !== null);
  if (first !== undefined && isNewGemini(model) && textOf(first["thoughtSignature"]) === null)
    throw invalid("Function call is missing a thought_signature in functionCall parts.");
  for (const part of parts) {
    const signature = textOf(part["thoughtSignature"]);
    if (signature !== null && signature !== SKIP && !isSigned(signature, ""))
      throw invalid(`${where}: Invalid thought_signature`);
  }
};

const turnOf = (content: JsonObject, index: number, model: string): Turn => {
  const role = textOf(content["role"]) ?? "user";
  const speaker = ROLES[role];
  if (speaker === undefined) throw invalid("Please use a valid role: user, model.");
  const where = `GenerateContentRequest.contents[${index}]`;
  const parts = objectsOf(content["parts"]);
  if (parts.length === 0) throw invalid(`${where}.parts: contents.parts must not be empty.`);
  if (role === "model") checkSignatures(parts, model, where);
  return {
    role: speaker,
    parts: parts.flatMap((part, j) => partOf(part, `${where}.parts[${j}].data`)),
  };
};

/** Neighbours of one role are one turn, as they are to the provider: Google's SDK keeps each event of a stream as a content. */
const joined = (turns: readonly Turn[]): readonly Turn[] => {
  const made: Turn[] = [];
  for (const turn of turns) {
    const before = made.at(-1);
    if (before?.role === turn.role) made[made.length - 1] = { ...turn, parts: [...before.parts, ...turn.parts] };
    else made.push(turn);
  }
  return made;
};

/** As many answers as there were calls, in the very next turn. */
const checkCalls = (turns: readonly Turn[]): void => {
  const spoken = joined(turns);
  for (const [at, turn] of spoken.entries()) {
    const calls = turn.role === "assistant" ? turn.parts.filter((part) => part.kind === "call").length : 0;
    const next = spoken[at + 1];
    if (calls === 0 || next === undefined) continue;
    if (next.parts.filter((part) => part.kind === "result").length !== calls)
      throw invalid(
        "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
      );
  }
};

const checkSchema = (schema: Json | undefined, path: string): void => {
  const object = objectOf(schema);
  if (object === null) return;
  const unknown = UNKNOWN_KEYWORDS.find((name) => object[name] !== undefined);
  if (unknown !== undefined)
    throw invalid(`Invalid JSON payload received. Unknown name "${unknown}" at '${path}': Cannot find field.`);
  for (const [name, inner] of Object.entries(objectOf(object["properties"]) ?? {}))
    checkSchema(inner, `${path}.${name}`);
  checkSchema(object["items"], `${path}.items`);
};

const toolOf = (declared: JsonObject): readonly Tool[] => {
  const name = textOf(declared["name"]);
  if (name === null) return [];
  checkSchema(declared["parameters"], `tools[0].function_declarations[0].parameters`);
  const schema = declared["parametersJsonSchema"] ?? declared["parameters"] ?? {};
  return [{ name, schema: lowered(schema), definition: JSON.stringify(declared) }];
};

/** A schema with its types in small letters. */
const lowered = (schema: Json): Json => {
  if (Array.isArray(schema)) return schema.map(lowered);
  const object = objectOf(schema);
  if (object === null) return schema;
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      name,
      name === "type" && typeof value === "string" ? value.toLowerCase() : lowered(value),
    ]),
  );
};

const choiceOf = (config: JsonObject | null): ToolChoice => {
  const allowed = Array.isArray(config?.["allowedFunctionNames"]) ? config["allowedFunctionNames"] : [];
  const [name] = allowed as readonly Json[];
  switch (config?.["mode"]) {
    case "ANY":
      return typeof name === "string" ? { kind: "named", name } : { kind: "any" };
    case "NONE":
      return { kind: "none" };
    default:
      return { kind: "auto" };
  }
};

const thinkingMode = (config: JsonObject | null): Ask["thinking"] => {
  if (config === null) return "unset";
  if (config["thinkingBudget"] !== undefined && config["thinkingLevel"] !== undefined)
    throw invalid("You can only set only one of thinking budget and thinking level.");
  if (config["thinkingBudget"] === 0) return "off";
  return config["includeThoughts"] === true ? "shown" : "omitted";
};

const checkConfig = (config: JsonObject): readonly string[] => {
  const { temperature, stopSequences } = config;
  if (typeof temperature === "number" && (temperature < 0 || temperature > MAX_TEMPERATURE))
    throw invalid(`temperature must be in the range [0.0, ${MAX_TEMPERATURE}.0].`);
  const stops = Array.isArray(stopSequences) ? (stopSequences as readonly Json[]) : [];
  if (stops.length > MAX_STOPS) throw invalid(`The number of stop_sequences must be at most ${MAX_STOPS}.`);
  return stops.flatMap((stop) => (typeof stop === "string" ? [stop] : []));
};

/** @throws Refusal */
export const readGemini = (body: JsonObject): Ask => {
  const model = textOf(body["model"]) ?? "";
  const contents = objectsOf(body["contents"]);
  if (contents.length === 0) throw invalid("* GenerateContentRequest.contents: contents is not specified");
  const config = objectOf(body["generationConfig"]) ?? {};
  const stops = checkConfig(config);
  const spoken = contents.map((content, i) => turnOf(content, i, model));
  checkCalls(spoken);
  const system = objectsOf(objectOf(body["systemInstruction"])?.["parts"]).flatMap((part) =>
    partOf(part, "system_instruction"),
  );
  const schema = config["responseJsonSchema"] ?? config["responseSchema"] ?? null;
  return {
    model,
    stream: body["stream"] === true,
    includeUsage: true,
    maxTokens: countOf(config["maxOutputTokens"]),
    stops,
    choices: 1,
    tools: objectsOf(body["tools"]).flatMap((tool) => objectsOf(tool["functionDeclarations"]).flatMap(toolOf)),
    toolChoice: choiceOf(objectOf(objectOf(body["toolConfig"])?.["functionCallingConfig"])),
    parallel: true,
    schema: schema === null ? null : lowered(schema),
    thinking: thinkingMode(objectOf(config["thinkingConfig"])),
    turns: [...(system.length > 0 ? [{ role: "system" as const, parts: system }] : []), ...spoken],
  };
};

/** Writes canonical chat as a Gemini request: the parameters. The conversation is in contents.ts. */
import { blank } from "../../table.ts";
import type { Chat, Drawing, JsonObject, OutputFormat, Tool, ToolChoice } from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import { asFunction } from "../free-text.ts";
import type { Target } from "../protocol.ts";
import { withinRanges } from "../sampling.ts";
import { writeConversation } from "./contents.ts";
import { cleanSchema } from "./schema.ts";
import { writeThinking } from "./thinking.ts";
import { traitsOf, type Traits } from "./traits.ts";

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
    tools: [
      { functionDeclarations: tools.map((tool, i) => writeTool(asFunction(tool, `tools[${i}]`, dropped), dropped)) },
    ],
    ...(toolChoice === undefined ? {} : { toolConfig: { functionCallingConfig: writeChoice(toolChoice) } }),
  };
};

const writeFormat = (format: OutputFormat | undefined, dropped: Dropped): JsonObject => {
  if (format === undefined) return {};
  const responseMimeType = "application/json";
  if (format.type === "json") return { responseMimeType };
  return { responseMimeType, responseSchema: cleanSchema(format.schema, "response_format", dropped) };
};

const writeSampling = (chat: Chat): JsonObject => {
  const { temperature, topP, topK, presencePenalty, frequencyPenalty, seed } = chat;
  const said = { temperature, topP, topK, presencePenalty, frequencyPenalty, seed };
  const sampling = blank<number | boolean>();
  for (const [name, value] of Object.entries(said)) if (value !== undefined) sampling[name] = value;
  return sampling;
};

const writeStops = (stop: readonly string[] | undefined): JsonObject =>
  stop === undefined || stop.length === 0 ? {} : { stopSequences: stop };

/** A model that draws is asked for images, and for text with them. */
const writeDrawing = (drawing: Drawing | undefined, target: Target, dropped: Dropped): JsonObject => {
  if (target.draws !== true) {
    if (drawing !== undefined) dropped.add("modalities");
    return {};
  }
  const { aspectRatio, size } = drawing ?? {};
  const image = {
    ...(aspectRatio === undefined ? {} : { aspectRatio }),
    ...(size === undefined ? {} : { imageSize: size }),
  };
  return {
    responseModalities: ["TEXT", "IMAGE"],
    ...(Object.keys(image).length === 0 ? {} : { imageConfig: image }),
  };
};

const writeConfig = (chat: Chat, target: Target, traits: Traits, dropped: Dropped): JsonObject => {
  const { maxTokens } = target;
  return {
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    ...writeSampling(chat),
    ...writeStops(chat.stop),
    ...writeFormat(chat.format, dropped),
    ...writeThinking(chat, target, traits, dropped),
    ...writeDrawing(chat.drawing, target, dropped),
  };
};

/** A request body, with the names of what the dialect cannot carry. Model and stream are in the path. */
export const writeRequest = (
  asked: Chat,
  target: Target,
): { readonly body: JsonObject; readonly dropped: readonly string[] } => {
  const dropped = new Dropped();
  const chat = withinRanges(asked, "gemini", dropped);
  if (chat.n !== undefined) dropped.add("n");
  // The canonical reply has no place for them: they would be asked for in vain.
  if (chat.logprobs !== undefined) dropped.add("logprobs");
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

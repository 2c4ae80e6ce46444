/** Reads a Responses request as the chat request that it stands for, refusing what the provider would refuse. Pure. */
import type { Json, JsonObject } from "../protocols/canonical.ts";
import type { Ask } from "./ask.ts";
import { readChat } from "./read-chat.ts";
import { invalid } from "./refusal.ts";
import { isRedacted } from "./signature.ts";
import { objectOf, objectsOf, textOf } from "./value.ts";

const partOf = (part: JsonObject): JsonObject => {
  switch (part["type"]) {
    case "input_text":
    case "output_text":
      return { type: "text", text: part["text"] ?? "" };
    case "input_image":
      return { type: "image_url", image_url: { url: part["image_url"] ?? "" } };
    case "input_file":
      return { type: "file", file: { file_data: part["file_data"] ?? part["file_url"] ?? "" } };
    default:
      return part;
  }
};

const contentOf = (content: Json | undefined): Json => textOf(content) ?? objectsOf(content).map(partOf);

/** Reasoning that was altered, or that another model made, cannot be decrypted. */
const checkReasoning = (item: JsonObject, index: number): void => {
  const sealed = textOf(item["encrypted_content"]);
  if (sealed === null)
    throw invalid(
      `Item with id '${textOf(item["id"]) ?? ""}' not found. Items are not persisted when 'store' is set to false.`,
      "input",
    );
  if (!isRedacted(sealed))
    throw invalid("The encrypted content could not be verified.", `input[${index}].encrypted_content`);
};

/** The messages of a conversation of items: what the model said without anybody between is one message. */
class Messages {
  readonly all: JsonObject[] = [];
  #assistant: { content: Json; calls: JsonObject[] } | null = null;

  add(item: JsonObject, index: number): void {
    switch (textOf(item["type"]) ?? "message") {
      case "message":
        if (item["role"] === "assistant") this.#said(contentOf(item["content"]));
        else this.#plain({ role: item["role"] ?? "", content: contentOf(item["content"]) });
        return;
      case "reasoning":
        checkReasoning(item, index);
        return;
      case "function_call":
      case "custom_tool_call":
        this.#called(item);
        return;
      case "function_call_output":
      case "custom_tool_call_output":
        this.#plain({ role: "tool", tool_call_id: item["call_id"] ?? "", content: contentOf(item["output"]) });
        return;
      default:
        throw invalid(`Invalid value: '${textOf(item["type"]) ?? ""}'.`, `input[${index}].type`);
    }
  }

  end(): readonly JsonObject[] {
    const said = this.#assistant;
    this.#assistant = null;
    if (said !== null)
      this.all.push({
        role: "assistant",
        content: said.content,
        ...(said.calls.length === 0 ? {} : { tool_calls: said.calls }),
      });
    return this.all;
  }

  #plain(message: JsonObject): void {
    this.end();
    this.all.push(message);
  }

  #said(content: Json): void {
    if (this.#assistant !== null && this.#assistant.calls.length > 0) this.end();
    this.#assistant = { content, calls: [] };
  }

  #called(item: JsonObject): void {
    this.#assistant ??= { content: null, calls: [] };
    const args = item["type"] === "custom_tool_call" ? item["input"] : item["arguments"];
    const asked = { name: item["name"] ?? "", arguments: args ?? "" };
    this.#assistant.calls.push({ id: item["call_id"] ?? "", type: "function", function: asked });
  }
}

const FREE_TEXT = { type: "object", required: ["input"], properties: { input: { type: "string" } } };

const toolOf = (tool: JsonObject): JsonObject => {
  const { type, name = "", description = "", parameters = {} } = tool;
  return { type: "function", function: { name, description, parameters: type === "custom" ? FREE_TEXT : parameters } };
};

const choiceOf = (choice: Json | undefined): Json => {
  const named = objectOf(choice);
  return named === null ? (choice ?? null) : { type: "function", function: { name: named["name"] ?? "" } };
};

const formatOf = (body: JsonObject): Json => {
  const format = objectOf(objectOf(body["text"])?.["format"]);
  return format?.["type"] === "json_schema"
    ? { type: "json_schema", json_schema: { schema: format["schema"] ?? {} } }
    : format;
};

const messagesOf = (body: JsonObject): readonly JsonObject[] => {
  const { input } = body;
  const instructions = textOf(body["instructions"]);
  const messages = new Messages();
  if (instructions !== null) messages.all.push({ role: "system", content: instructions });
  const text = textOf(input);
  if (text !== null) messages.all.push({ role: "user", content: text });
  else for (const [index, item] of objectsOf(input).entries()) messages.add(item, index);
  return messages.end();
};

/** @throws Refusal */
export const readResponses = (body: JsonObject): Ask => {
  if (textOf(body["previous_response_id"]) !== null)
    throw invalid("Previous response not found.", "previous_response_id");
  if (body["input"] === undefined) throw invalid("Missing required parameter: 'input'.", "input");
  const { max_output_tokens: cap = null, parallel_tool_calls: parallel = null } = body;
  return {
    ...readChat({
      model: body["model"] ?? null,
      stream: body["stream"] ?? null,
      messages: messagesOf(body),
      max_completion_tokens: cap,
      tools: objectsOf(body["tools"]).map(toolOf),
      tool_choice: choiceOf(body["tool_choice"]),
      parallel_tool_calls: parallel,
      response_format: formatOf(body),
      reasoning_effort: objectOf(body["reasoning"])?.["effort"] ?? null,
    }),
    includeUsage: true,
  };
};

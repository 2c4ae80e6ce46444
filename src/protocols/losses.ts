/**
 * What of a provider's reply has no canonical form, and so does not reach a client of another protocol: named, since nothing is lost
 * in silence. A table per protocol over whole replies and single events; the readers know nothing of it.
 */
import type { Json, JsonObject } from "./canonical.ts";
import type { Dropped } from "./dropped.ts";
import type { ProtocolId } from "./protocol.ts";
import { isObject, listOf, objectAt, textOf } from "./value.ts";

type Namer = (body: JsonObject, dropped: Dropped) => void;

const objectsIn = (value: Json | undefined): readonly JsonObject[] => listOf(value).filter(isObject);
const holds = (value: Json | undefined): boolean => isObject(value) || listOf(value).length > 0;

/** Lists beside the choices by which search providers name what they found. */
const FOUND = ["citations", "search_results"] as const;

const chat: Namer = (body, dropped) => {
  for (const name of FOUND) if (holds(body[name])) dropped.add(name);
  for (const choice of objectsIn(body["choices"])) {
    if (holds(choice["logprobs"])) dropped.add("choices.logprobs");
    const message = objectAt(choice, "message") ?? objectAt(choice, "delta") ?? {};
    for (const name of ["annotations", "audio"] as const) if (holds(message[name])) dropped.add(`message.${name}`);
  }
};

const READ_ITEMS: ReadonlySet<string> = new Set(["message", "reasoning", "function_call", "custom_tool_call"]);

const responsesItem = (item: JsonObject, dropped: Dropped): void => {
  const type = textOf(item["type"]);
  if (!READ_ITEMS.has(type)) dropped.add("output", type);
  for (const part of objectsIn(item["content"]))
    for (const name of ["annotations", "logprobs"] as const) if (holds(part[name])) dropped.add(`output_text.${name}`);
};

/** Every item is told whole when it ends, and all of them by the response. */
const responses: Namer = (body, dropped) => {
  const item = objectAt(body, "item");
  if (item !== undefined && body["type"] === "response.output_item.done") responsesItem(item, dropped);
  for (const one of objectsIn((objectAt(body, "response") ?? body)["output"])) responsesItem(one, dropped);
};

const READ_BLOCKS: ReadonlySet<string> = new Set(["text", "thinking", "redacted_thinking", "tool_use"]);

const anthropic: Namer = (body, dropped) => {
  const begun = objectAt(body, "content_block");
  const delta = objectAt(body, "delta");
  if (delta?.["type"] === "citations_delta") dropped.add("content.citations");
  for (const block of [...(begun === undefined ? [] : [begun]), ...objectsIn(body["content"])]) {
    const type = textOf(block["type"]);
    if (!READ_BLOCKS.has(type)) dropped.add("content", type);
    if (holds(block["citations"])) dropped.add("content.citations");
  }
};

/** What stands beside a candidate's content, and parts of the provider's own tools. */
const BESIDE = ["groundingMetadata", "citationMetadata", "urlContextMetadata", "logprobsResult"] as const;
const OWN_PARTS = ["executableCode", "codeExecutionResult", "toolCall", "toolResponse"] as const;

const gemini: Namer = (body, dropped) => {
  for (const candidate of objectsIn(body["candidates"])) {
    for (const name of BESIDE) if (holds(candidate[name])) dropped.add(`candidates.${name}`);
    for (const part of objectsIn(objectAt(candidate, "content")?.["parts"]))
      for (const name of OWN_PARTS) if (holds(part[name])) dropped.add(`parts.${name}`);
  }
};

const NAMERS = {
  "openai-chat": chat,
  "openai-responses": responses,
  anthropic,
  gemini,
} as const satisfies Record<ProtocolId, Namer>;

/** Adds the names of what a reply, or one event of a stream, holds beyond what is translated. */
export const nameLosses = (protocol: ProtocolId, body: Json, dropped: Dropped): void => {
  if (isObject(body)) NAMERS[protocol](body, dropped);
};

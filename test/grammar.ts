/**
 * What a legal stream of each dialect looks like, as its strictest clients read it. Throws on the first fault, and returns what the
 * stream said. Written from the dialects' descriptions, knowing nothing of the product's writers.
 */
import { framesOf, parse } from "./conformance/corpus.ts";

/** Somebody else's JSON, read as plainly as can be: what is not as expected fails the test by itself. */
export type Loose = Record<string, ReturnType<JSON["parse"]>>;

export interface Heard {
  text: string;
  reasoning: string;
  refusal: string;
  readonly toolCalls: { id: string; name: string; input: string }[];
  /** Signatures and redacted data, in order. */
  readonly seals: string[];
  finish: string | null;
  usage: Loose | null;
}

export const nothing = (): Heard => ({
  text: "",
  reasoning: "",
  refusal: "",
  toolCalls: [],
  seals: [],
  finish: null,
  usage: null,
});

export function must(holds: unknown, what: string): asserts holds {
  if (holds === false || holds === undefined || holds === null) throw new Error(`grammar: ${what}`);
}

export const isCount = (value: unknown): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

export const objectOf = (data: string): Loose => {
  const value = parse(data);
  must(typeof value === "object" && value !== null && !Array.isArray(value), `no JSON object: ${data.slice(0, 80)}`);
  return value;
};

const hearChatDelta = (delta: Loose, heard: Heard): void => {
  if (delta["content"] !== undefined) must(typeof delta["content"] === "string", "content is no string");
  heard.text += delta["content"] ?? "";
  heard.refusal += delta["refusal"] ?? "";
  heard.reasoning += delta["reasoning_content"] ?? "";
  for (const detail of delta["reasoning_details"] ?? []) {
    must(isCount(detail.index), "a reasoning detail has no index");
    const seal = detail.signature ?? detail.data;
    if (seal !== undefined) heard.seals.push(seal);
  }
  for (const call of delta["tool_calls"] ?? []) {
    must(isCount(call.index), "a tool call has no index");
    must(call.index <= heard.toolCalls.length, "tool call indexes do not ascend");
    if (call.index === heard.toolCalls.length) {
      must(typeof call.id === "string" && call.id !== "", "a tool call begins without an id");
      must(call.type === "function" && typeof call.function?.name === "string", "a tool call begins without a name");
      must(call.function.arguments === "", "a tool call begins with arguments");
      heard.toolCalls.push({ id: call.id, name: call.function.name, input: "" });
    } else {
      must(call.id === undefined && call.function?.name === undefined, "a tool call begins twice");
      heard.toolCalls[call.index]!.input += call.function.arguments;
    }
  }
};

/** @param wantsUsage the client asked for a usage chunk */
export const hearChat = (sse: string, wantsUsage: boolean): Heard => {
  const heard = nothing();
  const datas = framesOf(sse)
    .filter(({ data }) => data !== "")
    .map(({ event, data }) => {
      must(event === "", "an event has a name");
      return data;
    });
  must(datas.at(-1) === "[DONE]", "the stream does not end with [DONE]");
  const chunks = datas.slice(0, -1).map(objectOf);
  must(chunks[0]?.["choices"][0]?.delta.role === "assistant", "the first delta has no role");
  for (const [i, chunk] of chunks.entries()) {
    must(
      chunk["object"] === "chat.completion.chunk" && chunk["id"] === chunks[0]["id"],
      "a chunk is not of this reply",
    );
    must(typeof chunk["model"] === "string" && isCount(chunk["created"]), "a chunk has no model or time");
    if (chunk["usage"] !== undefined && chunk["usage"] !== null) {
      must(i === chunks.length - 1 && chunk["choices"].length === 0, "usage is not alone at the end");
      heard.usage = chunk["usage"];
      continue;
    }
    must(chunk["choices"].length === 1 && chunk["choices"][0].index === 0, "a chunk has not one choice");
    must(heard.finish === null, "content after the finish");
    const [{ delta, finish_reason: finish }] = chunk["choices"];
    hearChatDelta(delta, heard);
    heard.finish = finish;
  }
  must(heard.finish, "no finish");
  must((heard.usage !== null) === wantsUsage, "usage is there although not asked for, or the reverse");
  return heard;
};

const BLOCK_DELTAS: Readonly<Record<string, readonly string[]>> = {
  text: ["text_delta"],
  thinking: ["thinking_delta", "signature_delta"],
  redacted_thinking: [],
  tool_use: ["input_json_delta"],
  // What a model drew: the dialect's form for images that are shown to one.
  image: [],
};

const startBlock = (block: Loose, heard: Heard): void => {
  must(BLOCK_DELTAS[block["type"]], `unknown block ${block["type"]}`);
  if (block["type"] === "text") must(block["text"] === "", "a text block begins with text");
  if (block["type"] === "thinking")
    must(block["thinking"] === "" && block["signature"] === "", "a thinking block begins with something");
  if (block["type"] === "redacted_thinking") {
    must(typeof block["data"] === "string" && block["data"] !== "", "a redacted block has no data");
    heard.seals.push(block["data"]);
  }
  if (block["type"] === "tool_use") {
    must(block["id"] && block["name"], "a tool use has no id or name");
    must(Object.keys(block["input"]).length === 0, "a tool use begins with input");
    heard.toolCalls.push({ id: block["id"], name: block["name"], input: "" });
  }
};

const hearDelta = (block: Loose, delta: Loose, heard: Heard): void => {
  must(BLOCK_DELTAS[block["type"]]?.includes(delta["type"]), `${delta["type"]} in a ${block["type"]} block`);
  heard.text += delta["text"] ?? "";
  heard.reasoning += delta["thinking"] ?? "";
  if (delta["type"] === "input_json_delta") heard.toolCalls.at(-1)!.input += delta["partial_json"];
  if (delta["type"] === "signature_delta") {
    must(delta["signature"] !== "" && block["signed"] === undefined, "an empty or a second signature");
    block["signed"] = true;
    heard.seals.push(delta["signature"]);
  } else must(block["signed"] === undefined, "thinking after its signature");
};

const mustUsage = (usage: Loose | undefined): void => {
  for (const name of ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"])
    must(isCount(usage?.[name]), `usage has no ${name}`);
};

export const hearMessages = (sse: string): Heard => {
  const heard = nothing();
  const events = framesOf(sse)
    .filter(({ data }) => data !== "")
    .map(({ event, data }) => {
      const body = objectOf(data);
      must(event === body["type"], "an event is not named after its type");
      return body;
    })
    .filter(({ type }) => type !== "ping");
  const [start] = events;
  must(start?.["type"] === "message_start", "the stream does not begin with message_start");
  const { message } = start as { message: Loose };
  must(
    message["id"] && message["role"] === "assistant" && message["content"].length === 0,
    "message_start is incomplete",
  );
  must(message["stop_reason"] === null, "message_start has a stop reason");
  mustUsage(message["usage"]);
  must(events.at(-1)?.["type"] === "message_stop", "the stream does not end with message_stop");
  must(events.at(-2)?.["type"] === "message_delta", "no message_delta before message_stop");
  let next = 0;
  let open: Loose | undefined;
  for (const event of events.slice(1, -2)) {
    switch (event["type"]) {
      case "content_block_start":
        must(
          open === undefined && event["index"] === next,
          "a block begins within another, or its index does not follow",
        );
        next++;
        open = { ...(event["content_block"] as Loose) };
        startBlock(open, heard);
        break;
      case "content_block_delta":
        must(open !== undefined && event["index"] === next - 1, "a delta of no open block");
        hearDelta(open, event["delta"] as Loose, heard);
        break;
      case "content_block_stop":
        must(open !== undefined && event["index"] === next - 1, "a block ends that is not open");
        if (open["type"] === "thinking") must(open["signed"], "a thinking block has no signature");
        open = undefined;
        break;
      default:
        throw new Error(`grammar: ${event["type"]} in the middle`);
    }
  }
  must(open === undefined, "a block is not ended");
  const { delta, usage } = events.at(-2) as { delta: Loose; usage: Loose };
  mustUsage(usage);
  heard.finish = delta["stop_reason"];
  must(heard.finish, "no stop reason");
  heard.usage = usage;
  return heard;
};

/** A whole chat completion, held to the same rules. */
export const hearChatWhole = (body: Loose): Heard => {
  const heard = nothing();
  must(body["object"] === "chat.completion" && body["id"] && body["choices"].length === 1, "no chat completion");
  const [{ message, finish_reason: finish }] = body["choices"];
  must(message.role === "assistant" && message.content !== undefined, "no assistant's message");
  heard.text = message.content ?? "";
  heard.refusal = message.refusal ?? "";
  heard.reasoning = message.reasoning_content ?? "";
  for (const detail of message.reasoning_details ?? []) {
    const seal = detail.signature ?? detail.data;
    if (seal !== undefined) heard.seals.push(seal);
  }
  for (const call of message.tool_calls ?? []) {
    must(call.id && call.type === "function" && call.function.name, "a tool call is incomplete");
    heard.toolCalls.push({ id: call.id, name: call.function.name, input: call.function.arguments });
  }
  heard.finish = finish;
  heard.usage = body["usage"];
  must(isCount(heard.usage?.["prompt_tokens"]), "no usage");
  return heard;
};

/** A whole message, held to the same rules. */
export const hearMessageWhole = (body: Loose): Heard => {
  const heard = nothing();
  must(body["type"] === "message" && body["role"] === "assistant" && body["id"], "no message");
  for (const block of body["content"]) {
    must(BLOCK_DELTAS[block.type], `unknown block ${block.type}`);
    heard.text += block.text ?? "";
    heard.reasoning += block.thinking ?? "";
    if (block.type === "thinking") must(block.signature, "a thinking block has no signature");
    const seal = block.signature ?? block.data;
    if (seal !== undefined) heard.seals.push(seal);
    if (block.type === "tool_use") {
      must(block.id && block.name && typeof block.input === "object", "a tool use is incomplete");
      heard.toolCalls.push({ id: block.id, name: block.name, input: JSON.stringify(block.input) });
    }
  }
  heard.finish = body["stop_reason"];
  must(heard.finish, "no stop reason");
  heard.usage = body["usage"];
  mustUsage(heard.usage ?? undefined);
  return heard;
};

/**
 * What a legal Responses stream looks like, as its strictest clients read it. Throws on the first fault, and returns what the stream
 * said. Written from the dialect's description, knowing nothing of the product's writer.
 */
import { isDeepStrictEqual } from "node:util";

import { framesOf } from "./conformance/corpus.ts";
import { isCount, must, nothing, objectOf, type Heard, type Loose } from "./grammar.ts";

/** An item while it is open. */
interface Open {
  readonly item: Loose;
  /** The content or summary part that is open, and what its deltas said. */
  part: { readonly place: number; readonly began: Loose; text: string; told: boolean } | undefined;
  /** Parts as they ended. */
  readonly parts: Loose[];
  /** States of an image that were told. */
  readonly states: string[];
  input: string;
  inputTold: boolean;
}

/** The events of a text: which member of the part grows. */
const TEXTS: Readonly<Record<string, { readonly kind: string; readonly member: string; readonly place: string }>> = {
  "response.output_text": { kind: "output_text", member: "text", place: "content_index" },
  "response.refusal": { kind: "refusal", member: "refusal", place: "content_index" },
  "response.reasoning_summary_text": { kind: "summary_text", member: "text", place: "summary_index" },
};
const PARTS: Readonly<Record<string, { readonly item: string; readonly place: string; readonly list: string }>> = {
  "response.content_part": { item: "message", place: "content_index", list: "content" },
  "response.reasoning_summary_part": { item: "reasoning", place: "summary_index", list: "summary" },
};
const INPUTS: Readonly<Record<string, { readonly item: string; readonly member: string }>> = {
  "response.function_call_arguments": { item: "function_call", member: "arguments" },
  "response.custom_tool_call_input": { item: "custom_tool_call", member: "input" },
};

/** The events of an image. */
const IMAGE = "response.image_generation_call";

/** What may change of an item between its two tellings. */
const GROWS = ["status", "content", "summary", "arguments", "input", "encrypted_content", "result"];
const fixed = (item: Loose): Loose =>
  Object.fromEntries(Object.entries(item).filter(([name]) => !GROWS.includes(name)));

const hearItem = (item: Loose, heard: Heard): void => {
  must(typeof item["id"] === "string" && item["id"] !== "", "an item has no id");
  if (item["encrypted_content"] !== undefined) heard.seals.push(item["encrypted_content"]);
  switch (item["type"]) {
    case "message":
      must(item["role"] === "assistant" && item["status"] === "completed", "a message is not the assistant's");
      for (const part of item["content"]) {
        must(part.type === "refusal" || Array.isArray(part.annotations), "a text has no annotations");
        heard.text += part.text ?? "";
        heard.refusal += part.refusal ?? "";
      }
      return;
    case "reasoning":
      heard.reasoning += item["summary"].map((part: Loose) => part["text"]).join("\n\n");
      return;
    case "function_call":
    case "custom_tool_call": {
      const { call_id: id, name, arguments: args, input } = item;
      must(typeof id === "string" && id !== "" && name, "a call has no id or name");
      heard.toolCalls.push({ id, name, input: args ?? input });
      return;
    }
    case "image_generation_call":
      must(typeof item["result"] === "string" && item["status"] === "completed", "an image has no bytes");
      return;
    default:
      throw new Error(`grammar: unknown item ${item["type"]}`);
  }
};

const hearEnd = (response: Loose, heard: Heard): void => {
  must(response["object"] === "response" && response["id"] && response["model"], "no response");
  must(response["store"] === false, "the response was stored");
  must(isCount(response["usage"]?.input_tokens) && isCount(response["usage"].output_tokens), "no usage");
  must(isCount(response["usage"].input_tokens_details.cached_tokens), "no cached tokens");
  must(isCount(response["usage"].output_tokens_details.reasoning_tokens), "no reasoning tokens");
  heard.usage = response["usage"];
  const { status, incomplete_details: details } = response;
  must((details === null) === (status === "completed"), "the status belies its details");
  heard.finish = details === null ? status : `${status}/${details.reason}`;
};

/** A whole response, held to the same rules. */
export const hearResponseWhole = (body: Loose): Heard => {
  const heard = nothing();
  for (const item of body["output"]) hearItem(item, heard);
  hearEnd(body, heard);
  return heard;
};

class Stream {
  readonly heard = nothing();
  readonly #open = new Map<number, Open>();
  readonly #ended: Loose[] = [];
  #next = 0;

  event(event: Loose): void {
    const { type } = event;
    const [base, step] = [type.slice(0, type.lastIndexOf(".")), type.slice(type.lastIndexOf(".") + 1)];
    if (base === "response.output_item") return step === "added" ? this.#begin(event) : this.#end(event);
    const open = this.#open.get(event["output_index"]);
    must(open !== undefined && event["item_id"] === open.item["id"], `${type} belongs to no open item`);
    if (base === IMAGE) this.#image(open, step);
    else if (PARTS[base] !== undefined) this.#part(open, event, step, PARTS[base]);
    else if (TEXTS[base] !== undefined) this.#text(open, event, step, TEXTS[base]);
    else if (INPUTS[base] !== undefined) this.#input(open, event, step, INPUTS[base]);
    else throw new Error(`grammar: ${type} in the middle`);
  }

  end(output: unknown): void {
    must(this.#open.size === 0, "an item is not ended");
    must(isDeepStrictEqual(output, this.#ended), "the output is not what was told");
    for (const item of this.#ended) hearItem(item, this.heard);
  }

  #begin({ output_index: index, item }: Loose): void {
    must(index === this.#next++, "places do not follow each other");
    this.#open.set(index, { item, part: undefined, parts: [], states: [], input: "", inputTold: false });
  }

  #end({ output_index: index, item }: Loose): void {
    const open = this.#open.get(index);
    must(open !== undefined && isDeepStrictEqual(fixed(open.item), fixed(item)), "an item ends that did not begin");
    must(open.part === undefined, "a part is not ended");
    const list = item.content ?? item.summary;
    if (item.type === "image_generation_call")
      must(open.states.join() === "in_progress,generating,completed", "an image was not drawn in order");
    else if (list !== undefined) must(isDeepStrictEqual(list, open.parts), "an item's parts are not what was told");
    else must(open.inputTold && (item.arguments ?? item.input) === open.input, "a call's input is not what was told");
    this.#open.delete(index);
    this.#ended[index] = item;
  }

  #image(open: Open, step: string): void {
    must(open.item["type"] === "image_generation_call" && open.item["result"] === null, "no image is open");
    open.states.push(step);
  }

  #part(open: Open, event: Loose, step: string, rule: { item: string; place: string; list: string }): void {
    const place = event[rule.place];
    must(open.item["type"] === rule.item, "a part of another kind of item");
    if (step === "added") {
      must(open.part === undefined && place === open.parts.length, "a part begins within another");
      open.part = { place, began: event["part"], text: "", told: false };
      return;
    }
    must(open.part?.told && open.part.place === place, "a part ends that is not open, or whose text did not");
    const whole = event["part"].text ?? event["part"].refusal;
    must(whole === open.part.text, "a part is not what its deltas said");
    open.parts.push(event["part"]);
    open.part = undefined;
  }

  #text(open: Open, event: Loose, step: string, rule: { kind: string; member: string; place: string }): void {
    const { part } = open;
    must(part?.began["type"] === rule.kind && event[rule.place] === part.place, "a text of no open part");
    must(!part.told, "a text goes on after its end");
    if (step === "delta") part.text += event["delta"];
    else {
      must(event[rule.member] === part.text, "a text is not what its deltas said");
      part.told = true;
    }
  }

  #input(open: Open, event: Loose, step: string, rule: { item: string; member: string }): void {
    must(open.item["type"] === rule.item && !open.inputTold, "an input of no open call");
    if (step === "delta") open.input += event["delta"];
    else {
      must(event[rule.member] === open.input, "an input is not what its deltas said");
      open.inputTold = true;
    }
  }
}

export const hearResponses = (sse: string): Heard => {
  const events = framesOf(sse)
    .filter(({ data }) => data !== "")
    .map(({ event, data }) => {
      const body = objectOf(data);
      must(event === body["type"], "an event is not named after its type");
      return body;
    });
  for (const [i, event] of events.entries()) must(event["sequence_number"] === i, "events are not numbered in order");
  const [created, progress] = events;
  const last = events.at(-1);
  must(created?.["type"] === "response.created", "the stream does not begin with response.created");
  must(progress?.["type"] === "response.in_progress", "no response.in_progress after it");
  must(created["response"].status === "in_progress" && created["response"].output.length === 0, "it began with output");
  must(last?.["type"] === `response.${last?.["response"]?.status}`, "the last event is not the status");
  must(["completed", "incomplete"].includes(last["response"].status), "the stream does not end well");
  const stream = new Stream();
  for (const event of events.slice(2, -1)) stream.event(event);
  stream.end(last["response"].output);
  must(last["response"].id === created["response"].id, "the response changed its id");
  hearEnd(last["response"], stream.heard);
  return stream.heard;
};

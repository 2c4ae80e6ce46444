/**
 * Writes canonical replies as Responses, streamed or whole. Every part is an item of its own, so parts that interleave in their
 * source may interleave here; the items' places in the output are the order in which they began.
 */
import type { AssistantPart, Finish, Json, JsonObject, Media, Reply, ReplyEvent, Seal } from "../canonical.ts";
import type { ReplyContext, Settled, StreamWriter } from "../protocol.ts";
import { sseEvent } from "../sse.ts";
import { writeFinish } from "./finish.ts";
import { sealedId, writeSeal } from "./reasoning.ts";
import { customTools, responseOf } from "./response.ts";
import { RawArguments, unwrapInput } from "../free-text.ts";
import { settledUsage } from "./usage.ts";

/** Arguments of a call that the model gave none: clients parse them as JSON. */
const NO_ARGUMENTS = "{}";

const PREFIXES = { text: "msg", refusal: "msg", thinking: "rs", tool_call: "fc", custom: "ctc", image: "ig" } as const;
type Kind = keyof typeof PREFIXES;

/** An item as it grows. */
interface Item {
  readonly kind: Kind;
  readonly id: string;
  readonly place: number;
  readonly callId: string;
  readonly name: string;
  text: string;
  /** What its deltas say of it, as the inside of a JSON object. */
  about: string | undefined;
  seal: Seal | undefined;
  redacted: boolean;
  ended: boolean;
  /** Base64 of an image. */
  image: string;
  /** What the text of a call for free text is taken out of, where it comes in JSON. */
  readonly raw: RawArguments | undefined;
}

const contentOf = ({ kind, text }: Item): JsonObject =>
  kind === "refusal"
    ? { type: "refusal", refusal: text }
    : { type: "output_text", text, annotations: [], logprobs: [] };

/** What a call is given: a free text is what it is, arguments are JSON. */
const inputOf = ({ kind, text }: Item): string => (kind === "custom" ? text : text || NO_ARGUMENTS);

/** An item in its state: what it holds is only told when it has ended. */
const itemOf = (item: Item, status: "in_progress" | "completed"): JsonObject => {
  const { kind, id, callId, name, seal, text } = item;
  const ended = status === "completed";
  switch (kind) {
    case "text":
    case "refusal":
      return { id, type: "message", status, role: "assistant", content: ended ? [contentOf(item)] : [] };
    case "thinking":
      return {
        id,
        type: "reasoning",
        summary: ended && text !== "" ? [{ type: "summary_text", text }] : [],
        ...(ended && seal !== undefined ? { encrypted_content: writeSeal(seal, item.redacted) } : {}),
      };
    case "tool_call":
      return { id, type: "function_call", status, call_id: callId, name, arguments: ended ? inputOf(item) : "" };
    case "custom":
      return { id, type: "custom_tool_call", status, call_id: callId, name, input: ended ? inputOf(item) : "" };
    case "image":
      return { id, type: "image_generation_call", status, result: ended ? item.image : null };
  }
};

/** What is known of a call as it begins. */
interface Called {
  readonly id: string;
  readonly name: string;
  readonly seal?: Seal;
}

/** Makes the items of one reply. */
class Items {
  readonly #context: ReplyContext;
  readonly #custom: ReadonlySet<string>;
  readonly all: Item[] = [];

  constructor(context: ReplyContext) {
    this.#context = context;
    this.#custom = customTools(context);
  }

  add(kind: Exclude<Kind, "custom">, call?: Called): Item {
    const place = this.all.length;
    const own = call !== undefined && this.#custom.has(call.name) ? "custom" : kind;
    const item: Item = {
      kind: own,
      id: call?.seal === undefined ? `${PREFIXES[own]}_${this.#context.requestId}_${place}` : sealedId(call.seal),
      place,
      callId: call?.id ?? "",
      name: call?.name ?? "",
      text: "",
      about: undefined,
      seal: undefined,
      redacted: false,
      ended: false,
      image: "",
      raw: own === "custom" ? new RawArguments() : undefined,
    };
    this.all.push(item);
    return item;
  }

  /** The response as it ended. */
  response(finish: Finish, settled: Settled): JsonObject {
    return {
      ...responseOf(this.#context),
      completed_at: this.#context.created,
      ...writeFinish(finish),
      output: this.all.map((item) => itemOf(item, "completed")),
      usage: settledUsage(settled),
    };
  }
}

/** Names of a kind's deltas and of the end of its text, with the member that holds the whole. */
const TEXT_EVENTS = {
  text: { delta: "response.output_text.delta", done: "response.output_text.done", whole: "text" },
  refusal: { delta: "response.refusal.delta", done: "response.refusal.done", whole: "refusal" },
  thinking: {
    delta: "response.reasoning_summary_text.delta",
    done: "response.reasoning_summary_text.done",
    whole: "text",
  },
  tool_call: {
    delta: "response.function_call_arguments.delta",
    done: "response.function_call_arguments.done",
    whole: "arguments",
  },
  custom: {
    delta: "response.custom_tool_call_input.delta",
    done: "response.custom_tool_call_input.done",
    whole: "input",
  },
} as const satisfies Record<Exclude<Kind, "image">, { delta: string; done: string; whole: string }>;

/** An item of text that grows. */
const isText = (item: Item): item is Item & { readonly kind: Exclude<Kind, "image"> } => item.kind !== "image";

/** Which part of its item a text belongs to. */
const placeIn = ({ kind }: Item): JsonObject => {
  if (kind === "thinking") return { summary_index: 0 };
  return kind === "tool_call" || kind === "custom" ? {} : { content_index: 0 };
};

export class ResponsesStreamWriter implements StreamWriter {
  readonly #context: ReplyContext;
  readonly #items: Items;
  /** Items by the canonical part that they are. */
  readonly #parts = new Map<number, Item>();
  #number = 0;
  #begun = false;
  #finish: Finish = "stop";

  constructor(context: ReplyContext) {
    this.#context = context;
    this.#items = new Items(context);
  }

  write(event: ReplyEvent): string {
    switch (event.type) {
      case "text":
      case "refusal":
      case "thinking":
        return this.#text(event.index, event.type, event.text);
      case "seal":
        return this.#sealed(event.index, event.seal, false);
      case "redacted":
        return this.#sealed(event.index, event.seal, true);
      case "image":
        return this.#image(event.index, event.media);
      case "tool_call":
        return this.#open(event.index, this.#items.add("tool_call", event));
      case "tool_input":
        return this.#input(event.index, event.text);
      case "part_end":
        return this.#close(event.index);
      case "finish":
        this.#finish = event.finish;
        return "";
      // The head is sent with the first item, so that until then another provider can still be asked.
      case "start":
      case "ping":
        return "";
    }
  }

  end(settled: Settled): string {
    let text = this.#begin();
    for (const index of this.#parts.keys()) text += this.#close(index);
    const response = this.#items.response(this.#finish, settled);
    return (
      text + this.#event(`response.${response["status"] === "incomplete" ? "incomplete" : "completed"}`, { response })
    );
  }

  #event(type: string, members: JsonObject): string {
    return sseEvent(JSON.stringify({ type, sequence_number: this.#number++, ...members }), type);
  }

  #begin(): string {
    if (this.#begun) return "";
    this.#begun = true;
    const response = { ...responseOf(this.#context), status: "in_progress", output: [], usage: null };
    return this.#event("response.created", { response }) + this.#event("response.in_progress", { response });
  }

  #open(index: number, item: Item): string {
    const before = this.#begin();
    this.#parts.set(index, item);
    return (
      before +
      this.#event("response.output_item.added", { output_index: item.place, item: itemOf(item, "in_progress") })
    );
  }

  #of(item: Item): JsonObject {
    return { item_id: item.id, output_index: item.place, ...placeIn(item) };
  }

  #text(index: number, kind: "text" | "refusal" | "thinking", text: string): string {
    if (text === "") return "";
    let before = "";
    let item = this.#parts.get(index);
    if (item === undefined) {
      item = this.#items.add(kind);
      before = this.#open(index, item);
    }
    if (item.text === "") before += this.#partBegins(item);
    item.text += text;
    return before + this.#delta(item, text);
  }

  /** An image is complete when it is known; the states between are told all the same, for clients that wait for them. */
  #image(index: number, media: Media): string {
    const item = this.#items.add("image");
    item.image = media.kind === "base64" ? media.data : "";
    const opened = this.#open(index, item);
    const states = ["in_progress", "generating", "completed"].map((state) =>
      this.#event(`response.image_generation_call.${state}`, { item_id: item.id, output_index: item.place }),
    );
    return opened + states.join("");
  }

  #delta(item: Item, delta: string): string {
    if (!isText(item)) return "";
    const { delta: type } = TEXT_EVENTS[item.kind];
    // Put together by hand: nearly all of a stream is made of these.
    item.about ??= JSON.stringify(this.#of(item)).slice(1, -1);
    const rest = item.kind === "text" ? ',"logprobs":[]' : "";
    const head = `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.#number++},${item.about},"delta":`;
    return `${head}${JSON.stringify(delta)}${rest}}\n\n`;
  }

  #partBegins(item: Item): string {
    if (item.kind === "thinking")
      return this.#event("response.reasoning_summary_part.added", {
        ...this.#of(item),
        part: { type: "summary_text", text: "" },
      });
    return this.#event("response.content_part.added", { ...this.#of(item), part: contentOf(item) });
  }

  #sealed(index: number, seal: Seal, redacted: boolean): string {
    let before = "";
    let item = this.#parts.get(index);
    if (item === undefined) {
      item = this.#items.add("thinking");
      before = this.#open(index, item);
    }
    item.seal = seal;
    item.redacted = redacted;
    return before;
  }

  #input(index: number, text: string): string {
    const item = this.#parts.get(index);
    return item === undefined ? "" : this.#inputDelta(item, item.raw === undefined ? text : item.raw.push(text));
  }

  #inputDelta(item: Item, text: string): string {
    item.text += text;
    return text === "" ? "" : this.#delta(item, text);
  }

  #close(index: number): string {
    const item = this.#parts.get(index);
    if (item === undefined || item.ended) return "";
    item.ended = true;
    const ended = { output_index: item.place, item: itemOf(item, "completed") };
    return this.#textEnds(item) + this.#event("response.output_item.done", ended);
  }

  #textEnds(item: Item): string {
    if (!isText(item)) return "";
    const { kind } = item;
    const { done, whole } = TEXT_EVENTS[kind];
    if (kind === "tool_call" || kind === "custom") {
      const rest = item.raw === undefined ? "" : this.#inputDelta(item, item.raw.end());
      const input = inputOf(item);
      const late = rest + (kind === "tool_call" && item.text === "" ? this.#delta(item, input) : "");
      return late + this.#event(done, { ...this.#of(item), name: item.name, [whole]: input });
    }
    const { text } = item;
    if (text === "") return "";
    if (kind === "thinking") {
      const part = { type: "summary_text", text };
      return (
        this.#event(done, { ...this.#of(item), text }) +
        this.#event("response.reasoning_summary_part.done", { ...this.#of(item), part })
      );
    }
    const logprobs = kind === "text" ? { logprobs: [] } : {};
    return (
      this.#event(done, { ...this.#of(item), [whole]: text, ...logprobs }) +
      this.#event("response.content_part.done", { ...this.#of(item), part: contentOf(item) })
    );
  }
}

const addPart = (items: Items, part: AssistantPart): void => {
  switch (part.type) {
    case "text":
    case "refusal":
      if (part.text !== "") items.add(part.type).text = part.text;
      return;
    case "thinking": {
      const item = items.add("thinking");
      item.text = part.text;
      item.seal = part.seal;
      item.redacted = part.redacted === true;
      return;
    }
    case "image":
      items.add("image").image = part.media.kind === "base64" ? part.media.data : "";
      return;
    case "tool_call": {
      const item = items.add("tool_call", part);
      item.text = item.kind === "custom" ? unwrapInput(part.input) : part.input;
    }
  }
};

/** A whole reply as a response. */
export const writeReply = (reply: Reply, settled: Settled, context: ReplyContext): Json => {
  const items = new Items(context);
  for (const part of reply.parts) addPart(items, part);
  return items.response(reply.finish, settled);
};

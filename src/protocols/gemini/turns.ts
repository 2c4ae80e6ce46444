/** The conversation of a Gemini request as canonical turns. */
import { errors } from "../../errors.ts";
import type { AssistantPart, Json, JsonObject, TextPart, ToolResultPart, Turn, UserPart } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { isObject, listOf, textOf } from "../value.ts";
import { camel, camelAt } from "./names.ts";
import { madeId, partsOf, readPart, SKIP, unpackSignature, wellFormed, type ContentPart } from "./parts.ts";

const KNOWN: ReadonlySet<string> = new Set(["role", "parts"]);

/** A call that waits for its result. */
interface OpenCall {
  readonly id: string;
  readonly name: string;
}

const isText = (part: ContentPart): part is TextPart => part.type === "text";

/** What a function answered, as a text: the one output or error that clients wrap, else the whole as JSON. */
const resultText = (response: Json | undefined): { readonly text: string; readonly isError: boolean } => {
  if (!isObject(response)) return { text: response === undefined ? "" : JSON.stringify(response), isError: false };
  const [name, ...others] = Object.keys(response);
  const isError = name === "error" && others.length === 0;
  const only = others.length === 0 && (name === "output" || isError) ? response[name ?? ""] : response;
  return { text: typeof only === "string" ? only : JSON.stringify(only), isError };
};

class TurnReader {
  readonly #model: string;
  readonly #dropped: Dropped;
  readonly turns: Turn[] = [];
  /** Calls without a result so far, in order: results without an id answer the first of their name. */
  #open: OpenCall[] = [];
  #calls = 0;

  constructor(model: string, dropped: Dropped) {
    this.#model = model;
    this.#dropped = dropped;
  }

  /** System instructions are a content, of which only text counts, or a text. */
  system(instruction: Json | undefined): void {
    if (typeof instruction === "string") {
      this.turns.push({ role: "system", parts: [{ type: "text", text: wellFormed(instruction) }] });
      return;
    }
    if (!isObject(instruction)) return;
    const path = "systemInstruction";
    const parts = this.#content(partsOf(instruction, path), path);
    for (const [j, part] of parts.entries()) if (!isText(part)) this.#dropped.add(`${path}.parts[${j}]`, part.type);
    const texts = parts.filter(isText);
    if (texts.length > 0) this.turns.push({ role: "system", parts: texts });
  }

  /** @throws GatewayError invalid_value */
  read(content: Json, path: string): void {
    if (!isObject(content)) throw errors.invalidValue(path, "must be an object");
    this.#dropped.unknown(content, KNOWN, path);
    const parts = partsOf(content, path);
    const role = content["role"] ?? "user";
    if (role === "user" || role === "function") this.turns.push({ role: "user", parts: this.#said(parts, path) });
    else if (role === "model") this.turns.push({ role: "assistant", parts: this.#answered(parts, path) });
    else throw errors.invalidValue(`${path}.role`, "must be one of: user, model");
  }

  #content(parts: readonly JsonObject[], path: string): ContentPart[] {
    return parts.flatMap((part, j) => {
      const read = readPart(camel(part), `${path}.parts[${j}]`, this.#dropped);
      return read === undefined ? [] : [read];
    });
  }

  #said(parts: readonly JsonObject[], path: string): UserPart[] {
    return parts.flatMap((raw, j): UserPart[] => {
      const response = camelAt(camel(raw), "functionResponse");
      const inner = `${path}.parts[${j}]`;
      return response === undefined ? this.#content([raw], path) : [this.#result(response, inner)];
    });
  }

  #result(response: JsonObject, path: string): ToolResultPart {
    const name = textOf(response["name"]);
    const said = textOf(response["id"]);
    const at = this.#open.findIndex((call) => (said === "" ? call.name === name : call.id === said));
    const call = this.#open[at] ?? (said === "" ? this.#open[0] : undefined);
    const callId = said || call?.id;
    if (callId === undefined) throw errors.invalidValue(`${path}.functionResponse`, "answers no function call");
    this.#open = this.#open.filter((other) => other !== call);
    const { text, isError } = resultText(response["response"]);
    const media = this.#content(listOf(response["parts"]).filter(isObject), `${path}.functionResponse`).filter(
      (part) => part.type !== "audio",
    );
    return {
      type: "tool_result",
      callId,
      parts: [...(text === "" ? [] : [{ type: "text" as const, text: wellFormed(text) }]), ...media],
      ...(isError ? { isError: true as const } : {}),
    };
  }

  #answered(parts: readonly JsonObject[], path: string): AssistantPart[] {
    const answer: AssistantPart[] = [];
    for (const [j, raw] of parts.entries()) {
      const part = camel(raw);
      const call = camelAt(part, "functionCall");
      const signature = textOf(part["thoughtSignature"]);
      if (call === undefined) this.#text(part, `${path}.parts[${j}]`, answer);
      this.#sign(signature, { isCall: call !== undefined, isThought: part["thought"] === true }, answer);
      if (call !== undefined) answer.push(this.#call(call, `${path}.parts[${j}]`));
    }
    return answer;
  }

  #text(part: JsonObject, path: string, answer: AssistantPart[]): void {
    const text = wellFormed(textOf(part["text"]));
    if (part["thought"] === true) {
      const last = answer.at(-1);
      // A client that kept the fragments of a stream apart.
      if (last?.type === "thinking" && last.seal === undefined) {
        answer[answer.length - 1] = { ...last, text: last.text + text };
      } else answer.push({ type: "thinking", text });
      return;
    }
    for (const read of this.#content([part], path)) {
      if (read.type === "image") answer.push({ type: "image", media: read.media });
      else if (!isText(read)) this.#dropped.add(path, read.type);
      else if (read.text !== "") answer.push(read);
    }
  }

  /** Puts a signature where the reader of replies puts it: on the thoughts before it, else on a silent one of its own. */
  #sign(
    signature: string,
    on: { readonly isCall: boolean; readonly isThought: boolean },
    answer: AssistantPart[],
  ): void {
    if (signature === "" || signature === SKIP) return;
    const { seal, redacted } = unpackSignature(signature, this.#model);
    const sealed = { seal, ...(redacted ? { redacted: true as const } : {}) };
    const last = answer.at(-1);
    if ((on.isCall || on.isThought) && last?.type === "thinking" && last.seal === undefined)
      answer[answer.length - 1] = { ...last, ...sealed };
    else answer.push({ type: "thinking", text: "", ...sealed });
  }

  #call(call: JsonObject, path: string): AssistantPart {
    const name = textOf(call["name"]);
    if (name === "") throw errors.invalidValue(`${path}.functionCall.name`, "must be a function's name");
    // A call without an id gets one of its place in the conversation: the same in every turn that repeats it.
    const id = textOf(call["id"]) || madeId(`${this.turns.length}_${this.#calls}_${name}`);
    this.#calls++;
    this.#open.push({ id, name });
    return { type: "tool_call", id, name, input: JSON.stringify(isObject(call["args"]) ? call["args"] : {}) };
  }
}

/** @throws GatewayError invalid_value for a content that has no meaning, by its path */
export const readTurns = (body: JsonObject, model: string, dropped: Dropped): readonly Turn[] => {
  const { contents } = body;
  if (!Array.isArray(contents)) throw errors.invalidValue("contents", "must be an array");
  const reader = new TurnReader(model, dropped);
  reader.system(body["systemInstruction"]);
  for (const [i, content] of (contents as readonly Json[]).entries()) reader.read(content, `contents[${i}]`);
  return reader.turns;
};

/** Writes canonical replies as the Gemini API does, streamed or whole. */
import type { AssistantPart, Finish, Json, JsonObject, Reply, ReplyEvent, Seal } from "../canonical.ts";
import { extrasOf } from "../extras.ts";
import type { ReplyContext, Settled, StreamWriter } from "../protocol.ts";
import { sseEvent } from "../sse.ts";
import { writeFinish } from "./finish.ts";
import { argumentsOf, imagePart, packSignature, SKIP } from "./parts.ts";
import { writeUsage } from "./usage.ts";

const usageOf = (settled: Settled): JsonObject => ({ ...writeUsage(settled.usage), ...extrasOf(settled) });

/** Members that every chunk repeats. */
const about = ({ model, requestId }: ReplyContext): JsonObject => ({ modelVersion: model, responseId: requestId });

const contentOf = (parts: readonly JsonObject[]): JsonObject => ({ parts, role: "model" });

/** Keeps a stream alive and says nothing. A comment would do elsewhere; clients of this dialect break on it (§9.14). */
export const KEEP_ALIVE = sseEvent(JSON.stringify({ candidates: [{ content: contentOf([{ text: "" }]), index: 0 }] }));

/** A call under way: its arguments are written at once when they are complete. */
interface Call {
  readonly id: string;
  readonly name: string;
  readonly seal: Seal | undefined;
  input: string;
}

interface SealedCall {
  readonly id: string;
  readonly name: string;
  readonly input: string;
  readonly seal?: Seal | undefined;
}

/** A call. The first of a reply says that it has no signature, for a Gemini model with which the conversation may go on. */
const callPart = ({ id, name, input, seal }: SealedCall, isFirst: boolean): JsonObject => {
  const signature = seal === undefined ? SKIP : packSignature(seal);
  const call = { functionCall: { id, name, args: argumentsOf(input) } };
  return seal === undefined && !isFirst ? call : { ...call, thoughtSignature: signature };
};

const signaturePart = (seal: Seal, redacted: boolean): JsonObject => ({
  text: "",
  thought: true,
  thoughtSignature: packSignature(seal, redacted),
});

const TEXT_HEAD = 'data: {"candidates":[{"content":{"parts":[{"text":';

export class GeminiStreamWriter implements StreamWriter {
  readonly #context: ReplyContext;
  readonly #textTail: string;
  readonly #calls = new Map<number, Call>();
  #called = false;
  #finish: Finish = "stop";

  constructor(context: ReplyContext) {
    this.#context = context;
    this.#textTail = `}],"role":"model"},"index":0}],${JSON.stringify(about(context)).slice(1)}\n\n`;
  }

  write(event: ReplyEvent): string {
    switch (event.type) {
      case "text":
      case "refusal":
        return this.#text(event.text, "");
      case "thinking":
        return this.#text(event.text, ',"thought":true');
      case "seal":
        return this.#parts([signaturePart(event.seal, false)]);
      case "redacted":
        return this.#parts([signaturePart(event.seal, true)]);
      case "image":
        return this.#parts([imagePart(event.media)]);
      case "tool_call":
        this.#calls.set(event.index, { id: event.id, name: event.name, seal: event.seal, input: "" });
        return "";
      case "tool_input":
        this.#input(event.index, event.text);
        return "";
      case "part_end":
        return this.#callEnds(event.index);
      case "finish":
        this.#finish = event.finish;
        return "";
      case "start":
      case "ping":
        return "";
    }
  }

  end(settled: Settled): string {
    let text = "";
    for (const index of this.#calls.keys()) text += this.#callEnds(index);
    const candidate = { content: contentOf([{ text: "" }]), finishReason: writeFinish(this.#finish), index: 0 };
    const last = { candidates: [candidate], usageMetadata: usageOf(settled), ...about(this.#context) };
    return text + sseEvent(JSON.stringify(last));
  }

  /** A chunk of one text, put together by hand: nearly all of a stream is made of them. @param rest of the part's JSON */
  #text(text: string, rest: string): string {
    return `${TEXT_HEAD}${JSON.stringify(text)}${rest}${this.#textTail}`;
  }

  #parts(parts: readonly JsonObject[]): string {
    return sseEvent(JSON.stringify({ candidates: [{ content: contentOf(parts), index: 0 }], ...about(this.#context) }));
  }

  #input(index: number, text: string): void {
    const call = this.#calls.get(index);
    if (call !== undefined) call.input += text;
  }

  #callEnds(index: number): string {
    const call = this.#calls.get(index);
    if (call === undefined) return "";
    this.#calls.delete(index);
    const isFirst = !this.#called;
    this.#called = true;
    return this.#parts([callPart(call, isFirst)]);
  }
}

const partsOf = (part: AssistantPart, isFirstCall: boolean): JsonObject[] => {
  switch (part.type) {
    case "text":
    case "refusal":
      return part.text === "" ? [] : [{ text: part.text }];
    case "thinking": {
      const { text, seal, redacted } = part;
      const signature = seal === undefined ? {} : { thoughtSignature: packSignature(seal, redacted === true) };
      return [{ text, thought: true, ...signature }];
    }
    case "image":
      return [imagePart(part.media)];
    case "tool_call":
      return [callPart(part, isFirstCall)];
  }
};

/** A whole reply as a response of one candidate. */
export const writeReply = (reply: Reply, settled: Settled, context: ReplyContext): Json => ({
  candidates: [
    {
      content: contentOf(
        reply.parts.flatMap((part) => partsOf(part, part === reply.parts.find(({ type }) => type === "tool_call"))),
      ),
      finishReason: writeFinish(reply.finish),
      index: 0,
    },
  ],
  usageMetadata: usageOf(settled),
  ...about(context),
});

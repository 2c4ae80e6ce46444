/**
 * The conversation as the Gemini API takes it: system prompts apart, neighbours of one role joined, and functions answered in the
 * order in which they were called.
 */
import type {
  AssistantPart,
  DrawnPart,
  JsonObject,
  ToolCallPart,
  ToolResultPart,
  Turn,
  UserPart,
} from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import type { Target } from "../protocol.ts";
import { fits } from "../seal.ts";
import { argumentsOf, imagePart, isOwnId, SKIP, writePart, type ContentPart } from "./parts.ts";
import type { Traits } from "./traits.ts";

interface Content {
  readonly role: "user" | "model";
  readonly parts: JsonObject[];
}

export interface Conversation {
  readonly system: readonly JsonObject[];
  readonly contents: readonly JsonObject[];
}

const isResult = (part: UserPart): part is ToolResultPart => part.type === "tool_result";

const written = (part: ContentPart): JsonObject[] => [writePart(part)].filter((one) => one !== undefined);

const idMember = (id: string): JsonObject => (isOwnId(id) ? { id } : {});

/** What a function answered: an object as it is, anything else under the name that Google gives it. */
const responseOf = (result: ToolResultPart): JsonObject => {
  const text = result.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  if (result.isError) return { error: text };
  const isObjectText = text.trimStart().startsWith("{");
  const object = isObjectText ? argumentsOf(text) : {};
  return isObjectText && object["raw"] === undefined ? object : { output: text };
};

/** True where nothing but text stands between a part and the next call: dialects that keep thinking apart tell the text after it. */
const leadsToCall = (parts: readonly AssistantPart[], at: number): boolean =>
  parts.slice(at + 1).find(({ type }) => type !== "text" && type !== "refusal")?.type === "tool_call";

class ContentWriter {
  readonly #target: Target;
  readonly #traits: Traits;
  readonly #dropped: Dropped;
  readonly #contents: Content[] = [];
  readonly #system: JsonObject[] = [];
  /** Calls by id, in their order: results name only the id. */
  readonly #calls = new Map<string, { readonly name: string; readonly order: number }>();

  constructor(target: Target, traits: Traits, dropped: Dropped) {
    this.#target = target;
    this.#traits = traits;
    this.#dropped = dropped;
  }

  write(turns: readonly Turn[]): Conversation {
    for (const turn of turns) {
      if (turn.role === "system") this.#system.push(...turn.parts.flatMap(written));
      else if (turn.role === "user") this.#add("user", this.#userParts(turn.parts));
      else this.#add("model", this.#modelParts(turn.parts));
    }
    // There must be something to answer: where all was said to the system, that is it.
    if (this.#contents.length > 0) return { system: this.#system, contents: [...this.#contents].map(asJson) };
    return { system: [], contents: [{ role: "user", parts: this.#system.length > 0 ? this.#system : [{ text: "" }] }] };
  }

  #add(role: Content["role"], parts: readonly JsonObject[]): void {
    if (parts.length === 0) return;
    const last = this.#contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else this.#contents.push({ role, parts: [...parts] });
  }

  #userParts(parts: readonly UserPart[]): JsonObject[] {
    const results = parts.filter(isResult).sort((a, b) => this.#orderOf(a) - this.#orderOf(b));
    const rest = parts.filter((part) => !isResult(part));
    return [...results.flatMap((result) => this.#result(result)), ...rest.flatMap(written)];
  }

  #orderOf({ callId }: ToolResultPart): number {
    return this.#calls.get(callId)?.order ?? Number.MAX_SAFE_INTEGER;
  }

  /** A result, and behind it the media that it holds: only the newest models take them inside. */
  #result(result: ToolResultPart): JsonObject[] {
    const media = result.parts.filter((part): part is Exclude<typeof part, { type: "text" }> => part.type !== "text");
    const name = this.#calls.get(result.callId)?.name ?? result.callId;
    const response = { ...idMember(result.callId), name, response: responseOf(result) };
    return [{ functionResponse: response }, ...media.flatMap(written)];
  }

  /** Silent seals sign the part that they stand before, if that is a call, or stand for themselves. */
  #modelParts(parts: readonly AssistantPart[]): JsonObject[] {
    const answer: JsonObject[] = [];
    let signature: string | undefined;
    let signed = false;
    for (const [i, part] of parts.entries()) {
      const before: string | undefined = signature;
      signature = undefined;
      switch (part.type) {
        case "thinking":
          signature = this.#signature(part);
          if (part.text !== "" && part.seal !== undefined && signature !== undefined)
            answer.push({ text: part.text, thought: true });
          if (signature !== undefined && !leadsToCall(parts, i)) this.#seal(signature, parts[i - 1], answer);
          break;
        case "text":
        case "refusal":
          if (part.text !== "") answer.push({ text: part.text });
          signature = before;
          break;
        case "image":
          answer.push(this.#image(part, parts[i + 1]));
          break;
        case "tool_call":
          answer.push(this.#call(part, before, signed));
          signed = true;
      }
    }
    return answer;
  }

  /** A silent seal signs the image that it stands behind, or stands for itself. */
  #seal(thoughtSignature: string, before: AssistantPart | undefined, answer: JsonObject[]): void {
    const last = answer.at(-1);
    if (before?.type === "image" && last !== undefined) answer[answer.length - 1] = { ...last, thoughtSignature };
    else answer.push({ text: "", thoughtSignature });
  }

  /** The signature of thinking that this model made; any other is set aside by name. */
  #signature(part: AssistantPart & { type: "thinking" }): string | undefined {
    const { seal } = part;
    if (seal !== undefined && fits(seal, "gemini", this.#target)) return seal.value;
    this.#dropped.add(seal === undefined ? "thinking" : "thinking.signature");
    return undefined;
  }

  /** What was drawn. New models want a signature on it, or a word that there is none; a silent seal behind it says it is there. */
  #image({ media }: DrawnPart, next: AssistantPart | undefined): JsonObject {
    const sealed = next?.type === "thinking" && next.text === "" && next.seal !== undefined;
    return { ...imagePart(media), ...(this.#traits.wantsSignatures && !sealed ? { thoughtSignature: SKIP } : {}) };
  }

  /** A call. The first of a turn needs a signature, which a conversation with another model does not have. */
  #call(part: ToolCallPart, before: string | undefined, signed: boolean): JsonObject {
    const { id, name, input, seal } = part;
    this.#calls.set(id, { name, order: this.#calls.size });
    const own = seal !== undefined && fits(seal, "gemini", this.#target) ? seal.value : before;
    const signature = own ?? (this.#traits.wantsSignatures && !signed ? SKIP : undefined);
    return {
      functionCall: { ...idMember(id), name, args: argumentsOf(input) },
      ...(signature === undefined ? {} : { thoughtSignature: signature }),
    };
  }
}

const asJson = ({ role, parts }: Content): JsonObject => ({ role, parts });

/** System prompts in their order, wherever they stood, and the contents. */
export const writeConversation = (
  turns: readonly Turn[],
  target: Target,
  traits: Traits,
  dropped: Dropped,
): Conversation => new ContentWriter(target, traits, dropped).write(turns);

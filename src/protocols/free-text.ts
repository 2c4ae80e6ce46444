/**
 * Tools that take free text, perhaps by a grammar, where most tools take JSON (OpenAI's `custom` tools).
 *
 * In the hub such a tool is a function with a single text, so that every protocol has it, and says beside it what it was; a protocol
 * that knows the like writes it as such again. What a model gives to one is JSON around the text, as for any function: put around it as
 * it streams in, where the provider gave the text alone, and taken off as it streams out to a client that wants it alone.
 */
import type { Chat, FreeText, Json, JsonObject, Tool } from "./canonical.ts";
import type { Dropped } from "./dropped.ts";
import { isObject, objectAt, textOf } from "./value.ts";

const INPUT = "input";
const PARAMETERS: JsonObject = {
  type: "object",
  properties: { [INPUT]: { type: "string" } },
  required: [INPUT],
  additionalProperties: false,
};
const HINT = "free-form; put the raw text in `input`";

/** Free text as a call's arguments. */
export const wrapInput = (text: string): string => JSON.stringify({ [INPUT]: text });

/** The same piece by piece: what stands before the first piece, a piece, and what stands after the last. */
export const WRAP_BEGIN = `{"${INPUT}":"`;
export const wrapPiece = (text: string): string => JSON.stringify(text).slice(1, -1);
export const WRAP_END = '"}';

/** The free text in a call's arguments; arguments of any other shape are the text themselves. */
export const unwrapInput = (args: string): string => {
  if (!args.trimStart().startsWith("{")) return args;
  try {
    const parsed = JSON.parse(args) as Json;
    if (isObject(parsed) && typeof parsed[INPUT] === "string") return parsed[INPUT];
  } catch {
    // Told by the arguments as they are.
  }
  return args;
};

/** A grammar as Responses has it, or one level deeper, as Chat Completions has it; undefined where the text is free of any. */
const readGrammar = (format: JsonObject | undefined): FreeText["grammar"] => {
  if (format?.["type"] !== "grammar") return undefined;
  const of = objectAt(format, "grammar") ?? format;
  return { syntax: textOf(of["syntax"]), definition: textOf(of["definition"]) };
};

/** A tool for free text. @param of its name, description and format */
export const freeTextTool = (of: JsonObject): Tool => {
  const { description } = of;
  const grammar = readGrammar(objectAt(of, "format"));
  return {
    name: textOf(of["name"]),
    ...(typeof description === "string" ? { description } : {}),
    parameters: PARAMETERS,
    freeText: grammar === undefined ? {} : { grammar },
  };
};

/** The tool as protocols have it that know functions only: a grammar can be told there, not enforced. @param path where it stands */
export const asFunction = (tool: Tool, path: string, dropped: Dropped): Tool => {
  const { freeText, ...rest } = tool;
  if (freeText === undefined) return tool;
  const { grammar } = freeText;
  if (grammar !== undefined) dropped.add(`${path}.format`);
  const told = [tool.description ?? "", HINT, grammar?.definition ?? ""].filter((text) => text !== "");
  return { ...rest, description: told.join("\n\n") };
};

/** The names of a request's tools for free text. */
export const freeTextNames = ({ tools = [] }: Chat): ReadonlySet<string> =>
  new Set(tools.flatMap(({ name, freeText }) => (freeText === undefined ? [] : [name])));

const BLANKS = new Set([" ", "\n", "\r", "\t"]);
/** What arguments begin with that hold nothing but a text. */
const TOKENS = ["{", `"${INPUT}"`, ":", '"'] as const;
const UNICODE_ESCAPE = 6;

/** How many characters of `text` open the arguments' one text; 0 when they are something else, null when that is not clear yet. */
const opening = (text: string): number | null => {
  let at = 0;
  for (const token of TOKENS) {
    while (BLANKS.has(text.charAt(at))) at++;
    const seen = text.slice(at, at + token.length);
    if (seen !== token) return token.startsWith(seen) && at + seen.length === text.length ? null : 0;
    at += token.length;
  }
  return at;
};

/** How far the inside of a JSON string is whole: up to its end, or to an escape that is not complete yet. */
const readable = (text: string): { readonly length: number; readonly ended: boolean } => {
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === '"') return { length: at, ended: true };
    const step = char !== "\\" ? 1 : text.charAt(at + 1) === "u" ? UNICODE_ESCAPE : 2;
    if (at + step > text.length) break;
    at += step;
  }
  return { length: at, ended: false };
};

/** The inside of a JSON string as text; itself where it is no such thing. */
const unescaped = (inside: string): string => {
  try {
    return JSON.parse(`"${inside}"`) as string;
  } catch {
    return inside;
  }
};

/**
 * The text of a tool for free text as it streams past, taken out of the JSON around it: at once where the JSON holds nothing else, at
 * the end where it does. What is no JSON is the text itself.
 */
export class RawArguments {
  #held = "";
  #kind: "unknown" | "raw" | "text" | "other" | "done" = "unknown";

  /** The next piece; what of the text may go on now. */
  push(piece: string): string {
    if (this.#kind === "raw") return piece;
    this.#held += piece;
    if (this.#kind === "unknown") this.#begin();
    return this.#goOn();
  }

  #goOn(): string {
    switch (this.#kind) {
      case "raw":
        return this.#taken(this.#held.length);
      case "text":
        return this.#text();
      default:
        return "";
    }
  }

  /** What has not gone on yet. */
  end(): string {
    return this.#kind === "unknown" || this.#kind === "other" ? unwrapInput(this.#held) : "";
  }

  #begin(): void {
    const start = this.#held.trimStart();
    if (start === "") return;
    const length = opening(this.#held);
    if (!start.startsWith("{")) this.#kind = "raw";
    else if (length === 0) this.#kind = "other";
    else if (length !== null) {
      this.#kind = "text";
      this.#held = this.#held.slice(length);
    }
  }

  #text(): string {
    const { length, ended } = readable(this.#held);
    if (ended) this.#kind = "done";
    return unescaped(this.#taken(length));
  }

  #taken(length: number): string {
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return text;
  }
}

/**
 * Calls that a model wrote into its answer as text, because its server does not know its markers: found by the markers, as data, and
 * made calls again where their name is that of a tool that was offered (protocols.md §5.4). Everything else stays text.
 */
import { blank } from "../../table.ts";
import type { Json } from "../canonical.ts";
import { isObject, textOf } from "../value.ts";
import { argumentsText, repaired } from "./arguments.ts";

/** A call found in text. */
export interface FoundCall {
  readonly name: string;
  /** JSON text. */
  readonly input: string;
}

/** How a family of models marks a call. */
interface Marker {
  readonly begins: string;
  readonly ends: string;
  /** Only where nothing was said before: elsewhere it is an ordinary part of an answer. */
  readonly first?: true;
  read(body: string): FoundCall | undefined;
}

const parsed = (text: string): Json => {
  try {
    return JSON.parse(repaired(text)) as Json;
  } catch {
    return null;
  }
};

const callOf = (name: string, args: Json | undefined): FoundCall | undefined => {
  if (name === "") return undefined;
  return { name, input: isObject(args) || typeof args === "string" ? argumentsText(args) : "{}" };
};

/** `{"name": …, "arguments": …}`. @param strict no other member may stand there */
const readJson = (body: string, strict = false): FoundCall | undefined => {
  const call = parsed(body);
  if (!isObject(call)) return undefined;
  const { name, parameters } = call;
  const args = call["arguments"];
  if (strict && (Object.keys(call).length !== 2 || args === undefined)) return undefined;
  return callOf(textOf(name), args ?? parameters);
};

/** The text between two marks, and what stands after the second. */
const between = (text: string, begins: string, ends: string): { inner: string; rest: string } | undefined => {
  const start = text.indexOf(begins);
  const end = start < 0 ? -1 : text.indexOf(ends, start + begins.length);
  return end < 0 ? undefined : { inner: text.slice(start + begins.length, end), rest: text.slice(end + ends.length) };
};

/** GLM: a name, then keys and values each between marks of their own. Values are JSON, or else text. */
const readPairs = (body: string): FoundCall | undefined => {
  const first = body.indexOf("<arg_key>");
  const args = blank<Json>();
  for (let rest = first < 0 ? "" : body.slice(first); rest !== "";) {
    const key = between(rest, "<arg_key>", "</arg_key>");
    const value = key === undefined ? undefined : between(key.rest, "<arg_value>", "</arg_value>");
    if (key === undefined || value === undefined) break;
    args[key.inner.trim()] = jsonOrText(value.inner);
    ({ rest } = value);
  }
  return callOf((first < 0 ? body : body.slice(0, first)).trim(), args);
};

const jsonOrText = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
};

/** A name, a mark and JSON arguments; the name may have a word before it and a number behind. */
const readSplit = (body: string, mark: string): FoundCall | undefined => {
  const at = body.indexOf(mark);
  if (at < 0) return undefined;
  const before = body.slice(0, at).trim();
  const after = body.slice(at + mark.length).trim();
  const colon = before.lastIndexOf(":");
  const named = colon < 0 ? before : before.slice(0, colon);
  const name = named.startsWith("functions.") ? named.slice("functions.".length) : named;
  return callOf(name, parsed(after));
};

const DEEPSEEK_MARK = "<｜tool▁sep｜>";

/** DeepSeek's two generations: the older puts the word `function` first, and the name on a line before fenced arguments. */
const readDeepseek = (body: string): FoundCall | undefined => {
  const old = `function${DEEPSEEK_MARK}`;
  const text = body.trim();
  if (!text.startsWith(old)) return readSplit(text, DEEPSEEK_MARK);
  const rest = text.slice(old.length);
  const line = rest.indexOf("\n");
  return line < 0 ? undefined : callOf(rest.slice(0, line).trim(), parsed(rest.slice(line + 1)));
};

const MARKERS: readonly Marker[] = [
  {
    begins: "<tool_call>",
    ends: "</tool_call>",
    read: (body) => (body.trimStart().startsWith("{") ? readJson(body) : readPairs(body)),
  },
  {
    begins: "<|tool_call_begin|>",
    ends: "<|tool_call_end|>",
    read: (body) => readSplit(body, "<|tool_call_argument_begin|>"),
  },
  { begins: "<｜tool▁call▁begin｜>", ends: "<｜tool▁call▁end｜>", read: readDeepseek },
  { begins: "```json\n", ends: "\n```", first: true, read: (body) => readJson(body, true) },
];

/** Marks around several calls, which say nothing by themselves. */
const WRAPPERS = [
  "<|tool_calls_section_begin|>",
  "<|tool_calls_section_end|>",
  "<｜tool▁calls▁begin｜>",
  "<｜tool▁calls▁end｜>",
] as const;

/** Longest text that is held back for the end of a call, in characters. */
const MAX_HELD = 256 * 1024;

/** A piece of an answer: text to show, or a call. */
export type Piece = string | FoundCall;

/** How long an end of the text may be the beginning of a mark. */
const hanging = (text: string, marks: readonly string[]): number => {
  let most = 0;
  for (const mark of marks) {
    const start = Math.min(mark.length - 1, text.length);
    for (let length = start; length > most; length--) {
      if (!mark.startsWith(text.slice(-length))) continue;
      most = length;
      break;
    }
  }
  return most;
};

/** The first of some marks in a text. */
const firstOf = (text: string, marks: readonly string[]): { at: number; mark: string } | undefined => {
  let found: { at: number; mark: string } | undefined;
  for (const mark of marks) {
    const at = text.indexOf(mark);
    if (at >= 0 && (found === undefined || at < found.at)) found = { at, mark };
  }
  return found;
};

/** The body of a call under way, in the pieces that it came in: it is joined once, when its last mark has come. */
interface Body {
  readonly marker: Marker;
  readonly pieces: string[];
  length: number;
  /** The end of it, which may be the beginning of the last mark. */
  tail: string;
}

/** Finds calls in text that comes in pieces cut anywhere. Its work is linear in the text, however small the pieces are. */
export class CallFinder {
  readonly #isTool: (name: string) => boolean;
  /** Text outside a call that may be the beginning of a mark. */
  #held = "";
  #inside: Body | undefined;
  /** Something other than blanks was said. */
  #said = false;
  #out: Piece[] = [];

  /** @param isTool whether a name is that of a tool that was offered */
  constructor(isTool: (name: string) => boolean) {
    this.#isTool = isTool;
  }

  push(text: string): readonly Piece[] {
    this.#out = [];
    for (let rest = text; rest !== "";) rest = this.#inside === undefined ? this.#outside(rest) : this.#within(rest);
    return this.#out;
  }

  /** The text has ended: a call without its last mark may be whole all the same. */
  end(): readonly Piece[] {
    this.#out = [];
    const inside = this.#inside;
    const held = this.#held;
    this.#held = "";
    this.#inside = undefined;
    if (inside === undefined) this.#say(held);
    else this.#close(inside.marker, inside.pieces.join(""), "");
    return this.#out;
  }

  #say(text: string): void {
    if (text === "") return;
    this.#said ||= text.trim() !== "";
    this.#out.push(text);
  }

  /** A call, if the body is one of an offered tool's; else the text that it is. */
  #close(marker: Marker, body: string, ends: string): void {
    const call = marker.read(body);
    if (call !== undefined && this.#isTool(call.name)) this.#out.push(call);
    else this.#say(marker.begins + body + ends);
  }

  #marks(): readonly string[] {
    const usable = this.#said ? MARKERS.filter(({ first }) => first !== true) : MARKERS;
    return [...usable.map(({ begins }) => begins), ...WRAPPERS];
  }

  /** @returns what is still to be looked at */
  #outside(more: string): string {
    const text = this.#held + more;
    const marks = this.#marks();
    const found = firstOf(text, marks);
    if (found === undefined) {
      const shown = text.length - hanging(text, marks);
      this.#say(text.slice(0, shown));
      this.#held = text.slice(shown);
      return "";
    }
    this.#held = "";
    const before = text.slice(0, found.at);
    const marker = MARKERS.find(({ begins }) => begins === found.mark);
    const isLate = marker?.first === true && before.trim() !== "";
    this.#say(isLate ? before + found.mark : before);
    if (marker !== undefined && !isLate) this.#inside = { marker, pieces: [], length: 0, tail: "" };
    return text.slice(found.at + found.mark.length);
  }

  /** @returns what is still to be looked at */
  #within(more: string): string {
    const inside = this.#inside;
    if (inside === undefined) return more;
    const { marker, pieces } = inside;
    const { ends } = marker;
    const window = inside.tail + more;
    const at = window.indexOf(ends);
    if (at < 0) {
      pieces.push(more);
      inside.length += more.length;
      inside.tail = window.slice(1 - ends.length);
      if (inside.length <= MAX_HELD) return "";
      this.#inside = undefined;
      this.#say(marker.begins + pieces.join(""));
      return "";
    }
    this.#inside = undefined;
    const whole = pieces.join("") + more;
    const end = whole.length - window.length + at;
    this.#close(marker, whole.slice(0, end), ends);
    return whole.slice(end + ends.length);
  }
}

/**
 * The arguments of calls as they stream past, with the small faults that models make taken out: a comma before a closing bracket, a
 * code fence around everything, brackets that nobody closed. Whatever is broken worse is left as it is (protocols.md §5.4).
 */
import { table } from "../../table.ts";
import type { JsonObject } from "../canonical.ts";

/** Something that arguments flow through. */
export interface ArgumentFilter {
  /** The next piece; what of it may go on now. */
  push(text: string): string;
  /** The end. @param whole false where the reply was cut: then nothing is made to look complete */
  end(whole: boolean): string;
}

const FENCE = "```";
/** Longest arguments that are kept to see whether closing their brackets makes them whole, in characters. */
const MAX_KEPT = 1024 * 1024;

const CLOSER = table<string>({ "{": "}", "[": "]" });

const isBlank = (char: string): boolean => char === " " || char === "\n" || char === "\r" || char === "\t";

/** JSON, repaired on the way. Nothing inside a string is ever touched. */
export class JsonArguments implements ArgumentFilter {
  /** What came before the first character that counts. */
  #head: string | undefined = "";
  #inString = false;
  #escaped = false;
  /** Brackets still to be closed, the innermost last. */
  #open: string[] = [];
  /** A comma, and the blanks after it, that wait for what they separate. */
  #comma = "";
  #complete = false;
  /** Blanks and back quotes after the end: a fence, unless more follows. */
  #tail = "";
  #kept = "";

  push(text: string): string {
    const body = this.#head === undefined ? text : this.#begin(this.#head + text);
    let out = "";
    for (const char of body) out += this.#take(char);
    if (this.#kept.length <= MAX_KEPT) this.#kept += out;
    return out;
  }

  end(whole: boolean): string {
    const unread = this.#head === undefined ? "" : this.#head.trim();
    if (!whole || this.#complete || this.#inString || this.#kept.length > MAX_KEPT) return unread;
    const closers = [...this.#open].reverse().join("");
    return closers !== "" && isJson(this.#kept + closers) ? closers : unread;
  }

  /** Passes over blanks and the first line of a fence. @returns what is to be read */
  #begin(text: string): string {
    const start = text.trimStart();
    const isFence = start.startsWith(FENCE);
    const isOpen = isFence ? !start.includes("\n") : FENCE.startsWith(start);
    this.#head = isOpen ? start : undefined;
    if (isOpen) return "";
    return isFence ? start.slice(start.indexOf("\n") + 1).trimStart() : start;
  }

  #take(char: string): string {
    if (this.#complete) return this.#after(char);
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (char === "\\") this.#escaped = true;
      else if (char === '"') this.#inString = false;
      return char;
    }
    if (char === "," || (this.#comma !== "" && isBlank(char))) {
      this.#comma += char;
      return "";
    }
    return this.#structure(char);
  }

  #structure(char: string): string {
    const waiting = this.#comma;
    this.#comma = "";
    if (char === "}" || char === "]") {
      this.#open.pop();
      this.#complete = this.#open.length === 0;
      return char;
    }
    const closer = CLOSER[char];
    if (closer !== undefined) this.#open.push(closer);
    else if (char === '"') this.#inString = true;
    return waiting + char;
  }

  #after(char: string): string {
    if (isBlank(char) || char === "`") {
      this.#tail += char;
      return "";
    }
    const tail = this.#tail;
    this.#tail = "";
    return tail + char;
  }
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Complete arguments, repaired. */
export const repaired = (args: string): string => {
  const filter = new JsonArguments();
  return filter.push(args) + filter.end(true);
};

/** Arguments as JSON text, whether a model gave them as an object or as a text. */
export const argumentsText = (args: JsonObject | string): string =>
  typeof args === "string" ? repaired(args) : JSON.stringify(args);

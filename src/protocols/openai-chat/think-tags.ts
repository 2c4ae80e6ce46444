/**
 * Thinking that comes within the content: `<think>…</think>` at its head, cut anywhere by the stream, and sometimes never closed
 * because a limit cut it. Only providers with the quirk `think_tags` are read so: elsewhere the tag is what the model wrote.
 */

export const OPENING = "<think>";
export const CLOSING = "</think>";

interface Piece {
  readonly kind: "thinking" | "text";
  readonly text: string;
}

const isBlank = (char: string | undefined): boolean => char === " " || char === "\n" || char === "\r" || char === "\t";

const blanksOf = (text: string): number => {
  let i = 0;
  while (isBlank(text[i])) i++;
  return i;
};

/** How much of the end of a text may be the beginning of a mark. */
const overlap = (text: string, mark: string): number => {
  for (let size = Math.min(text.length, mark.length - 1); size > 0; size--)
    if (text.endsWith(mark.slice(0, size))) return size;
  return 0;
};

/** Splits content into thinking and text, piece by piece. What may still become a tag waits: at most a tag and blanks. */
export class ThinkTags {
  #place: "head" | "thinking" | "gap" | "text" = "head";
  #waiting = "";

  push(content: string): Piece[] {
    const pieces: Piece[] = [];
    this.#waiting += content;
    if (this.#place === "head") this.#head();
    if (this.#place === "thinking") this.#think(pieces);
    if (this.#place === "gap") this.#gap();
    if (this.#place === "text") add(pieces, "text", this.#take(this.#waiting.length));
    return pieces;
  }

  /** What waited for more, when no more comes. */
  flush(): Piece[] {
    const pieces: Piece[] = [];
    const kind = this.#place === "thinking" ? "thinking" : "text";
    const rest = this.#take(this.#waiting.length);
    if (this.#place !== "gap") add(pieces, kind, rest);
    this.#place = "text";
    return pieces;
  }

  #take(length: number): string {
    const taken = this.#waiting.slice(0, length);
    this.#waiting = this.#waiting.slice(length);
    return taken;
  }

  #head(): void {
    const at = blanksOf(this.#waiting);
    const rest = this.#waiting.slice(at, at + OPENING.length);
    if (rest === OPENING) {
      this.#take(at + OPENING.length);
      this.#place = "thinking";
    } else if (!OPENING.startsWith(rest)) this.#place = "text";
  }

  #think(pieces: Piece[]): void {
    const at = this.#waiting.indexOf(CLOSING);
    if (at < 0) {
      add(pieces, "thinking", this.#take(this.#waiting.length - overlap(this.#waiting, CLOSING)));
      return;
    }
    add(pieces, "thinking", this.#take(at));
    this.#take(CLOSING.length);
    this.#place = "gap";
  }

  /** The blanks between thinking and text belong to neither. */
  #gap(): void {
    this.#take(blanksOf(this.#waiting));
    if (this.#waiting !== "") this.#place = "text";
  }
}

const add = (pieces: Piece[], kind: Piece["kind"], text: string): void => {
  if (text !== "") pieces.push({ kind, text });
};

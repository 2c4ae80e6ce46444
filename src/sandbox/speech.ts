/** A reply before any dialect. Pure. */

export interface ToolUse {
  readonly name: string;
  /** Arguments as JSON text. */
  readonly args: string;
}

export interface Thinking {
  /** The whole thinking: what is counted. */
  readonly text: string;
  /** `omitted` shows an empty block with a signature, `redacted` an opaque one. */
  readonly form: "shown" | "omitted" | "redacted";
}

export type Finish =
  | { readonly kind: "stop" | "length" | "tool" }
  | { readonly kind: "sequence"; readonly sequence: string };

/** An image that is part of a reply. */
export interface Drawn {
  readonly mediaType: string;
  readonly base64: string;
}

export interface Answer {
  readonly thinking: Thinking | null;
  readonly text: string;
  readonly image?: Drawn;
  readonly calls: readonly ToolUse[];
  readonly finish: Finish;
}

/** What is said, before caps and stop sequences. */
export interface Speech {
  readonly text: string;
  readonly image?: Drawn;
  readonly calls: readonly ToolUse[];
}

/** A speech of words alone. */
export const say = (text: string): Speech => ({ text, calls: [] });

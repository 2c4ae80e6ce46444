/**
 * Reasoning as text: Cursor shows no reasoning but what stands in the answer, so what a model thinks before it answers is written
 * there between two marks, and taken out again when the conversation comes back.
 */

export const THOUGHT_BEGINS = "<think>\n";
export const THOUGHT_ENDS = "\n</think>\n\n";

/** The second mark without the blank lines around it, which clients trim. */
const END_TAG = "</think>";

const skipBlank = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && (text[at] === "\n" || text[at] === "\r")) at++;
  return at;
};

/** An assistant's text without the thinking at its start; thinking that never ended is all that was said. */
export const withoutThought = (text: string): string => {
  let at = 0;
  while (text.startsWith(THOUGHT_BEGINS, at)) {
    const end = text.indexOf(END_TAG, at);
    if (end < 0) return "";
    at = skipBlank(text, end + END_TAG.length);
  }
  return at === 0 ? text : text.slice(at);
};

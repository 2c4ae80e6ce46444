/** Edits the top level of a JSON object in its own bytes: what is not named keeps them, and nothing is copied. */
import { OPEN_BRACE, type JsonScan } from "./json.ts";

/** What to change at the top level of an object: values as JSON text. */
export interface Splice {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

const NOTHING_REMOVED: readonly string[] = [];

/** Byte ranges to replace, in ascending order. */
interface Cut {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The body with top-level members replaced, removed or appended, as slices of the original and the new values between them: the
 * body itself is never copied, and whatever is not named keeps its bytes. Members that are removed and set are set.
 */
export const splice = (
  body: Buffer,
  scan: JsonScan,
  { set, remove = NOTHING_REMOVED }: Partial<Splice> & Pick<Splice, "set">,
): Buffer[] => {
  const removed = new Set(remove.filter((key) => !Object.hasOwn(set, key) && scan.members.has(key)));
  const cuts: Cut[] = [];
  const spans = [...scan.members].sort(([, a], [, b]) => a.start - b.start);
  // After the last member that stays; before there is one, after the opening brace.
  let keptEnd = body.indexOf(OPEN_BRACE) + 1;
  let kept = 0;
  for (const [index, [key, span]] of spans.entries()) {
    if (removed.has(key)) {
      const next = spans.slice(index + 1).find(([later]) => !removed.has(later));
      // With a member after it, a removed one takes its own comma along; at the end it takes the comma before it.
      if (next !== undefined)
        cuts.push({ start: span.memberStart, end: spans[index + 1]?.[1].memberStart ?? span.end, text: "" });
      else {
        cuts.push({ start: kept === 0 ? span.memberStart : keptEnd, end: spans.at(-1)?.[1].end ?? span.end, text: "" });
        break;
      }
      continue;
    }
    kept++;
    keptEnd = span.end;
    if (Object.hasOwn(set, key)) cuts.push({ start: span.start, end: span.end, text: set[key] ?? "null" });
  }
  const appended = Object.entries(set).filter(([key]) => !scan.members.has(key));
  if (appended.length > 0) {
    const text = appended.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",");
    insert(cuts, { start: keptEnd, end: keptEnd, text: kept === 0 ? text : `,${text}` });
  }
  return assemble(body, cuts);
};

/** Puts a cut in its place by position: before a removal that starts where it stands. */
const insert = (cuts: Cut[], cut: Cut): void => {
  const index = cuts.findIndex((other) => other.start >= cut.start);
  cuts.splice(index < 0 ? cuts.length : index, 0, cut);
};

const assemble = (body: Buffer, cuts: readonly Cut[]): Buffer[] => {
  const parts: Buffer[] = [];
  let at = 0;
  for (const cut of cuts) {
    if (cut.start > at) parts.push(body.subarray(at, cut.start));
    if (cut.text !== "") parts.push(Buffer.from(cut.text));
    at = cut.end;
  }
  if (at < body.length) parts.push(body.subarray(at));
  return parts;
};

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
  { members }: JsonScan,
  { set, remove = NOTHING_REMOVED }: Partial<Splice> & Pick<Splice, "set">,
): Buffer[] => {
  const cuts: Cut[] = [];
  let appended = "";
  for (const key of Object.keys(set)) {
    const span = members.get(key);
    const text = set[key] ?? "null";
    if (span !== undefined) insert(cuts, { start: span.start, end: span.end, text });
    else appended += `${appended === "" ? "" : ","}${JSON.stringify(key)}:${text}`;
  }
  const removed = remove.filter((key) => !Object.hasOwn(set, key) && members.has(key));
  const keptEnd = removed.length === 0 ? lastEnd(members) : cutOut(members, new Set(removed), cuts);
  if (appended !== "") {
    // After the last member that stays; before there is one, after the opening brace.
    const at = keptEnd ?? body.indexOf(OPEN_BRACE) + 1;
    insert(cuts, { start: at, end: at, text: keptEnd === undefined ? appended : `,${appended}` });
  }
  return assemble(body, cuts);
};

type Members = JsonScan["members"];

/** Where the last member ends; undefined when there is none. A repeated key stands where it was first, but means its last. */
const lastEnd = (members: Members): number | undefined => {
  let last: number | undefined;
  for (const { end } of members.values()) if (last === undefined || end > last) last = end;
  return last;
};

/** Adds the cuts that take members out, each with one comma. @returns where the last member that stays ends, if one does. */
const cutOut = (members: Members, removed: ReadonlySet<string>, cuts: Cut[]): number | undefined => {
  const spans = [...members].sort(([, a], [, b]) => a.start - b.start);
  let keptEnd: number | undefined;
  for (const [index, [key, span]] of spans.entries()) {
    if (!removed.has(key)) {
      keptEnd = span.end;
      continue;
    }
    const isFollowed = spans.slice(index + 1).some(([later]) => !removed.has(later));
    // With a member after it, a removed one takes its own comma along; at the end it takes the comma before it.
    const start = isFollowed ? span.memberStart : (keptEnd ?? span.memberStart);
    const end = isFollowed ? spans[index + 1]?.[1].memberStart : spans.at(-1)?.[1].end;
    insert(cuts, { start, end: end ?? span.end, text: "" });
    if (!isFollowed) break;
  }
  return keptEnd;
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

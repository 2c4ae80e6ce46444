/** Edits to a provider's bytes that leave every other byte as it is: of JSON, and of the frame of a stream that holds it (DESIGN §9.4). */
import { brokenReply } from "./broken.ts";
import type { Json } from "./canonical.ts";
import { REPLY_LIMITS, scanJson, type JsonScan, type Span } from "./json.ts";
import { splice } from "./splice.ts";
import { MAX_DRAWN_BYTES, sseEvent, SseReader, type SseFrame } from "./sse.ts";
import { isObject } from "./value.ts";

/** An event's frame with its JSON; `body` is undefined for `[DONE]`. */
export interface Parsed {
  readonly frame: SseFrame;
  readonly body: Json | undefined;
}

/** A change to a frame's JSON: the object at `path` gets members set (as JSON text), or loses them. */
export interface FrameEdit {
  readonly path: readonly string[];
  readonly set: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
}

const SPACE = 0x20;

/**
 * Applies edits to JSON bytes without copying what stays. @param scan of the data, where it was scanned already
 * @throws UpstreamBroken when a path is not there
 */
export const editJson = (data: Buffer, edit: FrameEdit, scan: JsonScan = scanJson(data, REPLY_LIMITS)): Buffer[] => {
  const [name, ...rest] = edit.path;
  if (name === undefined) return splice(data, scan, edit);
  const span: Span | undefined = scan.members.get(name);
  if (span === undefined) throw brokenReply(`no ${name} to edit`);
  const inner = editJson(data.subarray(span.start, span.end), { ...edit, path: rest });
  return [data.subarray(0, span.start), ...inner, data.subarray(span.end)];
};

/**
 * Sets one top-level string without a scan, where its name stands in the frame only once: then it is the one that was parsed. Streams
 * that name the model in every chunk are full of these. Undefined where it is not as simple as that.
 */
const setString = (raw: Buffer, body: Json | undefined, { path, set, remove }: FrameEdit): Buffer | undefined => {
  const [name, ...others] = Object.keys(set);
  if (name === undefined || others.length > 0 || path.length > 0 || remove !== undefined) return undefined;
  const value = isObject(body) ? body[name] : undefined;
  const at = raw.indexOf(`"${name}":`);
  if (typeof value !== "string" || at < 0 || raw.indexOf(`"${name}"`, at + 1) >= 0) return undefined;
  let start = at + name.length + 3;
  while (raw[start] === SPACE) start++;
  const known = Buffer.from(JSON.stringify(value));
  const end = start + known.length;
  if (end > raw.length || raw.compare(known, 0, known.length, start, end) !== 0) return undefined;
  return Buffer.concat([raw.subarray(0, start), Buffer.from(set[name] ?? "null"), raw.subarray(end)]);
};

/** A frame with an edit made to its data: its other bytes stay, unless the data is spread over lines. */
export const editFrame = (raw: Buffer, { frame, body }: Parsed, edit: FrameEdit): Buffer => {
  const quick = setString(raw, body, edit);
  if (quick !== undefined) return quick;
  // Earlier edits of the same frame moved the end of the data, never its start.
  const { dataSpan } = frame;
  if (dataSpan !== undefined)
    return editBetween(raw, dataSpan.start, dataSpan.end + raw.length - frame.raw.length, edit);
  const again = readFrame(raw);
  if (again?.dataSpan !== undefined) return editBetween(raw, again.dataSpan.start, again.dataSpan.end, edit);
  return editFrame(Buffer.from(sseEvent(JSON.stringify(body), frame.event)), { frame, body }, edit);
};

const readFrame = (raw: Buffer): SseFrame | undefined => {
  const reader = new SseReader(MAX_DRAWN_BYTES);
  reader.push(raw);
  return reader.next() ?? reader.end();
};

const editBetween = (raw: Buffer, start: number, end: number, edit: FrameEdit): Buffer =>
  Buffer.concat([raw.subarray(0, start), ...editJson(raw.subarray(start, end), edit), raw.subarray(end)]);

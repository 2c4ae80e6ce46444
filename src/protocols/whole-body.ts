/** A provider's JSON reply as one body: checked, then edited by the bytes when its charge is committed. */
import { brokenReply } from "./broken.ts";
import type { Json, JsonObject } from "./canonical.ts";
import { parseEventJson } from "./event-json.ts";
import { editJson, type FrameEdit } from "./frame-edits.ts";
import { REPLY_LIMITS, scanJson, type JsonScan } from "./json.ts";
import { UpstreamBroken, type UpstreamSide } from "./protocol.ts";
import { isObject } from "./value.ts";

/** JSON text of a provider: a body, or the data of an event. @throws UpstreamBroken */
export const parseReply = (data: string): Json => {
  try {
    return parseEventJson(data);
  } catch {
    throw brokenReply("what should be JSON is none");
  }
};

/** The scans of bodies that were read, for when they are edited. They go with the bodies. */
const scans = new WeakMap<Buffer, JsonScan>();

/**
 * A provider's JSON body, checked to be an object that is no error (B39, B43), and one that can still be edited when its charge
 * is committed: valid UTF-8, of bounded depth.
 * @throws UpstreamBroken
 */
export const readBody = (body: Buffer, upstream: UpstreamSide): JsonObject => {
  const json = parseReply(body.toString("utf8"));
  const fault = upstream.eventFault(undefined, json);
  if (fault !== undefined) throw new UpstreamBroken(fault, "an error in a 200");
  if (!isObject(json)) throw brokenReply("the reply is no object");
  try {
    scans.set(body, scanJson(body, REPLY_LIMITS));
  } catch {
    throw brokenReply("the reply cannot be edited");
  }
  return json;
};

/** A JSON reply with edits made, or the very same bytes when there are none. */
export const editBody = (body: Buffer, edits: readonly FrameEdit[]): Buffer => {
  let bytes = body;
  for (const edit of edits) bytes = Buffer.concat(editJson(bytes, edit, scans.get(bytes)));
  return bytes;
};

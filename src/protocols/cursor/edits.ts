/**
 * The edits to a request of Cursor's for a provider of Chat Completions, beside those of any chat: what OpenAI alone knows is put into
 * words that all know, and sampling is not asked of models that reason.
 */
import { table } from "../../table.ts";
import type { JsonObject } from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import { openaiChat } from "../openai-chat/index.ts";
import type { Ask, Call, Edits, RequestEdits, Target } from "../protocol.ts";
import { isReasoning, lowered } from "./read.ts";

/** Members that only OpenAI knows, and whether leaving them out loses something. */
const ADDITIONS = table<boolean>({ prompt_cache_key: false, verbosity: true });

/** The members that a provider without OpenAI's additions needs changed, as JSON text, and what it does not know at all. */
const withoutAdditions = (body: JsonObject, dropped: Dropped): { changed: JsonObject; remove: readonly string[] } => {
  const given = Object.entries(ADDITIONS).filter(([name]) => (body[name] ?? null) !== null);
  for (const [name, isLoss] of given) if (isLoss) dropped.add(name);
  return { changed: lowered(body, dropped), remove: given.map(([name]) => name) };
};

const NOTHING = { changed: {}, remove: [] } as const;

const requestEdits = (call: Call, ask: Ask, target: Target): RequestEdits => {
  const body = call.json();
  const dropped = new Dropped();
  const drops = (body["temperature"] ?? null) !== null && (target.reasons === true || isReasoning(body));
  if (drops) dropped.add("temperature");
  const { changed, remove } = target.quirks.openai_additions ? NOTHING : withoutAdditions(body, dropped);
  const whole = { ...body, ...changed };
  // The edits of any chat are made to what was changed. Usage is always asked for: the client's own wish for it is ours here.
  const edits = openaiChat.edits.request({ ...call, json: () => whole }, { ...ask, wantsUsage: false }, target);
  const set = Object.fromEntries(Object.entries(changed).map(([name, value]) => [name, JSON.stringify(value)]));
  return {
    set: { ...set, ...edits.set },
    remove: [...edits.remove, ...remove, ...(drops ? ["temperature"] : [])],
    dropped: [...(call.prepared?.dropped ?? []), ...(edits.dropped ?? []), ...dropped.names],
  };
};

export const cursorEdits: Edits = { ...openaiChat.edits, request: requestEdits };

/**
 * Calls and results in pairs: every provider refuses a result without its call, and a call without its result. Cursor cuts
 * conversations short and so makes both (reference: protocols.md §5, normaliser, step 4).
 */
import type { Json, JsonObject } from "../canonical.ts";
import { isObject, listOf, textOf } from "../value.ts";

/** What stands for a result that never came. */
const NO_RESULT = "(no result)";

const isRole = (message: Json | undefined, role: string): message is JsonObject =>
  isObject(message) && message["role"] === role;

const callsOf = (message: Json): readonly Json[] => (isRole(message, "assistant") ? listOf(message["tool_calls"]) : []);

/** A result without its call, as a user would tell it. */
const told = (result: JsonObject): JsonObject => {
  const id = textOf(result["tool_call_id"]);
  return { role: "user", content: `[tool result${id === "" ? "" : ` ${id}`}] ${textOf(result["content"])}` };
};

const idsOf = (message: JsonObject): string[] =>
  listOf(message["tool_calls"]).map((call) => (isObject(call) ? textOf(call["id"]) : ""));

/** Calls with an id of their own each: one without, or with that of another, is named by its place. @param at the message's */
const withIds = (message: JsonObject, at: number): JsonObject => {
  const ids = idsOf(message);
  const known = new Set(ids);
  if (!known.has("") && known.size === ids.length) return message;
  const calls = listOf(message["tool_calls"]).filter(isObject);
  const taken = new Set([""]);
  const named = calls.map((call, j) => {
    const id = textOf(call["id"]);
    if (taken.has(id)) return { ...call, id: `call_${at}_${j}` };
    taken.add(id);
    return call;
  });
  return { ...message, tool_calls: named };
};

/** The messages after one with calls, up to the assistant's next: where its results may stand. */
const replyTo = (messages: readonly Json[], at: number): readonly Json[] => {
  let end = at + 1;
  while (end < messages.length && !isRole(messages[end], "assistant")) end++;
  return messages.slice(at + 1, end);
};

/** The results of some calls, in the calls' order and first, then everything else. */
const paired = (ids: readonly string[], after: readonly Json[]): Json[] => {
  const results = new Map<string, JsonObject>();
  const rest: Json[] = [];
  const known = new Set(ids);
  let first = 0;
  for (const message of after) {
    if (!isRole(message, "tool")) {
      rest.push(message);
      continue;
    }
    // A result without an id answers the first call that has none yet.
    const said = textOf(message["tool_call_id"]);
    while (first < ids.length && results.has(ids[first] ?? "")) first++;
    const id = said === "" ? (ids[first] ?? "") : said;
    if (!known.has(id) || results.has(id)) rest.push(told(message));
    else results.set(id, said === "" ? { ...message, tool_call_id: id } : message);
  }
  const answers = ids.map((id): Json => results.get(id) ?? { role: "tool", tool_call_id: id, content: NO_RESULT });
  return [...answers, ...rest];
};

/** The messages with every call answered once, right after it. The same list where they were so already. */
export const pairCalls = (messages: readonly Json[]): readonly Json[] => {
  const read: Json[] = [];
  for (let at = 0; at < messages.length; at++) {
    const message = messages[at] ?? null;
    if (isRole(message, "tool")) {
      read.push(told(message));
      continue;
    }
    if (callsOf(message).length === 0 || !isObject(message)) {
      read.push(message);
      continue;
    }
    const named = withIds(message, at);
    const after = replyTo(messages, at);
    read.push(named, ...paired(idsOf(named), after));
    at += after.length;
  }
  const isSame = read.length === messages.length && read.every((message, i) => message === messages[i]);
  return isSame ? messages : read;
};

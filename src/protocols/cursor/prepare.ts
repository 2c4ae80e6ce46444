/**
 * Puts a request of Cursor's into plain Chat Completions: three dialects come on its one URL, and are told apart member by member,
 * never by the body as a whole (reference: protocols.md §5.2, whose normaliser's order this follows).
 *
 * Pure, and idempotent: what is in order keeps its bytes, and a body that is in order altogether is not even copied.
 */
import { errors } from "../../errors.ts";
import { blank, table } from "../../table.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import { scanJson } from "../json.ts";
import { checkModelName } from "../params.ts";
import type { Call } from "../protocol.ts";
import { splice } from "../splice.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";
import { readItems } from "./items.ts";
import { readMessages } from "./messages.ts";
import { readName, type ReadName } from "./names.ts";
import { pairCalls } from "./pairs.ts";
import { customNames, readChoice, readTools } from "./tools.ts";

/** Longest key of a conversation's cache that OpenAI takes, in characters. */
const MAX_CACHE_KEY = 64;

/** A body being put in order: the members that it will have, and what was lost on the way. */
interface Draft {
  readonly members: Map<string, Json>;
  readonly dropped: Dropped;
}

const listAt = ({ members }: Draft, name: string): readonly Json[] => listOf(members.get(name));

/** Tools, and what is meaningless without any. @throws GatewayError invalid_value */
const orderTools = (draft: Draft): ReadonlySet<string> => {
  const { members, dropped } = draft;
  const given = members.get("tools") ?? null;
  if (given !== null && !Array.isArray(given)) throw errors.invalidValue("tools", "must be an array");
  const tools = readTools(listOf(given), dropped);
  const custom = customNames(tools);
  if (tools.length === 0) {
    members.delete("tools");
    // Functions of the older dialect are tools too.
    if (listAt(draft, "functions").length > 0) return custom;
    for (const name of ["tool_choice", "parallel_tool_calls"]) members.delete(name);
    return custom;
  }
  members.set("tools", tools);
  const choice = members.get("tool_choice") ?? null;
  if (choice === null) members.delete("tool_choice");
  else {
    if (isObject(choice) && choice["disable_parallel_tool_use"] === true) members.set("parallel_tool_calls", false);
    members.set("tool_choice", readChoice(choice, custom));
  }
  return custom;
};

/** A prompt that stands beside the conversation, as the message that it is. */
const promptOf = (text: Json | undefined): JsonObject[] => {
  if (typeof text === "string" && text !== "") return [{ role: "system", content: text }];
  return Array.isArray(text) && text.length > 0 ? [{ role: "system", content: text }] : [];
};

/** The conversation: `messages` where there are any, else the items of `input`. @throws GatewayError invalid_value */
const orderMessages = (draft: Draft, custom: ReadonlySet<string>): void => {
  const { members, dropped } = draft;
  const given = members.get("messages") ?? null;
  if (given !== null && !Array.isArray(given)) throw errors.invalidValue("messages", "must be an array");
  const { input = null, system, instructions } = Object.fromEntries(members);
  const said = listOf(given);
  if (said.length > 0 && input !== null) dropped.add("input");
  const conversation = said.length > 0 ? said : readItems(input, custom, dropped);
  if (conversation.length === 0) throw errors.invalidValue("messages", "is required: an array of at least one message");
  const prompts = [...promptOf(system), ...promptOf(instructions)];
  const whole = prompts.length === 0 ? conversation : [...prompts, ...conversation];
  members.set("messages", pairCalls(readMessages(whole, { custom, dropped })));
  for (const name of ["input", "system", "instructions"]) members.delete(name);
};

const setIfAbsent = ({ members }: Draft, name: string, value: Json | undefined): void => {
  if (value !== undefined && value !== null && (members.get(name) ?? null) === null) members.set(name, value);
};

/** A format of Responses, whose members stand one level higher. */
const formatOf = (format: JsonObject | undefined): JsonObject | undefined => {
  if (format === undefined || format["type"] === "text") return undefined;
  if (format["type"] !== "json_schema" || isObject(format["json_schema"])) return format;
  const { type, ...schema } = format;
  return { type, json_schema: schema };
};

/** Parameters by the names that Responses and Messages have for them. */
const orderParameters = (draft: Draft): void => {
  const { members, dropped } = draft;
  const reasoning = objectAt(Object.fromEntries(members), "reasoning");
  if (reasoning !== undefined) {
    setIfAbsent(draft, "reasoning_effort", reasoning["effort"]);
    members.delete("reasoning");
  }
  const cap = members.get("max_output_tokens");
  if (cap !== undefined) {
    if (!members.has("max_tokens")) setIfAbsent(draft, "max_completion_tokens", cap);
    members.delete("max_output_tokens");
  }
  const { text } = Object.fromEntries(members);
  if (isObject(text)) {
    setIfAbsent(draft, "verbosity", text["verbosity"]);
    setIfAbsent(draft, "response_format", formatOf(objectAt(text, "format")));
    members.delete("text");
  }
  setIfAbsent(draft, "stop", members.get("stop_sequences"));
  members.delete("stop_sequences");
  // A reply of this dialect has one choice; more would be paid for and not shown.
  const { n } = Object.fromEntries(members);
  if (typeof n === "number" && n > 1) {
    members.delete("n");
    dropped.add("n");
  }
};

/** What means nothing in Chat Completions, with the values that ask for nothing: any other is named. */
const LEFT_OUT = table<(value: Json) => boolean>({
  store: () => true,
  include: (value) => listOf(value).every((one) => one === "reasoning.encrypted_content"),
  previous_response_id: () => false,
  truncation: (value) => value === "disabled" || value === "auto",
  metadata: () => true,
  prompt_cache_retention: () => true,
  background: (value) => value === false,
});

/** The conversation's name becomes the key of the provider's cache; a user's is the next best. */
const orderCacheKey = (draft: Draft, { headers }: Call): void => {
  const { metadata, user } = Object.fromEntries(draft.members);
  const said = isObject(metadata) ? textOf(metadata["cursorConversationId"]) : "";
  const named = said || (headers["x-cursor-conversation-id"] ?? "");
  const key = (named || textOf(user)).slice(0, MAX_CACHE_KEY);
  if (key !== "") setIfAbsent(draft, "prompt_cache_key", key.isWellFormed() ? key : key.toWellFormed());
};

const leaveOut = ({ members, dropped }: Draft): void => {
  for (const [name, asksNothing] of Object.entries(LEFT_OUT)) {
    const value = members.get(name);
    if (value === undefined) continue;
    members.delete(name);
    if (value !== null && !asksNothing(value)) dropped.add(name);
  }
};

const orderName = ({ members, dropped }: Draft, name: ReadName): void => {
  members.set("model", name.model);
  for (const suffix of name.idle) dropped.add("model", suffix);
  const { reasoning_effort: said = null } = Object.fromEntries(members);
  if (name.effort !== undefined && (said === null || name.mild !== true)) members.set("reasoning_effort", name.effort);
};

/** A request with some members changed, its other bytes as they were. */
const edited = (call: Call, body: JsonObject, members: ReadonlyMap<string, Json>): Call => {
  const set = blank<string>();
  for (const [name, value] of members) if (value !== body[name]) set[name] = JSON.stringify(value);
  const remove = Object.keys(body).filter((name) => !members.has(name));
  if (remove.length === 0 && Object.keys(set).length === 0) return call;
  const bytes = Buffer.concat(splice(call.body, call.scan, { set, remove }));
  const json = Object.fromEntries(members);
  return { ...call, body: bytes, scan: scanJson(bytes), json: () => json };
};

/**
 * A request in plain Chat Completions, whatever dialect it came in.
 * @param isModel whether a name stands for a model, exactly
 * @throws GatewayError invalid_value for what has no meaning in any of the dialects, json_too_complex for what outgrows the bounds
 */
export const prepare = (call: Call, isModel: (name: string) => boolean): Call => {
  const body = call.json();
  const sent = textOf(body["model"]);
  checkModelName(sent);
  const draft: Draft = { members: new Map(Object.entries(body)), dropped: new Dropped() };
  const custom = orderTools(draft);
  orderMessages(draft, custom);
  orderParameters(draft);
  orderCacheKey(draft, call);
  leaveOut(draft);
  orderName(draft, readName(sent, isModel));
  const { names } = draft.dropped;
  return { ...edited(call, body, draft.members), prepared: { model: sent, dropped: names } };
};

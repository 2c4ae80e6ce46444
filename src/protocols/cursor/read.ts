/** Reads a request of Cursor's, once it is in order, as canonical chat; for providers of other protocols. */
import type { Chat, Json, JsonObject } from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import { readRequest as readChat } from "../openai-chat/read.ts";
import type { Call } from "../protocol.ts";
import { isObject, listOf } from "../value.ts";
import { hasCustom, lowerCall, lowerTool } from "./tools.ts";

const lowerMessage = (message: Json): Json => {
  const calls = isObject(message) ? listOf(message["tool_calls"]) : [];
  return isObject(message) && calls.length > 0 ? { ...message, tool_calls: calls.map(lowerCall) } : message;
};

/** The choice of a tool for free text is that of the function which it became. */
const lowerChoice = (choice: Json): Json => {
  const of = isObject(choice) && choice["type"] === "custom" ? (choice["custom"] ?? null) : null;
  return of === null ? choice : { type: "function", function: of };
};

/** The members of a request that tools for free text change, where there are any; for whoever knows only functions. */
export const lowered = (body: JsonObject, dropped: Dropped): JsonObject => {
  if (!hasCustom(body)) return {};
  const { tool_choice: choice = null } = body;
  return {
    tools: listOf(body["tools"]).map((tool, i) => lowerTool(tool, `tools[${i}]`, dropped)),
    messages: listOf(body["messages"]).map(lowerMessage),
    ...(choice === null ? {} : { tool_choice: lowerChoice(choice) }),
  };
};

/** Models that are asked to reason refuse to be told how to sample; Cursor tells all of them the same. */
export const isReasoning = ({ reasoning_effort: effort = null }: JsonObject): boolean =>
  effort !== null && effort !== "none";

/** @throws GatewayError invalid_value where the conversation has no meaning */
export const readRequest = (call: Call): { readonly chat: Chat; readonly dropped: readonly string[] } => {
  const dropped = new Dropped();
  const whole = call.json();
  const { temperature = null, ...rest } = whole;
  const drops = temperature !== null && isReasoning(whole);
  if (drops) dropped.add("temperature");
  const body = drops ? rest : whole;
  const read = readChat({ ...call, json: () => body });
  return { chat: read.chat, dropped: [...(call.prepared?.dropped ?? []), ...dropped.names, ...read.dropped] };
};

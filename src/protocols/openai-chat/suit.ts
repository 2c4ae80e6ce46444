/** What a provider's named quirks ask of a client's own request, beyond its cap and its stream options (edits.ts). */
import type { Json, JsonObject } from "../canonical.ts";
import type { Call, Target } from "../protocol.ts";
import { isObjectAt, rawAt, stringAt } from "../span.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";

/** Top-level members to set (JSON text) and to remove. */
export interface MemberEdits {
  readonly set: Record<string, string>;
  readonly remove: string[];
}

/**
 * Stands for reasoning that nobody kept, in a turn with calls that must not come back without. An empty text counts as missing
 * at Moonshot; one blank is the least that it takes.
 */
export const LOST_REASONING = " ";

const isBare = (message: Json): message is JsonObject =>
  isObject(message) &&
  message["role"] === "assistant" &&
  listOf(message["tool_calls"]).length > 0 &&
  textOf(message["reasoning_content"]) === "";

const fillReasoning = (edits: MemberEdits, call: Call): void => {
  // Most requests hold no calls, and need no parsing.
  if (!call.body.includes('"tool_calls"')) return;
  if (objectAt(call.json(), "thinking")?.["type"] === "disabled") return;
  const messages = listOf(call.json()["messages"]);
  if (!messages.some(isBare)) return;
  const filled = messages.map((message) =>
    isBare(message) ? { ...message, reasoning_content: textOf(message["reasoning"]) || LOST_REASONING } : message,
  );
  edits.set["messages"] = JSON.stringify(filled);
};

/** A tool that is demanded, from a client that says nothing of thinking, which is then on by itself. */
const freeTools = (edits: MemberEdits, { body, scan }: Call): void => {
  const choice = scan.members.get("tool_choice");
  if (choice === undefined || scan.members.has("thinking")) return;
  if (isObjectAt(body, choice) || stringAt(body, choice) === "required")
    edits.set["thinking"] = JSON.stringify({ type: "disabled" });
};

/** `seed` under the name that the provider knows, its bytes as they were. */
const renameSeed = (edits: MemberEdits, { body, scan }: Call): void => {
  const seed = scan.members.get("seed");
  if (seed === undefined) return;
  edits.remove.push("seed");
  if (!scan.members.has("random_seed")) edits.set["random_seed"] = rawAt(body, seed);
};

/** Adds what the provider needs changed to the edits of a request. */
export const suitProvider = (edits: MemberEdits, call: Call, target: Target): void => {
  const { quirks } = target;
  if (quirks.random_seed) renameSeed(edits, call);
  if (quirks.no_forced_tools_while_thinking && target.reasons !== false) freeTools(edits, call);
  if (quirks.wants_reasoning_back && target.reasons !== false) fillReasoning(edits, call);
};

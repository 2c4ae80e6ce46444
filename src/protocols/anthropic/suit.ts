/**
 * Parameters of a client's own Messages request that the model at hand would refuse, put as it takes them. What cannot be had is
 * named; values out of range are left to the provider. Where each rule was learned: reference of the Messages API, its versions
 * and its models (anthropic/traits.ts).
 */
import type { Effort, Json, JsonObject } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import type { Call, Target } from "../protocol.ts";
import { isArrayAt, isNullAt, isObjectAt, numberAt, rawAt } from "../span.ts";
import { isObject, listOf, textOf } from "../value.ts";
import { mayBeVolatile, stableBlocks } from "../volatile.ts";
import { budgetOfEffort, lacksThinking, LEAST_ANSWER, LEAST_BUDGET } from "./thinking.ts";
import { traitsOf, type Traits } from "./traits.ts";

/** Top-level members to set (JSON text) and to remove. */
export interface MemberEdits {
  readonly set: Record<string, string>;
  readonly remove: string[];
}

export interface SuitOrder {
  readonly call: Call;
  readonly target: Target;
  /** The cap that is sent. */
  readonly cap: number;
}

/** From this version on the API takes no sampling parameters at all, not even their defaults. */
const NO_SAMPLING_SINCE = "2026-10-21";
const SAMPLING = ["temperature", "top_p", "top_k"] as const;

const objectIn = ({ body, scan }: Call, name: string): JsonObject | undefined => {
  const span = scan.members.get(name);
  return span === undefined || !isObjectAt(body, span) ? undefined : (JSON.parse(rawAt(body, span)) as JsonObject);
};

const suitSampling = (edits: MemberEdits, { call }: SuitOrder, traits: Traits, dropped: Dropped): void => {
  const { body, scan, headers } = call;
  const refusesAll = traits.claude && (headers["anthropic-version"] ?? "") >= NO_SAMPLING_SINCE;
  if (!refusesAll && !traits.fixedSampling) return;
  for (const name of SAMPLING) {
    const span = scan.members.get(name);
    if (span === undefined || isNullAt(body, span)) continue;
    const isDefault = name !== "top_k" && numberAt(body, span) === 1;
    if (isDefault && !refusesAll) continue;
    edits.remove.push(name);
    if (!isDefault) dropped.add(name);
  }
};

/** A request's messages, as far as they consist of blocks. */
export const messagesOf = (messages: readonly Json[]): { role: string; content: JsonObject[] }[] =>
  messages
    .filter(isObject)
    .map((message) => ({ role: textOf(message["role"]), content: listOf(message["content"]).filter(isObject) }));

/** True in the middle of a turn with tools whose thinking the client does not bring back. */
const hasLostThinking = (call: Call): boolean => lacksThinking(messagesOf(listOf(call.json()["messages"])));

/** Thinking at the model's discretion as thinking by a budget, its effort spent on it; undefined where there is no room. */
const asBudget = ({ call, cap }: SuitOrder, rest: JsonObject, effort: Json | undefined): JsonObject | undefined => {
  const budget = Math.min(budgetOfEffort(textOf(effort) as Effort | ""), cap - LEAST_ANSWER);
  if (budget < LEAST_BUDGET || hasLostThinking(call)) return undefined;
  return { ...rest, type: "enabled", budget_tokens: budget };
};

const suitThinking = (edits: MemberEdits, order: SuitOrder, traits: Traits, dropped: Dropped): void => {
  const { call, target } = order;
  const { type, budget_tokens: _, ...rest } = objectIn(call, "thinking") ?? {};
  if (type !== "enabled" && type !== "adaptive") return;
  if (target.reasons === false && !traits.thinks) {
    edits.remove.push("thinking");
    dropped.add("thinking");
    return;
  }
  if (type === "enabled" && traits.noBudget) edits.set["thinking"] = JSON.stringify({ type: "adaptive", ...rest });
  // Other makers' models may take it: what they refuse is not known.
  if (type === "enabled" || traits.adaptive || !traits.claude) return;
  const { effort, ...config } = objectIn(call, "output_config") ?? {};
  const thinking = asBudget(order, rest, effort);
  if (thinking === undefined) {
    edits.remove.push("thinking");
    dropped.add("thinking");
  } else edits.set["thinking"] = JSON.stringify(thinking);
  // Models that take a budget take no effort beside it.
  if (effort === undefined) return;
  if (Object.keys(config).length === 0) edits.remove.push("output_config");
  else edits.set["output_config"] = JSON.stringify(config);
};

/** The head of the prompt without what changes with every prompt, where that would cost the cache. */
const suitSystem = (edits: MemberEdits, { body, scan }: Call, dropped: Dropped): void => {
  const span = scan.members.get("system");
  if (span === undefined || !isArrayAt(body, span) || !mayBeVolatile(body.subarray(span.start, span.end))) return;
  const blocks = JSON.parse(rawAt(body, span)) as readonly Json[];
  const stable = stableBlocks(blocks, dropped);
  if (stable.length === blocks.length) return;
  if (stable.length === 0) edits.remove.push("system");
  else edits.set["system"] = JSON.stringify(stable);
};

/** Adds what the model needs changed to the edits of a request. */
export const suitModel = (edits: MemberEdits, order: SuitOrder, dropped: Dropped): void => {
  const traits = traitsOf(order.target.model);
  suitThinking(edits, order, traits, dropped);
  suitSampling(edits, order, traits, dropped);
  if (order.target.quirks.caches_by_prefix) suitSystem(edits, order.call, dropped);
};

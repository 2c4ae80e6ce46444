/**
 * How much to think, in the form that a Chat Completions provider takes: `reasoning_effort` where nothing else is known of it, its
 * own member where a quirk says so. The dialect itself has no way to switch thinking off.
 */
import type { Chat, JsonObject, Thinking } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { COMMON_EFFORT, effortOfBudget } from "../effort.ts";
import type { Target } from "../protocol.ts";

type On = Exclude<Thinking, { type: "off" }>;

/** A budget by its size, an effort by the nearest word that all know, and nothing where the client left it to the model. */
const writeEffort = (thinking: On, dropped: Dropped): JsonObject => {
  if (thinking.type === "budget") return { reasoning_effort: effortOfBudget(thinking.tokens) };
  const { effort } = thinking;
  if (effort === undefined) return {};
  const common = COMMON_EFFORT[effort];
  if (common !== effort) dropped.add("effort", effort);
  return { reasoning_effort: common };
};

/** OpenRouter's own object: a budget as it is, else an effort in the words it knows. */
const reasoningObject = (thinking: On, dropped: Dropped): JsonObject => {
  if (thinking.type === "budget") return { max_tokens: thinking.tokens };
  const { effort } = thinking;
  if (effort === undefined) return { enabled: true };
  if (effort === "max") dropped.add("effort", effort);
  return { effort: effort === "max" ? "xhigh" : effort };
};

/** Qwen's switch, which knows a budget and no effort. */
const qwenSwitch = (thinking: On, dropped: Dropped): JsonObject => {
  if (thinking.type === "budget") return { enable_thinking: true, thinking_budget: thinking.tokens };
  if (thinking.effort !== undefined) dropped.add("effort", thinking.effort);
  return { enable_thinking: true };
};

const OFF = { thinking: { type: "disabled" } } as const;

const writeOff = ({ quirks }: Target, dropped: Dropped): JsonObject => {
  if (quirks.thinking_switch) return OFF;
  if (quirks.enable_thinking) return { enable_thinking: false };
  if (quirks.reasoning_object) return { reasoning: { enabled: false } };
  dropped.add("thinking");
  return {};
};

const isForced = ({ toolChoice, tools }: Chat): boolean =>
  tools !== undefined && tools.length > 0 && (toolChoice?.type === "any" || toolChoice?.type === "tool");

/** The members that say how much to think; what cannot be had is named. */
export const writeThinking = (chat: Chat, target: Target, dropped: Dropped): JsonObject => {
  const { thinking } = chat;
  const { quirks } = target;
  // A model that does not reason needs no telling, and would refuse to be told.
  if (target.reasons === false) {
    if (thinking !== undefined && thinking.type !== "off") dropped.add("thinking");
    return {};
  }
  if (quirks.no_forced_tools_while_thinking && isForced(chat)) {
    // The tool was demanded, the thinking only wished for.
    if (thinking !== undefined && thinking.type !== "off") dropped.add("thinking");
    return OFF;
  }
  if (thinking === undefined) return {};
  if (thinking.type === "off") return writeOff(target, dropped);
  if (quirks.enable_thinking) return qwenSwitch(thinking, dropped);
  if (quirks.reasoning_object) return { reasoning: reasoningObject(thinking, dropped) };
  const effort = writeEffort(thinking, dropped);
  return quirks.thinking_switch ? { thinking: { type: "enabled" }, ...effort } : effort;
};

/**
 * How much a Claude model may think, in the form that it takes: newer ones think as they see fit within an effort, older ones
 * (and other makers' models) within a budget that is part of the cap on output.
 */
import type { Chat, Effort, JsonObject, Thinking } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import type { Message } from "./messages.ts";
import type { Traits } from "./traits.ts";

/** The least budget that Anthropic takes, and the least that is left for the answer (DESIGN 3.8). */
export const LEAST_BUDGET = 1_024;
export const LEAST_ANSWER = 256;

/** The budget that stands for an effort. */
const BUDGETS = {
  minimal: LEAST_BUDGET,
  low: 4_096,
  medium: 10_240,
  high: 24_576,
  xhigh: 32_768,
  max: 64_000,
} as const satisfies Record<Exclude<Effort, "none">, number>;

/** The effort that stands for a budget: the first that is not below it. */
const EFFORT_OF_BUDGET = [
  { tokens: 4_096, effort: "low" },
  { tokens: 16_384, effort: "medium" },
] as const;

/** What decides whether thinking is possible at all. */
export interface ThinkingPlace {
  readonly messages: readonly Message[];
  readonly maxTokens: number;
  readonly traits: Traits;
  readonly reasons: boolean | undefined;
}

interface Written {
  readonly thinking: JsonObject;
  readonly effort: JsonObject;
}

const NOTHING: Written = { thinking: {}, effort: {} };

const effortOf = (thinking: Exclude<Thinking, { type: "off" }>, traits: Traits): string | undefined => {
  if (thinking.type === "budget")
    return EFFORT_OF_BUDGET.find(({ tokens }) => thinking.tokens <= tokens)?.effort ?? "high";
  const { effort } = thinking;
  if (effort === "none" || effort === "minimal") return "low";
  return effort === "xhigh" && !traits.xhigh ? "high" : effort;
};

const budgetOf = (thinking: Exclude<Thinking, { type: "off" }>): number => {
  if (thinking.type === "budget") return thinking.tokens;
  return budgetOfEffort(thinking.effort ?? "");
};

/** The budget that stands for an effort: a middling one where there is none, or one that nobody knows. */
export const budgetOfEffort = (effort: Effort | ""): number => {
  if (effort === "none") return LEAST_BUDGET;
  return effort !== "" && Object.hasOwn(BUDGETS, effort) ? BUDGETS[effort] : BUDGETS.medium;
};

interface Said {
  readonly role: string;
  readonly content: readonly JsonObject[];
}

/** True in the middle of a turn with tools whose thinking is lost: with a budget, Anthropic wants it back and refuses without. */
export const lacksThinking = (messages: readonly Said[]): boolean => {
  const [before, last] = messages.slice(-2);
  if (last?.role !== "user" || last.content[0]?.["type"] !== "tool_result" || before === undefined) return false;
  const [first] = before.content;
  return first?.["type"] !== "thinking" && first?.["type"] !== "redacted_thinking";
};

/** A tool that must be called leaves no room for thinking first. */
const isForced = ({ toolChoice, tools }: Chat): boolean =>
  tools !== undefined && (toolChoice?.type === "any" || toolChoice?.type === "tool");

/** The `thinking` member, and the effort for `output_config`; what cannot be had is named. */
export const writeThinking = (chat: Chat, place: ThinkingPlace, dropped: Dropped): Written => {
  const { thinking } = chat;
  // Off is what Messages does by itself, and some models refuse to be told.
  if (thinking === undefined || thinking.type === "off") return NOTHING;
  const { traits, maxTokens, messages, reasons } = place;
  const display = thinking.display === undefined ? {} : { display: thinking.display };
  if ((reasons === false && !traits.thinks) || isForced(chat)) {
    dropped.add("reasoning_effort");
    return NOTHING;
  }
  if (traits.adaptive) {
    const effort = effortOf(thinking, traits);
    return { thinking: { thinking: { type: "adaptive", ...display } }, effort: effort === undefined ? {} : { effort } };
  }
  const budget = Math.min(budgetOf(thinking), maxTokens - LEAST_ANSWER);
  if (budget < LEAST_BUDGET || lacksThinking(messages)) {
    dropped.add("reasoning_effort");
    return NOTHING;
  }
  return { thinking: { thinking: { type: "enabled", budget_tokens: budget, ...display } }, effort: {} };
};

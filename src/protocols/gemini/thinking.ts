/** How much a Gemini model may think, in the form that it takes: a level for newer ones, a budget for those before. */
import type { Chat, Effort, JsonObject, Thinking } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import type { Target } from "../protocol.ts";
import type { Traits } from "./traits.ts";

const LEVELS = {
  none: "MINIMAL",
  minimal: "MINIMAL",
  low: "LOW",
  medium: "MEDIUM",
  high: "HIGH",
  xhigh: "HIGH",
  max: "HIGH",
} as const satisfies Record<Effort, string>;

const BUDGETS = {
  none: 512,
  minimal: 512,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
} as const satisfies Record<Effort, number>;

/** The largest budget that all models of the kind take, and the word that leaves it to the model. */
const LARGEST_BUDGET = 24_576;
const DYNAMIC = -1;

/** The level that stands for a budget: the first that is not below it. */
const LEVEL_OF_BUDGET = [
  { tokens: 4_096, level: "LOW" },
  { tokens: 16_384, level: "MEDIUM" },
] as const;

const levelOf = (thinking: Exclude<Thinking, { type: "off" }>): JsonObject => {
  if (thinking.type === "budget")
    return { thinkingLevel: LEVEL_OF_BUDGET.find(({ tokens }) => thinking.tokens <= tokens)?.level ?? "HIGH" };
  return thinking.effort === undefined ? {} : { thinkingLevel: LEVELS[thinking.effort] };
};

const budgetOf = (thinking: Exclude<Thinking, { type: "off" }>): number => {
  if (thinking.type === "budget") return Math.min(thinking.tokens, LARGEST_BUDGET);
  return thinking.effort === undefined ? DYNAMIC : BUDGETS[thinking.effort];
};

const off = (traits: Traits, dropped: Dropped): JsonObject => {
  if (traits.alwaysThinks) dropped.add("thinking");
  if (traits.thinking === "level") return { thinkingConfig: { thinkingLevel: "MINIMAL" } };
  return traits.alwaysThinks ? {} : { thinkingConfig: { thinkingBudget: 0 } };
};

/** The `thinkingConfig` member; what cannot be had is named. */
export const writeThinking = ({ thinking }: Chat, target: Target, traits: Traits, dropped: Dropped): JsonObject => {
  if (thinking === undefined) return {};
  if (traits.thinking === "none" || target.reasons === false) {
    if (thinking.type !== "off") dropped.add("thinking");
    return {};
  }
  if (thinking.type === "off") return off(traits, dropped);
  const shown = thinking.display === "omitted" ? {} : { includeThoughts: true };
  const amount = traits.thinking === "level" ? levelOf(thinking) : { thinkingBudget: budgetOf(thinking) };
  return { thinkingConfig: { ...shown, ...amount } };
};

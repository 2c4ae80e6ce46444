/** How much to think, as OpenAI's two dialects say it: their words, and the nearest ones for what a word or a budget means elsewhere. */
import type { Effort, Json } from "./canonical.ts";

const EFFORTS = {
  none: true,
  minimal: true,
  low: true,
  medium: true,
  high: true,
  xhigh: true,
  max: true,
} as const satisfies Record<Effort, true>;

/** A word of these dialects. */
export const isEffort = (name: Json | undefined): name is Effort =>
  typeof name === "string" && Object.hasOwn(EFFORTS, name);

/** Effort for a budget of thinking: up to these many tokens, else high. */
const EFFORT_OF_BUDGET = [
  { tokens: 4_096, effort: "low" },
  { tokens: 16_384, effort: "medium" },
] as const;

type CommonEffort = "low" | "medium" | "high";

/** @param budget tokens of thinking */
export const effortOfBudget = (budget: number): CommonEffort =>
  EFFORT_OF_BUDGET.find(({ tokens }) => budget <= tokens)?.effort ?? "high";

/** The nearest word that all reasoning providers of these dialects know; the ones beyond are of single models. */
export const COMMON_EFFORT = {
  none: "low",
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
  max: "high",
} as const satisfies Record<Effort, CommonEffort>;

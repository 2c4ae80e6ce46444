/**
 * Alerts of an account: what is watched, when it is told, and in which words. Pure.
 *
 * Each rule has states that it may be in, one for each thing that it watches. Entering one tells of it, once; while it lasts nothing
 * more is told; leaving it arms the rule again.
 */
import { formatNano, type Nano } from "../../money.ts";

export const ALERT_KINDS = ["low_balance", "key_budget", "daily_spend"] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Rules of one account. */
export const MAX_RULES = 20;
/** People that one rule tells. */
export const MAX_PEOPLE = 20;
/** Days before today that say what is usual, and the fewest of them that say anything. */
export const USUAL_DAYS = 14;
export const LEAST_DAYS = 3;
/** Factors are written in tenths. */
export const FACTOR_UNIT = 10n;

export type AlertRule =
  | { readonly kind: "low_balance"; readonly amount: Nano }
  | { readonly kind: "key_budget"; readonly percent: number }
  /** @property factor in tenths @property amount the least spend that is worth a word */
  | { readonly kind: "daily_spend"; readonly factor: number; readonly amount: Nano };

/** What a key with a budget has come to. */
export interface BudgetFacts {
  readonly publicId: string;
  readonly name: string;
  readonly budget: Nano;
  readonly spent: Nano;
}

/** What an account has come to; what no rule asks for may be empty. */
export interface AlertFacts {
  readonly balance: Nano;
  readonly budgets: readonly BudgetFacts[];
  /** Days since the Unix epoch (UTC), and what was charged today. */
  readonly today: number;
  readonly spentToday: Nano;
  /** Of each of the last days before today in which there was the account, those without spend included. */
  readonly spentBefore: readonly Nano[];
}

/** A state that a rule is in. */
export interface Alarm {
  /** What it is about: `account`, a key's public id, a day. */
  readonly subject: string;
  /** One sentence. */
  readonly text: string;
  /** Of the event's body; amounts as decimal USD. */
  readonly data: Readonly<Record<string, string>>;
}

/** The middle of some amounts, the lower of two; 0 of none. */
export const median = (amounts: readonly Nano[]): Nano => {
  const sorted = amounts.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0n;
};

const lowBalance = (amount: Nano, { balance }: AlertFacts): readonly Alarm[] =>
  balance >= amount
    ? []
    : [
        {
          subject: "account",
          text: `The balance is $${formatNano(balance)}, below $${formatNano(amount)}.`,
          data: { balance: formatNano(balance), threshold: formatNano(amount) },
        },
      ];

/** Of a budget of 100 %, so much counts as all of it, in thousandths: the last request that fits leaves a little over. */
const WHOLE = 995n;

const hasReached = ({ budget, spent }: BudgetFacts, percent: number): boolean =>
  percent === 100 ? spent * 1_000n >= budget * WHOLE : spent * 100n >= budget * BigInt(percent);

const keyBudget = (percent: number, { budgets }: AlertFacts): readonly Alarm[] =>
  budgets
    .filter((each) => each.budget > 0n && hasReached(each, percent))
    .map(({ publicId, name, budget, spent }) => ({
      subject: publicId,
      text: `The key "${name}" has spent $${formatNano(spent)} of its budget of $${formatNano(budget)} (${percent} %).`,
      data: { key: publicId, keyName: name, spent: formatNano(spent), budget: formatNano(budget) },
    }));

const dailySpend = (factor: number, amount: Nano, facts: AlertFacts): readonly Alarm[] => {
  const { spentToday, spentBefore, today } = facts;
  if (spentBefore.length < LEAST_DAYS || spentToday < amount) return [];
  const usual = median(spentBefore);
  if (spentToday * FACTOR_UNIT < usual * BigInt(factor)) return [];
  return [
    {
      subject: `day:${today}`,
      text: `Today's spend is $${formatNano(spentToday)}; a usual day has $${formatNano(usual)}.`,
      data: { spentToday: formatNano(spentToday), usual: formatNano(usual) },
    },
  ];
};

/** The states that a rule is in. */
export const alarmsOf = (rule: AlertRule, facts: AlertFacts): readonly Alarm[] => {
  switch (rule.kind) {
    case "low_balance":
      return lowBalance(rule.amount, facts);
    case "key_budget":
      return keyBudget(rule.percent, facts);
    case "daily_spend":
      return dailySpend(rule.factor, rule.amount, facts);
  }
};

/** The subject line of a mail about a kind. */
export const TITLES = {
  low_balance: "Your balance is low",
  key_budget: "A key has reached its budget",
  daily_spend: "Today's spend is far above the usual",
} as const satisfies Record<AlertKind, string>;

/** What is posted to a webhook. */
export interface AlertEvent {
  /** The same in every attempt to deliver it. */
  readonly id: string;
  readonly type: `alert.${AlertKind}` | "test";
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly account: string;
  readonly message: string;
  readonly data: Readonly<Record<string, string>>;
}

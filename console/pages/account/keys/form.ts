/** What is typed about a key's limits, and what is sent of it. */
import type { Key, KeyChange, NewKey } from "../../../api/keys.ts";
import { parseMoney, typedMoney } from "../../../format/money.ts";
import { words } from "./words.ts";

const DAY_MS = 86_400_000;

export type Expiry = keyof typeof words.expiries;
export type Period = keyof typeof words.periods;

export interface KeyForm {
  readonly name: string;
  readonly rpm: string;
  readonly tpm: string;
  readonly concurrency: string;
  readonly budget: string;
  readonly period: Period;
  /** Null: all. */
  readonly models: readonly string[] | null;
  readonly expiry: Expiry;
}

export const EMPTY_FORM: KeyForm = {
  name: "",
  rpm: "",
  tpm: "",
  concurrency: "",
  budget: "",
  period: "",
  models: null,
  expiry: "",
};

const shown = (limit: number | null): string => (limit === null ? "" : String(limit));

export const formOf = (key: Key): KeyForm => ({
  name: key.name,
  rpm: shown(key.rpm),
  tpm: shown(key.tpm),
  concurrency: shown(key.concurrency),
  budget: key.budget === null ? "" : typedMoney(key.budget.limitNano),
  period: key.budget?.period ?? "",
  models: key.models,
  expiry: "keep",
});

export type Problems = Partial<Record<"rpm" | "tpm" | "concurrency" | "budget" | "models", string>>;

const isCount = (text: string): boolean =>
  text.trim() === "" || (Number.isSafeInteger(Number(text)) && Number(text) > 0);

/** What is wrong before anything is sent. */
export const problemsOf = (form: KeyForm): Problems => {
  const amount = form.budget.trim() === "" ? null : parseMoney(form.budget);
  const isBad = form.budget.trim() !== "" && (amount === null || amount === "0");
  return {
    ...(isCount(form.rpm) ? {} : { rpm: words.badCount }),
    ...(isCount(form.tpm) ? {} : { tpm: words.badCount }),
    ...(isCount(form.concurrency) ? {} : { concurrency: words.badCount }),
    ...(isBad ? { budget: words.badAmount } : {}),
    ...(form.models?.length === 0 ? { models: words.noModel } : {}),
  };
};

const limit = (text: string): number | null => (text.trim() === "" ? null : Number(text));

const endOf = (expiry: Expiry): number | null =>
  expiry === "" || expiry === "keep" ? null : Date.now() + Number(expiry) * DAY_MS;

const limitsOf = ({ rpm, tpm, concurrency, models }: KeyForm) => ({
  rpm: limit(rpm),
  tpm: limit(tpm),
  concurrency: limit(concurrency),
  models: models === null ? null : [...models],
});

export const newKeyOf = (form: KeyForm): NewKey => {
  const budgetNano = form.budget.trim() === "" ? null : parseMoney(form.budget);
  return {
    name: form.name.trim(),
    ...limitsOf(form),
    budgetNano,
    budgetPeriod: budgetNano === null || form.period === "" ? null : form.period,
    expiresAt: endOf(form.expiry),
  };
};

export const changeOf = (form: KeyForm, key: Key): KeyChange => {
  const budgetNano = key.budget === null ? null : parseMoney(form.budget);
  return {
    name: form.name.trim(),
    ...limitsOf(form),
    ...(budgetNano === null || budgetNano === key.budget?.limitNano ? {} : { budgetNano }),
    ...(form.expiry === "keep" ? {} : { expiresAt: endOf(form.expiry) }),
  };
};

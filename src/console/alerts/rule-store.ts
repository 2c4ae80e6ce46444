/** Alert rules in the database: what each account watches, and what it has come to. */
import { recordAudit } from "../../db/audit-log.ts";
import type { Database, Queries } from "../../db/connect.ts";
import { newPublicId } from "../../id.ts";
import { ALERT_KINDS, MAX_RULES, USUAL_DAYS, type AlertFacts, type AlertRule } from "./alert.ts";

/** Keys with a budget that one look reads. */
const MOST_BUDGETS = 500;
const DAY_MS = 86_400_000;

/** A rule as it is stored. */
export interface StoredRule {
  readonly id: number;
  readonly publicId: string;
  readonly accountId: number;
  readonly accountPublicId: string;
  readonly rule: AlertRule;
  /** Public ids of people. */
  readonly people: readonly string[];
  readonly webhook: boolean;
  readonly enabled: boolean;
  /** When it was told of last, of what still lasts; milliseconds since the Unix epoch. */
  readonly firedAt: number | null;
}

const withAccount = (queries: Queries) =>
  queries
    .selectFrom("alert_rule as r")
    .innerJoin("account as a", "a.id", "r.account_id")
    .selectAll("r")
    .select("a.public_id as account_public_id")
    .select((rule) =>
      rule
        .selectFrom("alert_state as s")
        .select(({ fn }) => fn.max<bigint | null>("s.fired_at").as("at"))
        .whereRef("s.rule_id", "=", "r.id")
        .as("fired_at"),
    );

type Row = Awaited<ReturnType<ReturnType<typeof withAccount>["executeTakeFirstOrThrow"]>>;

/** Null for a row that this code does not understand: it watches nothing. */
const ruleOf = ({ kind: text, amount, percent, factor }: Row): AlertRule | null => {
  const kind = ALERT_KINDS.find((known) => known === text);
  if (kind === "low_balance" && amount !== null) return { kind, amount };
  if (kind === "key_budget" && percent !== null) return { kind, percent: Number(percent) };
  if (kind === "daily_spend" && amount !== null && factor !== null) return { kind, amount, factor: Number(factor) };
  return null;
};

const toStored = (row: Row): readonly StoredRule[] => {
  const rule = ruleOf(row);
  if (rule === null) return [];
  return [
    {
      id: Number(row.id),
      publicId: row.public_id,
      accountId: Number(row.account_id),
      accountPublicId: row.account_public_id,
      rule,
      people: JSON.parse(row.people) as string[],
      webhook: row.webhook === 1n,
      enabled: row.enabled === 1n,
      firedAt: row.fired_at === null ? null : Number(row.fired_at),
    },
  ];
};

/** An account's rules, oldest first. */
export const listRules = async (queries: Queries, accountId: number): Promise<readonly StoredRule[]> =>
  (
    await withAccount(queries).where("r.account_id", "=", BigInt(accountId)).orderBy("r.id").limit(MAX_RULES).execute()
  ).flatMap(toStored);

/** A page of the rules that are watched, of all accounts, after the one with the id `after`. */
export const rulesAfter = async (queries: Queries, after: number, limit: number): Promise<readonly StoredRule[]> =>
  (
    await withAccount(queries)
      .where("r.id", ">", BigInt(after))
      .where("r.enabled", "=", 1n)
      .orderBy("r.id")
      .limit(limit)
      .execute()
  ).flatMap(toStored);

export interface RuleOrder {
  readonly accountId: number;
  readonly rule: AlertRule;
  readonly people: readonly string[];
  readonly webhook: boolean;
  readonly enabled: boolean;
  readonly actor: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

const columnsOf = ({ rule, people, webhook, enabled, now }: RuleOrder) => ({
  kind: rule.kind,
  amount: "amount" in rule ? rule.amount : null,
  percent: "percent" in rule ? rule.percent : null,
  factor: "factor" in rule ? rule.factor : null,
  people: JSON.stringify(people),
  webhook: webhook ? 1 : 0,
  enabled: enabled ? 1 : 0,
  updated_at: now,
});

/** Adds a rule. @returns its public id; null when the account has as many as it may have */
export const addRule = (database: Database, order: RuleOrder): Promise<string | null> =>
  database.transaction(async (queries) => {
    const { count } = await queries
      .selectFrom("alert_rule")
      .select(({ fn }) => fn.countAll<bigint>().as("count"))
      .where("account_id", "=", BigInt(order.accountId))
      .executeTakeFirstOrThrow();
    if (count >= BigInt(MAX_RULES)) return null;
    const publicId = newPublicId("alr_");
    await queries
      .insertInto("alert_rule")
      .values({ public_id: publicId, account_id: order.accountId, created_at: order.now, ...columnsOf(order) })
      .execute();
    const { actor, rule } = order;
    await recordAudit(queries, { actor, action: "alert.create", object: publicId, detail: { kind: rule.kind } });
    return publicId;
  });

/** Changes a rule; what it was in is forgotten, so that it tells of what it finds now. @returns false when there is none */
export const changeRule = (database: Database, publicId: string, order: RuleOrder): Promise<boolean> =>
  database.transaction(async (queries) => {
    const row = await queries
      .updateTable("alert_rule")
      .set(columnsOf(order))
      .where("public_id", "=", publicId)
      .where("account_id", "=", BigInt(order.accountId))
      .returning("id")
      .executeTakeFirst();
    if (row === undefined) return false;
    await queries.deleteFrom("alert_state").where("rule_id", "=", row.id).execute();
    const { actor, rule } = order;
    await recordAudit(queries, { actor, action: "alert.change", object: publicId, detail: { kind: rule.kind } });
    return true;
  });

/** Takes a rule away. @returns false when there is none */
export const removeRule = (
  database: Database,
  { publicId, accountId, actor }: { readonly publicId: string; readonly accountId: number; readonly actor: string },
): Promise<boolean> =>
  database.transaction(async (queries) => {
    const row = await queries
      .selectFrom("alert_rule")
      .select("id")
      .where("public_id", "=", publicId)
      .where("account_id", "=", BigInt(accountId))
      .executeTakeFirst();
    if (row === undefined) return false;
    await queries.deleteFrom("alert_state").where("rule_id", "=", row.id).execute();
    await queries.deleteFrom("alert_rule").where("id", "=", row.id).execute();
    await recordAudit(queries, { actor, action: "alert.remove", object: publicId, detail: {} });
    return true;
  });

const budgetsOf = async (queries: Queries, accountId: number): Promise<AlertFacts["budgets"]> => {
  const rows = await queries
    .selectFrom("api_key")
    .select(["public_id", "name", "budget", "spent"])
    .where("account_id", "=", BigInt(accountId))
    .where("status", "<>", "revoked")
    .where("budget", "is not", null)
    .orderBy("id", "desc")
    .limit(MOST_BUDGETS)
    .execute();
  return rows.map((row) => ({ publicId: row.public_id, name: row.name, budget: row.budget ?? 0n, spent: row.spent }));
};

/** What an account has come to. @param now milliseconds since the Unix epoch */
export const readFacts = async (queries: Queries, accountId: number, now: number): Promise<AlertFacts> => {
  const account = await queries
    .selectFrom("account")
    .select(["balance", "created_at"])
    .where("id", "=", BigInt(accountId))
    .executeTakeFirstOrThrow();
  const today = Math.floor(now / DAY_MS);
  const days = Array.from({ length: USUAL_DAYS + 1 }, (_, back) => today - back);
  const rows = await queries
    .selectFrom("rollup_day")
    .select(["day", "posted"])
    .where("account_id", "=", BigInt(accountId))
    .where("day", "in", days.map(BigInt))
    .execute();
  const spent = new Map(rows.map(({ day, posted }) => [Number(day), posted]));
  const first = Math.floor(Number(account.created_at) / DAY_MS);
  return {
    balance: account.balance,
    budgets: await budgetsOf(queries, accountId),
    today,
    spentToday: spent.get(today) ?? 0n,
    spentBefore: days.filter((day) => day < today && day >= first).map((day) => spent.get(day) ?? 0n),
  };
};

/**
 * What is told, and how it gets there. An alert and its deliveries are written in one step with the state that they tell of, so that
 * a crossing is told once however many servers look, and is not lost by one that dies (docs/decisions/0047).
 *
 * Written through the ledger's own connection (steps.ts): an alert must not make every server read its settings anew.
 */
import type { Database, Queries } from "../../db/connect.ts";
import { ask, runStatement, runSteps, type Steps } from "../../db/steps.ts";
import { newPublicId } from "../../id.ts";

/** Deliveries of an account that are kept. */
export const KEPT = 50;

export type Channel = "mail" | "webhook";

/** One thing to be told. */
export interface Message {
  readonly accountId: number;
  readonly event: string;
  readonly channel: Channel;
  /** A mail address; null for the webhook. */
  readonly target: string | null;
  /** JSON. */
  readonly body: string;
}

function* insert({ accountId, event, channel, target, body }: Message, now: number): Steps<void> {
  yield* ask(
    `insert into alert_delivery (public_id, account_id, event, channel, target, body, state, due_at, created_at)
     values ($1, $2, $3, $4, $5, $6, 'waiting', $7, $7)`,
    newPublicId("dlv_"),
    accountId,
    event,
    channel,
    target,
    body,
    now,
  );
  yield* ask(
    `delete from alert_delivery where account_id = $1 and due_at is null and id <= (
       select min(id) from (select id from alert_delivery where account_id = $1 order by id desc limit ${KEPT + 1}) kept
       having count(*) > ${KEPT}
     )`,
    accountId,
  );
}

/** Takes the round, unless somebody has it. @returns false when another has */
export const takeRound = async (database: Database, now: number, until: number): Promise<boolean> => {
  // Read first: asking must not cost a write.
  const [round] = await runStatement(database, "select until from alert_round where id = 1");
  if (Number(round?.["until"]) > now) return false;
  const sql = "update alert_round set until = $2 where id = 1 and until <= $1 returning id";
  return (await runStatement(database, sql, now, until)).length > 0;
};

/** What a rule is in that it was not before, and what is to be told of it. */
export interface Crossing {
  readonly ruleId: number;
  readonly subject: string;
  readonly messages: readonly Message[];
}

/** Enters a state and tells of it; does nothing where it was entered before, or the rule has gone. @returns whether it was told */
export const enterState = (database: Database, crossing: Crossing, now: number): Promise<boolean> =>
  runSteps(database, function* enter() {
    const { ruleId, subject, messages } = crossing;
    const entered = yield* ask(
      `insert into alert_state (rule_id, subject, fired_at)
       select id, $2, $3 from alert_rule where id = $1 and enabled = 1
       on conflict (rule_id, subject) do nothing returning rule_id`,
      ruleId,
      subject,
      now,
    );
    if (entered.length === 0) return false;
    for (const message of messages) yield* insert(message, now);
    return true;
  });

/** Writes a message by itself: a test, or a notice. */
export const addMessage = (database: Database, message: Message, now: number): Promise<void> =>
  runSteps(database, () => insert(message, now));

/** The states that a rule was in. */
export const statesOf = async (queries: Queries, ruleId: number): Promise<readonly string[]> =>
  (await queries.selectFrom("alert_state").select("subject").where("rule_id", "=", BigInt(ruleId)).execute()).map(
    ({ subject }) => subject,
  );

/** A rule has left a state: it is armed again. */
export const leaveState = async (database: Database, ruleId: number, subject: string): Promise<void> => {
  await runStatement(database, "delete from alert_state where rule_id = $1 and subject = $2", ruleId, subject);
};

/** A delivery that somebody is about to make. */
export interface Claimed extends Message {
  readonly id: number;
  readonly publicId: string;
  /** How often it was tried, this time counted. */
  readonly tries: number;
}

/** Whether anything is due: read before anything is written, so that silence costs no write. */
export const hasDue = async (queries: Queries, now: number): Promise<boolean> =>
  (await queries
    .selectFrom("alert_delivery")
    .select("id")
    .where("due_at", "<=", BigInt(now))
    .limit(1)
    .executeTakeFirst()) !== undefined;

/** Takes deliveries that are due, so that no other server makes them before `until`. */
export const claimDue = async (
  database: Database,
  { now, until, limit }: { readonly now: number; readonly until: number; readonly limit: number },
): Promise<readonly Claimed[]> => {
  const rows = await runStatement(
    database,
    `update alert_delivery set due_at = $2, tries = tries + 1
     where id in (select id from alert_delivery where due_at <= $1 order by due_at limit $3) and due_at <= $1
     returning id, public_id, account_id, event, channel, target, body, tries`,
    now,
    until,
    limit,
  );
  return rows.map((row) => ({
    id: Number(row["id"]),
    publicId: String(row["public_id"]),
    accountId: Number(row["account_id"]),
    event: String(row["event"]),
    channel: row["channel"] === "mail" ? "mail" : "webhook",
    target: typeof row["target"] === "string" ? row["target"] : null,
    body: String(row["body"]),
    tries: Number(row["tries"]),
  }));
};

/** How a try has gone. */
export interface Outcome {
  readonly state: "waiting" | "delivered" | "failed";
  /** What the other side answered; null: nothing. */
  readonly status: number | null;
  /** When it is tried again. */
  readonly dueAt: number | null;
}

export const endTry = async (database: Database, id: number, outcome: Outcome, now: number): Promise<void> => {
  const { state, status, dueAt } = outcome;
  await runStatement(
    database,
    "update alert_delivery set state = $2, status = $3, due_at = $4, done_at = $5 where id = $1",
    id,
    state,
    status,
    dueAt,
    state === "waiting" ? null : now,
  );
};

/** A delivery as lists show it. */
export interface DeliveryInfo {
  readonly publicId: string;
  readonly event: string;
  readonly channel: string;
  readonly target: string | null;
  readonly state: string;
  readonly tries: number;
  readonly status: number | null;
  readonly createdAt: number;
  readonly doneAt: number | null;
}

/** An account's last deliveries, newest first. */
export const listDeliveries = async (queries: Queries, accountId: number): Promise<readonly DeliveryInfo[]> => {
  const rows = await queries
    .selectFrom("alert_delivery")
    .selectAll()
    .where("account_id", "=", BigInt(accountId))
    .orderBy("id", "desc")
    .limit(KEPT)
    .execute();
  return rows.map((row) => ({
    publicId: row.public_id,
    event: row.event,
    channel: row.channel,
    target: row.target,
    state: row.state,
    tries: Number(row.tries),
    status: row.status === null ? null : Number(row.status),
    createdAt: Number(row.created_at),
    doneAt: row.done_at === null ? null : Number(row.done_at),
  }));
};

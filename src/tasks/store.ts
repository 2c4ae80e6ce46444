/**
 * Tasks in the database. What moves money is one transaction with what it is for: a task's row with its lease, a task's end with its
 * charge. Every change of state names the states that it may come from, so that whoever comes second changes nothing (I-50).
 */
import type { Attempt } from "../attempt.ts";
import type { Database } from "../db/connect.ts";
import { ask, runStatement, runSteps, type StepRow, type Steps, type StepValue } from "../db/steps.ts";
import type { ErrorCode } from "../errors.ts";
import { requestIdBytes, requestIdText } from "../id.ts";
import { beginKey } from "../ledger/idempotency-store.ts";
import type { Receipt, Settlement } from "../ledger/ledger.ts";
import { findPrice } from "../ledger/price-store.ts";
import { openTaskLease, settleTaskLease, type TaskHold } from "../ledger/task-lease-store.ts";
import type { PriceRow } from "../price.ts";
import type { VideoApiId } from "../providers/provider.ts";
import {
  isAnomaly,
  LONGEST_PAUSE_MS,
  PAUSES,
  taskId,
  type Asked,
  type End,
  type Task,
  type TaskFormat,
  type TaskResult,
  type TaskState,
} from "./task.ts";

/** A task before it is asked of anybody. */
export type NewTask = Pick<
  Task,
  "upstream" | "api" | "upstreamModel" | "model" | "format" | "reference" | "asked" | "deadlineAt" | "webhook"
> & {
  /** The request has claimed an Idempotency-Key, which is spent with the row (I-28). */
  readonly isKeyed?: boolean;
};

/** Where a task goes that was refused. */
export type MovedTask = Pick<Task, "upstream" | "api" | "upstreamModel" | "tried">;

/** What became of an attempt to end a task. */
export type Ending =
  | { readonly kind: "ended"; readonly receipt: Receipt }
  /** Somebody was quicker. */
  | { readonly kind: "stands"; readonly task: Task };

/** What a look has changed of an open task. */
export interface Progress {
  readonly requestId: string;
  readonly state: "submitting" | "queued" | "running";
  readonly dueAt: number;
  readonly misses: number;
}

/** A page of an account's tasks. */
export interface ListOrder {
  readonly limit: number;
  /** The request's id of the task after which the page begins; null: from the first. */
  readonly after: string | null;
  readonly newestFirst: boolean;
}

const CREATE_COLUMNS = [
  "id",
  "account_id",
  "key_id",
  "state",
  "upstream",
  "api",
  "upstream_model",
  "model",
  "format",
  "reference",
  "asked",
  "price_id",
  "plan_id",
  "multiplier_num",
  "multiplier_den",
  "has_budget",
  "hold",
  "created_at",
  "deadline_at",
  "due_at",
  "webhook",
] as const;

const OPEN = "finished_at is null";
const LOCKED = { sqlite: "", postgres: "for update skip locked" } as const satisfies Record<Database["kind"], string>;

/** The pause that comes after a look which changes nothing, by the task's age at $2: `pauseFor` where the rows are. */
const PAUSE = `case ${PAUSES.map(({ under, pauseMs }) => `when cast($2 as bigint) - created_at < ${under} then ${pauseMs}`).join(" ")}
  else ${LONGEST_PAUSE_MS} end`;
/** Looks are due at full seconds, so that those of a second are one statement and one commit. */
export const GRAIN_MS = 1_000;
const NEXT_LOOK = `(cast($2 as bigint) + ${PAUSE} + ${GRAIN_MS - 1}) / ${GRAIN_MS} * ${GRAIN_MS}`;

const SQL = {
  create: `insert into task (${CREATE_COLUMNS.join(", ")}) values (${CREATE_COLUMNS.map((_, i) => `$${i + 1}`).join(", ")})`,
  find: "select * from task where id = $1",
  moved: `update task set upstream = $1, api = $2, upstream_model = $3, tried = $4, due_at = $5
          where id = $6 and state = 'submitting' and job is null and ${OPEN} returning id`,
  submitted: `update task set state = 'queued', job = $1, due_at = $2, misses = 0
              where id = $3 and state = 'submitting' returning id`,
  jobs: "select job from task where upstream = $1 and job = $2",
  end: `update task set state = $1, result = $2, error = $3, finished_at = $4, webhook_due = case when webhook is null then null else cast($5 as bigint) end
        where id = $6 and ${OPEN} returning id`,
  charged: "update task set charge = $1 where id = $2",
  claim: (kind: Database["kind"]) => `
    update task set due_at = case when state = 'submitting' then cast($1 as bigint) else ${NEXT_LOOK} end where id in (
      select id from task where ${OPEN} and due_at <= cast($2 as bigint) order by due_at limit $3 ${LOCKED[kind]}
    ) and ${OPEN} returning *`,
  // A task that is `submitting` may have been submitted since it was looked at.
  goOn: `update task set state = case when $1 = 'submitting' then state else $1 end, due_at = $2, misses = $3,
           started_at = case when $4 = 'running' then coalesce(started_at, $5) else started_at end
         where id = $6 and ${OPEN}`,
  goOnAll: `update task t set state = case when v.state = 'submitting' then t.state else v.state end, due_at = v.due_at, misses = v.misses,
              started_at = case when v.state = 'running' then coalesce(t.started_at, $5) else t.started_at end
            from unnest($1::bytea[], $2::text[], $3::bigint[], $4::integer[]) v (id, state, due_at, misses)
            where t.id = v.id and t.finished_at is null`,
  anomaly: "insert into audit_log (at, actor, action, object, detail) values ($1, 'tasks', 'task.anomaly', $2, $3)",
  recover: `update task set due_at = case when state = 'submitting' then $1 else min(due_at, $2) end where ${OPEN}`,
  claimWebhooks: (kind: Database["kind"]) => `
    update task set webhook_due = $1, webhook_tries = webhook_tries + 1 where id in (
      select id from task where webhook_due <= $2 order by webhook_due limit $3 ${LOCKED[kind]}
    ) and webhook_due <= $4 returning *`,
  webhookDue: "update task set webhook_due = cast($1 as bigint) where id = $2",
  keyHash: "select hash from api_key where id = $1",
  hide: "update task set hidden = 1 where id = $1 and account_id = $2 and finished_at is not null returning id",
  prune: "delete from task where finished_at is not null and finished_at < $1 and webhook_due is null",
  open: `select count(*) as n from task where ${OPEN}`,
} as const;

const json = (value: unknown): unknown => (value === null ? null : JSON.parse(value as string));
const numberOr = (value: unknown): number | null => (value === null ? null : Number(value));

const taskOf = (row: StepRow): Task => ({
  requestId: requestIdText(row["id"] as Uint8Array),
  accountId: Number(row["account_id"]),
  keyId: Number(row["key_id"]),
  state: row["state"] as TaskState,
  upstream: row["upstream"] as string,
  api: row["api"] as VideoApiId,
  upstreamModel: row["upstream_model"] as string,
  tried: (json(row["tried"]) ?? []) as readonly Attempt[],
  job: row["job"] as string | null,
  model: row["model"] as string,
  format: row["format"] as TaskFormat,
  reference: Number(row["reference"]),
  asked: json(row["asked"]) as Asked,
  priceId: Number(row["price_id"]),
  planId: row["plan_id"] as string | null,
  multiplier: { num: row["multiplier_num"] as bigint, den: row["multiplier_den"] as bigint },
  hasBudget: row["has_budget"] === 1n,
  hold: row["hold"] as bigint,
  result: json(row["result"]) as TaskResult | null,
  error: row["error"] as ErrorCode | null,
  charge: row["charge"] as bigint | null,
  createdAt: Number(row["created_at"]),
  startedAt: numberOr(row["started_at"]),
  finishedAt: numberOr(row["finished_at"]),
  deadlineAt: Number(row["deadline_at"]),
  dueAt: Number(row["due_at"]),
  misses: Number(row["misses"]),
  hidden: row["hidden"] === 1n,
  webhook: row["webhook"] as string | null,
  webhookTries: Number(row["webhook_tries"]),
});

/** A request's id as stored. @throws RangeError for what is none */
const bytesOf = (requestId: string): Uint8Array => {
  const bytes = requestIdBytes(requestId);
  if (bytes === null) throw new RangeError("not a request id");
  return bytes;
};

export class TaskStore {
  readonly #database: Database;
  /** Rows are immutable and few. */
  readonly #prices = new Map<number, PriceRow>();

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Writes a task with its lease; only then may the provider be asked (I-54).
   * @param dueAt when somebody else shall look whether it was submitted
   * @throws AccountFrozen, InsufficientFunds, GatewayError key_budget_exceeded, or the database's error; nothing is written then
   */
  create(hold: TaskHold, task: NewTask, now: number, dueAt: number): Promise<void> {
    const { snapshot } = hold;
    return runSteps(this.#database, function* (): Steps<void> {
      if (task.isKeyed === true) yield* beginKey(hold.requestId);
      yield* openTaskLease(hold, now);
      const values: Record<(typeof CREATE_COLUMNS)[number], StepValue> = {
        id: bytesOf(hold.requestId),
        account_id: hold.accountId,
        key_id: hold.keyId,
        state: "submitting",
        upstream: task.upstream,
        api: task.api,
        upstream_model: task.upstreamModel,
        model: task.model,
        format: task.format,
        reference: task.reference,
        asked: JSON.stringify(task.asked),
        price_id: snapshot.row.id,
        plan_id: snapshot.planId,
        multiplier_num: snapshot.multiplier.num,
        multiplier_den: snapshot.multiplier.den,
        has_budget: hold.hasBudget ? 1 : 0,
        hold: hold.amount,
        created_at: now,
        deadline_at: task.deadlineAt,
        due_at: dueAt,
        webhook: task.webhook,
      };
      yield* ask(SQL.create, ...CREATE_COLUMNS.map((name) => values[name]));
    });
  }

  /**
   * Writes that a task is to be asked for elsewhere; only then may that upstream be asked, and whoever resolves it asks there (I-54).
   * @param target with the attempts that were refused @returns false when the task is not `submitting` any more
   */
  async moved(requestId: string, target: MovedTask, dueAt: number): Promise<boolean> {
    const { upstream, api, upstreamModel, tried } = target;
    const values = [upstream, api, upstreamModel, JSON.stringify(tried), dueAt, bytesOf(requestId)];
    return (await runStatement(this.#database, SQL.moved, ...values)).length > 0;
  }

  /** Writes under which id the provider has it. @returns false when the task is not `submitting` any more */
  async submitted(requestId: string, job: string, dueAt: number): Promise<boolean> {
    const rows = await runStatement(this.#database, SQL.submitted, job, dueAt, bytesOf(requestId));
    return rows.length > 0;
  }

  /** True when the job is a task's already. */
  async isKnown(upstream: string, job: string): Promise<boolean> {
    return (await runStatement(this.#database, SQL.jobs, upstream, job)).length > 0;
  }

  /**
   * Ends a task, charges it, and returns its lease, once. What contradicts an end that stands is recorded (I-53).
   * @param facts what the row of its request says beside the end
   * @throws the database's error; nothing is written then
   */
  async end(task: Task, end: End, facts: Pick<Settlement, "attempts" | "status">, now: number): Promise<Ending> {
    const price = await this.#price(task.priceId);
    const hold = holdOf(task, price);
    const id = bytesOf(task.requestId);
    const ending = await runSteps(this.#database, function* (): Steps<Ending> {
      const result = end.result === null ? null : JSON.stringify(end.result);
      const ended = yield* ask(SQL.end, end.state, result, end.error, now, now, id);
      if (ended.length === 0) {
        const [row] = yield* ask(SQL.find, id);
        if (row === undefined) throw new Error(`task ${task.requestId} is gone`);
        const stands = taskOf(row);
        if (isAnomaly(stands, end)) yield* ask(SQL.anomaly, now, taskId(task.requestId), contradiction(stands, end));
        return { kind: "stands", task: stands };
      }
      const receipt = yield* settleTaskLease(hold, settlementOf(task, end, facts, now), now);
      // A column of its own, although the request's row says it: replies need no second look-up. Its guard allows the first value.
      yield* ask(SQL.charged, receipt.charge, id);
      return { kind: "ended", receipt };
    });
    return ending;
  }

  /**
   * Takes open tasks that are due, so that nobody else does: their next look is moved on by the pause of their age, which need not be
   * written again when a look changes nothing.
   * @param until when one that is `submitting` is due again: looking for its job takes longer than a look
   */
  async claim(now: number, limit: number, until: number): Promise<Task[]> {
    const rows = await runStatement(this.#database, SQL.claim(this.#database.kind), until, now, limit);
    return rows.map(taskOf);
  }

  /** Writes what looks have brought, all at once. */
  async goOn(progress: readonly Progress[], now: number): Promise<void> {
    if (progress.length === 0) return;
    if (this.#database.kind === "postgres") {
      const ids = progress.map(({ requestId }) => Buffer.from(bytesOf(requestId)));
      const lists = [progress.map((p) => p.state), progress.map((p) => p.dueAt), progress.map((p) => p.misses)];
      await runStatement(this.#database, SQL.goOnAll, ids, ...lists, now);
      return;
    }
    await runSteps(this.#database, function* (): Steps<void> {
      for (const { requestId, state, dueAt, misses } of progress)
        yield* ask(SQL.goOn, state, dueAt, misses, state, now, bytesOf(requestId));
    });
  }

  /** On a database with one server: what the last one had taken is free, and what it was submitting is looked at first. */
  async recover(now: number, soon: number): Promise<void> {
    if (this.#database.kind === "sqlite") await runStatement(this.#database, SQL.recover, now, soon);
  }

  /** Takes ended tasks whose customers wait to be told, for a while in which nobody else does. */
  async claimWebhooks(now: number, limit: number, until: number): Promise<Task[]> {
    const sql = SQL.claimWebhooks(this.#database.kind);
    return (await runStatement(this.#database, sql, until, now, limit, now)).map(taskOf);
  }

  /** When to tell a customer again; null: never. */
  async webhookDue(requestId: string, dueAt: number | null): Promise<void> {
    await runStatement(this.#database, SQL.webhookDue, dueAt, bytesOf(requestId));
  }

  /** The SHA-256 of a key, which its holder can work out as well. */
  async keyHash(keyId: number): Promise<Buffer> {
    const [row] = await runStatement(this.#database, SQL.keyHash, keyId);
    if (row === undefined) throw new Error(`there is no key ${keyId}`);
    return Buffer.from(row["hash"] as Uint8Array);
  }

  async find(requestId: string): Promise<Task | null> {
    const [row] = await runStatement(this.#database, SQL.find, bytesOf(requestId));
    return row === undefined ? null : taskOf(row);
  }

  /** The account's own tasks, but for those that it has taken out of its list (I-55). */
  async list(accountId: number, { limit, after, newestFirst }: ListOrder): Promise<Task[]> {
    const [compare, order] = newestFirst ? ["<", "desc"] : [">", "asc"];
    const values: StepValue[] = [accountId, limit];
    if (after !== null) values.push(bytesOf(after));
    const rows = await runStatement(
      this.#database,
      `select * from task where account_id = $1 and hidden = 0 ${after === null ? "" : `and id ${compare} $3`}
       order by id ${order} limit $2`,
      ...values,
    );
    return rows.map(taskOf);
  }

  /** Takes an ended task out of its account's list. @returns false when it goes on, or is not there */
  async hide(accountId: number, requestId: string): Promise<boolean> {
    return (await runStatement(this.#database, SQL.hide, bytesOf(requestId), accountId)).length > 0;
  }

  /** Forgets tasks that ended before a time; their charges stay. */
  async prune(before: number): Promise<void> {
    await runStatement(this.#database, SQL.prune, before);
  }

  /** How many tasks go on. */
  async open(): Promise<number> {
    return Number((await runStatement(this.#database, SQL.open))[0]?.["n"] ?? 0n);
  }

  /** What a task holds, for the calls that are made for it. @throws Error when its price row is gone, which never is */
  async hold(task: Task): Promise<TaskHold> {
    return holdOf(task, await this.#price(task.priceId));
  }

  async #price(id: number): Promise<PriceRow> {
    const known = this.#prices.get(id);
    if (known !== undefined) return known;
    const found = await findPrice(this.#database.kysely, id);
    if (found === undefined) throw new Error(`there is no price row ${id}`);
    this.#prices.set(id, found.row);
    return found.row;
  }
}

/** Both sides of a contradiction, as JSON: ends and counts, never an address. */
const contradiction = (stands: Task, end: End): string =>
  JSON.stringify({
    stands: { state: stands.state, usage: stands.result?.usage ?? {} },
    later: { state: end.state, usage: end.usage },
  });

const holdOf = (task: Task, row: PriceRow): TaskHold => ({
  requestId: task.requestId,
  accountId: task.accountId,
  keyId: task.keyId,
  hasBudget: task.hasBudget,
  amount: task.hold,
  snapshot: { row, multiplier: task.multiplier, planId: task.planId },
});

const settlementOf = (
  task: Task,
  end: End,
  { attempts, status }: Pick<Settlement, "attempts" | "status">,
  now: number,
): Settlement => ({
  outcome: end.outcome,
  usage: end.usage,
  source: end.source,
  usageInvalid: false,
  model: task.model,
  protocol: "videos",
  stream: false,
  status,
  firstByteMs: null,
  durationMs: Math.max(0, now - task.createdAt),
  attempts,
});

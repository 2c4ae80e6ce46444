/** Video tasks of all accounts, for who runs the installation: those that go on, the oldest first, or those that have ended. */
import { sql } from "kysely";

import { recordAudit } from "../../db/audit-log.ts";
import type { Database, Queries } from "../../db/connect.ts";
import { requestIdBytes, requestIdText } from "../../id.ts";
import type { Nano } from "../../money.ts";

/** Times are milliseconds since the Unix epoch, amounts nano-units. */
export interface TaskLine {
  readonly requestId: string;
  readonly account: string;
  readonly accountName: string;
  readonly state: string;
  readonly model: string;
  readonly upstream: string;
  /** The provider knows it under an id of its own. */
  readonly hasJob: boolean;
  readonly hold: Nano;
  readonly charge: Nano | null;
  /** A code of the catalogue. */
  readonly error: string | null;
  /** Looks in a row that brought no verdict. */
  readonly misses: number;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly deadlineAt: number;
  readonly dueAt: number;
}

export interface TaskPage {
  readonly show: "open" | "ended";
  /** The account's id; null: all. */
  readonly accountId: number | null;
  /** The time by which the list is ordered, and the request's id, of the task before; null: from the first. */
  readonly after: { readonly at: number; readonly id: string } | null;
  readonly limit: number;
}

interface Row {
  readonly id: Uint8Array;
  readonly public_id: string;
  readonly name: string;
  readonly state: string;
  readonly model: string;
  readonly upstream: string;
  readonly job: string | null;
  readonly hold: bigint;
  readonly charge: bigint | null;
  readonly error: string | null;
  readonly misses: bigint | number;
  readonly created_at: bigint;
  readonly started_at: bigint | null;
  readonly finished_at: bigint | null;
  readonly deadline_at: bigint;
  readonly due_at: bigint;
}

const numberOr = (value: bigint | null): number | null => (value === null ? null : Number(value));

const toLine = (row: Row): TaskLine => ({
  requestId: requestIdText(row.id),
  account: row.public_id,
  accountName: row.name,
  state: row.state,
  model: row.model,
  upstream: row.upstream,
  hasJob: row.job !== null,
  hold: row.hold,
  charge: row.charge,
  error: row.error,
  misses: Number(row.misses),
  createdAt: Number(row.created_at),
  startedAt: numberOr(row.started_at),
  finishedAt: numberOr(row.finished_at),
  deadlineAt: Number(row.deadline_at),
  dueAt: Number(row.due_at),
});

/** How each list is ordered: what goes on by its age, so that what is stuck stands first; what has ended by its end. */
const ORDERS = {
  open: { where: sql`t.finished_at is null`, by: sql`t.created_at`, direction: sql`asc`, beyond: sql`>` },
  ended: { where: sql`t.finished_at is not null`, by: sql`t.finished_at`, direction: sql`desc`, beyond: sql`<` },
} as const satisfies Record<TaskPage["show"], object>;

/** A page of tasks. */
export const listTasks = async (queries: Queries, page: TaskPage): Promise<readonly TaskLine[]> => {
  const { where, by, direction, beyond } = ORDERS[page.show];
  const id = page.after === null ? null : requestIdBytes(page.after.id);
  const after =
    page.after === null || id === null ? sql`` : sql`and (${by}, t.id) ${beyond} (${BigInt(page.after.at)}, ${id})`;
  const own = page.accountId === null ? sql`` : sql`and t.account_id = ${BigInt(page.accountId)}`;
  const { rows } = await sql<Row>`
    select t.id, a.public_id, a.name, t.state, t.model, t.upstream, t.job, t.hold, t.charge, t.error, t.misses,
      t.created_at, t.started_at, t.finished_at, t.deadline_at, t.due_at
    from task t join account a on a.id = t.account_id
    where ${where} ${own} ${after}
    order by ${by} ${direction}, t.id ${direction} limit ${BigInt(page.limit)}`.execute(queries);
  return rows.map(toLine);
};

/** The state of a task; null: there is none. */
export const stateOfTask = async (queries: Queries, requestId: string): Promise<string | null> => {
  const { rows } = await sql<{ state: string }>`select state from task where id = ${requestIdBytes(requestId)}`.execute(
    queries,
  );
  return rows[0]?.state ?? null;
};

/** Who asked that a task be cancelled, and what it was then. */
export const recordCancel = (
  database: Database,
  { actor, task, before }: { readonly actor: string; readonly task: string; readonly before: string },
): Promise<void> =>
  database.transaction((queries) =>
    recordAudit(queries, { actor, action: "task.cancel", object: task, detail: { before } }),
  );

/** Tasks that go on, what they hold, and how many of them nobody has heard of for a while. */
export const openTasks = async (
  queries: Queries,
): Promise<{ readonly open: number; readonly held: Nano; readonly silent: number }> => {
  const { rows } = await sql<{ open: bigint; held: bigint | null; silent: bigint | null }>`
    select count(*) as open, sum(hold) as held, sum(case when misses > 2 then 1 else 0 end) as silent
    from task where finished_at is null`.execute(queries);
  const [row] = rows;
  return { open: Number(row?.open ?? 0n), held: row?.held ?? 0n, silent: Number(row?.silent ?? 0n) };
};

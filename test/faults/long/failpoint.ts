/**
 * Loaded into a gateway before anything else (`node --import`): ends it with SIGKILL at one exact moment of one commit of its ledger. The
 * moment is in FARTHING_FAILPOINT, and counts once the file of FARTHING_FAILPOINT_ARMED is there:
 *
 *   borrow        right after the commit that borrows money for a request
 *   before N      before the Nth statement of the transaction that holds a charge (SQLite)
 *   after         right after the commit of a charge, before anybody is told
 *   unsent, sent  before, or right after, a charge is sent to PostgreSQL
 */
import { existsSync } from "node:fs";
import { StatementSync } from "node:sqlite";

import pg from "pg";

const [moment = "", place = "0"] = (process.env["FARTHING_FAILPOINT"] ?? "").split(" ");
const armed = process.env["FARTHING_FAILPOINT_ARMED"] ?? "";
const isArmed = (): boolean => existsSync(armed);
const die = (): never => {
  process.kill(process.pid, "SIGKILL");
  throw new Error("killed");
};

type Run = (this: StatementSync, ...values: never[]) => unknown;

/** The ledger's transactions are the only ones that begin by a prepared statement of these words. */
const BEGIN = "begin immediate";
let statements: string[] = [];
let isCounting = false;
/** Each commit of a charge is tried once: the one that holds an insert of a request. The first pass only learns its length. */
const onStatement = (sql: string, run: () => unknown): unknown => {
  if (sql === BEGIN) {
    isCounting = isArmed();
    statements = [];
  }
  if (!isCounting) return run();
  statements.push(sql);
  if (moment === "before" && statements.length === Number(place)) die();
  const result = run();
  if (sql === "commit") {
    isCounting = false;
    const isCharge = statements.some((each) => each.startsWith("insert into request"));
    if ((moment === "after" && isCharge) || (moment === "borrow" && !isCharge)) die();
  }
  return result;
};

for (const name of ["run", "get"] as const) {
  const original = StatementSync.prototype[name] as unknown as Run;
  Object.assign(StatementSync.prototype, {
    [name](this: StatementSync, ...values: never[]) {
      return onStatement(this.sourceSQL, () => original.apply(this, values));
    },
  });
}

/** Ids of requests are the only bytes among the values of `ledger_commit`, written as PostgreSQL writes them. */
const hasCharge = (values: readonly unknown[]): boolean =>
  values.some((list) => typeof list === "string" && list.includes(String.raw`\\x`));

type Query = (this: pg.Client, ...values: unknown[]) => unknown;
const { query } = pg.Client.prototype as unknown as { readonly query: Query };
Object.assign(pg.Client.prototype, {
  query(this: pg.Client, ...values: unknown[]) {
    const [asked] = values as [{ name?: string; values?: readonly unknown[] } | undefined];
    if (asked?.name !== "ledger_commit" || !isArmed()) return query.apply(this, values);
    const isCharge = hasCharge(asked.values ?? []);
    if (moment === "unsent" && isCharge) die();
    const answer = query.apply(this, values) as Promise<unknown>;
    if (moment === "sent" && isCharge) setImmediate(() => setImmediate(die));
    if ((moment === "after" && isCharge) || (moment === "borrow" && !isCharge)) return answer.then(die);
    return answer;
  },
});

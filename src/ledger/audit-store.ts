/**
 * The audit: derives every balance again from the transfers and every charge again from its usage and price (I-8, I-70, I-71).
 * It reads one snapshot of the database, blocks nobody who writes, and repairs nothing.
 */
import { chainHash, CHAIN_START, recordAudit, type AuditRow } from "../db/audit-log.ts";
import type { Database } from "../db/connect.ts";
import { firstRequestId, requestIdText, requestPeriod } from "../id.ts";
import { isCharged, OUTCOMES } from "./outcome.ts";
import { MAX_DIFFERENCES, repriceIn } from "./reprice-store.ts";
import { inSnapshot, type Read } from "./snapshot-store.ts";
import { ACCOUNTS } from "./transfer.ts";

/** One row that disagrees. */
export interface Disagreement {
  readonly check: string;
  /** The account's, key's or request's public id. */
  readonly object: string;
  readonly detail: string;
  /** Whose spending is to be stopped; null where it is nobody's alone. */
  readonly accountId: number | null;
}

/** The audit log's chain: how many rows it holds, how many are not in it yet, and its last hash, to be kept elsewhere (I-74). */
export interface ChainReport {
  readonly rows: number;
  readonly waiting: number;
  /** Hexadecimal. */
  readonly head: string;
}

export interface AuditReport {
  readonly accounts: number;
  readonly transfers: number;
  readonly requests: number;
  readonly log: ChainReport;
  /** Empty when the books agree; at most MAX_DISAGREEMENTS. */
  readonly disagreements: readonly Disagreement[];
}

/** Rows of the log that are in memory at a time. */
const PAGE_ROWS = 5_000;
/** Enough to see what is wrong; a broken database must not fill the memory. */
export const MAX_DISAGREEMENTS = MAX_DIFFERENCES;

const CHARGED = OUTCOMES.filter(isCharged)
  .map((outcome) => `'${outcome}'`)
  .join(", ");

/** Queries that return a row for each disagreement: an object and the two values that should agree. The same on both databases. */
const QUERIES = {
  "balance = transfers - charges": `
    select * from (
      select a.public_id as object, a.id as account, a.balance as found,
        coalesce(c.sum, 0) + coalesce(e.sum, 0) - coalesce(d.sum, 0) - coalesce(r.sum, 0) as expected
      from account a
      left join (select account_id as id, sum(amount) as sum from earning group by 1) e on e.id = a.id
      left join (select credit_account_id as id, sum(amount) as sum from transfer group by 1) c on c.id = a.id
      left join (select debit_account_id as id, sum(amount) as sum from transfer group by 1) d on d.id = a.id
      left join (select account_id as id, sum(posted) as sum from request group by 1) r on r.id = a.id
    ) each_account where found <> expected`,
  "leased = sum of open leases": `
    select a.public_id as object, a.id as account, a.leased as found, coalesce(l.sum, 0) as expected
    from account a
    left join (select account_id, sum(amount) as sum from lease where state <> 'returned' group by 1) l on l.account_id = a.id
    where a.leased <> coalesce(l.sum, 0)`,
  "leased <= balance": `
    select public_id as object, id as account, leased as found, balance as expected
    from account where kind = 'customer' and frozen = 0 and (leased > balance or balance < 0)`,
  "pending debit = what pending debits have still to collect": `
    select a.public_id as object, a.id as account, a.pending_debit as found, coalesce(d.sum, 0) as expected
    from account a left join (select account_id as id, sum(remaining) as sum from pending_debit group by 1) d on d.id = a.id
    where a.pending_debit <> coalesce(d.sum, 0) or (a.pending_debit > 0 and a.balance > a.leased)`,
  "a pending debit's transfers = what it has collected": `
    select a.public_id as object, a.id as account, coalesce(t.sum, 0) as found, d.amount - d.remaining as expected
    from pending_debit d join account a on a.id = d.account_id
    left join (select pending_id, sum(amount) as sum from transfer where pending_id is not null group by 1) t on t.pending_id = d.id
    where coalesce(t.sum, 0) <> d.amount - d.remaining`,
  "all balances sum to zero": `
    select 'all accounts' as object, null as account, sum(balance) as found, 0 as expected from account having sum(balance) <> 0`,
  "revenue = what requests posted": `
    select 'all requests' as object, null as account, c.sum + e.sum as found, r.sum + k.sum as expected
    from (select coalesce(sum(amount), 0) as sum from transfer where kind = 'charges') c,
      (select coalesce(sum(amount), 0) as sum from earning) e,
      (select coalesce(sum(amount), 0) as sum from transfer where kind = 'carried') k,
      (select coalesce(sum(posted), 0) as sum from request) r
    where c.sum + e.sum <> r.sum + k.sum`,
  // Roll-ups stay when requests are carried forward, so that they tell for ever what was posted.
  "roll-ups = what requests posted": `
    select a.public_id as object, a.id as account, coalesce(u.sum, 0) as found, coalesce(r.sum, 0) + coalesce(k.sum, 0) as expected
    from account a
    left join (select account_id as id, sum(posted) as sum from rollup group by 1) u on u.id = a.id
    left join (select account_id as id, sum(posted) as sum from request group by 1) r on r.id = a.id
    left join (select debit_account_id as id, sum(amount) as sum from transfer where kind = 'carried' group by 1) k on k.id = a.id
    where coalesce(u.sum, 0) <> coalesce(r.sum, 0) + coalesce(k.sum, 0)`,
  // Nothing but the console's figures comes from them: a difference is told, and stops nobody.
  "roll-ups of days = roll-ups of hours": `
    select a.public_id as object, null as account, coalesce(d.sum, 0) as found, coalesce(h.sum, 0) as expected
    from account a
    left join (select account_id as id, sum(posted) as sum from rollup_daily group by 1) d on d.id = a.id
    left join (select account_id as id, sum(posted) as sum from rollup group by 1) h on h.id = a.id
    where coalesce(d.sum, 0) <> coalesce(h.sum, 0)
    union all
    select 'all requests', null, d.sum, h.sum
    from (select coalesce(sum(posted), 0) as sum from rollup_all_daily) d, (select coalesce(sum(posted), 0) as sum from rollup_all) h
    where d.sum <> h.sum`,
  "no charge for an uncharged outcome": `
    select id as object, account_id as account, posted as found, 0 as expected from request where posted > 0 and outcome not in (${CHARGED})`,
  "posted <= hold": `
    select id as object, account_id as account, posted as found, hold as expected from request where posted > hold or posted < 0`,
  "a request belongs to its key's account": `
    select r.id as object, r.account_id as account, r.account_id as found, k.account_id as expected
    from request r left join api_key k on k.id = r.key_id left join account a on a.id = r.account_id
    where k.id is null or k.account_id <> r.account_id or a.kind <> 'customer' or a.id is null`,
  "spent = what the key's requests posted": `
    select k.public_id as object, k.account_id as account, k.spent as found, coalesce(r.sum, 0) as expected
    from api_key k left join (select key_id, sum(posted) as sum from rollup group by 1) r on r.key_id = k.id
    where k.budget is not null and (k.spent > k.budget or (k.budget_period is null and k.spent <> coalesce(r.sum, 0)))`,
  "leased of a budget = sum of the key's open leases": `
    select k.public_id as object, k.account_id as account, k.leased as found, coalesce(l.sum, 0) as expected
    from api_key k
    left join (select key_id, sum(amount) as sum from lease where state <> 'returned' group by 1) l on l.key_id = k.id
    where k.leased <> coalesce(l.sum, 0) or (k.budget is not null and k.spent + k.leased > k.budget)`,
  "refunds of a charge <= the charge": `
    select t.request_id as object, t.account as account, t.sum as found, r.posted as expected
    from (
      select request_id, min(credit_account_id) as account, sum(amount) as sum from transfer
      where kind = 'refund' and request_id is not null group by 1
    ) t join request r on r.id = t.request_id where t.sum > r.posted`,
  "promotional credit <= balance, and <= what was given": `
    select a.public_id as object, a.id as account, a.promo as found, coalesce(g.sum, 0) as expected
    from account a left join (
      select t.credit_account_id as id, sum(t.amount) as sum from transfer t
      where t.debit_account_id = ${ACCOUNTS.promo} and t.kind = 'credit' group by 1
    ) g on g.id = a.id
    where a.promo > 0 and (a.promo > a.balance or a.promo > coalesce(g.sum, 0))`,
} as const;

const nameOf = (object: unknown): string => (object instanceof Uint8Array ? requestIdText(object) : String(object));

const idOf = (account: unknown): number | null => (typeof account === "bigint" ? Number(account) : null);

const runQuery = async (read: Read, check: string, sql: string): Promise<Disagreement[]> =>
  (await read(`${sql} limit ${MAX_DISAGREEMENTS}`)).map(({ object, account, found, expected }) => ({
    check,
    object: nameOf(object),
    detail: `${String(found)} instead of ${typeof expected === "bigint" ? expected : "nothing"}`,
    accountId: idOf(account),
  }));

const recomputeAll = async (read: Read): Promise<Disagreement[]> =>
  (await repriceIn(read, 0)).differences.map(({ requestId, accountId, detail }) => ({
    check: "charge recomputed from usage and price",
    object: requestId,
    detail,
    accountId,
  }));

const count = async (read: Read, table: "account" | "transfer" | "request"): Promise<number> =>
  Number((await read(`select count(*) as n from ${table}`))[0]?.["n"]);

const LINKS = `
  select c.seq, c.hash, l.id, l.at, l.actor, l.action, l.object, l.detail
  from audit_chain c left join audit_log l on l.id = c.audit_id where c.seq > $1 order by c.seq limit ${PAGE_ROWS}`;

/** Hashes the log again, from its first row on; what follows a wrong link is judged by that link as it stands. */
const followChain = async (read: Read): Promise<{ log: ChainReport; broken: Disagreement[] }> => {
  const broken: Disagreement[] = [];
  let [seq, hash] = [0n, CHAIN_START];
  for (let page = await read(LINKS, 0n); page.length > 0; page = await read(LINKS, seq))
    for (const row of page) {
      const link = row as unknown as AuditRow & { readonly seq: bigint; readonly hash: Uint8Array };
      const isRight =
        link.seq === seq + 1n &&
        (row["id"] as bigint | null) !== null &&
        Buffer.compare(chainHash(hash, link), link.hash) === 0;
      if (!isRight && broken.length < MAX_DISAGREEMENTS)
        broken.push({
          check: "the audit log is as it was written",
          object: `audit log row ${link.seq}`,
          detail: "was changed, removed or put in afterwards",
          accountId: null,
        });
      [seq, hash] = [link.seq, link.hash];
    }
  const [waiting] = await read(
    "select count(*) as n from audit_log l left join audit_chain c on c.audit_id = l.id where c.seq is null",
  );
  const head = Buffer.from(hash).toString("hex");
  return { log: { rows: Number(seq), waiting: Number(waiting?.["n"]), head }, broken };
};

/** How many of its checks an audit has made. */
export type AuditProgress = (done: number, of: number) => void;

/** The checks of an audit: the queries, every charge anew, and the chain. */
const CHECKS = Object.keys(QUERIES).length + 2;

const report = async (read: Read, tell: AuditProgress): Promise<AuditReport> => {
  const disagreements: Disagreement[] = [];
  let done = 0;
  const next = (): void => {
    tell(++done, CHECKS);
  };
  for (const [check, sql] of Object.entries(QUERIES)) {
    disagreements.push(...(await runQuery(read, check, sql)));
    next();
  }
  disagreements.push(...(await recomputeAll(read)));
  next();
  const { log, broken } = await followChain(read);
  next();
  return {
    accounts: await count(read, "account"),
    transfers: await count(read, "transfer"),
    requests: await count(read, "request"),
    log,
    disagreements: [...disagreements, ...broken].slice(0, MAX_DISAGREEMENTS),
  };
};

/** Checks of the list above that read no requests: what they cost does not grow with the history. */
const CHEAP = [
  "leased = sum of open leases",
  "leased <= balance",
  "pending debit = what pending debits have still to collect",
  "all balances sum to zero",
  "leased of a budget = sum of the key's open leases",
  "promotional credit <= balance, and <= what was given",
] as const satisfies readonly (keyof typeof QUERIES)[];

const TRANSFERRED = `
  select a.id, a.public_id, a.balance, coalesce(c.sum, 0) - coalesce(d.sum, 0) as moved
  from account a
  left join (select credit_account_id as id, sum(amount) as sum from transfer where kind <> 'charges' group by 1) c on c.id = a.id
  left join (select debit_account_id as id, sum(amount) as sum from transfer where kind <> 'charges' group by 1) d on d.id = a.id
  where a.kind = 'customer'`;
const POSTED = "select account_id as id, sum(posted) as sum from request where period between $1 and $2 group by 1";
/** Periods before the running one in which requests may still end. */
const OPEN_PERIODS = 1n;
const LAST_PERIOD = 2_147_483_647n;

/**
 * The audit of what may have changed since it was last run: the sums of past periods, whose requests never change, are kept. That
 * somebody changed them all the same is found by the whole audit.
 */
export class RecentAudit {
  #past = new Map<bigint, bigint>();
  #through = -1n;
  #carried = 0n;

  run(database: Database): Promise<readonly Disagreement[]> {
    return inSnapshot(database, async (read) => {
      const found: Disagreement[] = [];
      for (const check of CHEAP) found.push(...(await runQuery(read, check, QUERIES[check])));
      return [...found, ...(await this.#balances(read))];
    });
  }

  async #balances(read: Read): Promise<Disagreement[]> {
    // Periods that were carried forward are in the transfers since, and not in the requests any more.
    const carried = (await read("select count(*) as n from transfer where kind = 'carried'"))[0]?.["n"] as bigint;
    if (carried !== this.#carried) [this.#past, this.#through, this.#carried] = [new Map(), -1n, carried];
    const closed = BigInt(requestPeriod(firstRequestId(Date.now()))) - OPEN_PERIODS - 1n;
    if (closed > this.#through) {
      for (const { id, sum } of await read(POSTED, this.#through + 1n, closed))
        this.#past.set(id as bigint, (this.#past.get(id as bigint) ?? 0n) + (sum as bigint));
      this.#through = closed;
    }
    const recent = new Map(
      (await read(POSTED, this.#through + 1n, LAST_PERIOD)).map(({ id, sum }) => [id as bigint, sum as bigint]),
    );
    return (await read(TRANSFERRED)).flatMap((row) => {
      const [id, balance, moved] = [row["id"], row["balance"], row["moved"]] as [bigint, bigint, bigint];
      const expected = moved - (this.#past.get(id) ?? 0n) - (recent.get(id) ?? 0n);
      if (expected === balance) return [];
      const detail = `${balance} instead of ${expected}`;
      return [
        { check: "balance = transfers - charges", object: String(row["public_id"]), detail, accountId: Number(id) },
      ];
    });
  }
}

/** The audit log alone: its chain followed from the first row on, in time proportional to its length. */
export const auditChain = (
  database: Database,
): Promise<{ readonly log: ChainReport; readonly broken: readonly Disagreement[] }> =>
  inSnapshot(database, followChain);

/** Audits the whole database, in time proportional to its size; meant for a process of its own. */
export const audit = (database: Database, tell: AuditProgress = () => undefined): Promise<AuditReport> =>
  inSnapshot(database, (read) => report(read, tell));

/**
 * Stops the spending of every account that a report names, and says so in the log; nothing is repaired (I-70).
 * @returns the public ids of those that were not frozen yet
 */
export const freezeDisagreeing = (
  database: Database,
  disagreements: readonly Disagreement[],
  actor: string,
): Promise<readonly string[]> => {
  const wrong = new Map(
    disagreements.flatMap(({ accountId, check }) => (accountId === null ? [] : [[accountId, check]])),
  );
  if (wrong.size === 0) return Promise.resolve([]);
  return database.transaction(async (queries) => {
    const frozen: string[] = [];
    for (const [accountId, check] of wrong) {
      const row = await queries
        .updateTable("account")
        .set({ frozen: 1, thaws: 0 })
        .where("id", "=", BigInt(accountId))
        .where("kind", "=", "customer")
        .where((account) => account.or([account("frozen", "=", 0n), account("thaws", "=", 1n)]))
        .returning("public_id")
        .executeTakeFirst();
      if (row === undefined) continue;
      frozen.push(row.public_id);
      await recordAudit(queries, { actor, action: "account.freeze", object: row.public_id, detail: { reason: check } });
    }
    return frozen;
  });
};

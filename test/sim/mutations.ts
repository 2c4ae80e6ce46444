/** Guards of the money, and for each of them the edit that takes it away, as data: what the mutants are made of. */

/** What is run against a mutant; any of it may find it. */
export type Suite =
  | "sqlite"
  | "postgres"
  | "schema"
  | "credit"
  | "refund"
  | "tasks"
  | "pending"
  | "faults"
  | "allowance";

interface Edit {
  readonly file: string;
  /** Text that must be there, in one place or more; every place is edited. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutation {
  /** The guard that is missing. */
  readonly guard: string;
  readonly edits: readonly Edit[];
  readonly suites: readonly Suite[];
}

const SQLITE = "src/ledger/sqlite-store.ts";
const LENDER = "src/ledger/sqlite-lender-store.ts";
const DESK = "src/cluster/ledger-desk.ts";
const LINK = "src/cluster/link.ts";
const CREW = "src/cluster/crew.ts";
const PG_ACCOUNTS = "migrations/postgres/0001_ledger.sql";
const PG_LEASES = "migrations/postgres/0005_leases.sql";
const BALANCE_CHECK = "check (kind <> 'customer' or frozen = 1 or leased <= balance)";
const NO_CHECK = "check (kind <> '')";
const ROOM: Edit = {
  file: "src/ledger/lease.ts",
  find: "max(balance - leased, 0n)",
  replace: "max(balance, 0n)",
};

export const MUTATIONS: readonly Mutation[] = [
  {
    guard: "I-11: a lease grows by what is unborrowed only (read in the commit)",
    edits: [ROOM],
    suites: ["sqlite"],
  },
  {
    guard: "I-11: the same, and the condition of the update, and the table's check",
    edits: [
      ROOM,
      { file: SQLITE, find: "and balance - leased >= ?1 and frozen = 0", replace: "and ?1 >= 0" },
      { file: "migrations/sqlite/0001_ledger.sql", find: BALANCE_CHECK, replace: NO_CHECK },
    ],
    suites: ["sqlite"],
  },
  {
    guard: "I-11: the condition of the update on PostgreSQL, and what is read before it",
    edits: [
      { file: PG_LEASES, find: "balance - leased >= change and frozen = 0", replace: "true" },
      { file: PG_LEASES, find: "least(a.balance - a.leased,", replace: "least(a.balance," },
      { file: PG_ACCOUNTS, find: BALANCE_CHECK, replace: NO_CHECK },
    ],
    suites: ["postgres"],
  },
  {
    guard: "I-10: the table's check of leased ≤ balance, SQLite",
    edits: [{ file: "migrations/sqlite/0001_ledger.sql", find: BALANCE_CHECK, replace: NO_CHECK }],
    suites: ["schema"],
  },
  {
    guard: "I-10: the table's check of leased ≤ balance, PostgreSQL",
    edits: [{ file: PG_ACCOUNTS, find: BALANCE_CHECK, replace: NO_CHECK }],
    suites: ["schema"],
  },
  {
    guard: "I-20: a lease's state and owner, compared when a charge lowers it, SQLite",
    edits: [
      {
        file: SQLITE,
        find: "where id = ?2 and owner = ?3 and state <> 'returned'",
        replace: "where id = ?2 and ?3 <> ''",
      },
      {
        file: "migrations/sqlite/0001_ledger.sql",
        find: "check (state <> 'returned' or amount = 0)",
        replace: "check (state <> '')",
      },
      {
        file: "migrations/sqlite/0001_ledger.sql",
        find: "amount integer not null check (amount >= 0),\n  state",
        replace: "amount integer not null,\n  state",
      },
    ],
    suites: ["sqlite"],
  },
  {
    guard: "I-20: a lease's state, compared when a charge lowers it, PostgreSQL",
    edits: [
      { file: PG_LEASES, find: "l.owner = o_id and l.state <> 'returned' order", replace: "l.owner = o_id order" },
    ],
    suites: ["postgres"],
  },
  {
    guard: "I-21: the primary key of requests, SQLite",
    edits: [
      {
        file: "migrations/sqlite/0013_past_allowance.sql",
        find: "  primary key (period, id)\n) strict, without rowid",
        replace: "  check (period = period)\n) strict",
      },
    ],
    suites: ["sqlite", "schema"],
  },
  {
    guard: "I-21: the primary key of requests, PostgreSQL",
    edits: [
      {
        file: PG_ACCOUNTS,
        find: "primary key (period, id)\n) partition",
        replace: "check (period = period)\n) partition",
      },
    ],
    suites: ["postgres", "schema"],
  },
  {
    guard: "I-20: one terminal call of a hold",
    edits: [{ file: "src/ledger/held.ts", find: 'hold.state !== "open"', replace: "hold.requestId === null" }],
    suites: ["sqlite"],
  },
  {
    guard: "I-15: posted ≤ hold",
    edits: [
      { file: "src/ledger/settlement.ts", find: "amount < hold.amount ? amount : hold.amount", replace: "amount" },
    ],
    suites: ["sqlite"],
  },
  {
    guard: "I-33: failures are free",
    edits: [{ file: "src/ledger/settlement.ts", find: "!isCharged(outcome) ? 0n : ", replace: "" }],
    suites: ["sqlite"],
  },
  {
    guard: "I-26: who does not know whether he committed looks first",
    edits: [{ file: "src/ledger/books.ts", find: "this.#uncertain = true;", replace: "" }],
    suites: ["sqlite"],
  },
  {
    guard: "§9.2 a: slack that a commit may return is out of reach until it is known",
    edits: [
      { file: "src/ledger/commit.ts", find: "lease.setAside += part.setAside;", replace: "" },
      { file: "src/ledger/commit.ts", find: "lease.setAside -= part.setAside;", replace: "" },
      { file: "src/ledger/commit.ts", find: "lease.setAside -= setAside;", replace: "" },
    ],
    suites: ["sqlite", "postgres"],
  },
  {
    guard: "§9.2 a: a hold's part is slack only when its commit is known",
    edits: [
      {
        file: "src/ledger/books.ts",
        find: 'hold.state = "settling";',
        replace: 'hold.state = "settling"; hold.lease.held -= hold.amount; hold.lease.held += 0n * hold.amount;',
      },
      { file: "src/ledger/lease.ts", find: "hold.lease.held -= hold.amount;", replace: "" },
    ],
    suites: ["sqlite", "postgres"],
  },
  {
    guard: "§9.2 c: who was not answered in time admits nothing",
    edits: [
      {
        file: "src/ledger/heart.ts",
        find: "this.#liveUntil === Infinity || performance.now() < this.#liveUntil",
        replace: "this.#liveUntil !== -1",
      },
    ],
    suites: ["postgres"],
  },
  {
    guard: "§9.2 d: nobody is fenced before his time",
    edits: [
      {
        file: PG_LEASES,
        find: "where state = 'open' and renewed_at + ttl <= reach",
        replace: "where state = 'open' and id <> o_id",
      },
    ],
    suites: ["postgres"],
  },
  {
    guard: "I-29: the dead's leases come back, SQLite",
    edits: [{ file: SQLITE, find: "this.#returnLeases(null, now);", replace: "" }],
    suites: ["sqlite"],
  },
  {
    guard: "I-29: the dead's leases come back, PostgreSQL",
    edits: [
      {
        file: PG_LEASES,
        find: "state = 'fenced' and fenced_at + grace <= reach",
        replace: "state = 'fenced' and fenced_at + grace < 0",
      },
    ],
    suites: ["postgres"],
  },
  {
    guard: "I-23: a charge is revenue too",
    edits: [{ file: SQLITE, find: "this.#sql.revenue.run(revenue);", replace: "" }],
    suites: ["sqlite"],
  },
  {
    guard: "I-40: the multiplier of the snapshot",
    edits: [
      {
        file: "src/price.ts",
        find: "snapshot.multiplier, snapshot.row.rounding",
        replace: "{ num: 1n, den: 1n }, snapshot.row.rounding",
      },
    ],
    suites: ["sqlite"],
  },
  {
    guard: "§9.2 f: a debit takes what nobody has borrowed",
    edits: [
      {
        file: "src/ledger/transfer-store.ts",
        find: 'account(account("balance", "+", amount), ">=", account.ref("leased")),',
        replace: 'account("id", ">", 0n),',
      },
    ],
    suites: ["sqlite", "credit"],
  },
  {
    guard: "§9.2 f: what returns to an account is collected for its pending debit, SQLite",
    edits: [
      {
        file: "migrations/sqlite/0014_pending_debits.sql",
        find: "when new.pending_debit > 0 and new.balance > new.leased",
        replace: "when new.pending_debit > 0 and new.balance > new.leased and old.pending_debit = 0",
      },
    ],
    suites: ["sqlite"],
  },
  {
    guard: "§9.2 f: what returns to an account is collected for its pending debit, PostgreSQL",
    edits: [
      {
        file: "migrations/postgres/0016_pending_debits.sql",
        find: "when (new.pending_debit > 0 and new.balance > new.leased)",
        replace: "when (new.pending_debit > 0 and new.balance > new.leased and old.pending_debit = 0)",
      },
    ],
    suites: ["postgres"],
  },
  {
    guard: "§9.2 f: a pending debit takes what is left of it only",
    edits: [
      {
        file: "migrations/sqlite/0014_pending_debits.sql",
        find: "update pending_debit set remaining = remaining - p.part",
        replace: "update pending_debit set remaining = remaining - 0 * p.part",
      },
    ],
    suites: ["sqlite"],
  },
  {
    guard: "§9.2 f: an account stays frozen while a debit is pending",
    edits: [
      {
        file: "src/accounts/store.ts",
        find: "frozen: sql<number>`case when pending_debit > 0 then 1 else 0 end`",
        replace: "frozen: sql<number>`case when pending_debit > 0 then 0 else 0 end`",
      },
      {
        file: "migrations/sqlite/0014_pending_debits.sql",
        find: "check (pending_debit >= 0 and (pending_debit = 0 or frozen = 1))",
        replace: "check (pending_debit >= 0)",
      },
      {
        file: "migrations/sqlite/0014_pending_debits.sql",
        find: "check (thaws in (0, 1) and (thaws = 0 or frozen = 1))",
        replace: "check (thaws in (0, 1))",
      },
    ],
    suites: ["sqlite"],
  },
  {
    guard: "I-27: an idempotency key of a pending debit is looked up",
    edits: [
      {
        file: "src/ledger/transfer-store.ts",
        find: "if (row === undefined) return await replayPending(queries, entry);",
        replace: "if (row === undefined) return null;",
      },
      {
        file: "migrations/sqlite/0014_pending_debits.sql",
        find: "create unique index pending_debit_once",
        replace: "create index pending_debit_once",
      },
    ],
    suites: ["sqlite", "pending"],
  },
  {
    guard: "I-26: a rejection that comes again is nobody's fault",
    edits: [
      {
        file: "src/ledger/books.ts",
        find: "batch !== null && batch.rejections.length > 0",
        replace: "batch !== null && batch.rejections.length < 0",
      },
      {
        file: "migrations/postgres/0015_past_allowance.sql",
        find: "and not exists (select 1 from request q where q.period = r.period and q.id = r.id)",
        replace: "",
      },
    ],
    suites: ["postgres", "faults"],
  },
  {
    guard: "I-36: past the allowance failures after output are charged",
    edits: [
      {
        file: "src/ledger/allowance.ts",
        find: "if (counted.absorbed > counted.allowance) return true;",
        replace: "",
      },
    ],
    suites: ["allowance"],
  },
  {
    guard: "I-28: a key is taken over from the dead only",
    edits: [
      {
        file: "src/ledger/idempotency-store.ts",
        find: 'return found?.state === "gone";',
        replace: "return found !== undefined;",
      },
    ],
    suites: ["postgres"],
  },
  {
    guard: "I-28: a key that is claimed is nobody else's",
    edits: [
      {
        file: "src/ledger/idempotency-store.ts",
        find: '.where("idempotency.created_at", "<=", oldest(now)),',
        replace: '.where("idempotency.created_at", ">", 0n),',
      },
    ],
    suites: ["sqlite"],
  },
  {
    guard: "I-41: a plan is paid for once",
    edits: [
      {
        file: "src/ledger/plan-store.ts",
        find: "if (earlier !== undefined) {",
        replace: "if (earlier !== undefined && order.fee < 0n) {",
      },
      {
        file: "migrations/sqlite/0004_charges.sql",
        find: "create unique index transfer_once",
        replace: "create index transfer_once",
      },
    ],
    suites: ["sqlite"],
  },
  {
    guard: "I-16: a budget's lease is taken from the budget as well",
    edits: [
      {
        file: SQLITE,
        find: "and budget - spent - leased >= ?1",
        replace: "and ?1 >= 0",
      },
      {
        file: "src/ledger/lease.ts",
        find: "min(room, max(budget.left - budget.leased, 0n))",
        replace: "room",
      },
      {
        file: "migrations/sqlite/0004_charges.sql",
        find: "check (leased >= 0 and (budget is null or spent + leased <= budget))",
        replace: "check (leased >= 0)",
      },
      {
        file: "migrations/sqlite/0001_ledger.sql",
        find: "check (spent >= 0 and (budget is null or spent <= budget))",
        replace: "check (spent >= 0)",
      },
    ],
    suites: ["sqlite"],
  },
  {
    guard: "I-27: an idempotency key of a transfer is looked up",
    edits: [{ file: "src/ledger/credit-store.ts", find: "if (earlier !== null) return earlier;", replace: "" }],
    suites: ["sqlite"],
  },
  {
    guard: "I-27: an idempotency key of a transfer is unique, SQLite and PostgreSQL",
    edits: [
      {
        file: "migrations/sqlite/0004_charges.sql",
        find: "create unique index transfer_once",
        replace: "create index transfer_once",
      },
      { file: PG_ACCOUNTS, find: "create unique index transfer_once", replace: "create index transfer_once" },
    ],
    suites: ["schema"],
  },
  {
    guard: "§9.12: refunds never exceed their charge",
    edits: [
      { file: "src/ledger/refund-store.ts", find: "if (amount > left) throw", replace: "if (amount < 0n) throw" },
    ],
    suites: ["sqlite", "refund"],
  },
  {
    guard: "I-22: requests are append-only",
    edits: [
      {
        file: "migrations/sqlite/0013_past_allowance.sql",
        find: "create trigger request_never_changes before update on request\nbegin select raise(abort, 'requests are never changed'); end;",
        replace: "",
      },
    ],
    suites: ["schema"],
  },
  {
    guard: "I-50: a task ends once, by compare-and-set",
    edits: [
      {
        file: "src/tasks/store.ts",
        find: "where id = $6 and ${OPEN} returning id",
        replace: "where id = $6 returning id",
      },
    ],
    suites: ["sqlite", "tasks"],
  },
  {
    guard: "I-26: workers: an inventory tells what was heard before it",
    edits: [{ file: DESK, find: "this.#desk.flush();\n    try {", replace: "try {" }],
    suites: ["sqlite"],
  },
  {
    guard: "I-29: workers: what was heard of a dead one is committed before its leases are returned",
    edits: [
      {
        file: DESK,
        find: "this.#desk.flush();\n    await this.#desk.bury(this);",
        replace: "await this.#desk.bury(this);",
      },
    ],
    suites: ["sqlite"],
  },
  {
    guard: "I-29: workers: the leases of a dead one come back",
    edits: [{ file: DESK, find: "await this.#desk.bury(this);", replace: "" }],
    suites: ["sqlite"],
  },
  {
    guard: "I-29: workers: nothing is heard of a dead one whose leases are returned: its channel is empty, and closed",
    edits: [
      { file: CREW, find: "await Promise.race([disconnected,", replace: "void Promise.race([disconnected," },
      { file: LINK, find: 'if (this.#isClosed) return;\n    if ("tell"', replace: 'if ("tell"' },
    ],
    suites: ["sqlite"],
  },
  {
    guard: "I-25: workers: a new primary returns what those of the last one had borrowed",
    edits: [{ file: LENDER, find: "store.recover(Date.now());", replace: "" }],
    suites: ["sqlite"],
  },
  {
    guard: "I-21: workers: an order that the schema refuses leaves nothing in the commit of the others",
    edits: [{ file: LENDER, find: "this.#undo.run();", replace: "" }],
    suites: ["sqlite"],
  },
  {
    guard: "I-26: workers: who is not answered in time does not know whether he committed",
    edits: [
      { file: LINK, find: '"the other process does not answer", "unknown"', replace: '"nobody answers", "busy"' },
    ],
    suites: ["sqlite"],
  },
  {
    guard: "I-26: workers: a failing file does not tell whether it committed",
    edits: [{ file: SQLITE, find: 'io: "unknown"', replace: 'io: "busy"' }],
    suites: ["sqlite"],
  },
  {
    guard: "I-26: workers: after a commit in doubt a lease is as large as the database has it",
    edits: [{ file: "src/ledger/borrowed.ts", find: "lease.amount = facts.amount;\n      learn", replace: "learn" }],
    suites: ["sqlite"],
  },
  {
    guard: "I-29: workers: one that died is missed after another was replaced",
    edits: [
      {
        file: CREW,
        find: "if (this.#isEnding || !this.#isStarted) return;\n    // After",
        replace: "if (isWanted) return;\n    // After",
      },
    ],
    suites: ["sqlite"],
  },
  {
    guard: "I-29: workers: one that does not serve yet is told to go when it does",
    edits: [{ file: CREW, find: 'link.tell("drain", member.untold);', replace: "{}" }],
    suites: ["sqlite"],
  },
];

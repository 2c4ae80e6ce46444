/**
 * How fast the console's figures are where there is much: fills an empty database with requests of ninety days and asks each question
 * two hundred times, of changing accounts, ranges and filters.
 *
 *   npm run bench:console -- sqlite [--rows 1000000] [--times 200]  # a file in a new folder below BENCH_DATA
 *   DATABASE_URL=postgres://… npm run bench:console -- postgres [--rows 10000000]
 *   … --filled                             # asks what an earlier run filled (SQLite: `--data FOLDER`), and fills nothing
 *   … --only "operator: overview,status"   # asks only the questions whose names have one of these words
 *
 * A database that has requests already is asked as it is; a folder that `--data` names is kept. Prints for each question the 50th and
 * 95th percentile in ms of the time until the answer, then of the CPU of this process, which on SQLite is all of it.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import type { Database } from "../src/db/connect.ts";
import { migrate } from "../src/db/migrate.ts";
import { openDatabase } from "../src/db/open.ts";
import { parsePostgresUrl } from "../src/postgres-address.ts";
import { openFigures } from "../src/usage/figures-store.ts";
import type { RequestFilter, Selection } from "../src/usage/figures.ts";
import { fillPostgres, fillSqlite, FIRST_ACCOUNT, HEAVY, MODELS } from "./console-data.ts";

const DAY_MS = 86_400_000;
const DAYS = 90;
const GOAL_MS = 300;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: "string" },
    data: { type: "string" },
    times: { type: "string", default: "200" },
    filled: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});
const TIMES = Number(values.times);
const kind = positionals[0] === "postgres" ? "postgres" : "sqlite";
const rows = Number(values.rows ?? (kind === "postgres" ? 10_000_000 : 1_000_000));
const folder = values.data ?? mkdtempSync(path.join(process.env["BENCH_DATA"] ?? tmpdir(), "farthing-bench-"));
const url = process.env["DATABASE_URL"];
if (kind === "postgres" && url === undefined) throw new Error("DATABASE_URL is not set");
const file = path.join(folder, "farthing.db");
const isThere = existsSync(file);
const database: Database = await openDatabase({
  postgres: kind === "postgres" ? parsePostgresUrl(url ?? "") : null,
  file,
  server: true,
});
await migrate(database);

/** The newest request's millisecond; null without one. */
const newest = async (): Promise<number | null> => {
  const row = await database.kysely
    .selectFrom("rollup_all")
    .select(({ fn }) => fn.max<bigint | null>("hour").as("hour"))
    .executeTakeFirst();
  return row?.hour === null || row?.hour === undefined ? null : (Number(row.hour) + 1) * 3_600_000;
};

const filledTo = isThere || kind === "postgres" ? await newest() : null;
const to = filledTo ?? Date.now();
const from = to - DAYS * DAY_MS;
if (filledTo === null && values.filled)
  throw new Error("there is nothing in it: --filled needs what an earlier run filled");
if (filledTo === null) {
  console.log(`filling ${kind} with ${rows} requests of ${DAYS} days`);
  const started = performance.now();
  if (database.kind === "postgres") await fillPostgres(database, { rows, from, to });
  else fillSqlite(database, { rows, from, to });
  console.log(`filled in ${((performance.now() - started) / 1_000).toFixed(0)} s`);
}
const counts = await database.kysely
  .selectNoFrom((queries) =>
    (["rollup", "rollup_all", "rollup_daily", "rollup_all_daily", "rollup_day"] as const).map((table) =>
      queries
        .selectFrom(table)
        .select(({ fn }) => fn.countAll<bigint>().as("n"))
        .as(table),
    ),
  )
  .executeTakeFirstOrThrow();
console.log(
  `roll-ups: ${Object.entries(counts)
    .map(([table, n]) => `${table} ${n}`)
    .join(", ")}`,
);

const figures = openFigures(database);
const below = (most: number): number => Math.floor(Math.random() * most);
/** A heavy account as often as a light one. */
const anAccount = (): number => FIRST_ACCOUNT + (Math.random() < 0.5 ? below(HEAVY) : HEAVY + below(900));
/** A range of so many days that ends within the last week. */
const last = (days: number): Pick<Selection, "from" | "to"> => {
  const end = to - below(Math.min(7, DAYS - days + 1)) * DAY_MS;
  return { from: Math.max(from, end - days * DAY_MS), to: end };
};
const ALL = { accountId: null, model: null, keyId: null, upstream: null };
const own = (days: number): Selection => ({ ...ALL, accountId: anAccount(), ...last(days) });
const whole = (days: number): Selection => ({ ...ALL, ...last(days) });
const offset = (): number => (below(25) - 12) * 60;
const ANY: RequestFilter = {
  ...ALL,
  requestId: null,
  from: null,
  to: null,
  outcome: null,
  statusClass: null,
  minSpend: null,
};
const aModel = (): string => `model-${below(MODELS)}`;
const page = (filter: Partial<RequestFilter>) =>
  figures.requests({ ...ANY, ...filter }, { cursor: null, direction: "older", limit: 50 });
const FAILED = "upstream_failed_before_output";

const overview = async (selection: Selection): Promise<void> => {
  const offsetMinutes = offset();
  await Promise.all([
    figures.totals(selection),
    figures.series({ ...selection, bucket: "day", offsetMinutes, split: "model" }),
    figures.latency({ ...selection, bucket: "day", offsetMinutes, split: null }),
    page({ accountId: selection.accountId }),
  ]);
};

const QUESTIONS: Readonly<Record<string, () => Promise<unknown>>> = {
  "customer: overview, 7 days": () => overview(own(7)),
  "customer: overview, 30 days": () => overview(own(30)),
  "customer: series, 24 h by hour": () =>
    figures.series({ ...own(1), bucket: "hour", offsetMinutes: 0, split: "model" }),
  "customer: series, 30 days by key": () =>
    figures.series({ ...own(30), bucket: "day", offsetMinutes: offset(), split: "key" }),
  "customer: series, 90 days by model": () =>
    figures.series({ ...own(90), bucket: "day", offsetMinutes: offset(), split: "model" }),
  "customer: usage of a model, 30 days": () =>
    figures.series({ ...own(30), model: aModel(), bucket: "day", offsetMinutes: 0, split: "key" }),
  "customer: latency by model, 30 days": () =>
    figures.latency({ ...own(30), bucket: "day", offsetMinutes: 0, split: "model" }),
  "customer: requests": () => page({ accountId: anAccount() }),
  "customer: requests of a time": () => page({ ...own(3) }),
  "customer: requests of a model": () => page({ accountId: anAccount(), model: aModel() }),
  "customer: requests that failed": () => page({ accountId: anAccount(), outcome: FAILED }),
  "customer: requests that were dear": () => page({ accountId: anAccount(), minSpend: 9_990_000n }),
  "customer: requests, nothing found": () => page({ accountId: anAccount(), outcome: "crashed", minSpend: 1n }),
  "operator: overview, 7 days": () => overview(whole(7)),
  "operator: overview, 30 days": () => overview(whole(30)),
  "operator: series, 90 days by upstream": () =>
    figures.series({ ...whole(90), bucket: "day", offsetMinutes: offset(), split: "upstream" }),
  "operator: table by model, 30 days": () => figures.table(whole(30), "model"),
  "operator: latency by model, 30 days": () =>
    figures.latency({ ...whole(30), bucket: "day", offsetMinutes: 0, split: "model" }),
  "operator: top accounts, 30 days": () => figures.accounts(last(30), "margin", 20),
  "operator: top accounts, 90 days": () => figures.accounts(last(90), "spend", 20),
  "operator: upstreams, last hour": () => figures.health(to, 60),
  "operator: requests of an upstream": () => page({ upstream: `upstream-${below(8)}` }),
  "operator: requests that failed": () => page({ outcome: FAILED, ...last(30) }),
  "operator: requests of a key": () => page({ keyId: anAccount() * 5 + 1 + below(5) }),
  "status: 24 h by hour": () => figures.availability({ ...last(1), by: "model", bucket: "hour", offsetMinutes: 0 }),
  "status: 90 days": () => figures.availability({ ...last(90), by: "upstream", bucket: "day", offsetMinutes: 0 }),
};

const words = values.only.split(",");
const asked = Object.entries(QUESTIONS).filter(([name]) => words.some((word) => name.includes(word)));
if (asked.length === 0) throw new Error(`no question has a name with ${values.only}`);
let slow = 0;
for (const [name, ask] of asked) {
  const [times, own]: [number[], number[]] = [[], []];
  for (let time = 0; time < TIMES; time++) {
    const [started, used] = [performance.now(), process.cpuUsage()];
    await ask();
    times.push(performance.now() - started);
    const { user, system } = process.cpuUsage(used);
    own.push((user + system) / 1_000);
  }
  const at = (values: readonly number[], share: number): number =>
    values.toSorted((a, b) => a - b)[Math.floor(TIMES * share)] ?? 0;
  const [p50, p95] = [at(times, 0.5), at(times, 0.95)];
  if (p95 > GOAL_MS) slow++;
  const cells = [p50, p95, at(own, 0.5), at(own, 0.95)].map((ms) => ms.toFixed(0).padStart(5));
  console.log(`| ${name.padEnd(38)} | ${cells.join(" | ")} |`);
}
console.log(slow === 0 ? `all within ${GOAL_MS} ms` : `${slow} beyond ${GOAL_MS} ms`);
await database.close();
if (values.data === undefined) rmSync(folder, { recursive: true, force: true });

/** Roll-ups on SQLite, whose ledger adds up a commit by itself; on PostgreSQL a trigger of migration 0023 does it. Refunds on both. */
import type { Queries } from "../db/connect.ts";
import { requestTime } from "../id.ts";
import { LATENCY_BUCKETS } from "../measure.ts";
import type { Nano } from "../money.ts";
import { UNITS } from "../unit.ts";
import { dayOf, dayRollUps, installationRollUps, rollUps, type Measures } from "./rollup.ts";
import type { RequestRow } from "./store.ts";

/** Sums stop at the largest number that a column holds: a statistic must never refuse a charge. */
const MOST = 2n ** 63n - 1n;
const kept = (sum: bigint): bigint => (sum > MOST ? MOST : sum);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const ACCOUNT_KEY = ["account_id", "hour", "key_id", "model", "upstream"];
const ALL_KEY = ["hour", "model", "upstream", "shard"];
const ACCOUNT_DAILY_KEY = ["account_id", "day", "key_id", "model", "upstream"];
const ALL_DAILY_KEY = ["day", "model", "upstream", "shard"];
const DAY_KEY = ["day", "account_id"];
const COUNTS = ["requests", "errors"];
const AMOUNTS = ["posted", "absorbed", "cost"];
const buckets = (name: string): string[] => Array.from({ length: LATENCY_BUCKETS }, (_, place) => `${name}_${place}`);
/** Counts that are null where there are none. */
const SPARSE = ["attempts", "failed_attempts", ...buckets("first"), ...buckets("took")];

const places = (count: number): string => Array.from({ length: count }, () => "?").join(", ");

const upsert = (table: string, key: readonly string[], isWhole: boolean): string => {
  const columns = [...key, ...COUNTS, ...AMOUNTS, ...(isWhole ? [...SPARSE, ...UNITS] : [])];
  const sums = [
    ...COUNTS.map((name) => `${name} = ${name} + excluded.${name}`),
    ...AMOUNTS.map((name) => `${name} = min(${name} + excluded.${name}, ${MOST})`),
    ...(isWhole
      ? [
          ...SPARSE.map(
            (name) => `${name} = iif(excluded.${name} is null, ${name}, coalesce(${name}, 0) + excluded.${name})`,
          ),
          ...UNITS.map(
            (unit) =>
              `${unit} = iif(excluded.${unit} is null, ${unit}, min(coalesce(${unit}, 0) + excluded.${unit}, ${MOST}))`,
          ),
        ]
      : []),
  ];
  return `insert into ${table} (${columns.join(", ")}) values (${places(columns.length)})
    on conflict (${key.join(", ")}) do update set ${sums.join(", ")}`;
};

/** SQLite's statements. */
export const ROLL_UPS = {
  rollUpAccount: upsert("rollup", ACCOUNT_KEY, true),
  rollUpAll: upsert("rollup_all", ALL_KEY, true),
  rollUpAccountDaily: upsert("rollup_daily", ACCOUNT_DAILY_KEY, true),
  rollUpAllDaily: upsert("rollup_all_daily", ALL_DAILY_KEY, true),
  rollUpDay: upsert("rollup_day", DAY_KEY, false),
} as const;

type Values = (number | bigint | string | null)[];

/** One of the statements, with its values. */
export interface RollUpRun {
  readonly statement: keyof typeof ROLL_UPS;
  readonly values: Values;
}

const amounts = ({ requests, errors, posted, absorbed, cost }: Measures): Values => [
  requests,
  errors,
  kept(posted),
  kept(absorbed),
  kept(cost),
];

const sparse = (counts: readonly number[]): Values =>
  Array.from({ length: LATENCY_BUCKETS }, (_, place) => counts[place] ?? null);

const measures = (sum: Measures): Values => [
  ...amounts(sum),
  sum.attempts === 0 ? null : sum.attempts,
  sum.failedAttempts === 0 ? null : sum.failedAttempts,
  ...sparse(sum.first),
  ...sparse(sum.took),
  ...UNITS.map((unit) => {
    const count = sum.usage[unit];
    return count === undefined ? null : kept(count);
  }),
];

const measured = <Sum extends Measures>(sums: readonly Sum[]) => sums.map((sum) => ({ sum, values: measures(sum) }));

/** What adds the requests of a commit to their roll-ups on SQLite. A commit is seldom of two hours: then a day is added to twice. */
export const rollUpRuns = (rows: readonly RequestRow[]): readonly RollUpRun[] => {
  const sums = rollUps(rows);
  const own = measured(sums);
  const all = measured(installationRollUps(sums));
  return [
    ...own.map(({ sum, values }): RollUpRun => {
      const key = [sum.accountId, sum.hour, sum.keyId, sum.model, sum.upstream];
      return { statement: "rollUpAccount", values: [...key, ...values] };
    }),
    ...own.map(({ sum, values }): RollUpRun => {
      const key = [sum.accountId, dayOf(sum.hour), sum.keyId, sum.model, sum.upstream];
      return { statement: "rollUpAccountDaily", values: [...key, ...values] };
    }),
    ...all.map(({ sum, values }): RollUpRun => ({
      statement: "rollUpAll",
      values: [sum.hour, sum.model, sum.upstream, 0, ...values],
    })),
    ...all.map(({ sum, values }): RollUpRun => ({
      statement: "rollUpAllDaily",
      values: [dayOf(sum.hour), sum.model, sum.upstream, 0, ...values],
    })),
    ...dayRollUps(sums).map((sum): RollUpRun => ({
      statement: "rollUpDay",
      values: [sum.day, sum.accountId, ...amounts(sum)],
    })),
  ];
};

/** A request of which something is given back. */
export interface RefundedRequest {
  readonly id: Uint8Array;
  readonly accountId: number;
  readonly keyId: number;
  /** Empty without a price, as in the roll-up. */
  readonly model: string;
  /** The last that was asked; empty where none was. */
  readonly upstream: string;
}

/** Adds a refund to the roll-ups of its request, in the refund's own transaction and after all that it locks. */
export const rollUpRefund = async (queries: Queries, request: RefundedRequest, amount: Nano): Promise<void> => {
  const { accountId, keyId, model, upstream } = request;
  const hour = Math.floor(requestTime(request.id) / HOUR_MS);
  const day = Math.floor(requestTime(request.id) / DAY_MS);
  // They are there since the charge was made. In the order of the commits' own, whose locks these wait for.
  await queries
    .updateTable("rollup")
    .set(({ eb }) => ({ refunded: eb("refunded", "+", amount) }))
    .where("account_id", "=", BigInt(accountId))
    .where("hour", "=", BigInt(hour))
    .where("key_id", "=", BigInt(keyId))
    .where("model", "=", model)
    .where("upstream", "=", upstream)
    .execute();
  await queries
    .updateTable("rollup_daily")
    .set(({ eb }) => ({ refunded: eb("refunded", "+", amount) }))
    .where("account_id", "=", BigInt(accountId))
    .where("day", "=", BigInt(day))
    .where("key_id", "=", BigInt(keyId))
    .where("model", "=", model)
    .where("upstream", "=", upstream)
    .execute();
  const shard = await queries
    .selectFrom("rollup_all")
    .select("shard")
    .where("hour", "=", BigInt(hour))
    .where("model", "=", model)
    .where("upstream", "=", upstream)
    .orderBy("shard")
    .limit(1)
    .executeTakeFirst();
  await queries
    .updateTable("rollup_all")
    .set(({ eb }) => ({ refunded: eb("refunded", "+", amount) }))
    .where("hour", "=", BigInt(hour))
    .where("model", "=", model)
    .where("upstream", "=", upstream)
    .where("shard", "=", shard?.shard ?? 0n)
    .execute();
  const dailyShard = await queries
    .selectFrom("rollup_all_daily")
    .select("shard")
    .where("day", "=", BigInt(day))
    .where("model", "=", model)
    .where("upstream", "=", upstream)
    .orderBy("shard")
    .limit(1)
    .executeTakeFirst();
  await queries
    .updateTable("rollup_all_daily")
    .set(({ eb }) => ({ refunded: eb("refunded", "+", amount) }))
    .where("day", "=", BigInt(day))
    .where("model", "=", model)
    .where("upstream", "=", upstream)
    .where("shard", "=", dailyShard?.shard ?? 0n)
    .execute();
  await queries
    .updateTable("rollup_day")
    .set(({ eb }) => ({ refunded: eb("refunded", "+", amount) }))
    .where("day", "=", BigInt(day))
    .where("account_id", "=", BigInt(accountId))
    .execute();
};

/** Roll-ups on SQLite, whose ledger adds up a commit by itself; on PostgreSQL a trigger of migration 0011 does it. */
import { UNITS } from "../unit.ts";
import type { RollUp } from "./rollup.ts";

/** Sums stop at the largest number that a column holds: a statistic must never refuse a charge. */
const MOST = 2n ** 63n - 1n;
const kept = (sum: bigint): bigint => (sum > MOST ? MOST : sum);

const columns = ["account_id", "hour", "key_id", "model", "requests", "errors", "posted", "absorbed", ...UNITS];

/** SQLite's statement, with `rollUpValues` as its values. */
export const ROLL_UP = `
  insert into rollup (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})
  on conflict (account_id, hour, key_id, model) do update set
    requests = requests + excluded.requests, errors = errors + excluded.errors,
    posted = min(posted + excluded.posted, ${MOST}), absorbed = min(absorbed + excluded.absorbed, ${MOST}),
    ${UNITS.map((unit) => `${unit} = iif(excluded.${unit} is null, ${unit}, min(coalesce(${unit}, 0) + excluded.${unit}, ${MOST}))`).join(", ")}`;

/** The values in the order of the columns. */
export const rollUpValues = (sum: RollUp): (number | bigint | string | null)[] => [
  sum.accountId,
  sum.hour,
  sum.keyId,
  sum.model,
  sum.requests,
  sum.errors,
  kept(sum.posted),
  kept(sum.absorbed),
  ...UNITS.map((unit) => {
    const count = sum.usage[unit];
    return count === undefined ? null : kept(count);
  }),
];

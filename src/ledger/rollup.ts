/** What the requests of a commit add up to, by hour, account, key and model (decision 0033). Pure. */
import { requestTime } from "../id.ts";
import type { Nano } from "../money.ts";
import { UNITS, type Unit } from "../unit.ts";
import type { RequestRow } from "./store.ts";

export interface RollUp {
  readonly accountId: number;
  readonly keyId: number;
  /** Empty for what was refused before it had a price: such a name may be anything, and there are any number of them. */
  readonly model: string;
  /** Hours since the Unix epoch, of the ids' own time. */
  readonly hour: number;
  requests: number;
  /** Of these, those that came to nothing: refused, or a failure of the provider or of us. */
  errors: number;
  /** Nano-units. */
  posted: Nano;
  absorbed: Nano;
  readonly usage: Partial<Record<Unit, bigint>>;
}

const HOUR_MS = 3_600_000;

/** As in `request_roll_up` of PostgreSQL's migration 0011. */
const FAILED: ReadonlySet<string> = new Set([
  "rejected",
  "upstream_failed_before_output",
  "upstream_failed_after_output",
  "empty",
  "gateway_failed",
  "crashed",
  "task_lost",
]);

const begin = (row: RequestRow, model: string, hour: number): RollUp => {
  const { accountId, keyId } = row;
  return { accountId, keyId, model, hour, requests: 0, errors: 0, posted: 0n, absorbed: 0n, usage: {} };
};

/** One for each hour, account, key and model of the rows. */
export const rollUps = (rows: readonly RequestRow[]): readonly RollUp[] => {
  const found = new Map<string, RollUp>();
  for (const row of rows) {
    const hour = Math.floor(requestTime(row.id) / HOUR_MS);
    const model = row.priceId === null ? "" : row.model;
    const key = `${hour} ${row.accountId} ${row.keyId} ${model}`;
    let sum = found.get(key);
    if (sum === undefined) found.set(key, (sum = begin(row, model, hour)));
    sum.requests++;
    if (FAILED.has(row.outcome)) sum.errors++;
    sum.posted += row.posted;
    sum.absorbed += row.absorbed;
    for (const unit of UNITS) {
      const count = row.usage[unit];
      if (count !== undefined) sum.usage[unit] = (sum.usage[unit] ?? 0n) + BigInt(count);
    }
  }
  return [...found.values()];
};

/** The columns of `request` with PostgreSQL's type of each, and the values of a row in their order: the one list of both stores. */
import { UNITS } from "../unit.ts";
import type { RequestRow } from "./store.ts";

/** What a database takes as a value. */
export type Value = string | number | bigint | Uint8Array | null;

interface Column {
  readonly name: string;
  readonly type: "bigint" | "integer" | "smallint" | "text" | "bytea";
}

export const REQUEST_COLUMNS: readonly Column[] = [
  { name: "period", type: "integer" },
  { name: "id", type: "bytea" },
  { name: "account_id", type: "integer" },
  { name: "key_id", type: "integer" },
  { name: "hold", type: "bigint" },
  { name: "posted", type: "bigint" },
  { name: "absorbed", type: "bigint" },
  { name: "exact", type: "bigint" },
  { name: "multiplier_num", type: "bigint" },
  { name: "multiplier_den", type: "bigint" },
  { name: "price_id", type: "integer" },
  { name: "plan_id", type: "text" },
  { name: "duration_ms", type: "integer" },
  { name: "first_byte_ms", type: "integer" },
  { name: "status", type: "smallint" },
  { name: "stream", type: "smallint" },
  { name: "usage_invalid", type: "smallint" },
  { name: "outcome", type: "text" },
  { name: "source", type: "text" },
  { name: "model", type: "text" },
  { name: "protocol", type: "text" },
  { name: "attempts", type: "text" },
  ...UNITS.map((unit): Column => ({ name: unit, type: "bigint" })),
];

/** A row's values in the order of the columns. */
export const requestValues = (row: RequestRow): Value[] => {
  const values: Value[] = [
    row.period,
    row.id,
    row.accountId,
    row.keyId,
    row.hold,
    row.posted,
    row.absorbed,
    row.exact,
    row.multiplierNum,
    row.multiplierDen,
    row.priceId,
    row.planId,
    row.durationMs,
    row.firstByteMs,
    row.status,
    row.stream ? 1 : 0,
    row.usageInvalid ? 1 : 0,
    row.outcome,
    row.source,
    row.model,
    row.protocol,
    row.attempts,
  ];
  for (const unit of UNITS) values.push(row.usage[unit] ?? null);
  return values;
};

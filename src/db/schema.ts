/** Every table as its stores see it. Integers are read as bigint; each feature's store turns what is not money into numbers. */
import type { ColumnType, Generated } from "kysely";

import type { Unit } from "../unit.ts";

/** A count, an id, a time or a flag: read as bigint, written as either. */
export type Int = ColumnType<bigint, number | bigint, number | bigint>;
export type NullableInt = ColumnType<bigint | null, number | bigint | null | undefined, number | bigint | null>;
/** An id that the database gives. */
export type Id = ColumnType<bigint, number | bigint | undefined, never>;
/** Nano-units: never a JavaScript number (I-1). */
export type Amount = ColumnType<bigint, bigint, bigint>;
type Defaulted<T> = ColumnType<T, T | undefined, T>;
type Blob = ColumnType<Uint8Array, Uint8Array, never>;

export interface AccountTable {
  id: Id;
  public_id: string;
  kind: string;
  name: string;
  balance: Defaulted<bigint>;
  leased: Defaulted<bigint>;
  frozen: ColumnType<bigint, number | undefined, number>;
  plan_id: string | null;
  created_at: Int;
}

export interface ApiKeyTable {
  id: Id;
  public_id: string;
  account_id: Int;
  name: string;
  hash: Blob;
  prefix: string;
  last4: string;
  status: Generated<string>;
  rpm: NullableInt;
  tpm: NullableInt;
  /** JSON list of model ids. */
  models: string | null;
  budget: ColumnType<bigint | null, bigint | null | undefined, never>;
  spent: Defaulted<bigint>;
  expires_at: NullableInt;
  created_at: Int;
}

export interface PriceTable {
  id: Id;
  model: string;
  /** JSON: unit → decimal string. */
  base: string;
  /** JSON: list of { above, price }. */
  tiers: string;
  /** JSON: { scale, mode }. */
  rounding: string;
  valid_from: Int;
}

type UnitColumns = { [U in Unit]: NullableInt };

export interface RequestTable extends UnitColumns {
  id: Blob;
  account_id: Int;
  key_id: Int;
  started_at: Int;
  duration_ms: Int;
  first_byte_ms: NullableInt;
  status: Int;
  stream: Int;
  outcome: string;
  source: string;
  usage_invalid: Int;
  model: string;
  protocol: string;
  price_id: NullableInt;
  plan_id: string | null;
  multiplier_num: ColumnType<bigint | null, bigint | null, never>;
  multiplier_den: ColumnType<bigint | null, bigint | null, never>;
  exact: Amount;
  hold: Amount;
  posted: Amount;
  absorbed: Amount;
  /** JSON: list of [upstream, model, status, result, durationMs]. */
  attempts: string | null;
}

export interface TransferTable {
  id: Id;
  debit_account_id: Int;
  credit_account_id: Int;
  amount: Amount;
  kind: string;
  request_id: ColumnType<Uint8Array | null, Uint8Array | null, never>;
  reason: string | null;
  actor: string | null;
  idempotency_key: string | null;
  created_at: Int;
}

export interface LeaseTable {
  id: Id;
  account_id: Int;
  owner: string;
  epoch: Int;
  amount: Amount;
  state: string;
  recall: ColumnType<bigint, number | undefined, number>;
  opened_at: Int;
  closed_at: NullableInt;
}

export interface AuditLogTable {
  id: Id;
  at: Int;
  actor: string;
  action: string;
  object: string;
  /** JSON. */
  detail: string;
}

export interface ConfigObjectTable {
  kind: string;
  id: string;
  /** JSON: the object's fields, credentials sealed. */
  data: string;
  /** JSON: { present, fields }, what the file last said. */
  applied: string;
  enabled: Int;
  updated_at: Int;
}

export interface AdminClaimTable {
  id: Id;
  code_hash: Blob;
  created_at: Int;
  expires_at: Int;
  claimed_at: NullableInt;
}

export interface Schema {
  account: AccountTable;
  api_key: ApiKeyTable;
  price: PriceTable;
  request: RequestTable;
  transfer: TransferTable;
  lease: LeaseTable;
  audit_log: AuditLogTable;
  config_object: ConfigObjectTable;
  admin_claim: AdminClaimTable;
}

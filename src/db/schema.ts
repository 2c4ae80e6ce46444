/** Every table as its stores see it. Integers are read as bigint; each feature's store turns what is not money into numbers. */
import type { ColumnType, Generated } from "kysely";

import type { Unit } from "../unit.ts";
import type { BillingSchema } from "./billing-schema.ts";
import type { PeopleSchema } from "./people-schema.ts";

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
  /** What of the balance is promotional credit, which is spent first. */
  promo: Defaulted<bigint>;
  frozen: ColumnType<bigint, number | undefined, number>;
  plan_id: string | null;
  created_at: Int;
  /** What pending debits have still to collect; frozen as long as there is any. */
  pending_debit: Defaulted<bigint>;
  /** 1: to be thawed when they have. */
  thaws: ColumnType<bigint, number | undefined, number>;
}

/** A debit of more than was unborrowed (§9.2 f). */
export interface PendingDebitTable {
  id: Id;
  account_id: Int;
  counterpart_id: Int;
  amount: Amount;
  remaining: Amount;
  reason: string;
  actor: string;
  idempotency_key: string | null;
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
  concurrency: NullableInt;
  /** JSON list of model ids. */
  models: string | null;
  budget: ColumnType<bigint | null, bigint | null | undefined, bigint>;
  spent: Defaulted<bigint>;
  /** What leases of the key itself have taken out of its budget. */
  leased: Defaulted<bigint>;
  expires_at: NullableInt;
  created_at: Int;
  /** `day`, `week` or `month`; null: the budget is for ever. */
  budget_period: ColumnType<string | null, string | null | undefined, never>;
  /** When the running period ends; null without one. */
  budget_until: NullableInt;
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
  /** `setting` or `operator`. */
  origin: Generated<string>;
}

/** A model's prices as somebody works on them. */
export interface PriceDraftTable {
  model: string;
  /** JSON: list of { when, base, tiers, rounding }. */
  lists: string;
  actor: string;
  updated_at: Int;
}

/** Prices that were taken back before their moment. */
export interface PriceWithdrawnTable {
  price_id: Int;
  actor: string;
  at: Int;
}

type UnitColumns = { [U in Unit]: NullableInt };

export interface RequestTable extends UnitColumns {
  /** The week of the id's time: `requestPeriod`. */
  period: Int;
  id: Blob;
  account_id: Int;
  key_id: Int;
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
  /** Null for 1. */
  multiplier_num: ColumnType<bigint | null, bigint | null, never>;
  multiplier_den: ColumnType<bigint | null, bigint | null, never>;
  /** Null where it is posted + absorbed. */
  exact: ColumnType<bigint | null, bigint | null, never>;
  hold: Amount;
  posted: Amount;
  absorbed: Amount;
  /** JSON: list of [upstream, model, status, result, durationMs]. */
  attempts: string | null;
}

export interface TransferTable {
  id: Id;
  /** Null for `charges`, whose debits are requests. */
  debit_account_id: NullableInt;
  /** Null for `carried`, whose credits were posted with the requests that it stands for. */
  credit_account_id: NullableInt;
  amount: Amount;
  kind: string;
  request_id: ColumnType<Uint8Array | null, Uint8Array | null, never>;
  reason: string | null;
  actor: string | null;
  idempotency_key: string | null;
  created_at: Int;
  /** The pending debit that it is a part of. */
  pending_id: NullableInt;
}

export interface LeaseTable {
  id: Id;
  account_id: Int;
  /** Null for the leases of keys without a budget. */
  key_id: NullableInt;
  owner: string;
  epoch: Int;
  amount: Amount;
  state: string;
  recall: ColumnType<bigint, number | undefined, number>;
  /** As the owner last said: requests in flight under the lease, and what they hold. */
  holds: Defaulted<bigint>;
  held: Defaulted<bigint>;
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

export interface AuditChainTable {
  seq: Int;
  audit_id: Int;
  hash: Blob;
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

export interface IdempotencyTable {
  account_id: Int;
  route: string;
  key: string;
  asked: ColumnType<Uint8Array>;
  request_id: ColumnType<Uint8Array>;
  owner: string;
  epoch: Int;
  state: string;
  status: NullableInt;
  content_type: string | null;
  reply: ColumnType<Uint8Array | null>;
  reply_hash: ColumnType<Uint8Array | null>;
  created_at: Int;
}

interface SumColumns {
  requests: Int;
  errors: Int;
  posted: Amount;
  absorbed: Amount;
  /** What providers take. */
  cost: Amount;
  refunded: Defaulted<bigint>;
}

/** Sixteen buckets of `LATENCY_BOUNDS_MS` for each: the first byte, and the end of the reply. */
type LatencyColumns = { [Column in `${"first" | "took"}_${number}`]: NullableInt };

interface RollupColumns extends UnitColumns, SumColumns, LatencyColumns {
  /** Empty for what was refused before it had a price. */
  model: string;
  /** The one that was asked; empty where none was. */
  upstream: string;
  attempts: NullableInt;
  failed_attempts: NullableInt;
}

/** Requests added up by hour, account, key, model and upstream, in their own commit. */
export interface RollupTable extends RollupColumns {
  /** Hours since the Unix epoch. */
  hour: Int;
  account_id: Int;
  key_id: Int;
}

/** The same of all accounts together. */
export interface RollupAllTable extends RollupColumns {
  /** Hours since the Unix epoch. */
  hour: Int;
  shard: Int;
}

/** `rollup` by the day (UTC). */
export interface RollupDailyTable extends RollupColumns {
  /** Days since the Unix epoch. */
  day: Int;
  account_id: Int;
  key_id: Int;
}

/** `rollup_all` by the day (UTC). */
export interface RollupAllDailyTable extends RollupColumns {
  /** Days since the Unix epoch. */
  day: Int;
  shard: Int;
}

/** What each account's day (UTC) amounts to. */
export interface RollupDayTable extends SumColumns {
  day: Int;
  account_id: Int;
}

/** Periods whose requests were given up: transfers of the kind `carried` stand for them. */
export interface RetiredPeriodTable {
  period: Int;
  retired_at: Int;
}

/** PostgreSQL only; SQLite counts its changes itself. */
export interface ChangeTable {
  version: ColumnType<bigint, never, bigint>;
}

export interface Schema extends PeopleSchema, BillingSchema {
  account: AccountTable;
  api_key: ApiKeyTable;
  price: PriceTable;
  price_draft: PriceDraftTable;
  price_withdrawn: PriceWithdrawnTable;
  request: RequestTable;
  transfer: TransferTable;
  pending_debit: PendingDebitTable;
  lease: LeaseTable;
  audit_log: AuditLogTable;
  audit_chain: AuditChainTable;
  config_object: ConfigObjectTable;
  admin_claim: AdminClaimTable;
  idempotency: IdempotencyTable;
  rollup: RollupTable;
  rollup_all: RollupAllTable;
  rollup_daily: RollupDailyTable;
  rollup_all_daily: RollupAllDailyTable;
  rollup_day: RollupDayTable;
  retired_period: RetiredPeriodTable;
  change: ChangeTable;
}

/** The tables of codes, invoices and alerts as their stores see them (migrations `billing` and `alerts`). */
import type { ColumnType } from "kysely";

import type { Amount, Id, Int, NullableInt } from "./schema.ts";

type Flag = ColumnType<bigint, number | undefined, number>;

export interface RedeemCodeTable {
  id: Id;
  public_id: string;
  hash: ColumnType<Uint8Array, Uint8Array, never>;
  last4: string;
  /** `promo` or `paid`. */
  kind: string;
  amount: Amount;
  uses: Int;
  used: ColumnType<bigint, undefined, bigint>;
  per_account: Int;
  expires_at: NullableInt;
  note: string | null;
  created_by: string;
  created_at: Int;
  revoked_at: NullableInt;
}

export interface RedeemUseTable {
  code_id: Int;
  number: Int;
  account_id: Int;
  transfer_id: Int;
  request_key: string | null;
  actor: string;
  created_at: Int;
}

export interface AccountDetailsTable {
  account_id: Int;
  company: string | null;
  address: string | null;
  tax_id: string | null;
  closed_at: NullableInt;
  updated_at: Int;
}

export interface InvoiceTable {
  number: Int;
  public_id: string;
  account_id: Int;
  /** `month` or `credit`. */
  kind: string;
  subject: string;
  /** JSON: `InvoiceContent`. */
  content: string;
  issued_at: Int;
}

export interface AlertRuleTable {
  id: Id;
  public_id: string;
  account_id: Int;
  kind: string;
  amount: ColumnType<bigint | null>;
  percent: NullableInt;
  /** Tenths. */
  factor: NullableInt;
  /** JSON: list of the ids of people. */
  people: string;
  webhook: Flag;
  enabled: Flag;
  created_at: Int;
  updated_at: Int;
}

export interface AlertStateTable {
  rule_id: Int;
  subject: string;
  fired_at: Int;
}

export interface AlertWebhookTable {
  account_id: Int;
  url: string;
  /** Sealed. */
  secret: string;
  failures: Flag;
  disabled_at: NullableInt;
  created_at: Int;
  updated_at: Int;
}

export interface AlertDeliveryTable {
  id: Id;
  public_id: string;
  account_id: Int;
  event: string;
  channel: string;
  target: string | null;
  /** JSON. */
  body: string;
  state: string;
  tries: Flag;
  due_at: NullableInt;
  status: NullableInt;
  created_at: Int;
  done_at: NullableInt;
}

export interface BillingSchema {
  redeem_code: RedeemCodeTable;
  redeem_use: RedeemUseTable;
  account_details: AccountDetailsTable;
  invoice: InvoiceTable;
  alert_rule: AlertRuleTable;
  alert_state: AlertStateTable;
  alert_webhook: AlertWebhookTable;
  alert_delivery: AlertDeliveryTable;
}

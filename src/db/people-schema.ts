/** The tables of people as their stores see them (migration `people`). */
import type { ColumnType } from "kysely";

import type { Amount, Int, NullableInt } from "./schema.ts";

type Flag = ColumnType<bigint, number | undefined, number>;

export interface PersonTable {
  id: string;
  email: string;
  email_verified: Flag;
  name: string;
  username: string;
  image: string | null;
  two_factor: Flag;
  role: string | null;
  disabled_at: NullableInt;
  created_at: Int;
  updated_at: Int;
}

export interface PersonLoginTable {
  id: string;
  person_id: string;
  provider: string;
  provider_account: string;
  password: string | null;
  created_at: Int;
  updated_at: Int;
}

export interface PersonSessionTable {
  id: string;
  person_id: string;
  token_hash: string;
  created_at: Int;
  expires_at: Int;
  updated_at: Int;
  seen_at: Int;
  proved_at: Int;
  ip: string | null;
  user_agent: string | null;
}

export interface PersonProofTable {
  id: string;
  identifier: string;
  value: string;
  expires_at: Int;
  created_at: Int;
  updated_at: Int;
}

export interface PersonSecondFactorTable {
  id: string;
  person_id: string;
  secret: string;
  /** JSON: list of hashes. */
  recovery_codes: string;
  verified: Flag;
  failures: Int;
  locked_until: NullableInt;
}

export interface PersonPasskeyTable {
  id: string;
  person_id: string;
  name: string | null;
  credential_id: string;
  public_key: string;
  counter: Int;
  device_type: string;
  backed_up: Flag;
  transports: string | null;
  aaguid: string | null;
  created_at: Int;
}

export interface PersonDeviceTable {
  token_hash: string;
  person_id: string;
  first_at: Int;
  last_at: Int;
}

export interface MembershipTable {
  account_id: Int;
  person_id: string;
  role: string;
  created_at: Int;
}

export interface InvitationTable {
  id: string;
  token_hash: string;
  account_id: NullableInt;
  role: string;
  email: string;
  invited_by: string;
  created_at: Int;
  expires_at: Int;
  used_at: NullableInt;
  used_by: string | null;
  revoked_at: NullableInt;
}

export interface AttemptPaceTable {
  key: string;
  failures: Int;
  blocked_until: Int;
  updated_at: Int;
}

export interface StartCreditTable {
  mailbox: string;
  person_id: string;
  account_id: Int;
  amount: Amount;
  peer: string;
  created_at: Int;
}

export interface RegistrationTable {
  id: string;
  peer: string;
  created_at: Int;
}

export interface AccountViewTable {
  id: string;
  person_id: string;
  account_id: Int;
  reason: string;
  opened_at: Int;
  expires_at: Int;
  closed_at: NullableInt;
}

export interface PeopleSchema {
  person: PersonTable;
  person_login: PersonLoginTable;
  person_session: PersonSessionTable;
  person_proof: PersonProofTable;
  person_second_factor: PersonSecondFactorTable;
  person_passkey: PersonPasskeyTable;
  person_device: PersonDeviceTable;
  membership: MembershipTable;
  invitation: InvitationTable;
  attempt_pace: AttemptPaceTable;
  start_credit: StartCreditTable;
  registration: RegistrationTable;
  account_view: AccountViewTable;
}

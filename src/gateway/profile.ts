/** `GET /v1/profile`: what the holder of a key may know of the account behind it. Pure rendering. */
import { formatNano, type Nano } from "../money.ts";
import type { DisplayUnit } from "../settings/installation.ts";

export interface Profile {
  readonly accountName: string;
  readonly keyName: string;
  readonly keyId: string;
  readonly planId: string | null;
  /** Posted balance, in nano-units. */
  readonly balance: Nano;
}

/** The profile as JSON text. `credits` is a JSON number written from digits, so that no double ever rounds it (I-7). */
export const profileOf = (profile: Profile, unit: DisplayUnit): string => {
  const credits = formatNano((profile.balance * unit.rate.num) / unit.rate.den);
  const rest = JSON.stringify({
    username: profile.accountName,
    key_name: profile.keyName,
    key_id: profile.keyId,
    plan: profile.planId,
    unit: unit.name,
    balance: credits,
  });
  return `${rest.slice(0, -1)},"credits":${credits}}`;
};

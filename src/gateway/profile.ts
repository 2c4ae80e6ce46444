/** `GET /v1/profile`: what the holder of a key may know of the account behind it. Pure rendering. */
import type { Limits } from "../limits/limit.ts";
import { formatAt, type Nano } from "../money.ts";
import type { DisplayUnit, Storefront } from "../settings/installation.ts";

export interface Profile {
  readonly accountName: string;
  /** Of the account's owner; null where nobody signs in to it. */
  readonly username: string | null;
  readonly keyName: string;
  readonly keyId: string;
  /** Posted balance, in nano-units. */
  readonly balance: Nano;
  /** What debits have still to collect, in nano-units. */
  readonly pendingDebit: Nano;
  /** What may ever be charged through the key and what was, in nano-units; null: no limit of its own. */
  readonly budget: { readonly limit: Nano; readonly spent: Nano } | null;
  /** Milliseconds since the Unix epoch, or null. */
  readonly expiresAt: number | null;
  /** Model ids that the key may use; null: all. */
  readonly models: readonly string[] | null;
}

/** What a profile shows beside what is stored. */
export interface ProfileOrder {
  readonly storefront: Pick<Storefront, "unit" | "support" | "billingUrl">;
  /** The plan that counts: the account's own, or the default one. */
  readonly planId: string | null;
  /** The limits that a key and its account have: per minute, and in flight; null: none. */
  readonly limits: { readonly key: Limits; readonly account: Limits };
}

const shown = ({ rpm, tpm, concurrency }: Limits): Limits => ({ rpm, tpm, concurrency });

const budgetOf = ({ budget }: Profile, { rate }: DisplayUnit) =>
  budget === null
    ? null
    : {
        limit: formatAt(budget.limit, rate),
        spent: formatAt(budget.spent, rate),
        left: formatAt(budget.limit - budget.spent, rate),
      };

/** The profile as JSON text. `credits` is a JSON number written from digits, so that no double ever rounds it (I-7). */
export const profileOf = (profile: Profile, { storefront, planId, limits }: ProfileOrder): string => {
  const { unit } = storefront;
  const credits = formatAt(profile.balance, unit.rate);
  const rest = JSON.stringify({
    username: profile.username ?? profile.accountName,
    key_name: profile.keyName,
    key_id: profile.keyId,
    plan: planId,
    unit: unit.name,
    balance: credits,
    // Named only where there is any: the account is frozen then, but its holder may still ask why.
    ...(profile.pendingDebit === 0n ? {} : { pending_debit: formatAt(profile.pendingDebit, unit.rate) }),
    budget: budgetOf(profile, unit),
    expires_at: profile.expiresAt === null ? null : new Date(profile.expiresAt).toISOString(),
    models: profile.models,
    limits: { key: shown(limits.key), account: shown(limits.account) },
    billing_url: storefront.billingUrl,
    support: storefront.support,
  });
  return `${rest.slice(0, -1)},"credits":${credits}}`;
};

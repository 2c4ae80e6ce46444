/** An account with money and a key on a server that runs in this process. */
import { createAccount } from "../src/accounts/store.ts";
import { audit } from "../src/ledger/audit-store.ts";
import { createKey, NO_LIMITS } from "../src/keys/store.ts";
import { credit } from "../src/ledger/credit-store.ts";
import { reprice, type Difference } from "../src/ledger/reprice-store.ts";
import { parseNano } from "../src/money.ts";
import type { RunningServer } from "../src/server.ts";

export interface Provisioned {
  readonly key: string;
  readonly accountId: number;
  readonly publicId: string;
}

interface ProvisionOrder {
  /** Decimal USD. */
  readonly credit: string;
  /** Null: the storefront's default plan. */
  readonly planId?: string | null;
}

export const provision = async (
  server: RunningServer,
  { credit: amount, planId }: ProvisionOrder,
): Promise<Provisioned> => {
  const { database } = server;
  const { storefront } = server.installation();
  const account = await createAccount(database, { name: "test", planId: planId ?? null, actor: "test" });
  await credit(database, {
    accountId: account.id,
    amount: parseNano(amount),
    reason: "test",
    actor: "test",
    idempotencyKey: null,
  });
  const made = await createKey(database, {
    accountId: account.id,
    name: "test",
    format: { prefix: storefront.keyPrefix, length: storefront.keyLength },
    limits: NO_LIMITS,
    actor: "test",
  });
  await server.refresh();
  return { key: made.key, accountId: account.id, publicId: account.publicId };
};

/** @throws when the books of a server disagree, or a charge computed again is another one (I-8), naming what is */
export const expectBooksAgree = async ({ database }: RunningServer): Promise<void> => {
  const { disagreements } = await audit(database);
  if (disagreements.length > 0) throw new Error(`the books disagree: ${JSON.stringify(disagreements.slice(0, 5))}`);
  const { differences } = await reprice(database);
  if (differences.length > 0) throw new Error(`charges differ: ${named(differences.slice(0, 5))}`);
};

const named = (differences: readonly Difference[]): string =>
  differences.map(({ requestId, detail }) => `${requestId}: ${detail}`).join("; ");

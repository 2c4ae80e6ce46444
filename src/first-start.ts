/** What a first start makes and says, once: a demo account with a key, and the code that claims the installation. */
import { createAccount, listAccounts } from "./accounts/store.ts";
import { issueClaimCode } from "./accounts/claim-store.ts";
import { createKey, NO_LIMITS } from "./keys/store.ts";
import { credit } from "./ledger/credit-store.ts";
import { parseNano } from "./money.ts";
import type { RunningServer } from "./server.ts";

const DEMO_CREDIT = "10";
const ACTOR = "first-start";

/** The text to print, or null when this is not the first start. @param publicUrl without a trailing slash. */
export const firstStart = async (server: RunningServer, publicUrl: string): Promise<string | null> => {
  const { database } = server;
  if ((await listAccounts(database.kysely, { limit: 1 })).length > 0) return null;
  const account = await createAccount(database, { name: "Demo", planId: null, actor: ACTOR });
  await credit(database, {
    accountId: account.id,
    amount: parseNano(DEMO_CREDIT),
    reason: "Demo credit of the first start",
    actor: ACTOR,
    idempotencyKey: "first-start:demo",
  });
  const { key } = await createKey(database, {
    accountId: account.id,
    name: "Demo key",
    format: { prefix: server.installation().storefront.keyPrefix },
    limits: NO_LIMITS,
    actor: ACTOR,
  });
  const code = await issueClaimCode(database, ACTOR);
  await server.refresh();
  return `
Farthing is at ${publicUrl}

Admin code: ${code} (valid for one hour, shown only now)

A demo account with $${DEMO_CREDIT} and this key is ready. Providers are played by the built-in sandbox, so this costs nothing:

curl ${publicUrl}/v1/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "sandbox/echo", "messages": [{"role": "user", "content": "Hello, Farthing!"}]}'
`;
};

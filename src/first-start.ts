/** What a first start makes and says, once: a demo account with a key, and the code that claims the installation. */
import { DEMO_NAME, type Account } from "./accounts/account.ts";
import { addAccount, listAccounts } from "./accounts/store.ts";
import { issueClaimCode } from "./accounts/claim-store.ts";
import type { Database } from "./db/connect.ts";
import { mintKey } from "./keys/key.ts";
import { addKey, listKeys, NO_LIMITS, type NewKey } from "./keys/store.ts";
import { credit } from "./ledger/credit-store.ts";
import { parseNano } from "./money.ts";
import type { RunningServer } from "./server.ts";

const DEMO_CREDIT = "10";
const ACTOR = "first-start";

/**
 * The demo account: made now, or left behind without a key by a first start that was killed before it could print one. Null when
 * this is not the first start.
 */
const demoAccount = (database: Database): Promise<Pick<Account, "id"> | null> =>
  // In one transaction: several servers may start at once on an empty database.
  database.transaction(async (queries) => {
    const [known] = await listAccounts(queries, { limit: 1 });
    if (known === undefined) return await addAccount(queries, { name: DEMO_NAME, planId: null, actor: ACTOR });
    if (known.name !== DEMO_NAME || (await listKeys(queries, known.id)).length > 0) return null;
    return known;
  });

/** The account's only key. Of several servers that start at once one makes it, and has the word; null for the others. */
const firstKey = async (database: Database, order: NewKey): Promise<string | null> => {
  const text = mintKey(order.format);
  return database.transaction(async (queries) => {
    if ((await listKeys(queries, order.accountId)).length > 0) return null;
    return (await addKey(queries, order, text)).key;
  });
};

/** The text to print, or null when this is not the first start. @param publicUrl without a trailing slash. */
export const firstStart = async (
  server: Pick<RunningServer, "database" | "installation" | "refresh">,
  publicUrl: string,
): Promise<string | null> => {
  const { database } = server;
  const { storefront } = server.installation();
  const account = await demoAccount(database);
  if (account === null) return null;
  await credit(database, {
    accountId: account.id,
    amount: parseNano(DEMO_CREDIT),
    reason: "Demo credit of the first start",
    actor: ACTOR,
    idempotencyKey: "first-start:demo",
  });
  const key = await firstKey(database, {
    accountId: account.id,
    name: "Demo key",
    format: { prefix: storefront.keyPrefix, length: storefront.keyLength },
    limits: NO_LIMITS,
    actor: ACTOR,
  });
  if (key === null) return null;
  const code = await issueClaimCode(database, ACTOR);
  await server.refresh();
  return `
Farthing is at ${publicUrl}

Admin code: ${code} (valid for one hour, shown only now), to be typed at ${publicUrl}/claim

A demo account with $${DEMO_CREDIT} and this key is ready; the key, too, is shown only now. Providers are played by the built-in
sandbox, and the headers of the reply say what it cost and what is left:

curl -i ${publicUrl}/v1/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "sandbox/echo", "messages": [{"role": "user", "content": "Hello, Farthing!"}]}'
`;
};

/**
 * What has gone wrong in comparable systems, and the test that would show it here: a table of published failures of consoles, sign-ins,
 * addresses and words of others. A row whose test is renamed or gone fails; whoever renames it says here what shows it now.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { KeyCache } from "../../src/keys/cache.ts";
import { mintKey, type KeyRecord } from "../../src/keys/key.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");

interface KnownFailure {
  readonly id: string;
  /** Where it happened, and what. */
  readonly what: string;
  /** Tests as [file, words of the title]. */
  readonly shown: readonly (readonly [file: string, title: string])[];
}

const MATRIX = ["test/console/matrix.test.ts", "who may call a route (F121)"] as const;
const FIELDS = ["test/console/forgery.test.ts", "more fields than there are (F122)"] as const;

const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    id: "CVE-2026-42208",
    what: "LiteLLM: SQL in the Authorization header, before anybody is known",
    shown: [
      ["src/keys/cache.test.ts", "D91: never asks for what cannot be a key"],
      ["src/keys/key.test.ts", "D91: a key that cannot be one is told without a query"],
    ],
  },
  {
    id: "CVE-2026-35030",
    what: "LiteLLM: a cache by the first twenty characters of a token makes anybody the admin",
    shown: [
      ["test/console/known-failures.test.ts", "two keys with the same beginning are two keys"],
      ["test/people/sessions.test.ts", "is stored as a hash only"],
    ],
  },
  { id: "CVE-2026-35029", what: "LiteLLM: anybody changes the configuration", shown: [MATRIX] },
  {
    id: "CVE-2026-47102",
    what: "LiteLLM: somebody gives themselves the role of the admin",
    shown: [FIELDS, ["test/people/registration.test.ts", "takes no field that is not asked for (F122)"]],
  },
  {
    id: "CVE-2026-49468",
    what: "LiteLLM: who may enter was decided by the Host header, what was done by the path",
    shown: [
      ["test/console/input.test.ts", "a Host header of somebody else changes no address that is written (F123)"],
      MATRIX,
    ],
  },
  {
    id: "CVE-2026-114612",
    what: "LiteLLM: one secret for several purposes",
    shown: [["src/secret.test.ts", "fingerprints by text, place and master secret"]],
  },
  {
    id: "CVE-2026-12772",
    what: "LiteLLM: sessions that never end",
    shown: [
      ["test/people/sessions.test.ts", "ends with the sign-out, in every tab"],
      ["test/people/sessions.test.ts", "ends everywhere else when the password is changed"],
      ["test/people/sessions.test.ts", "change at once: sessions end, and the last operator stays"],
    ],
  },
  { id: "CVE-2026-12795", what: "LiteLLM: a function that asks for nobody", shown: [MATRIX] },
  {
    id: "claude-relay-service 1.1.248",
    what: "a door for users or admins that was open to all",
    shown: [["src/console/access.test.ts", "is total, and what asks for more never lets in who was kept out"], MATRIX],
  },
  {
    id: "one-api root/123456",
    what: "an account that everybody knows, made by the first start",
    shown: [
      ["test/people/registration.test.ts", "the first operator (F126)"],
      ["test/start.test.ts", "prints nothing secret and makes no account in production"],
      ["src/keys/store.test.ts", "the text of a key is nowhere in the database"],
    ],
  },
  {
    id: "CVE-2026-32879",
    what: "new-api: the fresh proof could be left out, and the providers' keys were shown",
    shown: [
      ["test/console/matrix.test.ts", "what asks for a fresh proof"],
      ["test/console/operator-settings.test.ts", "of which nothing comes back but its end (F127)"],
    ],
  },
  {
    id: "CVE-2026-30886",
    what: "new-api: others' videos by their number",
    shown: [["test/videos.test.ts", "I-55: neither the task nor its content is anybody else's"], MATRIX],
  },
  {
    id: "litellm#24530",
    what: "metrics open to all, keys in the logs",
    shown: [["test/canary.test.ts", "keeps secrets out of logs, metrics and errors"]],
  },
  {
    id: "CVE-2026-25555",
    what: "OpenBullet2: an empty header is the admin",
    shown: [["test/faults/bad-credentials.test.ts", "D90 none at all, an empty one, a bare scheme"]],
  },
  {
    id: "CVE-2024-8954",
    what: "composio: any value of the header was taken",
    shown: [["test/faults/bad-credentials.test.ts", "is the same 401"]],
  },
  {
    id: "Forge#84",
    what: "some ten projects: guessing without an end, by a header that says where one comes from",
    shown: [
      ["test/people/guessing.test.ts", "what a client says of itself through no proxy of ours counts for nothing"],
      ["test/people/guessing.test.ts", "is stopped by person, whatever peers it comes from"],
    ],
  },
  {
    id: "GO-2025-4154",
    what: "new-api: a redirect leads past the filter of addresses",
    shown: [["src/providers/fetch-public.test.ts", "are followed to public addresses"]],
  },
  {
    id: "GO-2026-5652",
    what: "new-api: 0.0.0.0 is no private address, said the filter",
    shown: [["src/protocols/address.test.ts", "D97: addresses that may be fetched for a customer"]],
  },
  {
    id: "CVE-2026-108719",
    what: "LLMGateway: a callback's address that nobody had looked at",
    shown: [["test/console/alerts.test.ts", "refuses the address %s (D97)"]],
  },
  {
    id: "CVE-2024-6587",
    what: "LiteLLM: whoever names an address is sent the provider's key",
    shown: [["test/console/operator-settings.test.ts", "never sends a stored key to another address"]],
  },
  {
    id: "CVE-2025-2691",
    what: "nossrf: names are looked up twice",
    shown: [
      ["src/providers/fetch-public.test.ts", "are looked up once: an answer that changes afterwards (rebinding)"],
    ],
  },
  {
    id: "GHSA-p6xx-57qc-3wxr",
    what: "Hono, and CVE-2026-86252 in h3: a line break in a text begins an event of its own",
    shown: [
      ["test/mutation/injection.test.ts", "has none of words that break out of their JSON"],
      ["test/faults/bad-values.test.ts", "D96 what looks like an event stays inside one string"],
    ],
  },
  {
    id: "CVE-2026-25802",
    what: "new-api: text of a model becomes script in the console",
    shown: [
      ["test/e2e/hostile-words.test.ts", "nothing that anybody typed runs, on any screen (F124)"],
      ["test/console/pages.test.ts", "what lets a browser do nothing else"],
    ],
  },
  {
    id: "CVE-2026-25591",
    what: "new-api: a search for % reads the whole table",
    shown: [["test/console/operate.test.ts", "and by nothing that only looks like it"]],
  },
  {
    id: "new-api#4302",
    what: "one-api and its kin: one code redeemed by several at once",
    shown: [["test/console/billing.test.ts", "uses is that many credits, whoever tries (E101, I-65)"]],
  },
];

describe("published failures of others have a test here", () => {
  it.each(KNOWN_FAILURES.map((one) => [one.id, one.what, one] as const))("%s: %s", (_id, _what, { shown }) => {
    expect(shown.length).toBeGreaterThan(0);
    for (const [file, title] of shown) {
      expect(existsSync(path.join(ROOT, file)), file).toBe(true);
      const text = readFileSync(path.join(ROOT, file), "utf8");
      // A title may be written over two lines, or in a call of its own; it stands in quotes somewhere.
      expect(text.includes(title), `${file} has no test about "${title}"`).toBe(true);
    }
  });

  it("each stands once", () => {
    const ids = KNOWN_FAILURES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

const record = (id: number): KeyRecord => ({
  id,
  publicId: `key_${id}`,
  name: "k",
  status: "active",
  expiresAt: null,
  rpm: null,
  tpm: null,
  concurrency: null,
  models: null,
  budget: null,
  accountId: id,
  accountFrozen: false,
  planId: null,
});

it("two keys with the same beginning are two keys", async () => {
  const format = { prefix: "sk-the-same-twenty-one-x" };
  const [one, two] = [mintKey(format), mintKey(format)];
  let loads = 0;
  const cache = new KeyCache(() => Promise.resolve(record(++loads)));
  expect(await cache.find(one)).toMatchObject({ accountId: 1 });
  expect(await cache.find(two)).toMatchObject({ accountId: 2 });
  expect(await cache.find(one)).toMatchObject({ accountId: 1 });
});

/**
 * What has gone wrong in comparable systems, by what was published of it, and the tests that would show it here: the data of
 * docs/known-failures.md. Whoever renames such a test says here what shows it now.
 */

/** A test: its file, and words of its title. */
export type Shown = readonly [file: string, title: string];

export interface KnownFailure {
  /** The row's name; tests that were written for it begin with it. */
  readonly row: `b${number}`;
  /** Where it can be read about. */
  readonly ids: readonly string[];
  /** Where it happened, and what. */
  readonly what: string;
  /** Tests of it; or why there is nothing to test. */
  readonly shown: readonly Shown[] | string;
}

const MATRIX: Shown = ["test/console/matrix.test.ts", "who may call a route (F121)"];
const FIELDS: Shown = ["test/console/forgery.test.ts", "more fields than there are (F122)"];
const OUR_CALLS = "test/known-failures/charges.test.ts";
const OUR_WORDS = "test/known-failures/words.test.ts";
const OUR_SECRETS = "test/known-failures/secrets.test.ts";
const OUR_ADDRESSES = "test/known-failures/addresses.test.ts";
const OUR_CONSOLE = "test/known-failures/console.test.ts";
const OUR_PROCESS = "test/known-failures/process.test.ts";
const SHIPPED = "test/known-failures/shipped.test.ts";
const SESSIONS = "test/people/sessions.test.ts";
const REGISTRATION = "test/people/registration.test.ts";
const CREDENTIALS = "test/faults/bad-credentials.test.ts";
const FETCH = "src/providers/fetch-public.test.ts";
const PROVIDERS = "test/faults/upstream.test.ts";
const CLIENTS = "test/faults/clients.test.ts";
const MACHINE = "test/tasks/machine.test.ts";
const CHARGE_BY_MESSAGE: Shown = [OUR_CALLS, "b26: a payment is nothing that a message can declare"];

const AUTHORIZATION: readonly KnownFailure[] = [
  {
    row: "b1",
    ids: ["CVE-2026-42208"],
    what: "LiteLLM: SQL in the Authorization header, before anybody is known",
    shown: [
      ["src/keys/cache.test.ts", "D91: never asks for what cannot be a key"],
      ["src/keys/key.test.ts", "D91: a key that cannot be one is told without a query"],
      [CREDENTIALS, "D91 a key that is none"],
    ],
  },
  {
    row: "b2",
    ids: ["CVE-2026-35030"],
    what: "LiteLLM: a cache by the first twenty characters of a token makes anybody the admin",
    shown: [
      ["test/known-failures/rows.test.ts", "b2: two keys with the same beginning are two keys"],
      [SESSIONS, "is stored as a hash only"],
    ],
  },
  {
    row: "b3",
    ids: ["CVE-2026-35029", "CVE-2026-47102"],
    what: "LiteLLM: anybody changes the configuration, or gives themselves the role of the admin",
    shown: [MATRIX, FIELDS, [REGISTRATION, "takes no field that is not asked for (F122)"]],
  },
  {
    row: "b4",
    ids: ["CVE-2026-49468"],
    what: "LiteLLM: who may enter was decided by the Host header, what was done by the path",
    shown: [
      [OUR_CONSOLE, "b4: another address in a header opens nothing"],
      ["test/console/input.test.ts", "a Host header of somebody else changes no address that is written (F123)"],
      MATRIX,
    ],
  },
  {
    row: "b5",
    ids: ["CVE-2026-114612"],
    what: "LiteLLM: one secret for several purposes",
    shown: [["src/secret.test.ts", "fingerprints by text, place and master secret"]],
  },
  {
    row: "b6",
    ids: ["CVE-2026-12772", "CVE-2026-12796", "CVE-2026-12795"],
    what: "LiteLLM: sessions that never end, and a function that asks for nobody",
    shown: [
      [SESSIONS, "ends with the sign-out, in every tab"],
      [SESSIONS, "ends after %s"],
      [SESSIONS, "ends everywhere else when the password is changed"],
      [SESSIONS, "change at once: sessions end, and the last operator stays"],
      MATRIX,
    ],
  },
  {
    row: "b7",
    ids: ["claude-relay-service 1.1.248"],
    what: "a door for users or admins that was open to all",
    shown: [["src/console/access.test.ts", "is total, and what asks for more never lets in who was kept out"], MATRIX],
  },
  {
    row: "b8",
    ids: ["one-api root/123456"],
    what: "an account that everybody knows, made by the first start; keys stored as they are",
    shown: [
      [REGISTRATION, "the first operator (F126)"],
      ["test/start.test.ts", "prints nothing secret and makes no account in production"],
      ["src/keys/store.test.ts", "the text of a key is nowhere in the database"],
    ],
  },
  {
    row: "b9",
    ids: ["CVE-2026-32879", "GO-2026-4813"],
    what: "new-api: the fresh proof could be left out, and the providers' keys were shown",
    shown: [
      [OUR_CONSOLE, "b9: what is proved anew, whoever is signed in"],
      ["test/console/matrix.test.ts", "is refused ten minutes after the sign-in"],
      [OUR_SECRETS, "no answer of the console holds a secret"],
    ],
  },
  {
    row: "b10",
    ids: ["CVE-2026-30886"],
    what: "new-api: others' videos by their number",
    shown: [["test/videos.test.ts", "I-55: neither the task nor its content is anybody else's"], MATRIX],
  },
  {
    row: "b11",
    ids: ["Portkey-AI/gateway#1657"],
    what: "Portkey: a sample token that worked, a stream of logs for everybody, keys in the logs",
    shown: [
      [SHIPPED, "b11: no sample secrets"],
      ["src/secret.test.ts", "placeholder"],
      ["src/http/log.test.ts", "writes nothing of a caller's request"],
      MATRIX,
    ],
  },
  {
    row: "b12",
    ids: ["BerriAI/litellm#24530", "BerriAI/litellm#22188"],
    what: "LiteLLM: metrics open to all, with customers' names; keys in logs and traces",
    shown: [
      ["test/canary.test.ts", "keeps secrets out of logs, metrics and errors"],
      [OUR_PROCESS, "b12: what the process tells"],
      [OUR_SECRETS, "holds none in any cell of the database"],
    ],
  },
  {
    row: "b13",
    ids: ["BerriAI/litellm#24902", "nyroway/nyro#68"],
    what: "a key in `?key=` that goes on: to the provider, into logs and into errors",
    shown: [[OUR_ADDRESSES, "b13: a key in the address"]],
  },
  {
    row: "b14",
    ids: ["nyroway/nyro#67", "Wei-Shaw/sub2api#5650", "QuantumNous/new-api#5444"],
    what: "providers' errors handed on word for word: parts of keys, hosts, where to go instead",
    shown: [
      [OUR_WORDS, "b14: a provider that fails is told of in our words"],
      [PROVIDERS, "B51 follows no redirect"],
      ["test/console/operator-settings.test.ts", "and no word of the provider's (B37)"],
    ],
  },
  {
    row: "b15",
    ids: ["CVE-2026-25555", "CVE-2024-8954"],
    what: "OpenBullet2: an empty header is the admin; composio: any value was taken",
    shown: [
      [CREDENTIALS, "D90 none at all, an empty one, a bare scheme"],
      [CREDENTIALS, "is the same 401"],
    ],
  },
  {
    row: "b16",
    ids: ["RodiumAi/Forge#84", "migadu/alps#18"],
    what: "some ten projects: guessing without an end, by a header that says where one comes from",
    shown: [
      ["test/people/guessing.test.ts", "what a client says of itself through no proxy of ours counts for nothing"],
      ["test/people/guessing.test.ts", "is stopped by person, whatever peers it comes from"],
    ],
  },
];

const ADDRESSES: readonly KnownFailure[] = [
  {
    row: "b17",
    ids: ["songquanpeng/one-api#2387", "songquanpeng/one-api#2388"],
    what: "one-api: a picture's address was fetched, wherever it led",
    shown: [
      ["test/faults/addresses.test.ts", "names no address that is not public"],
      [OUR_ADDRESSES, "b17 to b20: an address inside, wherever a call has room for one"],
    ],
  },
  {
    row: "b18",
    ids: ["GO-2025-4154", "GO-2026-5652"],
    what: "new-api: past the filter of addresses by a redirect, and by 0.0.0.0",
    shown: [
      [FETCH, "are followed to public addresses"],
      ["src/protocols/address.test.ts", "D97: addresses that may be fetched for a customer"],
    ],
  },
  {
    row: "b19",
    ids: ["Wei-Shaw/sub2api#6169"],
    what: "sub2api: the same, where a picture is downloaded",
    shown: [
      ["test/faults/addresses.test.ts", "is a 400 that names the field, and free"],
      [OUR_ADDRESSES, "b17 to b20: an address inside, wherever a call has room for one"],
    ],
  },
  {
    row: "b20",
    ids: ["CVE-2026-108719"],
    what: "LLMGateway: a video's callback address that nobody had looked at",
    shown: [
      [OUR_ADDRESSES, "b17 to b20: an address inside, wherever a call has room for one"],
      ["test/console/alerts.test.ts", "refuses the address %s (D97)"],
      ["test/tidy.test.ts", "only send.ts calls providers"],
    ],
  },
  {
    row: "b21",
    ids: ["CVE-2025-66405", "CVE-2024-6587"],
    what: "Portkey, LiteLLM: whoever names a host in a header or a body is sent the operator's key",
    shown: [
      [OUR_ADDRESSES, "b21: nobody names the provider but its operator"],
      ["test/console/operator-settings.test.ts", "never sends a stored key to another address"],
    ],
  },
  {
    row: "b22",
    ids: ["CVE-2025-2691"],
    what: "nossrf: a name is looked up, judged, and looked up again",
    shown: [[FETCH, "are looked up once: an answer that changes afterwards (rebinding)"]],
  },
  {
    row: "b23",
    ids: ["CVE-2026-86252", "GHSA-22cc-p3c6-wpvm", "GHSA-p6xx-57qc-3wxr", "CVE-2026-43968"],
    what: "h3, Hono, cowlib: a line break in a text begins an event of its own",
    shown: [
      ["test/mutation/injection.test.ts", "has none of words that break out of their JSON"],
      ["test/faults/bad-values.test.ts", "D96 what looks like an event stays inside one string"],
    ],
  },
  {
    row: "b24",
    ids: ["CVE-2026-25802"],
    what: "new-api: text of a model becomes script in the console",
    shown: [
      ["test/e2e/hostile-words.test.ts", "nothing that anybody typed runs, on any screen (F124)"],
      ["test/console/pages.test.ts", "what lets a browser do nothing else"],
    ],
  },
  {
    row: "b25",
    ids: ["CVE-2026-25591"],
    what: "new-api: a search for % reads the whole table",
    shown: [["test/console/operate.test.ts", "and by nothing that only looks like it"]],
  },
];

const MONEY: readonly KnownFailure[] = [
  {
    row: "b26",
    ids: ["CVE-2026-41432"],
    what: "new-api: payments declared by a message that is signed with the empty secret of an unset variable",
    shown: [CHARGE_BY_MESSAGE],
  },
  {
    row: "b27",
    ids: ["CVE-2026-71479"],
    what: "new-api: a count so large that the charge is negative, and pays the customer",
    shown: [
      [OUR_WORDS, "b27: what a provider counts never pays the customer"],
      [MACHINE, "b27: a count of %j pays nobody"],
      [PROVIDERS, "an estimate within the hold instead"],
      ["src/money.test.ts", "E115, I-15: refuses what leaves 64 bits"],
      ["src/ledger/schema.test.ts", "what the schema refuses whoever asks"],
    ],
  },
  {
    row: "b28",
    ids: ["songquanpeng/one-api#2440", "QuantumNous/new-api#6609", "QuantumNous/new-api#5690"],
    what: "looked at first and deducted later: a crowd spends one balance many times",
    shown: [
      [CLIENTS, "admits exactly 7 of 200 equal requests on a balance worth 7"],
      ["src/ledger/owners.test.ts", "I-14: three owners on one balance"],
    ],
  },
  {
    row: "b29",
    ids: ["kittors/CliRelay#1045", "lingyuins/octopus#234"],
    what: "the same in four more",
    shown: [["src/cluster/ledger-desk.test.ts", "I-14: three workers on one balance"]],
  },
  {
    row: "b30",
    ids: ["songquanpeng/one-api@8df4a26"],
    what: "one-api: charged after the reply, so not at all when the process dies; money held for good when a call fails",
    shown: [
      ["test/faults/crash.test.ts", "finished streams are charged once"],
      ["src/ledger/owners.test.ts", "an owner of which nothing is heard"],
      ["src/gateway/conclude.test.ts", "conclude (I-30)"],
    ],
  },
  {
    row: "b31",
    ids: ["QuantumNous/new-api#4302", "songquanpeng/one-api#2399", "Veloera/Veloera#88"],
    what: "one-api and its kin: one code redeemed by several at once",
    shown: [["test/console/billing.test.ts", "uses is that many credits, whoever tries (E101, I-65)"]],
  },
  {
    row: "b32",
    ids: ["anomalyco/opencode#28402"],
    what: "opencode: the same payment, delivered twice, credits twice",
    shown: [
      CHARGE_BY_MESSAGE,
      ["src/ledger/credit-store.test.ts", "the same key moves money once; another transfer under it is refused (I-27)"],
      ["test/console/operate.test.ts", "of a double click and of two operators at once are one (E114, I-68)"],
    ],
  },
  {
    row: "b33",
    ids: ["XortexAI/XMem#212"],
    what: "XMem: two ways to hear of one payment, two credits",
    shown: "nobody is told of payments: an operator credits them, by a key that is one per credit (b32)",
  },
  {
    row: "b34",
    ids: [
      "pollinations/pollinations#5594",
      "bitrouter/bitrouter#537",
      "QuantumNous/new-api#5235",
      "QuantumNous/new-api#7062",
      "Wei-Shaw/sub2api#4408",
    ],
    what: "a client that leaves: charged nothing, everything, or what nobody had sent yet",
    shown: [
      [CLIENTS, "C61 before the first token"],
      [CLIENTS, "C62 after k tokens"],
      [CLIENTS, "C63 that stop reading"],
    ],
  },
  {
    row: "b35",
    ids: ["BerriAI/litellm#36008", "BerriAI/litellm#37992"],
    what: "LiteLLM: streams that were left count too little; a count of zero is taken for none",
    shown: [
      ["src/gateway/conclude.test.ts", "charges a cancelled stream what it was seen to deliver"],
      [PROVIDERS, "B47 zero: it is believed"],
    ],
  },
  {
    row: "b36",
    ids: ["QuantumNous/new-api#5289"],
    what: "new-api: the text of an error is charged as output",
    shown: [
      [OUR_WORDS, "b14: a provider that fails is told of in our words"],
      [PROVIDERS, "B39 a 200 that holds an error"],
      ["src/gateway/conclude.test.ts", "never charges a failure of the provider or of us (I-33)"],
    ],
  },
  {
    row: "b37",
    ids: ["theopenco/llmgateway#3443", "theopenco/llmgateway#3505"],
    what: "LLMGateway: $23.17 for a stream that died",
    shown: [[PROVIDERS, "E-STREAM, nothing charged, the cost absorbed"]],
  },
  {
    row: "b38",
    ids: ["kortix-ai/suna#4825"],
    what: "kortix: streams for nothing where nobody asked for the count; writing a cache priced as reading a prompt",
    shown: [
      [OUR_WORDS, "b38: a stream's count is asked for, whoever did not, and not shown to them"],
      ["test/sdk/anthropic.test.ts", "counts cache writes and reads at their own prices (I-17)"],
    ],
  },
  {
    row: "b39",
    ids: ["QuantumNous/new-api#6172"],
    what: "new-api: a video charged by the price of the day on which it was ready",
    shown: [
      [MACHINE, "b39: a price that changes while a video is made is not its price (I-40)"],
      ["test/faults/holds.test.ts", "I-40: prices and plans that change while a stream runs"],
    ],
  },
  {
    row: "b40",
    ids: ["QuantumNous/new-api#6074"],
    what: "new-api: two who look at one task both give the money back",
    shown: [
      ["src/tasks/store.test.ts", "I-50: twenty at once end it once"],
      [MACHINE, "E111: five pollers, a hundred tasks and their owners: a hundred settlements"],
    ],
  },
  {
    row: "b41",
    ids: ["elizaOS/eliza#11920", "elizaOS/eliza#11862"],
    what: "elizaOS: nobody answered in time, so the money went back, and the video was made all the same",
    shown: [[MACHINE, "is no verdict; the success after it is charged once"]],
  },
  {
    row: "b42",
    ids: ["BerriAI/litellm#30684", "BerriAI/litellm#30460", "BerriAI/litellm#27639"],
    what: "LiteLLM: money counted in Redis admits who has none, and keeps out who has some",
    shown: [
      ["test/limits/gateways.test.ts", "admit the limit in sum, go on by shares while it is away"],
      ["test/limits/redis.test.ts", "nobody is admitted by counters that others"],
    ],
  },
  {
    row: "b43",
    ids: ["maximhq/bifrost#2873"],
    what: "Bifrost: routes that pass through ask for no budget",
    shown: [
      [OUR_CALLS, "b43: without money nothing is served"],
      ["test/tidy.test.ts", "only send.ts calls providers"],
    ],
  },
  {
    row: "b44",
    ids: ["EasyMetaAu/helm-api#42"],
    what: "helm-api: routes that are gated and never charged",
    shown: [[OUR_CALLS, "b44: what is served is charged, once"]],
  },
  {
    row: "b45",
    ids: ["twentyhq/twenty#20096"],
    what: "Twenty: 716 million tokens for nothing, because what fails was free without an end",
    shown: [["src/ledger/allowance.test.ts", "I-36: whoever forces failures, everywhere at once"]],
  },
  {
    row: "b46",
    ids: ["faratech/bsod-analyzer#77"],
    what: "bsod-analyzer: whoever brings about failures pays for nothing",
    shown: [
      ["src/ledger/allowance.test.ts", "is free until the allowance is used up"],
      ["test/faults/allowance.test.ts", "two are free, the third is charged, named by every report"],
    ],
  },
  {
    row: "b47",
    ids: ["elixir-vibe/llm_proxy#4"],
    what: "a request that one provider had taken already is sent to the next",
    shown: [
      [PROVIDERS, "is not tried after output, nor for a request that is itself at fault"],
      ["test/tasks/elsewhere.test.ts", "where there may be a job, or another would say the same"],
    ],
  },
];

const RUNNING: readonly KnownFailure[] = [
  {
    row: "b48",
    ids: ["PYSEC-2026-2", "BerriAI/litellm#24518"],
    what: "LiteLLM: releases with somebody else's code in them, from a stolen token",
    shown: [[SHIPPED, "b48, b49: what is installed"]],
  },
  {
    row: "b49",
    ids: ["axios 1.14.1, 0.30.4"],
    what: "axios: a dependency that runs its own program when it is installed",
    shown: [[SHIPPED, "b48, b49: what is installed"]],
  },
  {
    row: "b50",
    ids: ["BerriAI/litellm#38358", "BerriAI/litellm#34819"],
    what: "LiteLLM: a silent provider is waited for without an end; a silent stream is cut by what stands in front",
    shown: [
      [PROVIDERS, "B30 a stream without a byte"],
      ["test/faults/waits.test.ts", "B31: a stream gets its head and keep-alives"],
    ],
  },
  {
    row: "b51",
    ids: ["Dstack-TEE/private-ai-gateway#44"],
    what: "a client that stops reading keeps the provider's connection for good",
    shown: [[CLIENTS, "C63 that stop reading"]],
  },
  {
    row: "b52",
    ids: ["gpustack/gpustack#4725"],
    what: "Higress: given up while the prompt is read, and each retry makes it worse",
    shown: [
      ["test/routing.test.ts", "costs few retries however many requests there are (I-38, B59)"],
      ["src/settings/setting.test.ts", "a timeout above its bound"],
    ],
  },
  {
    row: "b53",
    ids: ["claude-relay-service@501df71f"],
    what: "a huge error, written to the log as it is, takes all the memory",
    shown: [["src/http/log.test.ts", "cuts long values, and one event is one line"]],
  },
  {
    row: "b54",
    ids: ["CVE-2026-22036", "CVE-2026-84890"],
    what: "undici: a small packed answer that unpacks without an end",
    shown: [
      [PROVIDERS, "B52 an encoding nobody asked for"],
      ["test/console/input.test.ts", "that grows when it is unpacked is refused by what it grows to"],
    ],
  },
  {
    row: "b55",
    ids: ["Helicone/ai-gateway#236", "Helicone/ai-gateway#295", "Helicone/ai-gateway#218"],
    what: "Helicone: an unknown name ends the process; no start without Redis; limits told in another dialect",
    shown: [
      [OUR_PROCESS, "b55: no request ends the process"],
      ["test/limits/gateways.test.ts", "goes on without a Redis that is not there, and says so in replies"],
      ["test/routes.test.ts", "errors in the dialect of the path, before anything is parsed"],
    ],
  },
  {
    row: "b56",
    ids: ["PostgreSQL jsonb"],
    what: "one bad escape in a text, and nothing is stored",
    shown: [
      ["test/faults/bad-values.test.ts", "D80 a lone surrogate in a text does not fail the request"],
      ["test/faults/bad-values.test.ts", "D81 a NUL in a text is passed on"],
    ],
  },
];

/** By what it is about, in the order of the page. */
export const KNOWN_FAILURES: Readonly<Record<string, readonly KnownFailure[]>> = {
  "Who may do what, and secrets": AUTHORIZATION,
  "Addresses and words of others": ADDRESSES,
  Money: MONEY,
  "Running it": RUNNING,
};

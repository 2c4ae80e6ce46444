/**
 * A house that has been open for a month: customers with names, people and codes, and a history of requests. Every one of them is a real
 * request to the sandbox, or the same one again at another time, so that all charges can be explained and the books agree.
 */
import { randomBytes } from "node:crypto";

import { customerIn, join, signedIn, type CustomerIn } from "../../src/console/people/fixtures.ts";
import { requestPeriod } from "../../src/id.ts";
import { createKey, NO_LIMITS } from "../../src/keys/store.ts";
import { REQUEST_COLUMNS, requestValues } from "../../src/ledger/request-columns.ts";
import { ROLL_UPS, rollUpRuns } from "../../src/ledger/rollup-store.ts";
import type { RequestRow } from "../../src/ledger/store.ts";
import { ACCOUNTS } from "../../src/ledger/transfer.ts";
import { parseNano } from "../../src/money.ts";
import { createCodes } from "../../src/payments/code-store.ts";
import { UNITS } from "../../src/unit.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { consoleEnv } from "./browser.ts";
import type { Viewer } from "./screens.ts";

export interface House {
  readonly gateway: TestGateway;
  /** Runs the house, and has an account as well. */
  readonly operator: CustomerIn;
}

export interface Seeded extends House {
  readonly owner: CustomerIn;
  /** Owns an account in which nothing has happened. */
  readonly newcomer: CustomerIn;
  /** What each of those who look is signed in by; a visitor's is empty. */
  readonly cookies: Readonly<Record<Viewer, string>>;
  /** Of the owner's account. */
  readonly invoice: string;
  readonly request: string;
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 30;
/** How long ago the first customer came, in milliseconds. */
const OPEN_MS = 75 * DAY_MS;

const configOf = (name: string): object => ({
  storefront: { name, registration: "open", startCredit: "1", support: "help@acme.example" },
  plans: [
    { id: "basic", discount: "0%", rpm: 200, tpm: 1_000_000, default: true },
    { id: "pro", price: "19", once: true, discount: "20%", rpm: 500, tpm: 2_000_000 },
  ],
});

/** Customers, how much they paid in, and how many requests a day they make. */
const CUSTOMERS = [
  { name: "Robin's studio", email: "robin@studio.example", paid: "120", daily: 40 },
  { name: "Copperfield Press", email: "office@copperfield.example", paid: "400", daily: 60 },
  { name: "Wren & Daughters", email: "jenny@wren.example", paid: "35.50", daily: 15 },
  {
    name: "A laboratory with a name that is rather long, as names of laboratories are",
    email: "purchasing.department@laboratory.example",
    paid: "9",
    daily: 4,
  },
] as const;

const PROMPT = "Explain to a careful reader how a small coin of copper came to carry a bird. ";
const MODELS = [
  "claude-sonnet-4-5",
  "gpt-5-mini",
  "claude-sonnet-4-5",
  "gemini-2.5-flash",
  "claude-haiku-4-5",
  "gpt-5.1",
  "sandbox/thinking",
  "sandbox/upstream-500",
] as const;

const post = (gateway: TestGateway, key: string, [path, body]: readonly [string, object]): Promise<Response> =>
  fetch(`${gateway.url}/v1${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** One of each model, with prompts of several lengths. @returns the ids of the requests */
const ask = async (gateway: TestGateway, key: string): Promise<string[]> => {
  const ids: string[] = [];
  for (const [place, model] of MODELS.entries()) {
    const content = PROMPT.repeat(1 + ((place * 37) % 90));
    const reply = await post(gateway, key, [
      "/chat/completions",
      { model, stream: place % 2 === 0, messages: [{ role: "user", content }] },
    ]);
    await reply.text();
    ids.push(reply.headers.get("x-request-id") ?? "");
  }
  return ids;
};

type Stored = Readonly<Record<string, unknown>>;
/** Readers give whole numbers as bigint. */
const big = (value: unknown): bigint => value as bigint;
const orNull = <T>(value: unknown, read: (value: unknown) => T): T | null => (value === null ? null : read(value));

/** A stored request as the ledger writes one, at another time. */
const again = (stored: Stored, at: number): RequestRow => {
  const id = randomBytes(16);
  id.writeUIntBE(at, 0, 6);
  const text = (name: string): string => String(stored[name]);
  const number = (name: string): number => Number(stored[name]);
  return {
    id,
    period: requestPeriod(id),
    accountId: number("account_id"),
    keyId: number("key_id"),
    durationMs: number("duration_ms") + (at % 3_000),
    firstByteMs: orNull(stored["first_byte_ms"], (value) => Number(value) + (at % 700)),
    status: number("status"),
    stream: number("stream") === 1,
    outcome: text("outcome"),
    source: text("source"),
    usageInvalid: number("usage_invalid") === 1,
    model: text("model"),
    protocol: text("protocol"),
    usage: Object.fromEntries(
      UNITS.filter((unit) => stored[unit] !== null && stored[unit] !== undefined).map((unit) => [unit, number(unit)]),
    ),
    priceId: orNull(stored["price_id"], Number),
    planId: orNull(stored["plan_id"], String),
    multiplierNum: orNull(stored["multiplier_num"], big),
    multiplierDen: orNull(stored["multiplier_den"], big),
    exact: orNull(stored["exact"], big),
    hold: big(stored["hold"]),
    posted: big(stored["posted"]),
    absorbed: big(stored["absorbed"]),
    attempts: orNull(stored["attempts"], String),
  };
};

/** More in the afternoon than at night, fewer at weekends; the same in every run. */
const timesOf = (daily: number, now: number): number[] =>
  Array.from({ length: DAYS }, (_, day) => {
    const start = now - (day + 1) * DAY_MS;
    const isWeekend = [0, 6].includes(new Date(start).getUTCDay());
    const count = Math.max(1, Math.round(daily * (isWeekend ? 0.4 : 0.8 + ((day * 7) % 5) / 10)));
    return Array.from({ length: count }, (__, place) => Math.floor(start + (DAY_MS * (place + 0.5)) / count));
  }).flat();

/** Writes a history of what was asked, and takes what it cost from the balance as the ledger would have. */
const writeHistory = (gateway: TestGateway, samples: readonly Stored[], daily: number): void => {
  const { database } = gateway.server;
  if (database.kind !== "sqlite") throw new Error("the history is written into SQLite");
  const [first] = samples;
  // What fails is rare.
  const good = samples.filter(({ status }) => Number(status) === 200);
  const mixed = [...good, ...good, ...good, ...good, ...samples];
  const rows = timesOf(daily, Date.now()).map((at, place) => again(mixed[(place * 5) % mixed.length] ?? {}, at));
  const columns = REQUEST_COLUMNS.map(({ name }) => name);
  const { sqlite } = database;
  const insert = sqlite.prepare(
    `insert into request (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`,
  );
  sqlite.exec("begin");
  for (const row of rows) insert.run(...requestValues(row));
  for (const { statement, values } of rollUpRuns(rows)) sqlite.prepare(ROLL_UPS[statement]).run(...values);
  const spent = rows.reduce((sum, { posted }) => sum + posted, 0n);
  sqlite.prepare("update account set balance = balance - ? where id = ?").run(spent, Number(first?.["account_id"]));
  sqlite.prepare("update account set balance = balance + ? where id = ?").run(spent, ACCOUNTS.revenue);
  sqlite
    .prepare("insert into earning (amount, account_id, minute) values (?, ?, ?)")
    .run(spent, ACCOUNTS.revenue, Math.floor(Date.now() / MINUTE_MS));
  sqlite.exec("commit");
};

/** A payment before the first request of the history; the ledger's own functions know only now. */
const payIn = (
  gateway: TestGateway,
  accountId: number,
  paid: { readonly amount: bigint; readonly at: number },
): void => {
  const { database } = gateway.server;
  if (database.kind !== "sqlite") throw new Error("the history is written into SQLite");
  const { sqlite } = database;
  const change = sqlite.prepare("update account set balance = balance + ? where id = ?");
  sqlite
    .prepare(
      `insert into transfer (debit_account_id, credit_account_id, amount, kind, reason, actor, created_at)
       values (?, ?, ?, 'credit', 'Bank transfer', 'user:test', ?)`,
    )
    .run(ACCOUNTS.payments, accountId, paid.amount, paid.at);
  change.run(paid.amount, accountId);
  change.run(-paid.amount, ACCOUNTS.payments);
};

interface Customer {
  readonly customer: CustomerIn;
  readonly key: string;
  readonly request: string;
}

const settle = async (gateway: TestGateway, place: number): Promise<Customer> => {
  const { database } = gateway.server;
  const known = CUSTOMERS[place] ?? CUSTOMERS[0];
  const customer = await customerIn(database, { email: known.email });
  const { accountId } = customer;
  await database.kysely
    .updateTable("account")
    .set({ name: known.name, created_at: Date.now() - OPEN_MS + place * DAY_MS })
    .where("id", "=", BigInt(accountId))
    .execute();
  payIn(gateway, accountId, { amount: parseNano(known.paid), at: Date.now() - OPEN_MS + place * DAY_MS });
  const format = { prefix: gateway.server.installation().storefront.keyPrefix };
  const made = { accountId, format, actor: "test", limits: NO_LIMITS };
  const { key } = await createKey(database, { ...made, name: "Production" });
  const laptop = await createKey(database, { ...made, name: "Laptop" });
  await gateway.server.refresh();
  const ids = [...(await ask(gateway, key)), ...(await ask(gateway, laptop.key)).slice(0, 3)];
  const samples = await Promise.all(ids.map((id) => gateway.row(id)));
  writeHistory(gateway, samples, known.daily);
  return { customer, key, request: ids[0] ?? "" };
};

/** Acts of people, over the console's own API. */
const send = async (
  gateway: TestGateway,
  who: CustomerIn,
  [path, body]: readonly [string, object],
): Promise<Stored> => {
  const reply = await fetch(`${gateway.url}/console/api${path}`, {
    method: "POST",
    headers: { cookie: who.cookie, origin: gateway.url, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${path} was answered with ${reply.status}: ${text}`);
  return text === "" ? {} : (JSON.parse(text) as Stored);
};

/** A house on its first day: an operator, and nothing that anybody did. @param name of the storefront */
export const startNew = async (name = "Acme AI"): Promise<House> => {
  const gateway = await startTestGateway({ config: configOf(name), env: consoleEnv() });
  const { database } = gateway.server;
  const operator = await customerIn(database, { email: "olga@acme.example" });
  await database.kysely.updateTable("person").set({ role: "operator" }).where("id", "=", operator.personId).execute();
  return { gateway, operator };
};

/** Opens the house. @param name of the storefront */
export const startSeeded = async (name?: string): Promise<Seeded> => {
  const { gateway, operator } = await startNew(name);
  const { database } = gateway.server;
  const settled: Customer[] = [];
  for (const place of CUSTOMERS.keys()) settled.push(await settle(gateway, place));
  const [first] = settled;
  if (first === undefined) throw new Error("there are no customers");
  const { customer: owner, key, request } = first;
  const home = `/accounts/${owner.accountPublicId}`;
  const member = await signedIn(database, { email: "pip@studio.example" });
  const newcomer = await customerIn(database, { email: "nell@new.example" });
  const support = await signedIn(database, { email: "sam@acme.example", role: "support" });
  const auditor = await signedIn(database, { email: "ada@audit.example", role: "auditor" });
  await join(database, { accountId: owner.accountId, personId: member.personId, role: "member" });
  await send(gateway, owner, [`${home}/team/invitations`, { email: "guest@acme.example", role: "member" }]);
  await send(gateway, owner, [
    `${home}/alerts/rules`,
    { kind: "low_balance", people: [owner.personId], webhook: false, enabled: true, amountNano: "5000000000" },
  ]);
  const [paid] = gateway.query("select max(id) as id from transfer where credit_account_id = ?", owner.accountId);
  const { id: invoice } = await send(gateway, owner, [
    `${home}/billing/invoices`,
    { kind: "credit", subject: String(paid?.["id"]) },
  ]);
  const code = { kind: "promo", amount: parseNano("10"), uses: 20, perAccount: 1, expiresAt: null } as const;
  await createCodes(database, { ...code, note: "Spring fair", actor: "user:test" }, 3);
  for (const model of ["sandbox/video", "sandbox/video-failed"])
    await (
      await post(gateway, key, ["/videos/generations", { model, prompt: "a wren takes flight", duration: 5 }])
    ).text();
  const cookies = {
    visitor: "",
    customer: owner.cookie,
    operator: operator.cookie,
    member: member.cookie,
    newcomer: newcomer.cookie,
    support: support.cookie,
    auditor: auditor.cookie,
  };
  const people = { operator, owner, newcomer, cookies };
  return { gateway, ...people, invoice: String(invoice), request, close: () => gateway.close() };
};

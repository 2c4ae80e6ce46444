/** Prices in the console: drafted, replayed on real requests, published, taken back; in the same rows as the command line writes. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { Browser, signedIn, type SomebodyIn } from "../../src/console/people/fixtures.ts";
import { pricesInForce } from "../../src/ledger/price-store.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";

const API = "/console/api/admin";
const MODEL = "sandbox/echo";

interface Rate {
  readonly unit: string;
  readonly nano: string;
}
interface List {
  readonly when: Record<string, string> | null;
  readonly rates: readonly Rate[];
  readonly tiers: readonly { readonly above: number; readonly rates: readonly Rate[] }[];
}
interface Priced {
  readonly model: string;
  readonly lists: readonly List[];
  readonly draft: { readonly lists: readonly List[] } | null;
  readonly scheduledAt: number | null;
}

let gateway: TestGateway;
let operator: SomebodyIn;
let browser: Browser;
beforeAll(async () => {
  gateway = await startTestGateway({ credit: "1000" });
  operator = await signedIn(gateway.server.database, { role: "operator" });
  browser = new Browser(gateway.url).take(operator.cookie);
});
afterAll(() => gateway.close());
beforeEach(async () => {
  await browser.send(`${API}/prices/drop`, { models: null });
});

const ask = async (content: string): Promise<Record<string, unknown>> => {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: MODEL, messages: [{ role: "user", content }], stream: true }),
  });
  await response.text();
  return await gateway.row(response.headers.get("x-request-id") ?? "");
};

const prices = async (): Promise<{ readonly items: readonly Priced[]; readonly version: string }> => {
  const { body } = await browser.get(`${API}/prices`);
  return body as unknown as { items: Priced[]; version: string };
};

const priced = async (): Promise<Priced> => {
  const found = (await prices()).items.find(({ model }) => model === MODEL);
  if (found === undefined) throw new Error("the model is not on sale");
  return found;
};

const rateOf = (lists: readonly List[] | undefined, unit: string): string | undefined =>
  lists?.[0]?.rates.find((rate) => rate.unit === unit)?.nano;

/** The model's lists with other amounts of some units. */
const changed = (lists: readonly List[], amounts: Readonly<Record<string, string>>) =>
  lists.map(({ when, rates, tiers }) => ({
    when,
    rates: rates.map(({ unit, nano }) => ({ unit, nano: amounts[unit] ?? nano })),
    tiers: tiers.map((tier) => ({ above: tier.above, rates: tier.rates.map(({ unit, nano }) => ({ unit, nano })) })),
  }));

const draft = async (amounts: Readonly<Record<string, string>>): Promise<string> => {
  const answer = await browser.send(
    `${API}/prices/draft`,
    { model: MODEL, lists: changed((await priced()).lists, amounts) },
    { method: "PUT" },
  );
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return String(answer.body["version"]);
};

const replay = async (): Promise<Record<string, unknown>> => {
  const response = await browser.fetch(`${API}/prices/replay`);
  const events = (await response.text()).split("\n\n");
  const result = events.find((event) => event.startsWith("event: result"));
  if (result === undefined) throw new Error(`no result: ${events.join(" ")}`);
  return JSON.parse(result.slice(result.indexOf("data: ") + 6)) as Record<string, unknown>;
};

describe("a draft of prices", () => {
  it("is in force nowhere, and replays what was charged to the nano (I-8)", async () => {
    const rows = [await ask("one"), await ask("two ".repeat(300)), await ask("three")];
    const before = (await ask("four"))["price_id"];
    const posted = [...rows, await ask("five")].reduce((sum, row) => sum + BigInt(String(row["posted"])), 0n);
    const { lists } = await priced();
    await draft({ input: (2n * BigInt(rateOf(lists, "input") ?? "0")).toString() });
    expect((await ask("six"))["price_id"]).toBe(before);
    const result = await replay();
    const all = result["all"] as Record<string, string>;
    expect(BigInt(all["chargedNano"] ?? "")).toBeGreaterThan(posted);
    expect(all["currentNano"]).toBe(all["chargedNano"]);
    expect(BigInt(all["draftNano"] ?? "")).toBeGreaterThan(BigInt(all["currentNano"] ?? ""));
    expect(result).toMatchObject({ unpriced: 0, accountCount: 1, all: { requests: 6 }, models: [{ model: MODEL }] });
    expect(result["accounts"]).toMatchObject([{ id: gateway.publicId, name: "test" }]);
    expect(result["version"]).toBe((await prices()).version);
  });

  it("counts what would be charged below cost", async () => {
    await draft({ input: "0", output: "0" });
    const { all } = (await replay()) as { all: Record<string, number | string> };
    // The sandbox takes nothing, so that nothing is below it.
    expect(all).toMatchObject({ draftNano: expect.any(String) as string, costNano: "0", belowThen: 0 });
  });

  it("is forgotten when it says what is in force", async () => {
    await draft({ input: "1" });
    expect((await priced()).draft).not.toBeNull();
    expect(await draft({})).toBe("");
  });

  it.each([
    [
      "a unit without a price (I-43)",
      (lists: ReturnType<typeof changed>) => [{ ...lists[0], rates: lists[0]?.rates.slice(1) }],
    ],
    ["a variant that is none", (lists: ReturnType<typeof changed>) => [{ ...lists[0], when: { size: "x" } }]],
    ["a list twice", (lists: ReturnType<typeof changed>) => [...lists, ...lists]],
    [
      "a negative amount",
      (lists: ReturnType<typeof changed>) => [{ ...lists[0], rates: [{ unit: "input", nano: "-1" }] }],
    ],
    [
      "an amount that is none",
      (lists: ReturnType<typeof changed>) => [{ ...lists[0], rates: [{ unit: "input", nano: "1.5" }] }],
    ],
  ])("refuses %s", async (_name, spoil) => {
    const lists = spoil(changed((await priced()).lists, {}));
    const answer = await browser.send(`${API}/prices/draft`, { model: MODEL, lists }, { method: "PUT" });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "invalid_value" } } });
    expect((await priced()).draft).toBeNull();
  });

  it("is written by a rule, exactly and in whole steps; models without a known cost are named", async () => {
    const { lists } = await priced();
    const before = BigInt(rateOf(lists, "input") ?? "0");
    const rule = { base: "price", factor: "1.05", stepNano: "10000000", way: "up" };
    const answer = await browser.send(`${API}/prices/rule`, { models: [MODEL], rule });
    expect(answer).toMatchObject({ status: 200, body: { models: 1, skipped: [] } });
    const step = 10_000_000n;
    const wanted = ((before * 105n + 100n * step - 1n) / (100n * step)) * step;
    expect(rateOf((await priced()).draft?.lists, "input")).toBe(wanted.toString());
    const byCost = await browser.send(`${API}/prices/rule`, { models: [MODEL], rule: { ...rule, base: "cost" } });
    expect(byCost.body["skipped"]).toEqual([MODEL]);
    const wrong = await browser.send(`${API}/prices/rule`, { models: [MODEL], rule: { ...rule, factor: "much" } });
    expect(wrong).toMatchObject({ status: 400, body: { error: { fields: { factor: expect.any(String) as string } } } });
  });
});

describe("publishing", () => {
  it("is in force at once, as a row of the operator's, in the log, and once", async () => {
    const version = await draft({ input: "1234000000" });
    const answer = await browser.send(`${API}/prices/publish`, { version, fromAt: null });
    expect(answer).toMatchObject({ status: 200, body: { models: 1, rows: 1 } });
    expect((await browser.send(`${API}/prices/publish`, { version, fromAt: null })).status).toBe(409);
    expect(rateOf((await priced()).lists, "input")).toBe("1234000000");
    expect((await priced()).draft).toBeNull();
    const row = await ask("seven");
    const inForce = (await pricesInForce(gateway.server.database.kysely, Date.now())).get(MODEL);
    expect(Number(row["price_id"])).toBe(inForce?.id);
    expect(gateway.query("select origin from price where id = ?", inForce?.id ?? 0)).toEqual([{ origin: "operator" }]);
    expect(gateway.query("select actor from audit_log where action = 'price.publish' and object = ?", MODEL)).toEqual([
      { actor: `user:${operator.personId}` },
    ]);
  });

  it("refuses a draft that was changed since it was looked at, and a moment that is past", async () => {
    const version = await draft({ input: "2000000000" });
    await draft({ input: "3000000000" });
    expect((await browser.send(`${API}/prices/publish`, { version, fromAt: null })).status).toBe(409);
    const now = (await prices()).version;
    const past = await browser.send(`${API}/prices/publish`, { version: now, fromAt: Date.now() - 60_000 });
    expect(past).toMatchObject({ status: 400, body: { error: { fields: { fromAt: expect.any(String) as string } } } });
  });

  it("for later waits, can be taken back, and is never in force then", async () => {
    const before = rateOf((await priced()).lists, "input");
    const fromAt = Date.now() + 3_600_000;
    const version = await draft({ input: "9000000000" });
    expect((await browser.send(`${API}/prices/publish`, { version, fromAt })).status).toBe(200);
    expect(await priced()).toMatchObject({ scheduledAt: fromAt });
    expect(rateOf((await priced()).lists, "input")).toBe(before);
    const [waiting] = (await browser.get(`${API}/prices/scheduled`)).body["items"] as { row: number; list: string }[];
    expect(waiting).toMatchObject({ list: MODEL, fromAt });
    const rows = [waiting?.row ?? 0];
    expect((await browser.send(`${API}/prices/withdraw`, { rows })).status).toBe(204);
    expect((await browser.send(`${API}/prices/withdraw`, { rows })).status).toBe(409);
    const later = await pricesInForce(gateway.server.database.kysely, fromAt + 1);
    expect(later.get(MODEL)?.base.input).toBe(BigInt(before ?? "0"));
    expect((await priced()).scheduledAt).toBeNull();
    const { body } = await browser.get(`${API}/model?id=${encodeURIComponent(MODEL)}`);
    expect(body["versions"]).toMatchObject([{ withdrawn: true, inForce: false }, { withdrawn: false }, {}]);
  });

  it("asks for a fresh proof, and is the operator's alone", async () => {
    const old = await signedIn(gateway.server.database, { role: "operator", agoMs: 600_000 });
    const stale = new Browser(gateway.url).take(old.cookie);
    const publish = { version: "x", fromAt: null };
    expect((await stale.send(`${API}/prices/publish`, publish)).body.error?.code).toBe("step_up_required");
    const support = await signedIn(gateway.server.database, { role: "support" });
    const helper = new Browser(gateway.url).take(support.cookie);
    expect((await helper.send(`${API}/prices/publish`, publish)).status).toBe(403);
    expect((await helper.get(`${API}/prices`)).status).toBe(200);
  });
});

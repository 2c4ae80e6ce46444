/** An account's usage in the console: its sums, its requests and their charges, in the figures of the command line and of nobody else. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { explainCommand } from "../../src/cli/explain.ts";
import { Browser, customerIn, type CustomerIn } from "../../src/console/people/fixtures.ts";
import { createKey, NO_LIMITS } from "../../src/keys/store.ts";
import { credit } from "../../src/ledger/credit-store.ts";
import { refund } from "../../src/ledger/refund-store.ts";
import { formatNano } from "../../src/money.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";

type Loose = Record<string, ReturnType<JSON["parse"]>>;

let gateway: TestGateway;
let owner: CustomerIn;
let stranger: CustomerIn;
let browser: Browser;
let base: string;
const keys: { readonly key: string; readonly publicId: string }[] = [];
/** Ids of the owner's requests, in their order. */
const ids: string[] = [];

/** Prices to the hundredth of a cent, with a plan, so that every step of a charge shows. */
const CONFIG = {
  plans: [{ id: "third", discount: "70%", default: true }],
};

const call = async (key: string, model: string, stream = false): Promise<string> => {
  const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content: "hello" }] }),
  });
  // One of the streams is cut.
  await reply.text().catch(() => "");
  // Two of one millisecond would be in either order.
  await new Promise((resolve) => setTimeout(resolve, 2));
  return reply.headers.get("x-request-id") ?? "";
};

const makeKey = async ({ accountId }: CustomerIn, name: string) => {
  const { keyPrefix: prefix } = gateway.server.installation().storefront;
  const { database } = gateway.server;
  return await createKey(database, { accountId, name, format: { prefix }, limits: NO_LIMITS, actor: "test" });
};

const get = async (path: string, from = browser): Promise<Loose> => {
  const answer = await from.get(`${base}${path}`);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
};

const idsOf = ({ items }: Loose): string[] => items.map(({ id }: Loose) => id);

beforeAll(async () => {
  gateway = await startTestGateway({ config: CONFIG });
  const { database } = gateway.server;
  owner = await customerIn(database);
  stranger = await customerIn(database);
  browser = new Browser(gateway.url).take(owner.cookie);
  base = `/console/api/accounts/${owner.accountPublicId}`;
  for (const { accountId } of [owner, stranger])
    await credit(database, { accountId, amount: 5_000_000_000n, reason: "t", actor: "t", idempotencyKey: null });
});
afterAll(() => gateway.close());

describe("an account's usage in the console", () => {
  it("a new account has neither keys nor requests, and says so", async () => {
    const standing = { balanceNano: "5000000000", running: 0, heldNano: "0", frozen: false };
    expect(await get("/standing")).toMatchObject({ ...standing, hasKeys: false, hasRequests: false });
    expect(await get("/requests")).toMatchObject({ items: [], next: null });
    expect(await get("/overview?range=24h")).toMatchObject({
      now: { requests: 0, spendNano: "0" },
      parts: [],
      models: [],
      latency: [],
      firstByte: { p50: null },
    });
    keys.push(await makeKey(owner, "first"), await makeKey(owner, '=second, "key"'), await makeKey(stranger, "other"));
    await gateway.server.refresh();
    const [first, second, other] = keys.map(({ key }) => key);
    for (const [key, model] of [
      [first, "sandbox/echo"],
      [first, "sandbox/thinking"],
      [second, "sandbox/echo"],
      [first, "no-such-model"],
      [first, "sandbox/upstream-500"],
      [first, "sandbox/upstream-no-usage"],
    ] as const)
      ids.push(await call(key ?? "", model));
    // What was delivered is absorbed: the one request here whose usage and charge differ.
    ids.push(await call(first ?? "", "sandbox/upstream-cut", true));
    await call(other ?? "", "sandbox/echo");
    for (const id of ids) await gateway.row(id);
    expect(await get("/standing")).toMatchObject({ hasKeys: true, hasRequests: true });
  });

  it("lists its own requests, newest first, page by page and back", async () => {
    const newest = ids.toReversed();
    expect(idsOf(await get("/requests"))).toEqual(newest);
    const page = await get("/requests?limit=2");
    const older = await get(`/requests?limit=2&cursor=${page["next"]}`);
    expect([...idsOf(page), ...idsOf(older)]).toEqual(newest.slice(0, 4));
    const back = await get(`/requests?limit=2&direction=newer&cursor=${older["previous"]}`);
    expect(idsOf(back)).toEqual(idsOf(page));
    expect(older["items"][0]).toMatchObject({ outcome: "upstream_failed_before_output", spendNano: "0", status: 502 });
  });

  it.each([
    ["model=sandbox%2Fecho", () => [2, 0]],
    ["outcome=rejected", () => [3]],
    ["minNano=1", () => [5, 2, 1, 0]],
    [() => `key=${keys[1]?.publicId ?? ""}`, () => [2]],
    // Of another account, or of nobody.
    [() => `key=${keys[2]?.publicId ?? ""}`, () => []],
    ["key=key_00000000000000000000000000", () => []],
    [() => `request=${ids[1] ?? ""}`, () => [1]],
    ["request=nonsense", () => []],
    ["toAt=1000", () => []],
    ["fromAt=0&toAt=9000000000000", () => [6, 5, 4, 3, 2, 1, 0]],
  ] as const)("filters %s, in the list and in the file", async (query, places) => {
    const text = typeof query === "string" ? query : query();
    const wanted = places().map((place: number) => ids[place]);
    expect(idsOf(await get(`/requests?${text}`))).toEqual(wanted);
    const file = await browser.fetch(`${base}/requests.csv?${text}`);
    expect(file.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    const [head = "", ...lines] = (await file.text()).split("\r\n").slice(0, -1);
    expect(head.startsWith("id,created_at,model,")).toBe(true);
    expect(head).not.toMatch(/upstream|cost|margin|account/);
    expect(lines.map((line) => line.split(",")[0])).toEqual(wanted);
    // A name that a spreadsheet would calculate stays text (F128).
    if (wanted.includes(ids[2])) expect(lines.join("\n")).toContain(`"'=second, ""key"""`);
  });

  it.each([
    "model=",
    "outcome=odd",
    "minNano=0.1",
    "limit=201",
    "cursor=nonsense",
    "direction=up",
    "fromAt=-1",
    "upstream=sandbox",
    "model=a&model=b",
  ])("refuses the question %s", async (query) => {
    expect((await browser.get(`${base}/requests?${query}`)).status).toBe(400);
  });

  it("explains each charge with the figures of the command line, to the nano, and nothing that is the operator's", async () => {
    const [paid = ""] = ids;
    const { database: db } = gateway.server;
    const back = { requestId: paid, amount: 3n, reason: "A gift", actor: "test", idempotencyKey: "gift" };
    await refund(db, back);
    const context = { db, config: undefined as never, print: () => undefined };
    for (const id of ids) {
      const charge = await get(`/requests/${id}`);
      const { json } = await explainCommand.run([id], context);
      const told = json as Loose;
      expect(charge["request"]).toMatchObject({ id, model: told["model"], outcome: told["outcome"] });
      for (const [own, theirs] of [
        ["exactNano", "exact"],
        ["heldNano", "held"],
        ["chargedNano", "charged"],
        ["absorbedNano", "absorbed"],
      ] as const)
        expect(formatNano(BigInt(charge[own])), `${own} of ${id}`).toBe(told[theirs]);
      const lines = charge["lines"].map(({ unit, count, millionNano }: Loose) => ({
        unit,
        count,
        pricePerMillion: formatNano(BigInt(millionNano)),
      }));
      expect(lines).toEqual(told["lines"]);
      for (const { count, millionNano, amountFemto } of charge["lines"])
        expect(BigInt(amountFemto)).toBe(BigInt(count) * BigInt(millionNano));
      expect(charge["refunds"].map(({ amountNano }: Loose) => formatNano(BigInt(amountNano)))).toEqual(
        told["refunds"].map(({ amount }: Loose) => amount),
      );
      expect(charge["attempts"]).toHaveLength(told["attempts"].length);
      expect(JSON.stringify(charge)).not.toMatch(/"(upstream|cost|margin|account)\w*":/);
    }
    expect(BigInt((await get(`/requests/${ids[6] ?? ""}`))["absorbedNano"])).toBeGreaterThan(0n);
    const charge = await get(`/requests/${paid}`);
    expect(charge).toMatchObject({ plan: "third", multiplier: { num: "3", den: "10" }, refundedNano: "3" });
    expect(charge["request"]).toMatchObject({ refundedNano: "3" });
  });

  it("another's request, or none, is missing", async () => {
    const thief = new Browser(gateway.url).take(stranger.cookie);
    const theirs = `/console/api/accounts/${stranger.accountPublicId}/requests`;
    for (const path of [`${base}/requests/${ids[0] ?? ""}`, `${theirs}/${ids[0] ?? ""}`, `${theirs}/nonsense`])
      expect((await thief.get(path)).status, path).toBe(404);
  });

  it.each(["24h", "7d", "30d"])("sums of %s are those of the requests, in points and in parts", async (range) => {
    const { items } = await get("/requests");
    const spend = items.reduce((sum: bigint, { spendNano }: Loose) => sum + BigInt(spendNano), 0n);
    expect(spend).toBeGreaterThan(0n);
    for (const split of ["model", "key"]) {
      const overview = await get(`/overview?range=${range}&split=${split}&offset=330`);
      expect(overview["now"]).toMatchObject({ requests: 7, failures: 3, spendNano: spend.toString() });
      expect(overview["before"]).toMatchObject({ requests: 0 });
      expect(overview["points"]).toHaveLength({ "24h": 24, "7d": 7, "30d": 30 }[range] ?? 0);
      const whole = (nanos: readonly string[]): bigint => nanos.reduce((sum, nano) => sum + BigInt(nano), 0n);
      expect(whole(overview["points"].map(({ spendNano }: Loose) => spendNano))).toBe(spend);
      expect(whole(overview["points"].flatMap(({ partsNano }: Loose) => partsNano))).toBe(spend);
      expect(whole(overview["parts"].map(({ spendNano }: Loose) => spendNano))).toBe(spend);
      expect(overview["keys"].map(({ label }: Loose) => label).toSorted()).toEqual(['=second, "key"', "first"]);
      expect(JSON.stringify(overview)).not.toMatch(/"(upstream|cost|margin|absorbed)\w*":/);
    }
  });

  it("offers what was used to filter by", async () => {
    const { models, keys: used } = await get("/usage-choices");
    expect(models).toContain("sandbox/echo");
    expect(models).not.toContain("no-such-model");
    const own = keys.slice(0, 2).map(({ publicId }) => publicId);
    expect(new Set(used.map(({ id }: Loose) => id))).toEqual(new Set(own));
  });
});

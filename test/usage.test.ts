/** `GET /v1/usage`: the history that a customer reads, with the amount of each request, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { firstRequestId, requestPeriod } from "../src/id.ts";
import { createKey, NO_LIMITS } from "../src/keys/store.ts";
import { formatAt } from "../src/money.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";
import { provision, type Provisioned } from "./provision.ts";

type Loose = Record<string, ReturnType<JSON["parse"]>>;

let gateway: TestGateway;
let other: Provisioned;
/** A second key of the first account. */
let second: { readonly key: string; readonly publicId: string };
/** Ids of the first account's requests, in their order. */
const ids: string[] = [];
const costs: string[] = [];
/** Two credits are a dollar. */
const RATE = { num: 2n, den: 1n };

const ask = async (path: string, { key = gateway.key, ...headers }: Record<string, string> = {}) => {
  const reply = await fetch(`${gateway.url}/v1/usage${path}`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
  });
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, text, body: () => JSON.parse(text) as Loose };
};

const idsOf = (page: Loose): string[] => page["data"].map((entry: Loose) => entry["id"]);

beforeAll(async () => {
  gateway = await startTestGateway({
    config: {
      storefront: { unit: { name: "credits", per: "usd", rate: 2 } },
      plans: [{ id: "p", discount: "50%", default: true }],
    },
  });
  other = await provision(gateway.server, { credit: "1" });
  const { keyPrefix: prefix } = gateway.server.installation().storefront;
  second = await createKey(gateway.server.database, {
    accountId: gateway.accountId,
    name: '=second, "key"',
    format: { prefix },
    limits: NO_LIMITS,
    actor: "test",
  });
  await gateway.server.refresh();
  const call = async (key: string, model: string): Promise<void> => {
    const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "hello" }] }),
    });
    await reply.text();
    if (key === other.key) return;
    ids.push(reply.headers.get("x-request-id") ?? "");
    costs.push(reply.headers.get("x-farthing-cost") ?? "0");
    // Two of one millisecond would be in either order.
    await new Promise((resolve) => setTimeout(resolve, 2));
  };
  for (const [key, model] of [
    [gateway.key, "sandbox/echo"],
    [gateway.key, "sandbox/thinking"],
    [other.key, "sandbox/echo"],
    [second.key, "sandbox/echo"],
    [gateway.key, "no-such-model"],
    [gateway.key, "sandbox/upstream-500"],
  ] as const)
    await call(key, model);
  // The row of a refused request is written a moment after its answer.
  await gateway.row(ids[3] ?? "");
});
afterAll(() => gateway.close());

describe("GET /v1/usage", () => {
  it("has every request of the account, newest first, each with what it cost and was answered with", async () => {
    const { status, body } = await ask("");
    expect(status).toBe(200);
    const page = body();
    expect(page).toMatchObject({ object: "list", unit: "credits", has_more: false, next: null });
    expect(idsOf(page)).toEqual(ids.toReversed());
    for (const entry of page["data"]) expect(entry["amount"]).toBe(costs[ids.indexOf(entry["id"])]);
    expect(page["data"].at(-1)).toMatchObject({
      object: "usage",
      model: "sandbox/echo",
      key_name: "test",
      status: 200,
      outcome: "completed",
      usage_source: "reported",
      prompt_tokens: expect.any(Number) as number,
      usage: { input: expect.any(Number) as number, output: expect.any(Number) as number },
      refunded: "0",
    });
    expect(page["data"][1]).toMatchObject({ model: "no-such-model", status: 404, outcome: "rejected", amount: "0" });
    // Where we buy is nobody's business: no attempt, no upstream.
    expect(JSON.stringify(page)).not.toMatch(/attempt|upstream"|127\.0\.0\.1/);
  });

  it("what all requests cost is what the balance is short of (I-3)", async () => {
    const { totals } = (await ask("?totals=true&limit=1")).body();
    expect(totals).toMatchObject({ requests: ids.length, complete: true, next: null });
    expect(totals.amount).toBe(formatAt(10_000_000_000n - gateway.balance(), RATE));
    const echoed = (await ask("?totals=true&model=sandbox/echo")).body();
    expect(echoed["totals"].requests).toBe(2);
    expect(echoed["data"]).toHaveLength(2);
  });

  it("is paged by the id of the last", async () => {
    const seen: string[] = [];
    for (let query = "?limit=2"; ;) {
      const page = (await ask(query)).body();
      expect(page["data"].length).toBeLessThanOrEqual(2);
      seen.push(...idsOf(page));
      expect(page["has_more"]).toBe(page["next"] !== null);
      if (page["next"] === null) break;
      query = `?limit=2&before=${page["next"]}`;
    }
    expect(seen).toEqual(ids.toReversed());
  });

  it("is filtered by model, key, outcome and time", async () => {
    expect(idsOf((await ask("?model=sandbox/thinking")).body())).toEqual([ids[1]]);
    expect(idsOf((await ask(`?key_id=${second.publicId}`)).body())).toEqual([ids[2]]);
    expect(idsOf((await ask("?outcome=rejected")).body())).toEqual([ids[3]]);
    const third = (await ask("?limit=3")).body()["data"][2]["created_at"] as string;
    expect(idsOf((await ask(`?from=${third}`)).body())).toEqual([ids[4], ids[3], ids[2]]);
    expect(idsOf((await ask(`?to=${third}`)).body())).toEqual([ids[1], ids[0]]);
    expect(idsOf((await ask(`?to=${third.replace("Z", "+00:00")}`)).body())).toEqual([ids[1], ids[0]]);
    expect(idsOf((await ask("?from=2020-01-01&to=2020-02-01")).body())).toEqual([]);
    expect(idsOf((await ask("?from=0&to=1577836800")).body())).toEqual([]);
  });

  it("shows nothing of other accounts, nor that their keys exist", async () => {
    const theirs = (await ask("", { key: other.key })).body();
    expect(theirs["data"]).toHaveLength(1);
    expect(ids).not.toContain(theirs["data"][0].id);
    const foreign = await ask(`?key_id=${second.publicId}`, { key: other.key });
    const missing = await ask("?key_id=key_none", { key: other.key });
    expect([foreign.status, missing.status]).toEqual([404, 404]);
    const { message } = foreign.body()["error"];
    expect(missing.body()["error"].message).toBe(message);
  });

  it.each(["?format=csv", "?format=csv&key=ignored-not"])("is one file of CSV: %s", async (query) => {
    const path = query.replace("ignored-not", gateway.key);
    const { status, headers, text } = await ask(path);
    expect([status, headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8"]);
    expect(headers.get("x-farthing-next")).toBeNull();
    const [head = "", ...lines] = text.trimEnd().split("\r\n");
    const columns = head.split(",");
    expect(lines.map((line) => line.split(",")[0])).toEqual(ids.toReversed());
    expect(lines.at(-1)?.split(",")[columns.indexOf("amount")]).toBe(costs[0]);
    // A name that a spreadsheet would run, with quotes and a comma in it.
    expect(lines[2]).toContain(`,"'=second, ""key""",`);
  });

  it("is CSV for who accepts that, and of as many lines as were asked for", async () => {
    const { text } = await ask("?limit=2", { accept: "text/csv;q=1, text/plain" });
    expect(text.trimEnd().split("\r\n")).toHaveLength(3);
    expect((await ask("", { accept: "application/json, text/csv" })).body()["object"]).toBe("list");
    const head = await fetch(`${gateway.url}/v1/usage?format=csv`, {
      method: "HEAD",
      headers: { "x-api-key": gateway.key },
    });
    expect([head.status, head.headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8"]);
  });

  it.each([
    ["?modle=x", "modle"],
    ["?limit=0", "limit"],
    ["?limit=501", "limit"],
    ["?limit=1e2", "limit"],
    ["?format=csv&limit=100001", "limit"],
    ["?from=yesterday", "from"],
    ["?from=2026-02-30", "from"],
    ["?from=2026-11-21&to=2026-11-20", "to"],
    ["?before=req_1", "before"],
    ["?outcome=nice", "outcome"],
    ["?model=", "model"],
    ["?model=a&model=b", "model"],
    ["?format=xml", "format"],
    ["?totals=true&format=csv", "totals"],
  ])("%s → 400 that names the parameter", async (query, param) => {
    const { status, body } = await ask(query);
    expect([status, body()["error"].param]).toEqual([400, param]);
  });

  it("401 without a key, 405 for a POST", async () => {
    expect((await fetch(`${gateway.url}/v1/usage`)).status).toBe(401);
    const posted = await fetch(`${gateway.url}/v1/usage`, { method: "POST", headers: { "x-api-key": gateway.key } });
    expect(posted.status).toBe(405);
  });
});

describe("a long history", () => {
  const MANY = 20_000;
  let long: Provisioned;
  const query = "/v1/usage?format=csv";
  const open = (signal?: AbortSignal): Promise<Response> =>
    fetch(gateway.url + query, { headers: { "x-api-key": long.key }, ...(signal === undefined ? {} : { signal }) });

  beforeAll(async () => {
    long = await provision(gateway.server, { credit: "1" });
    const [key] = gateway.query("select id from api_key where account_id = ?", long.accountId);
    const row = {
      account_id: long.accountId,
      key_id: key?.["id"] as bigint,
      duration_ms: 1,
      status: 400,
      stream: 0,
      outcome: "rejected",
      source: "none",
      usage_invalid: 0,
      model: "a-model-of-a-name-that-makes-the-line-rather-long-".repeat(20),
      protocol: "openai-chat",
      hold: 0n,
      posted: 0n,
      absorbed: 0n,
    };
    const { kysely } = gateway.server.database;
    for (let from = 0; from < MANY; from += 1_000) {
      const rows = Array.from({ length: 1_000 }, (_, n) => {
        const id = firstRequestId(1_700_000_000_000 + from + n);
        return { ...row, id, period: requestPeriod(id) };
      });
      await kysely.insertInto("request").values(rows).execute();
    }
  });

  it("reaches a client that reads slowly, whole and in order", async () => {
    const reply = await open();
    const reader = reply.body?.getReader();
    const first = await reader?.read();
    // Meanwhile the server fills every buffer there is, and waits.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    let text = Buffer.from(first?.value ?? []).toString();
    const decoder = new TextDecoder();
    for (;;) {
      const piece = await reader?.read();
      if (piece?.done !== false) break;
      text += decoder.decode(piece.value, { stream: true });
    }
    const [, ...lines] = text.trimEnd().split("\r\n");
    const told = lines.map((line) => line.slice(0, line.indexOf(",")));
    expect(new Set(told).size).toBe(MANY);
    expect(told).toEqual(told.toSorted().toReversed());
  });

  it("is read four times at once by an account, and who leaves makes room", async () => {
    const leaver = new AbortController();
    const readers = await Promise.all(Array.from({ length: 4 }, () => open(leaver.signal)));
    expect(readers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const fifth = await open();
    expect([fifth.status, fifth.headers.get("retry-after")]).toEqual([429, "1"]);
    await fifth.text();
    expect((await ask("")).status).toBe(200);
    leaver.abort();
    await expect.poll(async () => (await ask("?limit=1", { key: long.key })).status).toBe(200);
  });

  it("has what is rare over several pages, each of which says where the next begins", async () => {
    const page = (await ask("?model=never", { key: long.key })).body();
    expect(page).toMatchObject({ data: [], has_more: true });
    const last = (await ask(`?model=never&before=${page["next"]}`, { key: long.key })).body();
    expect(last).toMatchObject({ data: [], has_more: false });
  });
});

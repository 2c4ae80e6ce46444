/** Prices that change under load and by themselves: every charge is that of the row it was held under (I-8, I-40). */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { runCommandLine } from "../src/cli/main.ts";
import { schedulePrice } from "../src/ledger/price-store.ts";
import { reprice } from "../src/ledger/reprice-store.ts";
import { EXACT } from "../src/money.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";

const MODEL = "sandbox/echo";
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ credit: "1000" });
});
afterAll(() => gateway.close());

const ask = async (): Promise<Record<string, unknown>> => {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: MODEL, messages: [{ role: "user", content: "hello" }], stream: true }),
  });
  await response.text();
  expect(response.status).toBe(200);
  return await gateway.row(response.headers.get("x-request-id") ?? "");
};

const run = async (...args: string[]): Promise<{ code: number; out: string }> => {
  let out = "";
  const terminal = {
    env: { FARTHING_DATA: gateway.dataDir, LOG_LEVEL: "silent", ...gateway.storage },
    cwd: path.dirname(gateway.dataDir),
    out: (text: string) => (out += text),
    err: (text: string) => (out += text),
  };
  return { code: await runCommandLine(args, terminal), out };
};

describe("a price", () => {
  it("that is published for later comes into force by itself, on a server that runs", async () => {
    const file = path.join(gateway.dataDir, "price.yaml");
    writeFileSync(file, 'prices: { input: "7", output: "7" }\n');
    const before = await ask();
    const from = new Date(Date.now() + 1_000).toISOString();
    const published = await run("price", "publish", MODEL, file, "--from", from, "--json");
    expect(published).toMatchObject({ code: 0 });
    const { rows } = JSON.parse(published.out) as { rows: number[] };
    let row = before;
    for (const until = Date.now() + 5_000; row["price_id"] === before["price_id"] && Date.now() < until;) {
      await sleep(50);
      row = await ask();
    }
    expect(Number(row["price_id"])).toBe(rows[0]);
    // Loading the settings again does not undo it.
    await gateway.server.refresh();
    expect((await ask())["price_id"]).toBe(row["price_id"]);
    expect((await run("price", "list", MODEL)).out).toContain("operator  input $7");
  });

  it.each([
    ["a model that is none", ["none", "FILE"], "There is no model"],
    ["a file that is none", [MODEL, "nowhere.yaml"], "cannot be read"],
    ["a moment that is past", [MODEL, "FILE", "--from", "2001-01-01"], "a time to come"],
  ])("is not published for %s", async (_name, args, text) => {
    const file = path.join(gateway.dataDir, "price.yaml");
    const ran = await run("price", "publish", ...args.map((each) => (each === "FILE" ? file : each)));
    expect(ran.code).not.toBe(0);
    expect(ran.out).toContain(text);
  });

  it("that is not complete is refused: nothing is free by omission (I-43)", async () => {
    const file = path.join(gateway.dataDir, "half.yaml");
    writeFileSync(file, 'prices: { input: "7" }\n');
    const ran = await run("price", "publish", MODEL, file);
    expect(ran).toMatchObject({ code: 1, out: expect.stringContaining("none for output") as string });
  });

  it("may change every few milliseconds under load: every row is recomputed to the nano (I-40)", async () => {
    const { database } = gateway.server;
    const state = { changing: true };
    const change = async (): Promise<void> => {
      for (let n = 1n; state.changing; n++) {
        const base = { input: n * 1_000_000n, output: n * 5_000_000n, reasoning: n, cache_read: n, cache_write_5m: n };
        const list = { base, tiers: [], rounding: EXACT };
        await database.transaction((queries) => schedulePrice(queries, MODEL, list, Date.now()));
        await gateway.server.refresh();
        await sleep(5);
      }
    };
    const changes = change();
    const rows = await Promise.all(Array.from({ length: 12 }, async () => [await ask(), await ask(), await ask()]));
    state.changing = false;
    await changes;
    const prices = new Set(rows.flat().map((row) => row["price_id"]));
    expect(prices.size).toBeGreaterThan(1);
    const { requests, differences } = await reprice(database);
    expect(requests).toBeGreaterThanOrEqual(36);
    expect(differences).toEqual([]);
    expect(JSON.parse((await run("reprice", "--json")).out)).toMatchObject({ ok: true, differences: [] });
  });
});

/** Budgets of keys, for ever and for a period, on a running server: all or nothing, and anew when the period ends (I-16). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { script } from "../src/db/fixtures.ts";
import { databaseNow } from "../src/keys/budget-store.ts";
import { periodEnd, type BudgetPeriod } from "../src/keys/budget.ts";
import { createKey, NO_LIMITS } from "../src/keys/store.ts";
import { parseNano } from "../src/money.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ credit: "100" });
});
afterAll(() => gateway.close());

interface Made {
  readonly id: number;
  readonly key: string;
}
const make = (budget: string, budgetPeriod?: BudgetPeriod): Promise<Made> =>
  createKey(gateway.server.database, {
    accountId: gateway.accountId,
    name: "k",
    format: { prefix: "sk-far-" },
    limits: { ...NO_LIMITS, budget: parseNano(budget), ...(budgetPeriod === undefined ? {} : { budgetPeriod }) },
    actor: "test",
  });
const ask = async ({ key }: Made): Promise<number> => {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "sandbox/echo", max_tokens: 300, messages: [{ role: "user", content: "hello" }] }),
  });
  await response.text();
  return response.status;
};
const rowOf = ({ id }: Made): Record<string, unknown> =>
  gateway.query("select spent, budget_until from api_key where id = ?", id)[0] ?? {};

/** One request holds some $0.002 at most, and costs a hundredth of that. */
const BUDGET = "0.00201";

describe("a key's budget", () => {
  it("is for ever without a period", async () => {
    const made = await make(BUDGET);
    expect(await ask(made)).toBe(200);
    while ((await ask(made)) === 200);
    expect(await ask(made)).toBe(402);
    expect(rowOf(made)["budget_until"]).toBeNull();
    expect(rowOf(made)["spent"]).toBeLessThanOrEqual(parseNano(BUDGET));
  });

  it.each(["day", "week", "month"] as const)(
    "for a %s begins anew when that ends, without a restart",
    async (period) => {
      const { database } = gateway.server;
      const made = await make(BUDGET, period);
      expect(Number(rowOf(made)["budget_until"])).toBe(periodEnd(period, await databaseNow(database)));
      while ((await ask(made)) === 200);
      const { spent } = rowOf(made);
      expect(spent).toBeGreaterThan(0n);
      // The period has ended a moment ago.
      await script(
        database,
        `update api_key set budget_until = ${(await databaseNow(database)) - 1} where id = ${made.id}`,
      );
      let status = 402;
      for (const until = Date.now() + 3_000; status === 402 && Date.now() < until;) status = await ask(made);
      expect(status).toBe(200);
      expect(rowOf(made)["spent"]).toBeLessThan(spent as bigint);
      expect(Number(rowOf(made)["budget_until"])).toBe(periodEnd(period, await databaseNow(database)));
    },
  );
});

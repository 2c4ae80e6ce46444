/** Money in the console: statements that add up, plans, codes, invoices, and the end of an account. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { Browser, customerIn, signedIn, type CustomerIn } from "../../src/console/people/fixtures.ts";
import { createKey, NO_LIMITS } from "../../src/keys/store.ts";
import { credit } from "../../src/ledger/credit-store.ts";
import { createCodes } from "../../src/payments/code-store.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { expectBooksAgree } from "../provision.ts";

const PLANS = [
  { id: "basic", discount: "0%", default: true },
  { id: "pro", price: "3", once: true, discount: "50%" },
];
let gateway: TestGateway;
beforeAll(async () => {
  const seller = { name: "Acme AI Ltd", address: "1 Mill Lane\nLeeds", taxId: "GB 1" };
  gateway = await startTestGateway({ config: { plans: PLANS, storefront: { name: "Acme AI", seller } } });
});
afterAll(() => gateway.close());
afterEach(() => expectBooksAgree(gateway.server));

const pay = (accountId: number, amount: bigint, counterpart: "payments" | "promo" = "payments") =>
  credit(gateway.server.database, {
    accountId,
    amount,
    reason: "Top-up",
    actor: "t",
    idempotencyKey: null,
    counterpart,
  });

interface Owner extends CustomerIn {
  readonly browser: Browser;
  readonly api: string;
}

const newOwner = async (): Promise<Owner> => {
  const customer = await customerIn(gateway.server.database);
  const browser = new Browser(gateway.url).take(customer.cookie);
  return { ...customer, browser, api: `/console/api/accounts/${customer.accountPublicId}` };
};

const spend = async ({ accountId }: Owner): Promise<void> => {
  const { database } = gateway.server;
  const format = { prefix: "sk-far-" };
  const { key } = await createKey(database, { accountId, name: "k", format, limits: NO_LIMITS, actor: "t" });
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "sandbox/echo", messages: [{ role: "user", content: "Hello" }] }),
  });
  expect(answer.status).toBe(200);
  await answer.text();
};

interface Line {
  readonly kind: string;
  readonly amountNano: string;
  readonly balanceNano: string;
  readonly transfer: string | null;
}

describe("billing", () => {
  it("the statement's lines add up to the balance, page by page and as a file", async () => {
    const owner = await newOwner();
    for (const amount of [1_000_000_000n, 2_000_000_000n, 3_000_000_000n]) await pay(owner.accountId, amount);
    await pay(owner.accountId, 500_000_000n, "promo");
    await spend(owner);
    const lines: Line[] = [];
    for (let cursor = ""; ;) {
      const page = await owner.browser.get(`${owner.api}/billing/entries?limit=2${cursor}`);
      expect(page.status).toBe(200);
      lines.push(...(page.body["items"] as Line[]));
      const next = page.body["next"];
      if (typeof next !== "string") break;
      cursor = `&cursor=${next}`;
    }
    const billing = (await owner.browser.get(`${owner.api}/billing`)).body;
    expect(lines.map(({ kind }) => kind)).toEqual(["usage", "credit", "credit", "credit", "credit"]);
    expect(lines[0]?.balanceNano).toBe(billing["balanceNano"]);
    expect(lines.reduce((sum, { amountNano }) => sum + BigInt(amountNano), 0n)).toBe(
      BigInt(String(billing["balanceNano"])),
    );
    const file = await owner.browser.fetch(`${owner.api}/billing/entries.csv`);
    const rows = (await file.text()).trimEnd().split("\r\n");
    expect(rows).toHaveLength(6);
    expect(rows[0]).toBe("time,kind,reason,requests,amount_usd,balance_usd");
  });

  it.each(["x", "WzEsMiwzXQ", "WzEsMiwxLCJoaSJd"])("refuses the cursor %s", async (cursor) => {
    const owner = await newOwner();
    expect((await owner.browser.get(`${owner.api}/billing/entries?cursor=${cursor}`)).status).toBe(400);
  });

  it("a plan is paid once, however often it is chosen (I-41)", async () => {
    const owner = await newOwner();
    const buy = (feeNano: string) => owner.browser.send(`${owner.api}/billing/plan`, { plan: "pro", feeNano });
    const poor = await buy("3000000000");
    expect([poor.status, poor.body.error?.code]).toEqual([402, "insufficient_balance"]);
    await pay(owner.accountId, 10_000_000_000n);
    expect((await buy("1")).status).toBe(409);
    const bought = await Promise.all([buy("3000000000"), buy("3000000000")]);
    expect(bought.map(({ status }) => status)).toEqual([200, 200]);
    const after = (await owner.browser.get(`${owner.api}/billing`)).body;
    expect(after["balanceNano"]).toBe("7000000000");
    expect(after["plans"]).toMatchObject([
      { id: "basic", isCurrent: false },
      { id: "pro", isCurrent: true, isOwned: true },
    ]);
    await owner.browser.send(`${owner.api}/billing/plan`, { plan: "basic", feeNano: "0" });
    expect((await buy("3000000000")).body["balanceNano"]).toBe("7000000000");
  });

  describe("codes", () => {
    const code = async (uses: number, perAccount = 1): Promise<string> => {
      const order = {
        kind: "promo",
        amount: 2_000_000_000n,
        uses,
        perAccount,
        expiresAt: null,
        note: null,
        actor: "t",
      } as const;
      const [made] = await createCodes(gateway.server.database, order, 1);
      return made?.code ?? "";
    };
    const redeem = ({ browser, api }: Owner, text: string, headers: Record<string, string> = {}) =>
      browser.send(`${api}/billing/redeem`, { code: text }, { headers });

    it.each([1, 3])("a code of %i uses is that many credits, whoever tries (E101, I-65)", async (uses) => {
      const text = await code(uses);
      const owners = await Promise.all(Array.from({ length: 12 }, newOwner));
      const answers = await Promise.all(
        owners.flatMap((owner) => Array.from({ length: 3 }, () => redeem(owner, text.toLowerCase()))),
      );
      const won = answers.filter(({ status }) => status === 200);
      expect(won).toHaveLength(uses);
      for (const { status, body } of answers.filter((each) => each.status !== 200))
        expect([status, body.error?.code]).toEqual([409, "code_used"]);
      const [sum] = gateway.query(
        "select count(*) as n from transfer where idempotency_key like 'code:%' and amount = 2000000000 and credit_account_id in (select id from account where promo = 2000000000)",
      );
      expect(Number(sum?.["n"])).toBeGreaterThanOrEqual(uses);
    });

    it("the same attempt is answered and not made again; its name is for one code", async () => {
      const owner = await newOwner();
      const [text, other] = [await code(5, 5), await code(5, 5)];
      const named = { "idempotency-key": "attempt-1" };
      const first = await redeem(owner, text, named);
      expect(first.body).toEqual({ amountNano: "2000000000", balanceNano: "2000000000", isPromo: true });
      expect((await redeem(owner, text, named)).body).toEqual(first.body);
      expect((await redeem(owner, other, named)).status).toBe(409);
      expect((await redeem(owner, text)).body["balanceNano"]).toBe("4000000000");
    });

    it("wrong codes are slowed down, and told nothing of", async () => {
      const owner = await newOwner();
      const answers = [];
      for (let tries = 0; tries < 12; tries++) answers.push((await redeem(owner, `WRONG-${tries}`)).status);
      expect(answers.slice(0, 10)).toEqual(Array(10).fill(400));
      expect(answers.at(-1)).toBe(429);
    });

    it("the operator makes, lists and withdraws them; texts are nowhere", async () => {
      const operator = await signedIn(gateway.server.database, { role: "operator" });
      const browser = new Browser(gateway.url).take(operator.cookie);
      const made = await browser.send("/console/api/admin/codes", { kind: "paid", amountNano: "1000000000", count: 2 });
      expect(made.status, JSON.stringify(made.body)).toBe(201);
      const [first] = made.body["codes"] as { id: string; code: string }[];
      const list = await browser.get("/console/api/admin/codes");
      expect((list.body["items"] as unknown[]).slice(0, 2)).toMatchObject([{ state: "open" }, { state: "open" }]);
      expect(JSON.stringify(list.body)).not.toContain(first?.code);
      expect((await browser.send(`/console/api/admin/codes/${first?.id}/revoke`, {})).status).toBe(204);
      const owner = await newOwner();
      expect((await redeem(owner, first?.code ?? "")).status).toBe(410);
      expect((await owner.browser.get("/console/api/admin/codes")).status).toBe(403);
    });
  });

  it("invoices have numbers without gaps, are the same ever after, and are for what was paid", async () => {
    const owner = await newOwner();
    await pay(owner.accountId, 4_000_000_000n);
    await pay(owner.accountId, 1_000_000_000n, "promo");
    const entries = (await owner.browser.get(`${owner.api}/billing/entries`)).body["items"] as Line[];
    const [promo, paid] = entries.map(({ transfer }) => transfer ?? "");
    const issue = (subject: string) => owner.browser.send(`${owner.api}/billing/invoices`, { kind: "credit", subject });
    expect((await issue(promo ?? "")).status).toBe(404);
    const first = (await issue(paid ?? "")).body;
    expect(first).toMatchObject({ totalNano: "4000000000", lines: [{ amountNano: "4000000000" }] });
    expect(first).toMatchObject({ seller: { name: "Acme AI Ltd", address: "1 Mill Lane\nLeeds", taxId: "GB 1" } });
    const operator = new Browser(gateway.url).take(
      (await signedIn(gateway.server.database, { role: "operator" })).cookie,
    );
    const sell = async (seller: object | null): Promise<void> => {
      const settings = "/console/api/admin/settings";
      expect((await operator.send(settings, { seller }, { method: "PATCH" })).status).toBe(200);
    };
    await sell({ name: "Sold Ltd" });
    await owner.browser.send(
      `${owner.api}/settings`,
      { name: "Other", company: "Late Ltd", address: null, taxId: null },
      { method: "PUT" },
    );
    expect((await issue(paid ?? "")).body).toEqual(first);
    expect((await owner.browser.get(`${owner.api}/billing/invoices/${String(first["id"])}`)).body).toEqual(first);
    await pay(owner.accountId, 2_000_000_000n);
    const [newest] = (await owner.browser.get(`${owner.api}/billing/entries`)).body["items"] as Line[];
    const second = (await issue(newest?.transfer ?? "")).body;
    expect(second).toMatchObject({
      seller: { name: "Sold Ltd", address: null, taxId: null },
      buyer: { company: "Late Ltd" },
    });
    await sell(null);
    expect((await owner.browser.get(`${owner.api}/billing/invoices/${String(second["id"])}`)).body).toEqual(second);
    const other = await newOwner();
    expect((await other.browser.get(`${other.api}/billing/invoices/${String(first["id"])}`)).status).toBe(404);
    const month = await owner.browser.send(`${owner.api}/billing/invoices`, { kind: "month", subject: "2020-01" });
    expect(month.status).toBe(400);
  });

  it("a closed account's keys are refused, and its balance stays in the books", async () => {
    const owner = await newOwner();
    await pay(owner.accountId, 5_000_000_000n);
    await spend(owner);
    expect((await owner.browser.send(`${owner.api}/settings/close`, {})).status).toBe(204);
    const settings = (await owner.browser.get(`${owner.api}/settings`)).body;
    expect(settings["closedAt"]).toEqual(expect.any(Number));
    expect(BigInt(String(settings["balanceNano"]))).toBeGreaterThan(4_000_000_000n);
    const keys = (await owner.browser.get(`${owner.api}/keys`)).body["items"] as { state: string }[];
    expect(keys.map(({ state }) => state)).toEqual(["revoked"]);
  });
});

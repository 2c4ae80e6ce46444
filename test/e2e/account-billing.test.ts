/** Keys, billing, alerts and settings in a real browser: what an owner does there works, and what is shown is what the books say. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { customerIn, type CustomerIn } from "../../src/console/people/fixtures.ts";
import { credit } from "../../src/ledger/credit-store.ts";
import { createCodes } from "../../src/payments/code-store.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { consoleEnv, launch, openPage, violations, type PageOrder, type WatchedPage } from "./browser.ts";

const PLANS = [
  { id: "basic", discount: "0%", default: true },
  { id: "pro", price: "19", once: true, discount: "50%" },
];
let gateway: TestGateway;
let browser: Awaited<ReturnType<typeof launch>>;
let owner: CustomerIn;
let app: string;
beforeAll(async () => {
  gateway = await startTestGateway({ config: { plans: PLANS }, env: consoleEnv() });
  browser = await launch();
  owner = await customerIn(gateway.server.database);
  app = `/app/${owner.accountPublicId}`;
  const money = { accountId: owner.accountId, amount: 15_000_000_000n, reason: "Bank transfer", actor: "t" };
  await credit(gateway.server.database, { ...money, idempotencyKey: null, counterpart: "payments" });
});
afterAll(async () => {
  await browser.close();
  await gateway.close();
});

const open = (order: Partial<PageOrder> = {}): Promise<WatchedPage> =>
  openPage(browser, { url: gateway.url, cookie: owner.cookie, ...order });

const ask = (key: string): Promise<Response> =>
  fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });

describe("an account's own screens", () => {
  it("a key is made, shown once, works, is frozen with a way back, and revoked by typing its name", async () => {
    const opened = await open();
    const { page, problems } = opened;
    await page.goto(`${app}/keys`);
    await page.getByText("No keys yet").waitFor();
    await page.getByRole("button", { name: "Create key" }).first().click();
    await page.getByLabel("Name").fill("Laptop");
    await page.getByLabel("Budget in USD").fill("2,50");
    await page.getByRole("button", { name: "Create key" }).last().click();
    await page.getByText("An amount in USD").waitFor();
    await page.getByLabel("Budget in USD").fill("2.5");
    await page.getByRole("button", { name: "Create key" }).last().click();
    const secret = (await page.getByTestId("secret").textContent()) ?? "";
    expect((await ask(secret)).status).toBe(200);
    await page.getByRole("button", { name: "I have stored it" }).click();
    const row = page.getByRole("row").filter({ hasText: "Laptop" });
    expect(await row.textContent()).toContain("$2.50");
    expect(await page.content()).not.toContain(secret);
    await page.getByRole("button", { name: "Acts on Laptop" }).click();
    await page.getByRole("menuitem", { name: "Freeze" }).click();
    await row.getByText("Frozen").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await row.getByText("Active").waitFor();
    await page.getByRole("button", { name: "Acts on Laptop" }).click();
    await page.getByRole("menuitem", { name: "Revoke" }).click();
    const revoke = page.getByRole("button", { name: "Revoke key" });
    expect(await revoke.isDisabled()).toBe(true);
    await page.getByLabel("Type Laptop to confirm").fill("Laptop");
    await revoke.click();
    await row.getByText("Revoked").waitFor();
    expect((await ask(secret)).status).toBe(401);
    expect(problems).toEqual([]);
    await opened.close();
  });

  it("a code is redeemed, a plan is paid, and each line of the statement has its balance and its receipt", async () => {
    const order = { kind: "promo", amount: 10_000_000_000n, uses: 1, perAccount: 1, expiresAt: null } as const;
    const [made] = await createCodes(gateway.server.database, { ...order, note: null, actor: "t" }, 1);
    const opened = await open();
    const { page, problems } = opened;
    await page.goto(`${app}/billing`);
    await page.getByLabel("Code").fill(made?.code.toLowerCase() ?? "");
    await page.getByRole("button", { name: "Redeem" }).click();
    await page.getByText("$10.00 was added to your balance").waitFor();
    await page.getByLabel("Code").fill(made?.code ?? "");
    await page.getByRole("button", { name: "Redeem" }).click();
    await page.getByText("This account has redeemed this code already").waitFor();
    await page.getByRole("button", { name: "Buy this plan" }).click();
    const dialog = page.getByRole("dialog", { name: "Buy the plan pro?" });
    expect(await dialog.textContent()).toContain("$6.00");
    await dialog.getByRole("button", { name: "Buy this plan" }).click();
    await page.getByText("You are on the plan pro").waitFor();
    const lines = page.getByRole("table", { name: "Statement" }).getByRole("row");
    await lines.filter({ hasText: "Plan pro" }).getByText("$6.00").waitFor();
    expect(await lines.filter({ hasText: "Plan pro" }).textContent()).toContain("−$19.00");
    await lines.filter({ hasText: "Bank transfer" }).getByRole("button", { name: "Receipt" }).click();
    await page.getByRole("heading", { name: "Receipt" }).waitFor();
    expect(await page.getByRole("article").textContent()).toContain("$15.00");
    expect(await violations(page)).toEqual([]);
    expect(gateway.query("select balance from account where id = ?", owner.accountId)).toEqual([
      { balance: 6_000_000_000n },
    ]);
    expect(problems).toEqual([]);
    await opened.close();
  });

  it("a rule and a webhook are set up; the secret is shown once; settings reach the next invoice", async () => {
    const opened = await open({ theme: "dark", size: "telephone" });
    const { page, problems } = opened;
    await page.goto(`${app}/alerts`);
    await page.getByRole("button", { name: "Add rule" }).first().click();
    await page.getByLabel("Below, in USD").fill("2.5");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The balance is below $2.50").waitFor();
    await page.getByLabel("Address").fill("https://10.0.0.1/hook");
    await page.getByRole("button", { name: "Set up webhook" }).click();
    await page.getByText("must be on the public internet").waitFor();
    await page.getByLabel("Address").fill("https://hook.example.com/in");
    await page.getByRole("button", { name: "Set up webhook" }).click();
    expect(await page.getByTestId("secret").textContent()).toMatch(/^whsec_/);
    await page.getByRole("button", { name: "I have stored it" }).click();
    await page.goto(`${app}/settings`);
    await page.getByLabel("Account name").fill("Analytical Engines");
    await page.getByLabel("Address").fill("12 St James's Square\nLondon");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The details are saved").waitFor();
    expect(problems).toEqual([]);
    await opened.close();
  });

  it.each([
    ["keys", "light", "desk"],
    ["keys?new=true", "dark", "telephone"],
    ["billing", "dark", "desk"],
    ["billing", "light", "telephone"],
    ["alerts", "light", "desk"],
    ["alerts?rule=new", "dark", "telephone"],
    ["settings", "dark", "desk"],
  ] as const)("%s is accessible in %s on a %s, and no wider than it", async (screen, theme, size) => {
    const opened = await open({ theme, size });
    const { page, problems } = opened;
    await page.goto(`${app}/${screen}`);
    await page.getByRole("heading").first().waitFor();
    await page.waitForLoadState("networkidle");
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(problems).toEqual([]);
    await opened.close();
  });
});

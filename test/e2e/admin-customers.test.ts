/** What an operator does with customers in a real browser: money is moved once and by the exact amount, a charge refunded, the books audited. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { customerIn, signedIn, type CustomerIn } from "../../src/console/people/fixtures.ts";
import { chat } from "../console/ask.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { consoleEnv, launch, openPage, violations, type WatchedPage } from "./browser.ts";

let gateway: TestGateway;
let customer: CustomerIn;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
let request: string;

/** The machine may have other things to do. */
const TEST_MS = 180_000;

const balanceOf = (): bigint =>
  gateway.query("select balance from account where id = ?", customer.accountId)[0]?.["balance"] as bigint;

const frozen = (): unknown =>
  gateway.query("select frozen from account where id = ?", customer.accountId)[0]?.["frozen"];

beforeAll(async () => {
  gateway = await startTestGateway({ env: consoleEnv() });
  const { database } = gateway.server;
  customer = await customerIn(database);
  request = await chat(gateway, customer.accountId);
  await gateway.row(request);
  const operator = await signedIn(database, { role: "operator" });
  browser = await launch();
  watched = await openPage(browser, { url: gateway.url, cookie: operator.cookie });
  ({ page } = watched);
});
afterAll(async () => {
  await browser.close();
  await gateway.close();
});

describe("an operator in the browser", { timeout: TEST_MS }, () => {
  it("finds an account by its owner, and credits it once: only by the amount that was typed twice (E114)", async () => {
    await page.goto("/admin/accounts");
    await page.getByRole("searchbox", { name: "Find an account" }).fill(customer.email.slice(0, 12));
    await page.waitForURL(/q=/);
    await page.getByRole("table").getByText(customer.email).waitFor();
    await page.getByRole("row").nth(2).waitFor({ state: "detached" });
    expect(await violations(page)).toEqual([]);
    await page.getByRole("table").getByRole("link", { name: "Test" }).click();
    await page.waitForURL(`**/admin/accounts/${customer.accountPublicId}`);
    const before = balanceOf();
    await page.getByRole("button", { name: "Credit or debit" }).click();
    // By its name: the word about what was done is a dialog too, for a moment beside this one.
    const dialog = page.getByRole("dialog", { name: /^Credit or debit/ });
    await dialog.getByLabel("Amount in USD").fill("12.000000001");
    await dialog.getByLabel("Reason").fill("Wire transfer");
    const act = dialog.getByRole("button", { name: "Credit $12.000000001" });
    await dialog.getByLabel(/Type .* to confirm/).fill("12.00000001");
    expect(await act.isDisabled()).toBe(true);
    await dialog.getByLabel(/Type .* to confirm/).fill("$12.000000001");
    expect(await violations(page)).toEqual([]);
    await act.dblclick();
    await dialog.waitFor({ state: "hidden" });
    await page.getByRole("cell", { name: /Credit.*Wire transfer/ }).waitFor();
    expect(balanceOf() - before).toBe(12_000_000_001n);
    expect(await violations(page)).toEqual([]);
  });

  it("freezes it with a reason, and thaws it", async () => {
    await page.getByRole("button", { name: "Freeze", exact: true }).click();
    await page.getByLabel("Reason").fill("Card reported stolen");
    await page.getByRole("button", { name: "Freeze account" }).click();
    await page
      .getByText(/Card reported stolen/)
      .first()
      .waitFor();
    expect(frozen()).toBe(1n);
    await page.getByRole("button", { name: "Thaw", exact: true }).click();
    await page.getByLabel("Reason").fill("Cleared");
    await page.getByRole("button", { name: "Thaw account" }).click();
    await page.getByText("This account spends nothing").waitFor({ state: "hidden" });
    expect(frozen()).toBe(0n);
  });

  it("opens a request by its address, sees what it cost, and gives the charge back", async () => {
    const before = balanceOf();
    await page.goto(`/admin/requests?request=${request}`);
    const sheet = page.getByRole("dialog");
    await sheet.getByText("For us").waitFor();
    await sheet.getByText("sandbox", { exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);
    await sheet.getByRole("button", { name: "Refund" }).click();
    const refund = page.getByRole("dialog", { name: "Refund a charge" });
    await refund.getByLabel("Reason").fill("Goodwill");
    await refund.getByRole("button", { name: /^Refund \$/ }).click();
    await refund.waitFor({ state: "hidden" });
    const posted = (await gateway.row(request))["posted"] as bigint;
    expect(posted > 0n).toBe(true);
    expect(balanceOf() - before).toBe(posted);
    await sheet.getByRole("button", { name: "Refund" }).waitFor({ state: "hidden" });
  });

  it("sees that the books balance, and audits them", async () => {
    await page.goto("/admin/ledger");
    await page.getByText("The books balance: Σ = 0").waitFor();
    await page.getByRole("button", { name: "Audit the books now" }).click();
    await page.getByText("The books agree", { exact: true }).waitFor({ timeout: 60_000 });
    expect(await violations(page)).toEqual([]);
  });

  it.each(["/admin/tasks", "/admin/people", "/admin/exports"])("%s has no violation", async (path) => {
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(watched.problems).toEqual([]);
  });
});

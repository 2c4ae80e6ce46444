/** The overview and the usage of an account in a real browser: the first call appears while it is made, and is explained to the nano. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { customerIn, type CustomerIn } from "../../src/console/people/fixtures.ts";
import { createKey, NO_LIMITS } from "../../src/keys/store.ts";
import { credit } from "../../src/ledger/credit-store.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { consoleEnv, launch, openPage, violations, type WatchedPage } from "./browser.ts";

let gateway: TestGateway;
let owner: CustomerIn;
let browser: Browser;
let key: string;
let watched: WatchedPage;
let page: Page;

/** The machine may have other things to do. */
const PATIENT = { timeout: 30_000 };
const TEST_MS = 180_000;
const ROOT = path.resolve(import.meta.dirname, "..", "..");

/** What the command line says of a charge. */
const explained = async (id: string): Promise<Record<string, string> & { lines: { unit: string }[] }> => {
  const { stdout } = await promisify(execFile)(process.execPath, ["src/cli/main.ts", "explain", id, "--json"], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], FARTHING_DATA: gateway.dataDir, ...gateway.storage },
  });
  return JSON.parse(stdout);
};

const call = async (model: string, content = "hello"): Promise<string> => {
  const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content }] }),
  });
  await reply.text();
  return reply.headers.get("x-request-id") ?? "";
};

/** The amount of a step of the calculation in the open panel, as it is written. */
const amountOf = (step: string): Promise<string> =>
  page.getByRole("dialog").getByRole("row", { name: step }).getByRole("cell").last().innerText();

/** How far tables stand out of their boxes, in pixels. */
const OVERFLOW = `Math.max(...[...document.querySelectorAll("table")].map(({ parentElement: box }) => box.scrollWidth - box.clientWidth))`;

/** "$0.000003" of the page is "0.000003" of the command line, which writes no more zeros than it must. */
const plain = (amount: string): number => Number(amount.replace("$", ""));

beforeAll(async () => {
  gateway = await startTestGateway({
    config: { plans: [{ id: "third", discount: "70%", default: true }] },
    env: consoleEnv(),
  });
  const { database } = gateway.server;
  owner = await customerIn(database);
  const { accountId } = owner;
  await credit(database, { accountId, amount: 5_000_000_000n, reason: "t", actor: "t", idempotencyKey: null });
  browser = await launch();
  watched = await openPage(browser, { url: gateway.url, cookie: owner.cookie });
  ({ page } = watched);
});
afterAll(async () => {
  await browser.close();
  await gateway.close();
});

describe("an account in the browser", { timeout: TEST_MS }, () => {
  it("shows a newcomer three steps, and the first call while it is made, with its charge as the command line explains it", async () => {
    await page.goto(`/app/${owner.accountPublicId}/overview`);
    await page.getByText("Waiting for your first call").waitFor();
    expect(await page.getByText(`curl ${gateway.url}/v1/chat/completions`).count()).toBe(1);
    await page.getByRole("link", { name: "Make a key" }).waitFor();
    expect(await violations(page)).toEqual([]);
    const format = { prefix: gateway.server.installation().storefront.keyPrefix };
    const order = { accountId: owner.accountId, name: "Laptop", format, limits: NO_LIMITS, actor: "test" };
    ({ key } = await createKey(gateway.server.database, order));
    await gateway.server.refresh();
    const id = await call("sandbox/thinking");
    await page.getByRole("cell", { name: "sandbox/thinking" }).waitFor();
    await page.getByText("It arrived.").waitFor();
    await page.getByRole("button", { name: "See how its charge came about" }).click();
    await page.getByRole("dialog").getByText("How the charge came about").waitFor();
    const told = await explained(id);
    expect(plain(await amountOf("Charged"))).toBe(Number(told["charged"]));
    expect(plain(await amountOf("To the nano-dollar"))).toBe(Number(told["exact"]));
    for (const { unit } of told.lines) expect(await amountOf(unit[0]?.toUpperCase() + unit.slice(1))).toMatch(/^\$\d/);
    const text = await page.getByRole("dialog").innerText();
    expect(text).toContain(id);
    expect(text).toContain("× 3/10");
    expect(text).not.toMatch(/margin|cost to us|upstream/i);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Show the whole overview" }).click();
    await page
      .getByText(/in the last 7 days/)
      .first()
      .waitFor();
    await page.getByRole("figure").nth(3).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(watched.problems).toEqual([]);
  });

  it("lists requests: live at the top, kept back while paused, filtered and opened by the address, written out", async () => {
    const failed = await call("sandbox/upstream-500");
    await gateway.row(failed);
    await page.goto(`/app/${owner.accountPublicId}/usage`);
    await page.getByText("Live", { exact: true }).waitFor();
    const rows = page.getByRole("table", { name: "Requests" }).locator("tbody tr");
    await expect.poll(() => rows.count(), PATIENT).toBe(2);
    await call("sandbox/echo");
    await expect.poll(() => rows.count(), PATIENT).toBe(3);
    expect(await rows.first().innerText()).toContain("sandbox/echo");
    await page.getByRole("button", { name: "Pause" }).click();
    const kept = await call("sandbox/echo");
    await page.getByRole("button", { name: "Show 1 new request" }).waitFor();
    expect(await rows.count()).toBe(3);
    await page.getByRole("button", { name: "Resume" }).click();
    await expect.poll(() => rows.count(), PATIENT).toBe(4);
    expect(await violations(page)).toEqual([]);

    await rows.first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByText(kept).waitFor();
    expect(new URL(page.url()).searchParams.get("request")).toBe(kept);
    await page.keyboard.press("Escape");
    await expect.poll(() => new URL(page.url()).searchParams.has("request"), PATIENT).toBe(false);

    await page.goto(`/app/${owner.accountPublicId}/usage?outcome=upstream_failed_before_output&request=${failed}`);
    await page.getByRole("dialog").getByText("The provider failed before anything was delivered").waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => rows.count(), PATIENT).toBe(1);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download CSV" }).click(),
    ]);
    const chunks = await (await download.createReadStream()).toArray();
    const lines = Buffer.concat(chunks).toString().trim().split("\r\n");
    expect(lines.slice(1).map((line) => line.split(",")[0])).toEqual([failed]);

    await page.getByRole("button", { name: "Reset filters" }).click();
    await expect.poll(() => rows.count(), PATIENT).toBe(4);
    await page.getByLabel("Request id").fill("nonsense");
    await page.keyboard.press("Enter");
    await page.getByText("No request matches these filters").waitFor();
    // What a 502 of the gateway was, the console's own answers are not.
    expect(watched.problems).toEqual([]);
  });

  it("fits a telephone in the dark, without a word or an amount cut off at the side", async () => {
    const small = await openPage(browser, { url: gateway.url, cookie: owner.cookie, theme: "dark", size: "telephone" });
    for (const screen of ["overview", "usage"]) {
      await small.page.goto(`/app/${owner.accountPublicId}/${screen}`);
      const table = small.page.getByRole("table").last();
      await table.locator("tbody tr").nth(3).waitFor();
      const overflow = await small.page.evaluate<number>(OVERFLOW);
      expect(overflow, screen).toBeLessThanOrEqual(0);
      expect(await violations(small.page), screen).toEqual([]);
    }
    expect(small.problems).toEqual([]);
    await small.close();
  });
});

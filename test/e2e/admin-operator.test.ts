/** The operator's screens in a real browser: an upstream is tried and added, a price drafted, replayed and published. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { customerIn, signedIn, type SomebodyIn } from "../../src/console/people/fixtures.ts";
import { credit } from "../../src/ledger/credit-store.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { consoleEnv, launch, openPage, violations, type Size, type Theme, type WatchedPage } from "./browser.ts";

/** The machine may have other things to do. */
const TEST_MS = 180_000;
const KEY = "sk-browser-0123456789abcdefWXYZ";
const MODEL = "sandbox/echo";

const REPLY = JSON.stringify({
  id: "x",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "OK" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 },
});

let gateway: TestGateway;
let operator: SomebodyIn;
let browser: Browser;
let provider: Server;
let baseUrl: string;

const call = async (): Promise<void> => {
  const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: MODEL, messages: [{ role: "user", content: "hello ".repeat(500) }] }),
  });
  await reply.text();
  expect(reply.status).toBe(200);
};

beforeAll(async () => {
  gateway = await startTestGateway({ credit: "100", env: consoleEnv() });
  operator = await signedIn(gateway.server.database, { role: "operator" });
  provider = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "application/json" }).end(REPLY);
  });
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`;
  for (let i = 0; i < 3; i++) await call();
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  provider.close();
  await gateway.close();
});

const open = (order: { readonly theme?: Theme; readonly size?: Size } = {}): Promise<WatchedPage> =>
  openPage(browser, { url: gateway.url, cookie: operator.cookie, ...order });

describe("the operator's screens", () => {
  it(
    "an upstream is tried before it is saved, and its key is never shown again (F127)",
    async () => {
      const watched = await open();
      const { page, problems } = watched;
      await page.goto("/admin/upstreams");
      await page.getByRole("button", { name: "Add upstream" }).first().click();
      const sheet = page.getByRole("dialog");
      await sheet.getByRole("combobox", { name: "Provider" }).fill("OpenAI-compatible");
      await page.getByRole("option", { name: "OpenAI-compatible" }).first().click();
      await sheet.getByLabel("Name", { exact: true }).fill("by-hand");
      await sheet.getByLabel("Address").fill(baseUrl);
      await sheet.getByLabel(/^Key/).fill(KEY);
      await sheet.getByLabel("Model for the test").fill("m-1");
      await sheet.getByRole("button", { name: "Test call" }).click();
      await sheet.getByText(/^m-1 answered in/).waitFor();
      await sheet.getByRole("button", { name: "Save" }).click();
      await page.getByRole("cell", { name: /by-hand/ }).waitFor();
      await page.goto("/admin/upstreams?upstream=by-hand");
      await page.getByText(/ends in WXYZ/).waitFor();
      expect(await page.content()).not.toContain(KEY);
      expect(await violations(page)).toEqual([]);
      expect(problems).toEqual([]);
      await watched.close();
    },
    TEST_MS,
  );

  it(
    "a price is drafted, replayed on what was charged, published, and paid from then on",
    async () => {
      const watched = await open();
      const { page, problems } = watched;
      await page.goto(`/admin/prices?model=${encodeURIComponent(MODEL)}`);
      const sheet = page.getByRole("dialog");
      await sheet.getByLabel("Input", { exact: true }).fill("2");
      await sheet.getByText("$1.00 in force").waitFor();
      await sheet.getByRole("button", { name: "Add a context tier" }).click();
      await sheet.getByText("must be a whole number of tokens").waitFor();
      await sheet.getByLabel("Prompts of more than, tokens").fill("1000000");
      await sheet.getByRole("button", { name: "Write into the draft" }).click();
      await page.getByText("Customers still pay the prices in force.").waitFor();
      await page.getByRole("button", { name: "Replay 30 days" }).click();
      await page.getByText(/The same requests of 30 days would have earned/).waitFor();
      const result = page.getByRole("table", { name: "By model" }).getByRole("row", { name: MODEL });
      expect(await result.getByRole("cell").nth(1).innerText()).toBe("3");
      expect(await violations(page)).toEqual([]);
      await page.getByRole("button", { name: "Publish" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
      await page.getByText("1 model has its new price").waitFor();
      const found = gateway.server.installation().resolve(MODEL);
      expect(found.kind === "callable" ? found.callable.model.price : null).toMatchObject({
        base: { input: 2_000_000_000n },
        tiers: [{ above: 1_000_000, price: { input: 2_000_000_000n } }],
      });
      expect(problems).toEqual([]);
      await watched.close();
    },
    TEST_MS,
  );

  it(
    "a model is added with all that can be said of it, wrong fields say so, and prices in force are left to the draft",
    async () => {
      const watched = await open();
      const { page, problems } = watched;
      await page.goto("/admin/models?add=true");
      const sheet = page.getByRole("dialog");
      await sheet.getByLabel("Id", { exact: true }).fill("house/long");
      await sheet.getByRole("button", { name: "Add a route" }).click();
      await sheet.getByLabel("Name there").fill("long-1");
      await sheet.getByLabel("Input", { exact: true }).fill("2");
      await sheet.getByLabel("Output", { exact: true }).fill("ten");
      await sheet.getByRole("combobox", { name: "Add a price for" }).click();
      await page.getByRole("option", { name: "Cached input" }).click();
      await sheet.getByLabel("Cached input", { exact: true }).fill("0.2");
      await sheet.getByText("Context tiers").click();
      await sheet.getByRole("button", { name: "Add a tier" }).click();
      await sheet.getByText("What it takes, makes and can").click();
      await sheet.getByLabel("Can", { exact: true }).fill("tools vision");
      await sheet.getByLabel("Output when none is named").fill("4k");
      await sheet.getByText("must be a whole number").waitFor();
      await sheet.getByLabel("Output when none is named").fill("4000");
      expect(await violations(page)).toEqual([]);
      await sheet.getByRole("button", { name: "Save" }).click();
      // The price and the tier that took it over, each at its own field.
      await sheet.getByText("must be a decimal").nth(1).waitFor();
      for (const field of await sheet.getByLabel("Output", { exact: true }).all()) await field.fill("10");
      await sheet.getByRole("button", { name: "Save" }).click();
      await page.getByText("house/long is saved").waitFor();
      const found = gateway.server.installation().resolve("house/long");
      expect(found.kind === "callable" ? found.callable.model : null).toMatchObject({
        capabilities: ["tools", "vision"],
        defaultMaxTokens: 4_000,
        price: { base: { input: 2_000_000_000n, cache_read: 200_000_000n } },
        tiers: [{ above: 200_000 }],
      });
      const reply = await fetch(`${gateway.url}/v1/messages`, {
        method: "POST",
        headers: { "x-api-key": gateway.key, "content-type": "application/json" },
        body: JSON.stringify({
          model: "house/long",
          max_tokens: 9,
          top_k: 5,
          messages: [{ role: "user", content: "hello" }],
        }),
      });
      expect([reply.status, reply.headers.get("x-farthing-dropped")]).toEqual([200, "top_k"]);
      await page.goto(`/admin/requests?request=${reply.headers.get("x-request-id") ?? ""}`);
      await sheet.getByText("Not carried").waitFor();
      await sheet.getByText("top_k").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.goto("/admin/models?model=house%2Flong");
      await page.getByRole("button", { name: "Edit" }).click();
      await sheet.getByText(/^Prices and tiers are in force/).waitFor();
      expect(await sheet.getByLabel("Input", { exact: true }).count()).toBe(0);
      await sheet.getByText("Variants", { exact: true }).click();
      await sheet.getByRole("button", { name: "Add a variant" }).click();
      expect(await violations(page)).toEqual([]);
      expect(problems).toEqual([]);
      await watched.close();
    },
    TEST_MS,
  );

  it(
    "who sells is told in the settings, and stands on the next invoice",
    async () => {
      const watched = await open();
      const { page, problems } = watched;
      await page.goto("/admin/settings");
      await page.getByLabel("Seller", { exact: true }).fill("Acme AI Ltd");
      await page.getByLabel("Address", { exact: true }).fill("1 Mill Lane\nLeeds");
      await page.getByLabel("Tax number").fill("GB 1");
      expect(await violations(page)).toEqual([]);
      await page.getByRole("button", { name: "Save changes" }).click();
      await page.getByText("The settings are saved").waitFor();
      const { database } = gateway.server;
      const customer = await customerIn(database);
      const { accountId, accountPublicId } = customer;
      const paid = { accountId, amount: 5_000_000_000n, reason: "Top-up", actor: "t", idempotencyKey: null };
      await credit(database, { ...paid, counterpart: "payments" });
      const theirs = await openPage(browser, { url: gateway.url, cookie: customer.cookie });
      await theirs.page.goto(`/app/${accountPublicId}/billing`);
      await theirs.page.getByRole("button", { name: "Receipt" }).first().click();
      for (const text of ["Acme AI Ltd", "1 Mill Lane", "Tax id: GB 1"])
        await theirs.page.getByRole("article").getByText(text).waitFor();
      expect(await violations(theirs.page)).toEqual([]);
      expect([...problems, ...theirs.problems]).toEqual([]);
      await theirs.close();
      await watched.close();
    },
    TEST_MS,
  );

  it(
    "the audit log calls people by their names, and finds them by these",
    async () => {
      const watched = await open();
      const { page, problems } = watched;
      await page.goto("/admin/audit?action=upstream.");
      const { name, email } = await gateway.server.database.kysely
        .selectFrom("person")
        .select(["name", "email"])
        .where("id", "=", operator.personId)
        .executeTakeFirstOrThrow();
      const cell = page.getByRole("cell", { name, exact: true }).first();
      await cell.waitFor();
      await cell.getByText(name).hover();
      await page.getByText(`${email} · user:${operator.personId}`).waitFor();
      await page.getByLabel("Who", { exact: true }).fill("command");
      await page.getByText("Nothing of this kind").waitFor();
      await page.getByLabel("Who", { exact: true }).fill(email.slice(0, 12));
      await cell.waitFor();
      await page.getByLabel("To", { exact: true }).fill("2020-01-01");
      await page.getByText("Nothing of this kind").waitFor();
      expect(await violations(page)).toEqual([]);
      expect(problems).toEqual([]);
      await watched.close();
    },
    TEST_MS,
  );

  it.each<readonly [string, Theme, Size]>([
    ["/admin/overview", "light", "desk"],
    ["/admin/overview", "dark", "telephone"],
    ["/admin/models?kind=chat", "dark", "telephone"],
    ["/admin/models?model=sandbox%2Fecho", "light", "desk"],
    ["/admin/plans?add=true", "light", "telephone"],
    ["/admin/prices?kind=chat", "dark", "desk"],
  ])(
    "%s can be read by everybody, %s, at a %s",
    async (path, theme, size) => {
      const watched = await open({ theme, size });
      const { page, problems } = watched;
      await page.goto(path);
      // Behind an open panel they are there, and for nobody.
      await page.locator("table").first().waitFor();
      await expect.poll(() => page.locator("[aria-busy=true]").count(), { timeout: 30_000 }).toBe(0);
      expect(await violations(page)).toEqual([]);
      const overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(overflow).toBeLessThanOrEqual(0);
      expect(problems).toEqual([]);
      await watched.close();
    },
    TEST_MS,
  );
});

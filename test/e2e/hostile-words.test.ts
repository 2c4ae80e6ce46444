/**
 * F124: what customers, operators, providers and callers call things may be anything. All of it is put where the console shows it, and
 * every screen is opened by a real browser: nothing of it becomes markup, script, style or a request to somewhere else.
 */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { customerIn } from "../../src/console/people/fixtures.ts";
import { createKey, NO_LIMITS } from "../../src/keys/store.ts";
import { createCodes } from "../../src/payments/code-store.ts";
import { launch, openPage } from "./browser.ts";
import { addressOf, SCREENS, VIEWERS } from "./screens.ts";
import { startSeeded, type Seeded } from "./seeded.ts";

const TEST_MS = 240_000;

/** Each says that it ran by a word on the window, or by asking for something that nobody has. */
const CORPUS = [
  `<script>window.ran='script'</script>`,
  `<img src=x onerror="window.ran='img'">`,
  `"><svg/onload=window.ran='svg'>`,
  `'-(window.ran='quote')-'`,
  "javascript:window.ran='address'",
  `{{constructor.constructor("window.ran='template'")()}}`,
  "<style>@import url(//ran.example/css);</style>",
  `</title></textarea></script><iframe srcdoc="<script>parent.ran='frame'</script>">`,
  `\u202Eecila\u0000<b onmouseover=window.ran='b'>`,
  "[x](javascript:window.ran='markdown') ![x](//ran.example/img)",
] as const;

let seeded: Seeded;
let browser: Browser;

/** Names of accounts, people, keys, notes of codes, and models that callers make up. */
const plant = async ({ gateway, owner, operator }: Seeded): Promise<void> => {
  const { database } = gateway.server;
  const { kysely } = database;
  const format = { prefix: gateway.server.installation().storefront.keyPrefix };
  for (const words of CORPUS) {
    const clean = words.replaceAll("\0", "");
    const other = await customerIn(database);
    await kysely.updateTable("account").set({ name: clean }).where("id", "=", BigInt(other.accountId)).execute();
    await kysely.updateTable("person").set({ name: clean }).where("id", "=", other.personId).execute();
    const order = { accountId: owner.accountId, format, limits: NO_LIMITS, actor: "test" };
    const { key } = await createKey(database, { ...order, name: clean });
    const code = { kind: "promo", amount: 1n, uses: 1, perAccount: 1, expiresAt: null, actor: "test" } as const;
    await createCodes(database, { ...code, note: clean }, 1);
    await gateway.server.refresh();
    await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: words, messages: [{ role: "user", content: words }] }),
    });
  }
  const [first] = CORPUS;
  await kysely
    .updateTable("person")
    .set({ name: first })
    .where("id", "in", [owner.personId, operator.personId])
    .execute();
  await kysely.updateTable("account").set({ name: CORPUS[1] }).where("id", "=", BigInt(owner.accountId)).execute();
};

beforeAll(async () => {
  seeded = await startSeeded(CORPUS[2]);
  await plant(seeded);
  browser = await launch();
}, TEST_MS);
afterAll(async () => {
  await browser.close();
  await seeded.close();
});

describe.each(VIEWERS)("as the %s sees it", (viewer) => {
  it("nothing that anybody typed runs, on any screen (F124)", { timeout: TEST_MS }, async () => {
    const order = { url: seeded.gateway.url, cookie: seeded.cookies[viewer] };
    const { page, problems, close } = await openPage(browser, order);
    const elsewhere: string[] = [];
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== seeded.gateway.url) elsewhere.push(request.url());
    });
    page.on("dialog", (dialog) => {
      elsewhere.push(dialog.message());
      void dialog.dismiss();
    });
    let shown = 0;
    for (const screen of SCREENS.filter((one) => one.viewer === viewer)) {
      await page.goto(addressOf(screen, seeded));
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      await page.locator("main .breathes.bg-sunken").first().waitFor({ state: "detached" });
      expect(await page.evaluate("window.ran"), screen.route).toBeUndefined();
      const links = await page.locator('a[href^="javascript:" i], iframe, [onerror], [onload]').count();
      expect(links, screen.route).toBe(0);
      if ((await page.locator("body").innerText()).includes("window.ran=")) shown++;
    }
    // As words, as they were typed.
    expect(shown).toBeGreaterThan(0);
    expect(elsewhere).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });
});

/** Ways in, in a real browser: claiming, a closed door, another service, and another address for an account. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { issueClaimCode } from "../../src/accounts/claim-store.ts";
import { customerIn } from "../../src/console/people/fixtures.ts";
import { MASTER, PASSWORD, startHouse, tokenIn, type House } from "../people/house.ts";
import { providerEnv, startProvider, type Provider } from "../people/provider.ts";
import { consoleEnv, launch, openPage, violations } from "./browser.ts";

/** A port that was free a moment ago: the address that services send people back to must be known before the start. */
const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

let provider: Provider;
let house: House;
let browser: Browser;
let url: string;
beforeAll(async () => {
  provider = await startProvider();
  const port = await freePort();
  url = `http://localhost:${port}`;
  house = await startHouse(
    { name: "Acme AI", registration: "closed" },
    { env: { ...consoleEnv(), ...providerEnv(provider), PORT: String(port), PUBLIC_URL: url } },
  );
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  await house.close();
  await provider.close();
});

const fill = async (page: Page, fields: Readonly<Record<string, string>>): Promise<void> => {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text);
};

const press = (page: Page, name: string): Promise<void> => page.getByRole("button", { name, exact: true }).click();

describe("an installation", () => {
  it("that nobody runs says how it is claimed; that is closed says so, and says no more", async () => {
    const { page, problems, close } = await openPage(browser, { url });
    await page.goto("/");
    await page.getByText("Nobody runs it yet").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.goto("/sign-in");
    await page.getByText("Nobody runs this installation yet").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("link", { name: "Claim this installation" }).click();
    await page.waitForURL("**/claim");
    const code = await issueClaimCode(house.gateway.server.database, "test");
    await fill(page, { "Admin code": code, "Your name": "Olga", Email: "olga@example.test", Password: PASSWORD });
    await press(page, "Become the operator");
    await page.waitForURL("**/admin/overview");
    await close();

    const later = await openPage(browser, { url });
    await later.page.goto("/");
    await later.page.getByText("New accounts are made by invitation").waitFor();
    expect(await later.page.getByRole("link", { name: "Claim this installation" }).count()).toBe(0);
    expect(await later.page.getByRole("link", { name: "Create account" }).count()).toBe(0);
    await later.page.goto("/sign-in");
    await later.page.getByText("New accounts are made by invitation").waitFor();
    expect([...problems, ...later.problems]).toEqual([]);
    await later.close();
  });
});

describe("another service", () => {
  it("brings in who is known by its word, and says in our words why it does not", async () => {
    const { email } = await customerIn(house.gateway.server.database, { email: "known@example.test" });
    const { page, problems, close } = await openPage(browser, { url });
    const come = async (): Promise<void> => {
      await page.goto("/sign-in");
      await press(page, "Continue with Acme ID");
    };
    provider.manners.known = { sub: "stranger", email: "stranger@example.test", email_verified: true };
    await come();
    await page.getByText("Nobody can register here by themselves").waitFor();
    expect(await violations(page)).toEqual([]);

    provider.manners.refusal = { error: "access_denied", error_description: "<b>Call +1 555 0100</b>" };
    await come();
    await page.getByText("You ended that before it was done").waitFor();
    expect(await page.content()).not.toContain("555 0100");
    expect(page.url()).not.toContain("555");
    await page.goto("/sign-in?error=Call%20555%200100&error_description=Call%20555%200100");
    await page.getByText("nobody was signed in").waitFor();
    expect(await page.locator("body").innerText()).not.toContain("555");
    provider.manners.refusal = null;

    provider.manners.known = { sub: "known", email, email_verified: true };
    await come();
    await page.waitForURL("**/app/**");
    await page.goto("/me");
    await page.getByRole("main").getByText(email).waitFor();
    expect(problems).toEqual([]);
    await close();
  });
});

describe("another address", () => {
  it("is asked for on the profile, confirmed by its link, and signs in from then on", async () => {
    const { database } = house.gateway.server;
    const { cookie, email, personId } = await customerIn(database, { master: MASTER, email: "before@example.test" });
    const { page, problems, close } = await openPage(browser, { url, cookie });
    await page.goto("/me");
    await page.getByRole("button", { name: "Change your address" }).click();
    await fill(page, { "New address": email });
    await press(page, "Send the link");
    await page.getByText("is your address already").waitFor();
    expect(await violations(page)).toEqual([]);
    await fill(page, { "New address": "after@example.test" });
    await press(page, "Send the link");
    await page.getByText("A link is on its way to after@example.test").waitFor();
    expect(await violations(page)).toEqual([]);

    const link = "/change-email?token=";
    const token = tokenIn(await house.letterTo("after@example.test", link), link);
    // Somewhere else, where nobody is signed in, it asks for that first and comes back.
    const elsewhere = await openPage(browser, { url });
    await elsewhere.page.goto(`${link}${encodeURIComponent(token)}`);
    await elsewhere.page.waitForURL("**/sign-in?from=*");
    await elsewhere.close();

    await page.goto(`${link}${encodeURIComponent(token)}`);
    await page.getByText("It takes the place of before@example.test").waitFor();
    expect(await violations(page)).toEqual([]);
    await press(page, "Confirm");
    await page.getByRole("heading", { name: "Your address is changed" }).waitFor();
    await page.getByRole("link", { name: "Go to your profile" }).click();
    await page.getByRole("main").getByText("after@example.test").waitFor();
    const [row] = house.gateway.query("select email from person where id = ?", personId);
    expect(row).toEqual({ email: "after@example.test" });
    expect(problems).toEqual([]);
    await close();
  });
});

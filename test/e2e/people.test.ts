/** People in a real browser: register, confirm, sign in, second steps by app and passkey, the profile; every door looked at by axe. */
import { mkdirSync } from "node:fs";
import path from "node:path";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { issueClaimCode } from "../../src/accounts/claim-store.ts";
import { customerIn } from "../../src/console/people/fixtures.ts";
import { MASTER, PASSWORD, startHouse, tokenIn, type House } from "../people/house.ts";
import { codeOf } from "../people/totp.ts";
import { launch, openPage, violations, type WatchedPage } from "./browser.ts";

/** Where pictures are put, when somebody wants to look. */
const PICTURES = process.env["FARTHING_PICTURES"];

let house: House;
let browser: Browser;
let url: string;
beforeAll(async () => {
  house = await startHouse({ name: "Acme AI", registration: "open", startCredit: "5" });
  // Passkeys belong to names of hosts, not to addresses.
  url = house.gateway.url.replace("127.0.0.1", "localhost");
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  await house.close();
});

const picture = async (page: Page, name: string): Promise<void> => {
  if (PICTURES === undefined) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage: true });
};

const fill = async (page: Page, fields: Readonly<Record<string, string>>): Promise<void> => {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text);
};

const press = (page: Page, name: string): Promise<void> => page.getByRole("button", { name, exact: true }).click();

/** An authenticator that says yes, as a telephone with a finger on it would. */
const withAuthenticator = async ({ page }: WatchedPage): Promise<void> => {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
};

const email = "carla@example.test";

describe("somebody new", () => {
  it("registers, confirms, signs in, sets up an app and a passkey, and comes back by each", async () => {
    const opened = await openPage(browser, { url });
    const { page, problems } = opened;
    await withAuthenticator(opened);
    await page.goto("/sign-up");
    await fill(page, { "Your name": "Carla Customer", Email: email, Password: PASSWORD });
    await press(page, "Create account");
    await page.getByRole("heading", { name: "Look into your mail" }).waitFor();
    await picture(page, "sign-up-mail");

    const token = tokenIn(await house.letterTo(email, "/verify?token="), "/verify?token=");
    await page.goto(`/verify?token=${encodeURIComponent(token)}`);
    await press(page, "Confirm");
    await page.getByRole("heading", { name: "Your address is confirmed" }).waitFor();
    await page.getByRole("link", { name: "Sign in" }).click();
    await fill(page, { Email: email, Password: PASSWORD });
    await press(page, "Sign in");
    await page.waitForURL("**/app/**");

    await page.goto("/me");
    await press(page, "Set up");
    await fill(page, { "Your password": PASSWORD });
    await press(page, "Continue");
    const secret = await page
      .locator("span.font-mono")
      .filter({ hasText: /^[A-Z2-7]{32,}$/ })
      .innerText();
    await picture(page, "codes-scan");
    const uri = `otpauth://totp/x?secret=${secret}`;
    await page.getByLabel("The six digits that it shows").fill(codeOf(uri, Date.now()));
    await press(page, "Turn on");
    await page.getByRole("heading", { name: "Keep these recovery codes" }).waitFor();
    expect(await page.locator("ol li").count()).toBe(10);
    await picture(page, "codes-recovery");
    const recovery = await page.locator("ol li").first().innerText();
    await press(page, "I have kept them");
    await page.getByText("10 recovery codes left").waitFor();

    await press(page, "Add a passkey");
    await fill(page, { "What to call it": "Laptop" });
    await page.getByRole("dialog").getByRole("button", { name: "Add a passkey" }).click();
    await page.getByText("Passkey added").waitFor();
    await page.getByText("Laptop").waitFor();
    await picture(page, "profile");
    expect(await violations(page)).toEqual([]);

    await press(page, "Sign out");
    await page.waitForURL("**/sign-in");
    await fill(page, { Email: email, Password: PASSWORD });
    await press(page, "Sign in");
    await page.getByRole("heading", { name: "Your second step" }).waitFor();
    await picture(page, "second-step");
    await press(page, "Use a recovery code instead");
    await fill(page, { "Recovery code": recovery });
    await press(page, "Continue");
    await page.waitForURL("**/app/**");

    await page.goto("/me");
    await press(page, "Sign out");
    await page.waitForURL("**/sign-in");
    await press(page, "Sign in with a passkey");
    await page.waitForURL("**/app/**");
    expect(problems).toEqual([]);
    await opened.close();
  });

  it("chooses a new password by the link of a mail", async () => {
    const opened = await openPage(browser, { url, size: "telephone", theme: "dark" });
    const { page, problems } = opened;
    await page.goto("/forgot");
    await fill(page, { Email: email });
    await press(page, "Send the link");
    await page.getByRole("heading", { name: "Look into your mail" }).waitFor();
    const token = tokenIn(await house.letterTo(email, "/reset?token="), "/reset?token=");
    await page.goto(`/reset?token=${encodeURIComponent(token)}`);
    await fill(page, { "New password": "password12345" });
    await press(page, "Save the password");
    await page.getByText("tried first").waitFor();
    await fill(page, { "New password": "a harbour with nine boats" });
    await press(page, "Save the password");
    await page.getByRole("heading", { name: "Your password is changed" }).waitFor();
    expect(problems).toEqual([]);
    await opened.close();
  });
});

describe("the first operator", () => {
  it("claims the installation with the printed code", async () => {
    const opened = await openPage(browser, { url });
    const { page, problems } = opened;
    const code = await issueClaimCode(house.gateway.server.database, "test");
    await page.goto("/claim");
    await fill(page, { "Admin code": code, "Your name": "Olga", Email: "olga@example.test", Password: PASSWORD });
    await press(page, "Become the operator");
    await page.waitForURL("**/admin/overview");
    expect(problems).toEqual([]);
    await opened.close();
  });
});

describe.each(["desk", "telephone"] as const)("the profile at the %s", (size) => {
  it("is clean for axe in the dark", async () => {
    const { cookie } = await customerIn(house.gateway.server.database, { master: MASTER });
    const opened = await openPage(browser, { url, cookie, size, theme: "dark" });
    const { page, problems } = opened;
    await page.goto("/me");
    await page.getByText("this browser").waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, `profile-dark-${size}`);
    expect(problems).toEqual([]);
    await opened.close();
  });
});

describe.each(["light", "dark"] as const)("every door in the %s", (theme) => {
  it.each(["desk", "telephone"] as const)("is clean for axe at the %s", async (size) => {
    const opened = await openPage(browser, { url, theme, size });
    const { page, problems } = opened;
    for (const door of [
      "sign-in",
      "sign-up",
      "claim",
      "forgot",
      "reset",
      "reset?token=x",
      "verify?token=x",
      "invite/none-of-them-all",
    ]) {
      await page.goto(`/${door}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await picture(page, `${door.replaceAll(/\W/g, "-")}-${theme}-${size}`);
      expect([door, await violations(page)]).toEqual([door, []]);
    }
    expect(problems).toEqual([]);
    await opened.close();
  });
});

/**
 * Every screen, as those see it who may not do everything there: whatever they can press leads to nothing that the server would refuse.
 * Their acts are kept from the server and judged by the guard's own decision; what a screen reads is answered for real.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { API_PREFIX } from "../../src/console/document.ts";
import { mayEnter } from "../../src/console/access.ts";
import { ROUTES } from "../../src/console/areas.ts";
import { join, signedIn, type SomebodyIn } from "../../src/console/people/fixtures.ts";
import type { InstallationRole, Viewer } from "../../src/console/viewer.ts";
import { launch, openPage } from "./browser.ts";
import { addressOf, SCREENS, type Screen } from "./screens.ts";
import { startSeeded, type Seeded } from "./seeded.ts";

const TEST_MS = 600_000;
/** Things to press on one screen; a screen with more is walked so far. */
const MOST_PRESSED = 40;
const PRESS_MS = 2_000;
/** Most rows open something, and at once. */
const OPEN_MS = 1_000;

let seeded: Seeded;
let browser: Browser;
beforeAll(async () => {
  seeded = await startSeeded();
  browser = await launch();
}, TEST_MS);
afterAll(async () => {
  await browser.close();
  await seeded.close();
});

/** A person as the guard sees them, with what their cookie is. */
interface Looker {
  readonly cookie: string;
  readonly viewer: Viewer;
}

const lookerOf = (somebody: SomebodyIn, part: Partial<Viewer>): Looker => ({
  cookie: somebody.cookie,
  viewer: {
    userId: somebody.personId,
    publicId: somebody.personId,
    email: somebody.email,
    name: "",
    installationRole: null,
    memberships: [],
    views: [],
    sessionId: "",
    signedInAt: 0,
    steppedUpAt: 0,
    needsSecondFactor: false,
    ...part,
  },
});

const staff = async (role: InstallationRole): Promise<Looker> =>
  lookerOf(await signedIn(seeded.gateway.server.database, { role }), { installationRole: role });

const member = async (): Promise<Looker> => {
  const { database } = seeded.gateway.server;
  const { accountId, accountPublicId } = seeded.owner;
  const somebody = await signedIn(database);
  await join(database, { accountId, personId: somebody.personId, role: "member" });
  return lookerOf(somebody, { memberships: [{ accountId, accountPublicId, role: "member" }] });
};

/** Somebody of the installation who has the customer's account open to look at. */
const onlooker = async (): Promise<Looker> => {
  const { gateway, owner } = seeded;
  const { accountId, accountPublicId } = owner;
  const looker = await staff("support");
  const reply = await fetch(`${gateway.url}${API_PREFIX}/admin/accounts/${accountPublicId}/view`, {
    method: "POST",
    headers: { cookie: looker.cookie, origin: gateway.url, "content-type": "application/json" },
    body: JSON.stringify({ reason: "They asked for help" }),
  });
  if (!reply.ok) throw new Error(`the account was not opened: ${reply.status}`);
  return { ...looker, viewer: { ...looker.viewer, views: [{ accountId, accountPublicId }] } };
};

const isPath = (route: string, path: string): boolean => {
  const [known, asked] = [`${API_PREFIX}${route}`.split("/"), path.split("/")];
  return known.length === asked.length && known.every((part, place) => part.startsWith("{") || part === asked[place]);
};

/** Whether the guard would refuse a request of somebody for who they are. */
const isRefused = ({ viewer }: Looker, method: string, path: string): boolean => {
  const route = ROUTES.find((one) => one.method.toUpperCase() === method && isPath(one.path, path));
  if (route === undefined) return true;
  const place = route.path.split("/").indexOf("{account}");
  const account = place < 0 ? null : (path.slice(API_PREFIX.length).split("/")[place] ?? null);
  return mayEnter(viewer, { access: route.access, stepUp: false }, { account, now: 0 }) !== "ok";
};

/** Keeps every act from the server. @returns what was tried in vain, filled as it happens */
const watch = async (page: Page, looker: Looker): Promise<string[]> => {
  const refused: string[] = [];
  await page.route(`**${API_PREFIX}/**`, async (route) => {
    const request = route.request();
    const { pathname } = new URL(request.url());
    if (isRefused(looker, request.method(), pathname)) refused.push(`${request.method()} ${pathname}`);
    if (request.method() === "GET") {
      await route.continue();
      return;
    }
    const error = { code: "conflict", message: "Kept from the server." };
    await route.fulfill({ status: 409, contentType: "application/json", body: JSON.stringify({ error }) });
  });
  return refused;
};

/** Forms are sent as they are: what is missing in them is not what this is about. */
const SUBMIT = `for (const form of document.querySelectorAll("form")) {
  form.noValidate = true;
  if (form.querySelector("button[type=submit]:enabled") ?? document.querySelector('button[form="' + form.id + '"]:enabled'))
    form.requestSubmit();
}`;

/** Presses as a script does: at once, whatever lies over it. */
const press = async (page: Page, selector: string, place: number): Promise<void> => {
  const one = page.locator(selector).nth(place);
  if ((await one.count()) === 0) return;
  await one.dispatchEvent("click", {}, { timeout: PRESS_MS }).catch(() => undefined);
};

/** But what closes it: nothing behind that would be pressed any more. */
const INSIDE =
  '[role=dialog] button:enabled:visible:not([aria-label="Close"]):not(:text-is("Cancel")):not(:text-is("Done"))';
const CHOICES = "[role=menuitem]:visible:not([data-disabled])";

/** Everything in what was opened: choices of a menu one after the other, buttons and forms of a dialog. */
const pressInside = async (page: Page, reopen: () => Promise<void>): Promise<void> => {
  for (let place = 0; place < (await page.locator(CHOICES).count()); place++) {
    await press(page, CHOICES, place);
    await page.evaluate(SUBMIT);
    const buttons = await page.locator(INSIDE).count();
    for (let inner = 0; inner < buttons; inner++) await press(page, INSIDE, inner);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await reopen();
  }
  if ((await page.locator("[role=dialog]:visible").count()) === 0) return;
  await page.evaluate(SUBMIT);
  const buttons = await page.locator(INSIDE).count();
  for (let place = 0; place < buttons; place++) await press(page, INSIDE, place);
  await page.evaluate(SUBMIT);
};

/** Waits for what a press opens, where it opens something, and for what that reads. */
const settle = async (page: Page): Promise<void> => {
  const dialog = page.locator("[role=dialog]:visible").first();
  await dialog.waitFor({ timeout: OPEN_MS }).catch(() => undefined);
  await page
    .locator("[role=dialog] .breathes.bg-sunken")
    .first()
    .waitFor({ state: "detached", timeout: PRESS_MS })
    .catch(() => undefined);
};

/** Buttons of the screen, and the first row of each of its tables, which opens what it is about. */
const OUTSIDE = "main button:enabled:visible, main tbody tr:first-child:visible";

/** Presses all that can be pressed on a screen. */
const walk = async (page: Page, screen: Screen): Promise<void> => {
  const address = addressOf(screen, seeded);
  const open = async (): Promise<void> => {
    await page.goto(address);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await page.locator("main .breathes.bg-sunken").first().waitFor({ state: "detached" });
  };
  await open();
  await page.evaluate(SUBMIT);
  const count = Math.min(MOST_PRESSED, await page.locator(OUTSIDE).count());
  for (let place = 0; place < count; place++) {
    const isRow =
      (await page
        .locator(OUTSIDE)
        .nth(place)
        .evaluate("(one) => one.tagName")
        .catch(() => "")) === "TR";
    await press(page, OUTSIDE, place);
    if (isRow) await settle(page);
    await pressInside(page, () => press(page, OUTSIDE, place));
    const opened =
      (await page.locator("[role=dialog]:visible, [role=menu]:visible, [role=listbox]:visible").count()) > 0;
    // What is left open is in the way of everything else.
    if (opened || !page.url().endsWith(address)) await open();
  }
};

const ofRoute = (route: string): Screen => {
  const screen = SCREENS.find((one) => one.route === route);
  if (screen === undefined) throw new Error(`there is no screen ${route}`);
  return screen;
};

const ADMIN = SCREENS.filter(({ route }) => route.startsWith("/admin/"));
const ACCOUNT = SCREENS.filter(({ route }) => route.startsWith("/app/$account/"));

// Side by side: most of the time a page is waited for.
describe.concurrent.each([
  ["support", () => staff("support"), ADMIN],
  ["an auditor", () => staff("auditor"), ADMIN],
  ["a member of an account", member, ACCOUNT],
  ["who looks into a customer's account", onlooker, ACCOUNT],
] as const)("for %s", (_who, make, screens) => {
  it("no screen offers what is refused", { timeout: TEST_MS }, async () => {
    const looker = await make();
    const { page, close } = await openPage(browser, { url: seeded.gateway.url, cookie: looker.cookie });
    const refused = await watch(page, looker);
    const found: (readonly [string, readonly string[]])[] = [];
    for (const screen of screens) {
      await walk(page, screen);
      found.push([screen.route, [...new Set(refused.splice(0))]]);
    }
    expect(found.filter(([, tried]) => tried.length > 0)).toEqual([]);
    await close();
  });
});

/** Buttons that somebody has and somebody else has not. */
const ACTS: readonly (readonly [route: string, act: string, has: string, lacks: readonly string[]])[] = [
  ["/admin/upstreams", "Add upstream", "operator", ["support", "auditor"]],
  ["/admin/models", "Add model", "operator", ["support", "auditor"]],
  ["/admin/plans", "Add plan", "operator", ["support", "auditor"]],
  ["/admin/people", "Invite", "operator", ["support", "auditor"]],
  ["/admin/accounts/$account", "Freeze", "support", ["auditor"]],
  ["/admin/ledger", "Audit the books now", "auditor", ["support"]],
  ["/admin/exports", "Download", "auditor", ["support"]],
  ["/admin/settings", "Save", "operator", ["support", "auditor"]],
  ["/app/$account/keys", "Create key", "member", ["onlooker"]],
  ["/app/$account/team", "Invite", "owner", ["member", "onlooker"]],
  ["/app/$account/alerts", "Add rule", "owner", ["member", "onlooker"]],
  ["/app/$account/billing", "Redeem", "owner", ["member", "onlooker"]],
  ["/app/$account/settings", "Save", "owner", ["member", "onlooker"]],
];

it("each sees the acts that are theirs, and nobody those of others", { timeout: TEST_MS }, async () => {
  const lookers: Readonly<Record<string, { readonly cookie: string }>> = {
    operator: seeded.operator,
    owner: seeded.owner,
    support: await staff("support"),
    auditor: await staff("auditor"),
    member: await member(),
    onlooker: await onlooker(),
  };
  const wrong: string[] = [];
  for (const [name, { cookie }] of Object.entries(lookers)) {
    const { page, close } = await openPage(browser, { url: seeded.gateway.url, cookie });
    for (const [route, act, has, lacks] of ACTS.filter((row) => row[2] === name || row[3].includes(name))) {
      await page.goto(addressOf(ofRoute(route), seeded));
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      await page.locator("main .breathes.bg-sunken").first().waitFor({ state: "detached" });
      const shown = await page.locator("main").getByRole("button", { name: act }).count();
      if (shown > 0 !== (name === has))
        wrong.push(`${name} ${lacks.includes(name) ? "sees" : "lacks"} ${act} at ${route}`);
    }
    await close();
  }
  expect(wrong).toEqual([]);
});

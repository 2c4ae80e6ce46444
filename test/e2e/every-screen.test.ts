/**
 * Every screen of the router, as whoever it is for sees it: at a desk and on a telephone, in the light and in the dark. Each shows its
 * heading, and in each of the four looks axe finds nothing and nothing is cut off at the side; nothing fails in the browser, and the
 * keyboard reaches what the screen is about. One page goes from screen to screen as people do, since one that is loaded anew each time
 * mostly reads scripts; and everybody looks at the same time.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { dress, goTo, isAskedByScreen, launch, LOOKS, openPage, violations, type Look } from "./browser.ts";
import { addressOf, NO_SCREENS, OTHER_SCREENS, OTHERS, SCREENS, VIEWERS, type Screen } from "./screens.ts";
import { startSeeded, type Seeded } from "./seeded.ts";

/** All of them share the processor. */
const TEST_MS = 480_000;
/** Steps of the Tab key; who has to press it more often has not reached anything. */
const MOST_TABS = 80;

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

/** What has the focus is called this: by its label, or by what stands on it. */
const FOCUSED = `(() => {
  const { activeElement: one } = document;
  const label = one?.labels?.[0]?.textContent ?? "";
  return [one?.getAttribute("aria-label"), label, one?.innerText].filter(Boolean).join(" ");
})()`;

/** The next Tab begins at the top of the page, as it does on one that was just loaded. */
const FROM_TOP = `(() => {
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
})()`;

const isCalled = (name: string, wanted: string | RegExp): boolean =>
  typeof wanted === "string" ? name.includes(wanted) : wanted.test(name);

/** Presses Tab until what is wanted has the focus. */
const reaches = async (page: Page, wanted: string | RegExp): Promise<boolean> => {
  await page.evaluate(FROM_TOP);
  for (let pressed = 0; pressed < MOST_TABS; pressed++) {
    await page.keyboard.press("Tab");
    if (isCalled(await page.evaluate<string>(FOCUSED), wanted)) return true;
  }
  return false;
};

/** Others see nearly what the three see: each colour and each width once. */
const looksOf = ({ viewer }: Screen): readonly Look[] =>
  VIEWERS.some((one) => one === viewer) ? LOOKS : [LOOKS[0], LOOKS[2]];

/** The catalogue has so many rows of one kind that axe takes as long for them as for all other screens: some of each are enough. */
const SOME: ReadonlySet<string> = new Set(["/models", "/admin/models", "/admin/prices"]);

/** Everything that is wrong with one screen, each with the look in which it is. */
const lookAt = async (page: Page, screen: Screen): Promise<readonly string[]> => {
  const found: string[] = [];
  await dress(page, LOOKS[0]);
  await goTo(page, `${addressOf(screen, seeded)}${SOME.has(screen.route) ? "?q=claude" : ""}`);
  const heading = page.getByRole("heading", { level: 1, name: screen.heading });
  await heading.first().waitFor();
  await page.locator("main .breathes.bg-sunken").first().waitFor({ state: "detached" });
  if (screen.act !== null && !(await reaches(page, screen.act))) found.push("the keyboard does not reach its act");
  // What was reached may have opened its tooltip, which closes in its own time.
  await page.evaluate("document.activeElement?.blur()");
  await page.locator("[data-base-ui-portal] .bg-ink").first().waitFor({ state: "detached" });
  for (const look of looksOf(screen)) {
    await dress(page, look);
    const wrong = [...(await violations(page))];
    if (!(await heading.first().isVisible())) wrong.push("its heading is gone");
    if (await page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth"))
      wrong.push("it scrolls sideways");
    found.push(...wrong.map((fault) => `${look.join(" ")}: ${fault}`));
  }
  return found;
};

it("knows every route of the router", async () => {
  const { page, close } = await openPage(browser, { url: seeded.gateway.url });
  await page.goto("/");
  await page.getByRole("heading", { level: 1 }).waitFor();
  const routes = await page.evaluate<string[]>("Object.keys(__TSR_ROUTER__.routesByPath)");
  const known = new Set(routes.map((route) => (route === "/" ? route : route.replace(/\/$/, ""))));
  expect([...known].toSorted()).toEqual([...SCREENS.map(({ route }) => route), ...NO_SCREENS].toSorted());
  await close();
});

describe.concurrent.each([...VIEWERS, ...OTHERS])("for the %s", (viewer) => {
  it("every screen is whole in every look", { timeout: TEST_MS }, async () => {
    const order = { url: seeded.gateway.url, cookie: seeded.cookies[viewer] };
    const { page, problems, close } = await openPage(browser, order);
    const found: (readonly [string, readonly string[]])[] = [];
    for (const screen of [...SCREENS, ...OTHER_SCREENS].filter((one) => one.viewer === viewer)) {
      const wrong = await lookAt(page, screen).catch((error: unknown) => [String(error)]);
      found.push([screen.route, [...wrong, ...problems.splice(0)]]);
    }
    expect(found.filter(([, wrong]) => wrong.length > 0)).toEqual([]);
    await close();
  });
});

/** Longer than a screen that knows the answer already takes to say so, in milliseconds. */
const SAID_MS = 10_000;
/** What these ask for is an extra, and left out where it is missing. */
const EXTRA: readonly string[] = ["/", "/docs/$"];
/** A refusal, which is not tried again; in words that stand nowhere else. */
const REFUSAL = { error: { code: "forbidden", message: "A wren sits on the wire." } };

describe.concurrent.each(VIEWERS)("for the %s, when nothing can be loaded", (viewer) => {
  it("every screen says so, and none waits for ever", { timeout: TEST_MS }, async () => {
    const order = { url: seeded.gateway.url, cookie: seeded.cookies[viewer] };
    const { page, problems, close } = await openPage(browser, order);
    let asked = 0;
    await page.route(isAskedByScreen, async (route) => {
      asked++;
      await route.fulfill({ status: 403, json: REFUSAL });
    });
    const found: (readonly [string, readonly string[]])[] = [];
    for (const screen of SCREENS.filter((one) => one.viewer === viewer)) {
      asked = 0;
      const wrong: string[] = [];
      await goTo(page, addressOf(screen, seeded));
      await page.getByRole("heading", { level: 1 }).or(page.getByRole("alert")).first().waitFor();
      const coming = page.locator("main .breathes.bg-sunken").first();
      await coming.waitFor({ state: "detached", timeout: SAID_MS }).catch(() => wrong.push("it waits for ever"));
      const words = page.getByText(REFUSAL.error.message).first();
      if (asked > 0 && !EXTRA.includes(screen.route))
        await words.waitFor({ timeout: SAID_MS }).catch(() => wrong.push("it does not say what failed"));
      found.push([screen.route, [...wrong, ...problems.splice(0)]]);
    }
    expect(found.filter(([, wrong]) => wrong.length > 0)).toEqual([]);
    await close();
  });
});

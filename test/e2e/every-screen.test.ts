/**
 * Every screen of the router, as whoever it is for sees it: at a desk and on a telephone, in the light and in the dark. Each shows its
 * heading, axe finds nothing, nothing is cut off at the side, nothing fails in the browser, and the keyboard reaches what it is about.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { launch, openPage, SIZES, violations, type Size, type Theme } from "./browser.ts";
import { addressOf, NO_SCREENS, SCREENS, VIEWERS, type Screen, type Viewer } from "./screens.ts";
import { startSeeded, type Seeded } from "./seeded.ts";

const TEST_MS = 240_000;
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

const cookieOf = (viewer: Viewer): { readonly cookie?: string } => {
  const { owner, operator } = seeded;
  return { visitor: {}, customer: { cookie: owner.cookie }, operator: { cookie: operator.cookie } }[viewer];
};

/** What has the focus is called this: by its label, or by what stands on it. */
const FOCUSED = `(() => {
  const { activeElement: one } = document;
  const label = one?.labels?.[0]?.textContent ?? "";
  return [one?.getAttribute("aria-label"), label, one?.innerText].filter(Boolean).join(" ");
})()`;

const isCalled = (name: string, wanted: string | RegExp): boolean =>
  typeof wanted === "string" ? name.includes(wanted) : wanted.test(name);

/** Presses Tab until what is wanted has the focus. */
const reaches = async (page: Page, wanted: string | RegExp): Promise<boolean> => {
  for (let pressed = 0; pressed < MOST_TABS; pressed++) {
    await page.keyboard.press("Tab");
    if (isCalled(await page.evaluate<string>(FOCUSED), wanted)) return true;
  }
  return false;
};

const dress = async (page: Page, theme: Theme, size: Size): Promise<void> => {
  await page.emulateMedia({ colorScheme: theme });
  await page.setViewportSize(SIZES[size]);
};

/** In which looks axe is asked: each colour and each width once, since it takes longer than everything else. */
const LOOKS: readonly (readonly [theme: Theme, size: Size, isAsked: boolean])[] = [
  ["light", "desk", true],
  ["dark", "desk", false],
  ["dark", "telephone", true],
  ["light", "telephone", false],
];

/** Everything that is wrong with one screen, each with the look in which it is. */
const lookAt = async (page: Page, screen: Screen): Promise<readonly string[]> => {
  await dress(page, "light", "desk");
  await page.goto(addressOf(screen, seeded));
  const heading = page.getByRole("heading", { level: 1, name: screen.heading });
  await heading.first().waitFor();
  await page.locator("main .breathes.bg-sunken").first().waitFor({ state: "detached" });
  const found: string[] = [];
  if (screen.act !== null && !(await reaches(page, screen.act))) found.push("the keyboard does not reach its act");
  // What was reached may have opened its tooltip.
  await page.evaluate("document.activeElement?.blur()");
  for (const [theme, size, isAsked] of LOOKS) {
    await dress(page, theme, size);
    if (!(await heading.first().isVisible())) found.push(`${theme} ${size}: its heading is gone`);
    const isWide = await page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");
    if (isWide) found.push(`${theme} ${size}: it scrolls sideways`);
    if (isAsked) found.push(...(await violations(page)).map((fault) => `${theme} ${size}: ${fault}`));
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

describe.each(VIEWERS)("for the %s", (viewer) => {
  it("every screen is whole in every look", { timeout: TEST_MS }, async () => {
    const { page, problems, close } = await openPage(browser, { url: seeded.gateway.url, ...cookieOf(viewer) });
    const found: (readonly [string, readonly string[]])[] = [];
    for (const screen of SCREENS.filter((one) => one.viewer === viewer)) {
      const wrong = await lookAt(page, screen).catch((error: unknown) => [String(error)]);
      found.push([screen.route, [...wrong, ...problems.splice(0)]]);
    }
    expect(found.filter(([, wrong]) => wrong.length > 0)).toEqual([]);
    await close();
  });
});

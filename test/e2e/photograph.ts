/**
 * Photographs every screen of the console, at a desk and on a telephone, in the light and in the dark, into the folder `screens`: as the
 * three see it whom it is for, as others see it who may do less, in a house where nothing has happened yet, while it is being loaded, and
 * when the server fails.
 *
 *   npm run screens                    all of them
 *   npm run screens -- billing admin   those whose name holds one of the words
 */
import { mkdirSync } from "node:fs";
import path from "node:path";

import type { Browser, Page } from "playwright-core";

import { dress, goTo, isAskedByScreen, launch, LOOKS, openPage, SIZES } from "./browser.ts";
import { addressOf, nameOf, OTHER_SCREENS, OTHERS, SCREENS, VIEWERS, type Viewer } from "./screens.ts";
import { startNew, startSeeded, type House, type Seeded } from "./seeded.ts";

const FOLDER = path.resolve(import.meta.dirname, "..", "..", "screens");
/** Charts draw themselves once they know how wide they are, in milliseconds. */
const SETTLE_MS = 400;

/** How the server answers what a screen asks. */
const ANSWERS = {
  whole: null,
  failed: async (page: Page) => {
    const error = { code: "internal", message: "Something failed on our side. Try again." };
    await page.route(isAskedByScreen, (route) => route.fulfill({ status: 500, json: { error } }));
  },
  loading: async (page: Page) => {
    // Never answered.
    await page.route(isAskedByScreen, () => undefined);
  },
} as const satisfies Record<string, ((page: Page) => Promise<void>) | null>;
type Answers = keyof typeof ANSWERS;

/** Screens that one page shows one after another. */
interface Film {
  readonly url: string;
  readonly cookie: string;
  readonly answers: Answers;
  readonly screens: readonly (readonly [name: string, address: string])[];
}

const words = process.argv.slice(2);
const isWanted = ([name]: readonly [string, string]): boolean =>
  words.length === 0 || words.some((word) => name.includes(word));

const photograph = async (browser: Browser, { url, cookie, answers, screens }: Film): Promise<number> => {
  const wanted = screens.filter(isWanted);
  if (wanted.length === 0) return 0;
  const { page, problems, close } = await openPage(browser, { url, cookie });
  await ANSWERS[answers]?.(page);
  for (const [name, address] of wanted) {
    await dress(page, LOOKS[0]);
    await goTo(page, address);
    const coming = page.locator("main .breathes.bg-sunken");
    const shown = page.getByRole("heading", { level: 1 }).or(page.getByRole("alert"));
    await (answers === "loading" ? shown.or(coming) : shown).first().waitFor();
    if (answers !== "loading") await coming.first().waitFor({ state: "detached" });
    for (const look of LOOKS) {
      await dress(page, look);
      await page.waitForTimeout(SETTLE_MS);
      const [theme, size] = look;
      const file = path.join(FOLDER, `${name}-${SIZES[size].width}-${theme}.png`);
      await page.screenshot({ path: file, fullPage: true });
    }
    for (const problem of problems.splice(0)) if (answers === "whole") console.log(`${name}: ${problem}`);
  }
  await close();
  return wanted.length;
};

/** What somebody sees, with the server as it is. */
const filmOf = (seeded: Seeded, viewer: Viewer): Film => ({
  url: seeded.gateway.url,
  cookie: seeded.cookies[viewer],
  answers: "whole",
  screens: [...SCREENS, ...OTHER_SCREENS]
    .filter((one) => one.viewer === viewer)
    .map((screen) => [nameOf(screen), addressOf(screen, seeded)]),
});

/** Of each kind of screen one: lists, charts, forms, and what is above them. */
const FRAGILE: Readonly<Record<(typeof VIEWERS)[number], readonly string[]>> = {
  visitor: ["/models", "/models/$", "/status"],
  customer: ["overview", "keys", "usage", "billing", "playground", "settings"],
  operator: ["overview", "upstreams", "prices", "accounts/$account", "requests", "settings"],
};

const fragile = (seeded: Seeded, viewer: (typeof VIEWERS)[number], answers: Answers): Film => ({
  url: seeded.gateway.url,
  cookie: seeded.cookies[viewer],
  answers,
  screens: SCREENS.filter((one) => one.viewer === viewer)
    .filter(({ route }) => FRAGILE[viewer].some((part) => route.endsWith(part)))
    .map((screen) => [`${answers}-${nameOf(screen)}`, addressOf(screen, seeded)]),
});

/** The operator's first day. */
const firstDay = ({ gateway, operator }: House): Film => ({
  url: gateway.url,
  cookie: operator.cookie,
  answers: "whole",
  screens: SCREENS.filter(({ viewer, values }) => viewer === "operator" && values === undefined).map((screen) => [
    `first-day-${nameOf(screen)}`,
    screen.route,
  ]),
});

mkdirSync(FOLDER, { recursive: true });
const seeded = await startSeeded();
const house = await startNew();
const browser = await launch();
try {
  const films = [
    ...[...VIEWERS, ...OTHERS].map((viewer) => filmOf(seeded, viewer)),
    ...VIEWERS.flatMap((viewer) => [fragile(seeded, viewer, "failed"), fragile(seeded, viewer, "loading")]),
    firstDay(house),
  ];
  let shown = 0;
  for (const film of films) shown += await photograph(browser, film);
  console.log(`${shown} screens, each in four looks, are in ${path.relative(process.cwd(), FOLDER)}`);
} finally {
  await browser.close();
  await house.gateway.close();
  await seeded.close();
}

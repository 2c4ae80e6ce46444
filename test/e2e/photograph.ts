/**
 * Photographs every screen of the console, at a desk and on a telephone, in the light and in the dark, into the folder `screens`:
 *
 *   npm run screens                    all of them
 *   npm run screens -- billing admin   those whose name holds one of the words
 */
import { mkdirSync } from "node:fs";
import path from "node:path";

import type { Browser } from "playwright-core";

import { launch, openPage, SIZES, type Size, type Theme } from "./browser.ts";
import { addressOf, nameOf, SCREENS, VIEWERS, type Viewer } from "./screens.ts";
import { startSeeded, type Seeded } from "./seeded.ts";

const FOLDER = path.resolve(import.meta.dirname, "..", "..", "screens");
const THEMES: readonly Theme[] = ["light", "dark"];
/** Charts draw themselves once they know how wide they are, in milliseconds. */
const SETTLE_MS = 400;

const words = process.argv.slice(2);
const wanted = SCREENS.filter((screen) => words.length === 0 || words.some((word) => nameOf(screen).includes(word)));

interface Film {
  readonly browser: Browser;
  readonly seeded: Seeded;
  readonly viewer: Viewer;
}

const photograph = async ({ browser, seeded, viewer }: Film, size: Size, theme: Theme): Promise<void> => {
  const cookie = { visitor: undefined, customer: seeded.owner.cookie, operator: seeded.operator.cookie }[viewer];
  const order = { url: seeded.gateway.url, size, theme, ...(cookie === undefined ? {} : { cookie }) };
  const { page, problems, close } = await openPage(browser, order);
  for (const screen of wanted.filter((one) => one.viewer === viewer)) {
    await page.goto(addressOf(screen, seeded));
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await page.locator("main .breathes.bg-sunken").first().waitFor({ state: "detached" });
    await page.waitForTimeout(SETTLE_MS);
    const file = path.join(FOLDER, `${nameOf(screen)}-${SIZES[size].width}-${theme}.png`);
    await page.screenshot({ path: file, fullPage: true });
    for (const problem of problems.splice(0)) console.log(`${nameOf(screen)}: ${problem}`);
  }
  await close();
};

mkdirSync(FOLDER, { recursive: true });
const seeded = await startSeeded();
const browser = await launch();
try {
  for (const viewer of VIEWERS)
    for (const size of Object.keys(SIZES) as Size[])
      for (const theme of THEMES) await photograph({ browser, seeded, viewer }, size, theme);
  console.log(`${wanted.length} screens, each in four looks, are in ${path.relative(process.cwd(), FOLDER)}`);
} finally {
  await browser.close();
  await seeded.close();
}

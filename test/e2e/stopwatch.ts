/**
 * How long every screen of the console takes until it can be used: a real chromium with an empty cache opens each of them by its address, beside
 * the server on the same machine.
 *
 *   npm run bench:pages -- [--times 5] [words of screens …]
 *
 * Times are from the beginning of the navigation: until the heading is there, drawn, and the main thread has had a turn for an event, so
 * that the screen can be used; and until nothing on it is being waited for any more, charts included. Prints the medians and the most of
 * either in ms. The goal is to be used within a second.
 */
import { parseArgs } from "node:util";

import type { Page } from "playwright-core";

import { dress, launch, LOOKS, openPage } from "./browser.ts";
import { addressOf, nameOf, SCREENS, type Screen } from "./screens.ts";
import { startSeeded } from "./seeded.ts";

const GOAL_MS = 1_000;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { times: { type: "string", default: "5" } },
});
const times = Number(values.times);
const wanted = SCREENS.filter(
  (screen) => positionals.length === 0 || positionals.some((word) => nameOf(screen).includes(word)),
);

const seeded = await startSeeded();
const browser = await launch();

/** Milliseconds since the navigation began, after a frame and a turn of the main thread. */
const turn = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        requestAnimationFrame(() => {
          setTimeout(() => {
            resolve(performance.now());
          });
        });
      }),
  );

/** One opening, with nothing in the cache. @returns when it could be used, and when it was whole */
const open = async (screen: Screen): Promise<readonly [usable: number, whole: number]> => {
  const { page, close } = await openPage(browser, { url: seeded.gateway.url, cookie: seeded.cookies[screen.viewer] });
  await dress(page, LOOKS[0]);
  await page.goto(addressOf(screen, seeded), { waitUntil: "commit" });
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  const usable = await turn(page);
  await page.locator("main .breathes.bg-sunken").first().waitFor({ state: "detached" });
  const whole = await turn(page);
  await close();
  return [usable, whole];
};

/** Median and most, as they are printed. */
const told = (taken: readonly number[]): string => {
  const sorted = taken.toSorted((a, b) => a - b);
  return [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((ms = 0) => ms.toFixed(0).padStart(5)).join(" | ");
};

let slow = 0;
try {
  if (wanted[0] !== undefined) await open(wanted[0]);
  for (const screen of wanted) {
    const taken: (readonly [usable: number, whole: number])[] = [];
    for (let time = 0; time < times; time++) taken.push(await open(screen));
    const usable = taken.map(([ms]) => ms);
    if ((usable.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? 0) > GOAL_MS) slow++;
    console.log(`| ${nameOf(screen).padEnd(36)} | ${told(usable)} | ${told(taken.map(([, ms]) => ms))} |`);
  }
  console.log(slow === 0 ? `all within ${GOAL_MS} ms in the median` : `${slow} beyond ${GOAL_MS} ms in the median`);
} finally {
  await browser.close();
  await seeded.close();
}

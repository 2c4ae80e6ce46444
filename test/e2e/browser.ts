/** A real browser for tests: pages of a theme and a width, signed in by a cookie, which remember everything that went wrong in them. */
import axe from "axe-core";
import { chromium, type Browser, type Page } from "playwright-core";

import { findProgram, type Program } from "../../src/db/fixtures-program.ts";

const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];

/** Wide as a desk, and narrow as a telephone. */
export const SIZES = { desk: { width: 1440, height: 900 }, telephone: { width: 390, height: 844 } } as const;
export type Size = keyof typeof SIZES;
export type Theme = "light" | "dark";
export type Look = readonly [theme: Theme, size: Size];

/** All four, in an order in which each step changes one thing. */
export const LOOKS: readonly [Look, Look, Look, Look] = [
  ["light", "desk"],
  ["dark", "desk"],
  ["dark", "telephone"],
  ["light", "telephone"],
];

/** What a test's gateway needs to serve the same build as the shell's variable names; else the usual one. */
export const consoleEnv = (): Readonly<Record<string, string>> => {
  const dist = process.env["FARTHING_CONSOLE"];
  return dist === undefined ? {} : { FARTHING_CONSOLE: dist };
};

/** Debian's; Playwright's own cannot be had everywhere. */
export const BROWSER: Program = { name: "chromium", debian: "chromium" };

/** @throws Error that names what to install, where there is no chromium */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: findProgram(BROWSER), args: ARGUMENTS });

export interface PageOrder {
  readonly url: string;
  /** A `cookie` header, as the fixtures of people make it; absent: nobody is signed in. */
  readonly cookie?: string;
  readonly theme?: Theme;
  readonly size?: Size;
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors of scripts and of the console, reports of the content security policy, and answers of 500 and above. */
  readonly problems: string[];
  readonly close: () => Promise<void>;
}

/** What browsers say of an answer that the test may well have asked for: which one it was is watched by its status. */
const isAnswer = (text: string): boolean => text.startsWith("Failed to load resource");

const watch = (page: Page): string[] => {
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" && !isAnswer(message.text())) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("response", (response) => {
    if (response.status() >= 500) problems.push(`${response.status()} ${response.url()}`);
  });
  return problems;
};

/** Opens a page of its own, with nothing that another one left. */
export const openPage = async (browser: Browser, order: PageOrder): Promise<WatchedPage> => {
  const { url, cookie, theme = "light", size = "desk" } = order;
  const context = await browser.newContext({
    baseURL: url,
    viewport: SIZES[size],
    colorScheme: theme,
    locale: "en-GB",
    timezoneId: "Europe/London",
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const cookies = (cookie ?? "").split("; ").filter(Boolean);
  await context.addCookies(
    cookies.map((pair) => {
      const at = pair.indexOf("=");
      return { name: pair.slice(0, at), value: pair.slice(at + 1), url };
    }),
  );
  const page = await context.newPage();
  const problems = watch(page);
  return { page, problems, close: () => context.close() };
};

/** Shows an open page in another look, without loading it again. */
export const dress = async (page: Page, [theme, size]: Look): Promise<void> => {
  await page.emulateMedia({ colorScheme: theme });
  await page.setViewportSize(SIZES[size]);
};

/** Goes to an address: by the router's way where a page of ours is open, as people do, and else by loading it. */
export const goTo = async (page: Page, address: string): Promise<void> => {
  const isOurs = await page.evaluate<boolean>('"__TSR_ROUTER__" in globalThis');
  if (isOurs) await page.evaluate(`__TSR_ROUTER__.navigate({ href: ${JSON.stringify(address)} })`);
  else await page.goto(address);
};

/** What is asked before any screen: without it there is none that could say what failed. */
const FRAME: readonly string[] = ["/console/api/public/storefront", "/console/api/me"];

/** What a screen asks of the console's API, beside what its frame needs. */
export const isAskedByScreen = ({ pathname }: URL): boolean =>
  pathname.startsWith("/console/api/") && !FRAME.includes(pathname);

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Every rule; only what is wrong is described in full, which is a third of the work. */
const ASK = 'axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations)';

/** What axe finds wrong on a page, each with where it is; nothing is what is wanted. */
export const violations = async (page: Page): Promise<readonly string[]> => {
  // Half a megabyte, read once by each document.
  if (!(await page.evaluate<boolean>('"axe" in globalThis'))) await page.evaluate(axe.source);
  const found = await page.evaluate<readonly Violation[]>(ASK);
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = "" }) => `${id}: ${html} ${failureSummary}`),
  );
};

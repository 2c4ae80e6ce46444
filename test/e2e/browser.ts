/** A real browser for tests: pages of a theme and a width, signed in by a cookie, which remember everything that went wrong in them. */
import axe from "axe-core";
import { chromium, type Browser, type Page } from "playwright-core";

import { findProgram, type Program } from "../../src/db/fixtures-program.ts";

const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];

/** Wide as a desk, and narrow as a telephone. */
export const SIZES = { desk: { width: 1440, height: 900 }, telephone: { width: 390, height: 844 } } as const;
export type Size = keyof typeof SIZES;
export type Theme = "light" | "dark";

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

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe finds wrong on a page, each with where it is; nothing is what is wanted. */
export const violations = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axe.source);
  const found = await page.evaluate<readonly Violation[]>("axe.run().then(({ violations }) => violations)");
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = "" }) => `${id}: ${html} ${failureSummary}`),
  );
};

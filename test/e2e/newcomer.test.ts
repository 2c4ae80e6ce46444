/**
 * The newcomer's path, from the command that is typed to a charge that is explained: `npm start` on an empty folder, the printed code,
 * the playground, a customer who registers, their key, the code that is shown to them, their first request while it is made.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { unitName } from "../../console/format/names.ts";
import { consoleEnv, launch, openPage, violations, type WatchedPage } from "./browser.ts";

const ROOT = path.resolve(import.meta.dirname, "..", "..");
/** The first start may have to build the pages. */
const START_MS = 400_000;
const TEST_MS = 240_000;

const PASSWORD = "violet harbour stone 9";

let dir: string;
let url: string;
let command: ChildProcess;
/** Everything that the command has printed. */
let printed = "";
let browser: Browser;
let operator: WatchedPage;
let customer: WatchedPage;

/** Links of letters hold the port, so it is chosen before the start. */
const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const env = (port: number): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: process.env["HOME"],
  PORT: String(port),
  METRICS_PORT: "off",
  FARTHING_DATA: path.join(dir, "data"),
  ...consoleEnv(),
});

/** Types the command, and waits until it says that it is ready. */
const npmStart = (port: number): Promise<ChildProcess> =>
  new Promise((resolve, reject) => {
    // A group of its own: npm, its shell and the server end together.
    const child = spawn("npm", ["start"], { cwd: ROOT, env: env(port), detached: true });
    const hear = (chunk: Buffer): void => {
      printed += chunk.toString();
      if (printed.includes("ready on ")) resolve(child);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", (code) => {
      reject(new Error(`npm start ended with ${code}: ${printed}`));
    });
  });

const fill = async (page: Page, fields: Readonly<Record<string, string>>): Promise<void> => {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text);
};
const press = (page: Page, name: string): Promise<void> => page.getByRole("button", { name, exact: true }).click();

/** What a button that copies puts where one pastes from. */
const copied = async (page: Page, name: string): Promise<string> => {
  await page.getByRole("button", { name }).click();
  await page.getByRole("button", { name: name.replace("Copy", "Copied") }).waitFor();
  return page.evaluate<string>("navigator.clipboard.readText()");
};

const run = promisify(execFile);
const shell = async (line: string): Promise<string> => {
  const { stdout } = await run("sh", ["-c", line], { cwd: dir });
  return stdout;
};
/** Runs a program as it stands, where the installed clients are found. */
const program = async (code: string): Promise<string> => {
  const file = path.join(dir, "first.mjs");
  writeFileSync(file, code);
  const { stdout } = await run(process.execPath, [file], { cwd: dir });
  return stdout;
};

/** Femto-USD of an amount as it is written, "$0.000003": 10⁻¹⁵ USD, so that no digit that is shown is lost. */
const femto = (amount: string): bigint => {
  const [whole = "", decimals = ""] = amount.replaceAll(/[$,]/g, "").split(".");
  return BigInt(`${whole}${decimals.padEnd(15, "0")}`);
};

interface Explained {
  readonly charged: string;
  readonly exact: string;
  readonly lines: readonly { readonly unit: string; readonly count: number; readonly pricePerMillion: string }[];
}

const explained = async (id: string): Promise<Explained> => {
  const { stdout } = await run("npm", ["run", "-s", "farthing", "--", "explain", id, "--json"], {
    cwd: ROOT,
    env: { ...env(0), PORT: "8080" },
  });
  return JSON.parse(stdout) as Explained;
};

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), "farthing-newcomer-"));
  symlinkSync(path.join(ROOT, "node_modules"), path.join(dir, "node_modules"));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  command = await npmStart(port);
  browser = await launch();
  operator = await openPage(browser, { url });
  customer = await openPage(browser, { url });
}, START_MS);
afterAll(async () => {
  await browser.close();
  const ended = new Promise((resolve) => command.once("exit", resolve));
  command.removeAllListeners("exit").once("exit", () => undefined);
  if (command.pid !== undefined) process.kill(-command.pid, "SIGKILL");
  await Promise.race([ended, sleep(2_000)]);
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

it(
  "lets whoever started it become the operator, try a model, and open the door to customers",
  { timeout: TEST_MS },
  async () => {
    const { page, problems } = operator;
    const code = printed.split("Admin code: ")[1]?.split(" ")[0] ?? "";
    await page.goto("/claim");
    await fill(page, { "Admin code": code, "Your name": "Olga", Email: "olga@example.test", Password: PASSWORD });
    await press(page, "Become the operator");
    await page.waitForURL("**/admin/overview");

    await page.goto("/app");
    await page.getByRole("link", { name: "Playground" }).first().click();
    await page.getByLabel("Ask something.").fill("Is somebody there?");
    await press(page, "Send");
    await page.getByText("Answered by the sandbox").waitFor();
    expect(await page.getByRole("log").innerText()).toMatch(/\$0\.0/);
    expect(await violations(page)).toEqual([]);

    await page.goto("/admin/settings");
    await page.getByRole("combobox", { name: "Who may make an account" }).click();
    await page.getByRole("option", { name: "Anybody" }).click();
    await fill(page, { "Credit to begin with": "5" });
    await press(page, "Save changes");
    await page.getByText("The settings are saved").first().waitFor();
    expect(problems).toEqual([]);
  },
);

it(
  "lets a customer register, make a key, and watch their first request arrive with a charge that adds up",
  { timeout: TEST_MS },
  async () => {
    const { page, problems } = customer;
    await page.goto("/");
    await page.getByRole("link", { name: "Create account" }).first().click();
    await page.getByText("You start with $5.00 of credit.").waitFor();
    await fill(page, { "Your name": "Carla", Email: "carla@example.test", Password: PASSWORD });
    await press(page, "Create account");
    // Where nobody set up mail, nothing is asked of a mailbox.
    await page.getByRole("heading", { name: "Three steps to your first answer" }).waitFor();

    await page.getByRole("link", { name: "Make a key" }).click();
    await page.getByRole("button", { name: "Create key" }).first().click();
    await page.getByRole("dialog").getByLabel("Name", { exact: true }).fill("Laptop");
    await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
    await page.getByRole("dialog", { name: "Your new key" }).waitFor();
    const key = await copied(page, "Copy key");
    const curl = await copied(page, "Copy code");
    expect(curl).toContain(key);
    await press(page, "I have stored it");

    await page.getByRole("link", { name: "Overview" }).first().click();
    await page.getByText("Waiting for your first call").waitFor();
    await page.getByRole("tab", { name: "TypeScript" }).click();
    const script = (await copied(page, "Copy TypeScript code")).replace("YOUR_KEY", key);
    expect(JSON.parse(await shell(curl.replace("curl ", "curl --silent ")))).toMatchObject({
      model: "sandbox/echo",
    });
    await page.getByText("It arrived.").waitFor();
    expect(await page.getByRole("cell", { name: "sandbox/echo" }).count()).toBe(1);
    expect((await program(script)).trim()).not.toBe("");
    await expect.poll(() => page.getByRole("cell", { name: "sandbox/echo" }).count(), { timeout: 30_000 }).toBe(2);

    // A few thousandths of a cent are spent: the balance is still $5.00, rounded, and is seen to have moved.
    await page.getByText(/^exactly \$4\.999\d+$/).waitFor();

    await press(page, "See how its charge came about");
    const panel = page.getByRole("dialog");
    await panel.getByText("How the charge came about").waitFor();
    const id = /\b[a-z]+_[\w-]{16,}/.exec(await panel.innerText())?.[0] ?? "";
    const told = await explained(id);
    const amountOf = async (row: string): Promise<bigint> =>
      femto(await panel.getByRole("row", { name: row }).getByRole("cell").last().innerText());
    for (const { unit, count, pricePerMillion } of told.lines)
      expect(await amountOf(unitName(unit)), unit).toBe((BigInt(count) * femto(pricePerMillion)) / 1_000_000n);
    expect(told.lines.length).toBeGreaterThan(0);
    expect(await amountOf("Charged")).toBe(femto(told.charged));
    expect(femto(told.charged)).toBeGreaterThan(0n);
    expect(await violations(page)).toEqual([]);
    expect(problems).toEqual([]);
  },
);

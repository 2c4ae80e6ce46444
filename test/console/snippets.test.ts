/**
 * What the documentation tells people to type works: every curl and every JavaScript snippet of console/docs is run as it stands, with a
 * test server's address and key in it, against the sandbox. A snippet that names a model of the world's is played by the sandbox too.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ERROR_CODES, errorRow } from "../../src/errors.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";

const DOCS = path.join(import.meta.dirname, "..", "..", "console", "docs");
const MODULES = path.join(import.meta.dirname, "..", "..", "node_modules");

interface Snippet {
  readonly chapter: string;
  readonly language: string;
  readonly code: string;
}

/** Fenced blocks of a page. */
const snippetsOf = (chapter: string): Snippet[] => {
  const parts = readFileSync(path.join(DOCS, chapter), "utf8").split("```");
  return parts
    .filter((_, index) => index % 2 === 1)
    .map((block) => ({
      chapter,
      language: block.slice(0, block.indexOf("\n")).trim(),
      code: block.slice(block.indexOf("\n") + 1).trimEnd(),
    }));
};

const chapters = readdirSync(DOCS, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".mdx"));
const all = chapters.flatMap(snippetsOf);
const curls = all.filter(({ language, code }) => language === "sh" && code.startsWith("curl "));
const scripts = all.filter(({ language, code }) => language === "js" && code.startsWith("import "));

let gateway: TestGateway;
let folder: string;
/** A task that has ended, for the snippets that ask for one. */
let task: string;

const filled = (code: string): string =>
  code
    .replaceAll("{{openai}}", `${gateway.url}/v1`)
    .replaceAll("{{anthropic}}", gateway.url)
    .replaceAll("{{gemini}}", gateway.url)
    .replaceAll("{{key}}", gateway.key)
    .replaceAll("{{model}}", "sandbox/echo")
    .replaceAll("TASK_ID", task);

const run = promisify(execFile);

beforeAll(async () => {
  gateway = await startTestGateway();
  folder = mkdtempSync(path.join(tmpdir(), "farthing-snippets-"));
  // Bare imports are looked for beside the file.
  symlinkSync(MODULES, path.join(folder, "node_modules"));
  const headers = { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" };
  const made = await fetch(`${gateway.url}/v1/videos/generations`, {
    method: "POST",
    headers,
    body: JSON.stringify({ model: "sandbox/video", prompt: "a wren", duration: 5 }),
  });
  ({ id: task } = (await made.json()) as { id: string });
  const stateOf = async (): Promise<string> => {
    const reply = await fetch(`${gateway.url}/v1/videos/generations/${task}`, { headers });
    return ((await reply.json()) as { status: string }).status;
  };
  for (let asked = 0; asked < 120 && (await stateOf()) !== "succeeded"; asked++) await sleep(250);
  const speech = await fetch(`${gateway.url}/v1/audio/speech`, {
    method: "POST",
    headers,
    body: JSON.stringify({ model: "sandbox/speech", input: "Hello!", voice: "alloy" }),
  });
  writeFileSync(path.join(folder, "hello.wav"), Buffer.from(await speech.arrayBuffer()));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await gateway.close();
});

const named = (list: readonly Snippet[]) => list.map((one, index) => [`${one.chapter} ${index + 1}`, one] as const);

it("finds them", () => {
  expect(curls.length).toBeGreaterThan(15);
  expect(scripts.length).toBeGreaterThan(5);
});

describe("curl", () => {
  it.each(named(curls))("%s", async (_name, { code }) => {
    // As typed, but that a failure of the server is one of curl's.
    const typed = filled(code).replace("curl ", "curl --silent --show-error --fail-with-body ");
    const { stdout } = await run("bash", ["-c", typed], { cwd: folder, encoding: "utf8" });
    expect(stdout).not.toContain('"error":{');
  });
});

describe("JavaScript", () => {
  it.each(named(scripts))("%s", async (name, { code }) => {
    const file = path.join(folder, `${name.replaceAll("/", "-").replaceAll(" ", "-")}.mjs`);
    writeFileSync(file, filled(code));
    await expect(run(process.execPath, [file], { cwd: folder })).resolves.toBeDefined();
  });
});

it("tells every error with its status", () => {
  // The formatter pads tables.
  const page = readFileSync(path.join(DOCS, "errors.mdx"), "utf8").replaceAll(/ +/g, " ");
  const guide = readFileSync(path.join(DOCS, "..", "..", "docs", "guide", "errors.md"), "utf8");
  for (const code of ERROR_CODES) {
    const line = guide.split("\n").find((one) => one.startsWith(`| \`${code}\` |`)) ?? "";
    const [, , status = "", retry = "", openai = ""] = line.split("|").map((cell) => cell.trim());
    expect(Number(status), code).toBe(errorRow(code).status);
    expect(page, code).toContain(`| ${status} | ${openai.split(" / ")[1] ?? ""} |`);
    expect(retry, code).toBe(errorRow(code).retry ? "yes" : "no");
  }
});

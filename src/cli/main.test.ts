/** The frame of the command line: exit codes, `--json`, friendly failures, and the commands `apply` and `doctor`. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { databaseFile } from "../config.ts";
import { openSqlite } from "../db/sqlite.ts";
import { readObjects } from "../settings/store.ts";
import { probe } from "./doctor.ts";
import { COMMANDS, runCommandLine } from "./main.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "farthing-cli-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const run = async (words: readonly string[], env: Record<string, string> = {}): Promise<Ran> => {
  let out = "";
  let err = "";
  const code = await runCommandLine(words, {
    env: { FARTHING_DATA: path.join(dir, "data"), ...env },
    cwd: dir,
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { code, out, err };
};

const put = (text: string): string => {
  const file = path.join(dir, "farthing.yaml");
  writeFileSync(file, text);
  return file;
};

describe("the command line", () => {
  it.each([
    ["nothing", [], 2],
    ["an unknown command", ["frobnicate"], 2],
    ["a missing argument", ["apply"], 2],
    ["an argument too many", ["apply", "a", "b"], 2],
    ["an unknown option", ["doctor", "--verbose"], 2],
    ["a file that does not exist", ["apply", "nowhere.yaml"], 1],
  ])("answers %s with its exit code, on stderr, in words", async (_name, words, code) => {
    const plain = await run(words);
    expect(plain).toMatchObject({ code, out: "" });
    expect(plain.err).not.toContain("    at ");
    expect(plain.err.includes("usage: farthing")).toBe(code === 2);
    const json = await run([...words, "--json"]);
    expect(json).toMatchObject({ code, err: "" });
    expect(Object.keys(JSON.parse(json.out) as object)).toEqual(["error"]);
  });

  it("names every command in its help, and each command's usage", async () => {
    const { code, out } = await run(["--help"]);
    expect(code).toBe(0);
    for (const command of COMMANDS) {
      expect(out).toContain(`  ${command.name} `);
      expect((await run([...command.name.split(" "), "--help"])).out).toContain(`usage: farthing ${command.name}`);
    }
  });

  it.each([
    ["a bad environment", { PORT: "many" }, "PORT must be a number"],
    ["a missing secret in production", { NODE_ENV: "production" }, "FARTHING_SECRET is required"],
    ["a database that nobody serves", { DATABASE_URL: "postgres://u:p@127.0.0.1:1/d" }, "127.0.0.1:1/d cannot be used"],
    ["an address that is none", { DATABASE_URL: "postgres:///" }, "DATABASE_URL is not the address"],
  ])("explains %s in one line", async (_name, env, text) => {
    const { code, err } = await run(["doctor"], env);
    expect(code).toBe(1);
    expect(err).toContain(text);
    expect(err.trim().split("\n")).toHaveLength(1);
  });

  it("explains a database that is none", async () => {
    writeFileSync(
      path.join(dir, "farthing.db"),
      "this is not a database, and long enough to be seen as none".repeat(40),
    );
    const { code, err } = await run(["doctor"], { FARTHING_DATA: dir });
    expect(code).toBe(1);
    expect(err).toContain("cannot be used");
    expect(err).not.toContain("    at ");
  });
});

describe("apply", () => {
  const FILE =
    'plans: [{ id: basic, discount: "70%" }]\nupstreams: [{ id: main, provider: openai, apiKey: ${MAIN_KEY} }]\n';

  it("applies a file, then has nothing to change", async () => {
    const file = put(FILE);
    const env = { MAIN_KEY: "sk-canary" };
    const first = await run(["apply", file], env);
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toBe("created upstream main (provider, apiKey)\ncreated plan basic (discount)\n");
    expect(JSON.parse((await run(["apply", "--json", file], env)).out)).toEqual({ changes: [], warnings: [] });
    const db = openSqlite({ file: databaseFile({ dataDir: path.join(dir, "data") }) });
    expect((await readObjects(db.kysely)).map((object) => object.id)).toEqual(["basic", "main"]);
    await db.close();
  });

  it("tells what is wrong with a file, line by line, and what it could not use", async () => {
    const wrong = await run(["apply", put("plans: [{ id: a, rpd: 1 }]\nlimits: 3\n")]);
    expect(wrong.code).toBe(1);
    expect(wrong.err.trim().split("\n")).toHaveLength(2);
    const unset = await run(["apply", put(FILE)]);
    expect(unset.code).toBe(0);
    expect(unset.out).toContain("Warning: upstream 'main' is disabled: the variable MAIN_KEY is not set");
  });
});

describe("doctor", () => {
  const servers: Server[] = [];
  const listen = async (answer: boolean): Promise<{ baseUrl: string; seen: string[] }> => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
      if (answer) response.writeHead(404).end();
      else request.socket.destroy();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen };
  };
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it("finds a fresh installation well", async () => {
    const { code, out } = await run(["doctor", "--json"]);
    expect(code).toBe(0);
    const report = JSON.parse(out) as { ok: boolean; findings: { check: string; verdict: string }[] };
    expect(report.ok).toBe(true);
    expect(report.findings.filter((finding) => finding.verdict !== "ok")).toEqual([]);
    expect(report.findings.map((finding) => finding.check)).toEqual(
      expect.arrayContaining(["configuration", "database", "migrations", "books", "secret", "models"]),
    );
  });

  it("asks each upstream without its credential, and names the one that is away", async () => {
    const [up, down] = [await listen(true), await listen(false)];
    const upstream = (id: string, baseUrl: string): string =>
      `{ id: ${id}, provider: openai-compatible, baseUrl: "${baseUrl}", apiKey: sk-canary }`;
    await run(["apply", put(`upstreams: [${upstream("up", up.baseUrl)}, ${upstream("down", down.baseUrl)}]`)]);
    const { code, out } = await run(["doctor"]);
    expect(code).toBe(1);
    expect(out).toMatch(/ok +upstream up: 127\.0\.0\.1:\d+ answers/);
    expect(out).toMatch(/FAILED +upstream down: 127\.0\.0\.1:\d+: /);
    expect(out).not.toContain("sk-canary");
    expect(up.seen).toHaveLength(1);
    expect(up.seen[0]).toMatch(/^HEAD \/v1 /);
    expect(up.seen.join()).not.toContain("sk-canary");
  });

  it("names an upstream that nothing listens for", async () => {
    const { baseUrl } = await listen(true);
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    expect(await probe({ id: "gone", baseUrl })).toMatchObject({
      verdict: "failed",
      detail: expect.stringContaining("ECONNREFUSED") as string,
    });
  });

  it("fails when the books disagree", async () => {
    const created = await run(["account", "create", "--name", "Acme", "--credit", "10", "--json"]);
    expect(created.code).toBe(0);
    const db = openSqlite({ file: databaseFile({ dataDir: path.join(dir, "data") }) });
    db.sqlite.exec("update account set balance = balance + 1 where kind = 'customer'");
    await db.close();
    const { code, out } = await run(["doctor"]);
    expect(code).toBe(1);
    expect(out).toMatch(/FAILED +books: \d+ disagreements; see: farthing audit/);
  });

  it("warns of what is configured and cannot be used", async () => {
    await run(["apply", put('models: [{ id: half, context: 10, maxOutput: 5, prices: { input: "1" } }]')]);
    const { code, out } = await run(["doctor"]);
    expect(code).toBe(0);
    expect(out).toContain("warning  settings: model 'half' is not listed: no price for output, reasoning");
  });

  it("fails for a configuration file that does not hold", async () => {
    const { code, out } = await run(["doctor"], { FARTHING_CONFIG: put("plan: []") });
    expect(code).toBe(1);
    expect(out).toContain('FAILED   configuration: Unrecognized key: "plan"');
  });

  it("warns when another FARTHING_SECRET sealed a credential", async () => {
    await run(["apply", put("upstreams: [{ id: a, provider: openai, apiKey: k }]")]);
    const { out } = await run(["doctor"], { FARTHING_SECRET: "another-secret-0123456789abcdef-x" });
    expect(out).toContain("upstream 'a' is not used: its apiKey cannot be opened");
    expect(out).toContain("secret: given by FARTHING_SECRET");
  });
});

/** Starting: what a first start says, how fast a second one is ready to be told, and one clear line for everything that can be wrong. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "..");

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "farthing-start-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

interface Ended {
  readonly out: string;
  readonly err: string;
  readonly code: number | null;
}

/** Starts the server; when it says it is ready, runs `whenReady` and sends SIGTERM twice (once to drain, once to hurry). */
const start = (env: Record<string, string>, whenReady?: (out: string) => Promise<void>): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["src/main.ts"], {
      cwd: ROOT,
      env: { PATH: process.env["PATH"], PORT: "0", METRICS_PORT: "off", FARTHING_DATA: path.join(dir, "data"), ...env },
    });
    let out = "";
    let err = "";
    let told = false;
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      if (told || !out.includes("ready on ")) return;
      told = true;
      void (whenReady?.(out) ?? Promise.resolve()).then(
        () => {
          child.kill("SIGTERM");
          child.kill("SIGTERM");
        },
        (error: unknown) => {
          child.kill("SIGKILL");
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("exit", (code) => {
      resolve({ out, err, code });
    });
  });

/** Runs the command that the welcome prints, as a user would paste it. */
const paste = (out: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const command = out.slice(out.indexOf("curl "), out.lastIndexOf("'") + 1);
    const shell = spawn("sh", ["-c", `${command} --silent`]);
    let answer = "";
    shell.stdout.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    shell.on("error", reject);
    shell.on("exit", () => {
      resolve(answer);
    });
  });

describe("a first start", () => {
  it("prints the address, an admin code and a curl that works; a second start prints none of them", async () => {
    let answer = "";
    const first = await start({}, async (out) => {
      answer = await paste(out);
    });
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/Farthing is at http:\/\/127\.0\.0\.1:\d+/);
    expect(first.out).toMatch(/Admin code: [0-9A-Z]{4}(-[0-9A-Z]{2,4})+/);
    expect(first.out).toMatch(/^ready on http:\/\/127\.0\.0\.1:\d+$/m);
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    expect(JSON.parse(body)).toMatchObject({ object: "chat.completion", model: "sandbox/echo" });
    expect(head).toMatch(/^x-farthing-balance: 9\.99/m);
    const second = await start({});
    expect(second.code).toBe(0);
    expect(second.out).toMatch(/^ready on http/m);
    expect(second.out).not.toContain("curl");
    expect(second.out).not.toContain("Admin code");
  });

  it("prints nothing secret and makes no account in production", async () => {
    const env = { NODE_ENV: "production", FARTHING_SECRET: "0123456789abcdef0123456789abcdef" };
    const { out, code } = await start(env);
    expect(code).toBe(0);
    expect(out).not.toContain("sk-far-");
    expect(out).not.toContain("Admin code");
  });
});

describe("what is wrong is said in one line, with exit code 1", () => {
  const expectOneLine = ({ err, code }: Ended): void => {
    expect(code).toBe(1);
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(err).not.toContain("    at ");
  };

  it("a port in use", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, "127.0.0.1", resolve);
    });
    const { port } = other.address() as AddressInfo;
    const ended = await start({ PORT: String(port) });
    other.close();
    expectOneLine(ended);
    expect(ended.err).toContain(`Port ${port}`);
    expect(ended.err).toContain("PORT");
  });

  it("a metrics port in use, when it was asked for", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, "127.0.0.1", resolve);
    });
    const { port } = other.address() as AddressInfo;
    const ended = await start({ METRICS_PORT: String(port) });
    other.close();
    expectOneLine(ended);
    expect(ended.err).toContain(`METRICS_PORT ${port}`);
  });

  it("a data folder that cannot be made", async () => {
    const file = path.join(dir, "file");
    writeFileSync(file, "");
    const ended = await start({ FARTHING_DATA: path.join(file, "data") });
    expectOneLine(ended);
    expect(ended.err).toContain("FARTHING_DATA");
  });

  it("a database that is none", async () => {
    mkdirSync(path.join(dir, "data"));
    writeFileSync(path.join(dir, "data", "farthing.db"), "this is not a database, whatever its name says");
    expectOneLine(await start({}));
  });

  it("a database that is newer than the code", async () => {
    await start({});
    const database = new DatabaseSync(path.join(dir, "data", "farthing.db"));
    database.exec("insert into migration (id, name, checksum, applied_at) values (9999, '9999_future.sql', 'x', 0)");
    database.close();
    const ended = await start({});
    expectOneLine(ended);
    expect(ended.err).toContain("newer");
  });

  it("a server that already uses the data folder", async () => {
    await start({}, async () => {
      const ended = await start({});
      expectOneLine(ended);
      expect(ended.err).toContain("Another server");
    });
  });

  it("a configuration file that is missing, broken, or holds an unknown field", async () => {
    expectOneLine(await start({ FARTHING_CONFIG: path.join(dir, "missing.yaml") }));
    const file = path.join(dir, "farthing.yaml");
    writeFileSync(file, "upstreams: [");
    expectOneLine(await start({ FARTHING_CONFIG: file }));
    writeFileSync(file, "storefront: { nmae: Acme }");
    const ended = await start({ FARTHING_CONFIG: file });
    expectOneLine(ended);
    expect(ended.err).toContain("nmae");
  });

  it("production without a secret, a port that is no number", async () => {
    expect((await start({ NODE_ENV: "production" })).err).toContain("FARTHING_SECRET");
    expect((await start({ PORT: "eighty" })).err).toContain("PORT");
  });
});

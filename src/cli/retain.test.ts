import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { runCommandLine } from "./main.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "farthing-retain-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const run = async (...words: string[]): Promise<{ code: number; json: Record<string, unknown> }> => {
  let out = "";
  const terminal = { env: { FARTHING_DATA: dir }, cwd: dir, out: (text: string) => (out += text), err: () => "" };
  const code = await runCommandLine([...words, "--json"], terminal);
  return { code, json: JSON.parse(out) as Record<string, unknown> };
};

it.each([[], ["--months", "0"], ["--months", "1.5"], ["--months", "x"], ["--months", "1201"]])(
  "%j: wrong usage, and nothing is given up",
  async (...words) => {
    expect(await run("retain", ...words)).toMatchObject({
      code: 2,
      json: { error: expect.stringContaining("--months") },
    });
  },
);

it("says from when on requests are kept, and the audit agrees", async () => {
  const { code, json } = await run("retain", "--months", "13");
  expect(code).toBe(0);
  expect(json).toMatchObject({ requests: 0, weeks: [] });
  expect(Date.parse(String(json["before"]))).toBeLessThan(Date.now() - 13 * 28 * 86_400_000);
  expect(await run("audit")).toMatchObject({ code: 0, json: { ok: true, horizon: null } });
});

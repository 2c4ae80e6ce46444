/** The tools behind `npm run check` are really on: each is shown a planted mistake that it must catch. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = path.join(import.meta.dirname, "..");
const BIN = path.join(ROOT, "node_modules", ".bin");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "farthing-tools-"));
  const compilerOptions = { strict: true, noEmit: true, target: "es2024", module: "nodenext", types: [] };
  writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a tool on one file. Returns its exit code and all that it said. */
const run = (tool: string, text: string, args: readonly string[]): { status: number | null; said: string } => {
  const file = path.join(folder, "planted.ts");
  writeFileSync(file, text);
  const env = { ...process.env, NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(path.join(BIN, tool), [...args, file], {
    cwd: folder,
    encoding: "utf8",
    env,
  });
  return { status, said: stdout + stderr };
};

describe("lint", () => {
  const config = ["-c", path.join(ROOT, ".oxlintrc.json")];

  it.each([
    ["no-floating-promises", "const f = async (): Promise<void> => {};\nf();\nexport { f };\n"],
    [
      "switch-exhaustiveness-check",
      'export const f = (x: "a" | "b"): number => {\n  switch (x) {\n    case "a":\n      return 1;\n  }\n  return 2;\n};\n',
    ],
    ["no-explicit-any", "export const f = (x: any): void => {\n  void x;\n};\n"],
    ["no-default-export", "export default 1;\n"],
    ["max-lines-per-function", `export const f = (): void => {\n${"  console.log(1);\n".repeat(91)}};\n`],
  ])("catches %s", (rule, text) => {
    const { status, said } = run("oxlint", text, config);
    expect(said).toContain(rule);
    expect(status).toBe(1);
  });

  it("accepts what is fine", () => {
    expect(run("oxlint", "export const f = async (): Promise<void> => {};\nawait f();\n", config)).toMatchObject({
      status: 0,
    });
  });
});

describe("format", () => {
  const config = ["--check", "-c", path.join(ROOT, ".oxfmtrc.json")];

  it("catches what is not formatted", () => {
    expect(run("oxfmt", "export const a = {b:1}\n", config)).toMatchObject({ status: 1 });
  });

  it("accepts what is", () => {
    expect(run("oxfmt", "export const a = { b: 1 };\n", config)).toMatchObject({ status: 0 });
  });
});

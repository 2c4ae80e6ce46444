/**
 * b11, b48, b49: what is handed out. No file holds a secret that somebody might leave as it is; what is installed is what the lock file
 * says, and runs nothing of its own while it is installed.
 */
import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { listPaths } from "../tidy/source.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");
const paths = listPaths();

/** Members whose values are secrets. */
const SECRET_NAMES = /secret|password|passwd|token|apikey|api_key|private_key|credential/i;

/** Members of this kind that hold a text of their own, by their way through the document. */
const secretsIn = (value: unknown, at: string): string[] => {
  if (Array.isArray(value)) return value.flatMap((item, index) => secretsIn(item, `${at}[${index}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const here = `${at}.${name}`;
    const isSecret = SECRET_NAMES.test(name) && typeof inner === "string" && inner !== "" && !inner.startsWith("${");
    return isSecret ? [here] : secretsIn(inner, here);
  });
};

describe("b11: no sample secrets", () => {
  const documents = paths.filter((file) => file.endsWith(".yaml") || file.endsWith(".yml"));

  it("finds what it looks for", () => {
    expect(secretsIn({ a: [{ apiKey: "sk-1" }], admin_token: "test-token" }, "x")).toEqual([
      "x.a[0].apiKey",
      "x.admin_token",
    ]);
    expect(secretsIn({ apiKey: "${KEY}", password: "" }, "x")).toEqual([]);
    expect(documents).toContain("compose.yaml");
    expect(documents.some((file) => file.startsWith("storefronts/"))).toBe(true);
  });

  it.each(documents)("%s", (file) => {
    expect(secretsIn(parse(read(file)), file)).toEqual([]);
  });

  it("no file of settings lies about that would be taken by itself", () => {
    const names = new Set(paths.map((file) => path.basename(file)));
    for (const name of [".env", ".env.example", "farthing.yaml", "conf.json", "config.json", "secret"])
      expect(names).not.toContain(name);
  });

  it("a container has no secret of its own, and asks for one", () => {
    const compose = parse(read("compose.yaml")) as { services: { farthing: { environment: Record<string, string> } } };
    expect(compose.services.farthing.environment["FARTHING_SECRET"]).toMatch(/^\$\{FARTHING_SECRET:\?/);
    const said = read("Dockerfile")
      .split("\n")
      .filter((line) => !line.startsWith("#"))
      .join("\n");
    expect(said).not.toMatch(SECRET_NAMES);
    expect(said).toMatch(/^USER node$/m);
  });
});

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly link?: boolean;
}
interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

describe("b48, b49: what is installed", () => {
  const manifest = JSON.parse(read("package.json")) as Package;
  const { packages } = JSON.parse(read("package-lock.json")) as { packages: Readonly<Record<string, Locked>> };
  const locked = Object.entries(packages).filter(([name]) => name !== "");
  const nameOf = (place: string): string => place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);

  it("is named exactly, by version", () => {
    const asked = { ...manifest.dependencies, ...manifest.devDependencies };
    for (const [name, version] of Object.entries(asked)) {
      expect(version.replace(/^npm:[^@]+@/, ""), name).toMatch(/^\d+\.\d+\.\d+$/);
      expect(packages[`node_modules/${name}`]?.version, name).toBe(version.replace(/^npm:[^@]+@/, ""));
    }
    expect(read(".npmrc")).toContain("save-exact=true");
  });

  it("is known by its hash, but for other platforms' builds, which are not installed here", () => {
    const unknown = locked.filter(([, { integrity, optional }]) => integrity === undefined && optional !== true);
    expect(unknown.map(([place]) => place)).toEqual([]);
  });

  it("runs no script of its own but what is named", () => {
    expect(Object.keys(manifest.allowScripts)).toEqual(["node"]);
    expect(read("scripts/setup.mjs")).toContain('"--ignore-scripts"');
    expect(read("Dockerfile")).toMatch(/npm ci .*--ignore-scripts/);
    const scripted = locked
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([place]) => nameOf(place));
    // What another one brings along is left out too, since all are; a new one is looked at by whoever adds it.
    expect(scripted.sort()).toEqual(["node", "protobufjs"]);
  });

  it("is nothing that was ever handed out poisoned", () => {
    const names = new Set(locked.map(([place]) => nameOf(place)));
    for (const name of ["axios", "plain-crypto-js", "litellm", "event-stream", "ua-parser-js", "nossrf"])
      expect(names).not.toContain(name);
  });
});

/** Seal and open round-trip, and nothing else opens a sealed value. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ConfigError } from "./config.ts";
import { loadSecret, makeSecretBox, SecretError } from "./secret.ts";

const MASTER = "0123456789abcdef0123456789abcdef";
const PLACE = ["upstream", "lab", "apiKey"];

describe("SecretBox", () => {
  const box = makeSecretBox(MASTER);

  it("opens what it sealed, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.string(), { maxLength: 3 }), (text, place) => {
        expect(box.open("upstream-credential", place, box.seal("upstream-credential", place, text))).toBe(text);
      }),
    );
  });

  it("seals the same text differently each time, without the text in it", () => {
    const sealed = [1, 2].map(() => box.seal("upstream-credential", PLACE, "canary-value"));
    expect(sealed[0]).not.toBe(sealed[1]);
    for (const one of sealed)
      expect(Buffer.from(one.split(".").at(-1)!, "base64url").includes("canary-value")).toBe(false);
  });

  it.each([
    ["another purpose", () => box.open("admin-claim", PLACE, box.seal("upstream-credential", PLACE, "x"))],
    [
      "another row",
      () =>
        box.open("upstream-credential", ["upstream", "other", "apiKey"], box.seal("upstream-credential", PLACE, "x")),
    ],
    [
      "parts joined differently",
      () => box.open("upstream-credential", ["ab", "c"], box.seal("upstream-credential", ["a", "bc"], "x")),
    ],
    [
      "another master secret",
      () => makeSecretBox(`${MASTER}!`).open("upstream-credential", PLACE, box.seal("upstream-credential", PLACE, "x")),
    ],
    ["no sealed value", () => box.open("upstream-credential", PLACE, "plaintext")],
    [
      "a shortened tag",
      () => box.open("upstream-credential", PLACE, box.seal("upstream-credential", PLACE, "x").slice(0, -4)),
    ],
  ])("refuses %s", (_name, open) => {
    expect(open).toThrow(SecretError);
  });

  it("refuses a value with any byte changed", () => {
    const sealed = box.seal("upstream-credential", PLACE, "some credential");
    const [version, keyId, nonce, body] = sealed.split(".");
    const bytes = Buffer.from(body!, "base64url");
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i]! ^= 1;
      expect(() =>
        box.open("upstream-credential", PLACE, [version, keyId, nonce, changed.toString("base64url")].join(".")),
      ).toThrow(SecretError);
    }
  });

  it("fingerprints by text, place and master secret", () => {
    const mark = box.fingerprint(PLACE, "a");
    expect(box.fingerprint(PLACE, "a")).toBe(mark);
    expect(
      new Set([
        mark,
        box.fingerprint(PLACE, "b"),
        box.fingerprint(["x"], "a"),
        makeSecretBox(`${MASTER}!`).fingerprint(PLACE, "a"),
      ]).size,
    ).toBe(4);
  });
});

describe("loadSecret", () => {
  let dataDir = "";
  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), "farthing-secret-"));
  });
  afterEach(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });

  it("makes a file once, for the owner only, and reads it again", () => {
    const config = { secret: null, dataDir: path.join(dataDir, "new"), production: false };
    const first = loadSecret(config);
    const file = path.join(config.dataDir, "secret");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8").trim()).toHaveLength(64);
    expect(loadSecret(config).keyId).toBe(first.keyId);
  });

  it.each([
    ["none in production", { secret: null, production: true }],
    ["a short one", { secret: "short", production: false }],
    ["a placeholder", { secret: "0".repeat(64), production: true }],
    ["words again and again", { secret: "change-me-change-me-change-me-change-me", production: true }],
  ])("refuses %s", (_name, config) => {
    expect(() => loadSecret({ ...config, dataDir })).toThrow(ConfigError);
  });

  it("refuses a truncated file instead of making another", () => {
    writeFileSync(path.join(dataDir, "secret"), "abc");
    expect(() => loadSecret({ secret: null, dataDir, production: false })).toThrow(ConfigError);
    expect(readFileSync(path.join(dataDir, "secret"), "utf8")).toBe("abc");
  });

  it("uses FARTHING_SECRET and makes no file", () => {
    expect(loadSecret({ secret: MASTER, dataDir, production: true }).keyId).toBe(makeSecretBox(MASTER).keyId);
    expect(() => statSync(path.join(dataDir, "secret"))).toThrow("ENOENT");
  });
});

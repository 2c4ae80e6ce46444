/** What becomes of each feature between each client dialect and each surface of a provider, and that it is what was published. */
import { readFileSync } from "node:fs";

import { beforeAll, describe, expect, it } from "vitest";

import { CLIENT_DIALECTS, loadFidelity, requestColumn } from "../../src/catalog/fidelity.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import type { Surface } from "../../src/providers/provider.ts";
import { FEATURES } from "./features.ts";
import { filesOf } from "./files.ts";
import { columns, measure, type Measured } from "./matrix.ts";
import { plainColumn } from "./plain.ts";

let measured: Measured;
beforeAll(() => {
  measured = measure();
});

describe("fidelity", () => {
  it("loses nothing without a word", () => {
    expect(measured.lost).toEqual([]);
  });

  it("tells the same in a stream as in a whole reply", () => {
    expect(measured.unlike).toEqual([]);
  });

  it("is what was published (npm run fidelity writes it)", () => {
    for (const [file, text] of filesOf(measured.fidelity)) expect(readFileSync(file, "utf8"), file).toBe(text);
  });

  it("carries everything between sides of one protocol", () => {
    const { requests } = measured.fidelity;
    const pairs = [
      ["chat", plainColumn("openai-chat", "some-model", [])],
      ["responses", plainColumn("openai-responses", "some-model", [])],
      ["messages", plainColumn("anthropic", "some-model", [])],
      ["gemini", plainColumn("gemini", "some-model", [])],
      ["completions", "openai-completions"],
    ] as const;
    for (const [dialect, column] of pairs) expect(Object.keys(requests[column]?.[dialect] ?? {})).toEqual(["carried"]);
  });

  it("has a column for every surface of every provider", () => {
    const { requests } = loadFidelity();
    const model = { capabilities: [], modalities: { input: ["text"], output: ["text"] } };
    for (const provider of Object.values(PROVIDERS))
      for (const surface of provider.surfaces as readonly Surface[])
        expect(Object.keys(requests)).toContain(requestColumn(surface, "some-model", model));
  });

  it("asks for every feature in every column", () => {
    expect(Object.keys(measured.fidelity.requests)).toHaveLength(columns().length);
    for (const dialect of CLIENT_DIALECTS) {
      const known = FEATURES.filter(({ asked }) => asked[dialect] !== undefined).map(({ id }) => id);
      for (const [name, column] of Object.entries(measured.fidelity.requests))
        expect(Object.values(column[dialect]).flat().sort(), name).toEqual([...known].sort());
    }
  });
});

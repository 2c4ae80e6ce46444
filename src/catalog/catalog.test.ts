/** The catalogue's files and the rules that make a model of one: completeness (I-43), inheritance (§9.5), names. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { parseNano } from "../money.ts";
import { UNITS } from "../unit.ts";
import { catalogEntry, configuredEntry, toModel } from "./entry.ts";
import { CATALOG_DIR, CatalogError, loadCatalog } from "./load.ts";
import { emittedUnits, isServed, unpricedUnits, withInherited, type Model } from "./model.ts";

const catalog = loadCatalog();
const models = [...catalog.values()].map((entry) => toModel(entry, 0));
const callable = (model: Model): boolean =>
  model.status !== "retired" && isServed(model) && unpricedUnits(model).length === 0;

describe("the catalogue's files", () => {
  it("hold the models that the source named, by kind", () => {
    const own = models.filter((model) => model.provider !== "sandbox");
    const kinds = Object.groupBy(own, (model) => model.kind);
    expect([kinds.chat?.length, kinds.embedding?.length, kinds.image?.length, kinds.video?.length]).toEqual([
      102, 5, 9, 17,
    ]);
  });

  it("price every live chat model completely (I-43)", () => {
    const chat = models.filter((model) => model.kind === "chat" && model.status !== "retired");
    expect(chat.filter((model) => !callable(model)).map((model) => model.id)).toEqual([]);
  });

  it("name for each retired model a replacement that exists and is callable, or will be with its kind", () => {
    const retired = models.filter((model) => model.status === "retired");
    const usable = (model: Model, next: Model | undefined): boolean =>
      next !== undefined &&
      next.status !== "retired" &&
      next.kind === model.kind &&
      (model.kind !== "chat" || callable(next));
    const stranded = retired.filter(
      (model) =>
        !usable(
          model,
          models.find((other) => other.id === model.replacement),
        ),
    );
    expect(retired.length).toBeGreaterThan(0);
    expect(stranded.map((model) => model.id)).toEqual([]);
  });

  it("never use one name for two models", () => {
    const names = [...catalog.values()].flatMap((entry) => [entry.id, ...entry.aliases]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("keep what later kinds need", () => {
    expect(catalog.get("doubao-seedance-2-0-260128")).toMatchObject({
      duration: { min: 4, max: 15, auto: -1, default: 5 },
      resolutions: ["480p", "720p", "1080p"],
      cnyPerMillion: { "1080p": "51" },
    });
    expect(catalog.get("text-embedding-3-small")?.dimensions).toEqual({ default: 1536, min: 1, max: 1536 });
    expect(catalog.get("gpt-image-1.5")?.rates).toContainEqual({
      unit: "image_input",
      per: 1_000_000,
      price: "2",
      variant: { cached: true },
    });
    expect(catalog.get("veo-3.1-generate-preview")?.rates).toContainEqual({
      unit: "video_second",
      per: 1,
      price: "0.6",
      variant: { resolution: "4k" },
    });
  });
});

const entry = (fields: object): Model =>
  toModel(configuredEntry.parse({ id: "m", provider: "p", context: 1000, maxOutput: 100, ...fields }), 0);

describe("withInherited", () => {
  const one = { input: "1", output: "5" };
  it.each([
    [
      "what is silent",
      { prices: one },
      {
        cache_read: "1",
        cache_write_5m: "1",
        cache_write_1h: "1",
        image_input: "1",
        audio_input: "1",
        audio_cache_read: "1",
        reasoning: "5",
      },
    ],
    ["a stated cache price", { prices: { ...one, cache_read: "0.1" } }, { cache_read: "0.1", cache_write_5m: "1" }],
    [
      "a stated cache write of no lifetime",
      { prices: { ...one, cache_write_5m: "1.25" } },
      { cache_write_5m: "1.25", cache_write_1h: "1.25" },
    ],
    [
      "an explicit zero (I-44)",
      { prices: { ...one, reasoning: "0", cache_read: "0" } },
      { reasoning: "0", cache_read: "0" },
    ],
    ["audio", { prices: { ...one, audio_input: "3" } }, { audio_input: "3", audio_cache_read: "3", image_input: "1" }],
  ])("fills or keeps %s", (_name, fields, expected) => {
    const { prices } = entry(fields);
    for (const [unit, price] of Object.entries(expected))
      expect([unit, prices[unit as "input"]]).toEqual([unit, parseNano(price)]);
  });

  it("fills each tier from its own prices, not from the base", () => {
    const model = entry({
      prices: { ...one, cache_read: "0.1" },
      tiers: [{ above: 100, prices: { input: "2", output: "9" } }],
    });
    expect(model.tiers[0]?.price).toMatchObject({ cache_read: parseNano("2"), reasoning: parseNano("9") });
  });

  it("never invents a price without a source, and never for output that is not text", () => {
    expect(withInherited("chat", {})).toEqual({});
    expect(Object.keys(withInherited("chat", { input: 1n, output: 1n }))).not.toContain("image_output");
    expect(withInherited("video", { input: 1n })).toEqual({ input: 1n });
  });
});

describe("unpricedUnits (I-43)", () => {
  const complete = { prices: { input: "1", output: "5" } };
  it.each([
    ["nothing of a complete chat model", complete, []],
    ["the output of a model with only an input price", { prices: { input: "1" } }, ["output", "reasoning"]],
    [
      "every unit of a model without prices",
      {},
      [...emittedUnits({ kind: "chat", modalities: { input: [], output: [] }, capabilities: [], upstream: null })],
    ],
    ["what only a tier lacks", { ...complete, tiers: [{ above: 5, prices: { input: "2" } }] }, ["output", "reasoning"]],
    ["image output", { ...complete, modalities: { input: ["text"], output: ["text", "image"] } }, ["image_output"]],
    ["audio output", { ...complete, modalities: { input: ["text"], output: ["audio"] } }, ["audio_output"]],
    ["searches", { ...complete, capabilities: ["web_search"] }, ["web_search"]],
    ["a video model's seconds, which only its rates price", { ...complete, kind: "video" }, ["video_second"]],
    ["nothing of an embedding model with an input price", { kind: "embedding", prices: { input: "1" } }, []],
  ])("names %s", (_name, fields, missing) => {
    expect(unpricedUnits(entry(fields))).toEqual(missing);
  });
});

describe("an entry's schema", () => {
  const file = JSON.parse(readFileSync(path.join(CATALOG_DIR, "openai", "gpt-4o.json"), "utf8")) as Record<
    string,
    unknown
  >;
  it.each([
    ["a price that is a number", { prices: { input: 2.5 } }, "prices"],
    ["a negative price", { prices: { input: "-1" } }, "prices"],
    ["an exponent", { prices: { input: "1e3" } }, "prices"],
    ["ten decimals", { prices: { input: "0.0000000001" } }, "prices"],
    ["an unknown unit", { prices: { tokens: "1" } }, "prices"],
    ["an unknown field", { price: {} }, ""],
    ["a chat model without a context", { context: null }, "context"],
    ["a fractional context", { context: 1.5 }, "context"],
    [
      "tiers out of order",
      {
        tiers: [
          { above: 5, prices: {} },
          { above: 5, prices: {} },
        ],
      },
      "tiers",
    ],
    ["a blank in an alias", { aliases: ["gpt 4o"] }, "aliases"],
    ["a line break in an alias", { aliases: ["a\r\nb"] }, "aliases"],
    ["no source", { source: [] }, "source"],
    ["a date that is none", { asOf: "2026-13-01" }, "asOf"],
    ["an unknown kind", { kind: "audio" }, "kind"],
  ])("refuses %s", (_name, change, field) => {
    expect(catalogEntry.safeParse(file).success).toBe(true);
    const parsed = catalogEntry.safeParse({ ...file, ...change });
    expect(parsed.error?.issues.map((issue) => String(issue.path[0] ?? ""))).toContain(field);
  });

  it("knows every unit", () => {
    const prices = Object.fromEntries(UNITS.map((unit) => [unit, "1"]));
    expect(catalogEntry.safeParse({ ...file, prices }).success).toBe(true);
  });
});

describe("loadCatalog", () => {
  let dir = "";
  const put = (where: string, change: object, from = "openai/gpt-4o.json"): void => {
    const base = JSON.parse(readFileSync(path.join(CATALOG_DIR, from), "utf8")) as object;
    writeFileSync(path.join(dir, where), JSON.stringify({ ...base, aliases: [], ...change }));
  };
  beforeAll(() => {
    dir = mkdtempSync(path.join(tmpdir(), "farthing-catalog-"));
    cpSync(path.join(CATALOG_DIR, "openai"), path.join(dir, "openai"), { recursive: true });
  });
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it("names file and field of every problem at once", () => {
    put("openai/one.json", { id: "one", prices: { input: 1 } });
    put("openai/two.json", { id: "too" });
    put("openai/three.json", { id: "three", provider: "google" });
    put("openai/four.json", { id: "four", aliases: ["gpt-4o"] });
    writeFileSync(path.join(dir, "openai", "five.json"), "{");
    let thrown: unknown;
    try {
      loadCatalog(dir);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(CatalogError);
    const { message } = thrown as CatalogError;
    expect(message.split("\n")).toHaveLength(5);
    expect(message).toContain("openai/one.json: prices.input: must be a decimal in quotes");
    expect(message).toContain("openai/two.json: id: must be 'two'");
    expect(message).toContain("openai/three.json: provider: must be 'openai'");
    expect(message).toContain("the name 'gpt-4o' already belongs to");
    expect(message).toContain("openai/five.json: is not valid JSON");
  });
});

/** Which models an installation lists, and what each name stands for. */
import { describe, expect, it } from "vitest";

import { loadCatalog } from "../catalog/load.ts";
import type { Model } from "../catalog/model.ts";
import { priceLists, priceName } from "../catalog/prices.ts";
import type { PriceRow } from "../price.ts";
import { assemble, type StoredObject } from "./assemble.ts";
import { buildInstallation, offersOf } from "./build.ts";
import type { Installation } from "./installation.ts";

const catalog = loadCatalog();
/** Rows of all price lists of a model, by their names. */
const rowsOf = (model: Model): (readonly [string, PriceRow])[] =>
  priceLists(model).map(({ when, list }, i) => [priceName(model, when), { id: i + 1, ...list }]);

const install = (objects: readonly StoredObject[], production = false): Installation => {
  const sandbox = { baseUrl: "http://127.0.0.1:1", apiKey: "token" };
  const assembly = assemble({ catalog, objects, openKey: (_id, sealed) => sealed, env: {}, production, sandbox });
  const offered = offersOf(assembly, production);
  return buildInstallation(assembly, offered, new Map(offered.offers.flatMap(({ model }) => rowsOf(model))));
};

const stored = (kind: StoredObject["kind"], id: string, data: StoredObject["data"]): StoredObject => ({
  kind,
  id,
  data,
  enabled: true,
  updatedAt: 0,
});

describe("an installation", () => {
  it("without any provider offers every live model of a kind that is served through the sandbox", () => {
    const { callables } = install([]);
    const served = [...catalog.values()].filter(({ status }) => status !== "retired");
    expect(callables.map(({ model }) => model.id).sort()).toEqual(served.map(({ id }) => id).sort());
    expect(callables.every((callable) => callable.candidates[0].upstream.sandbox)).toBe(true);
  });

  it("in production offers only what an upstream serves", () => {
    expect(install([], true).callables).toEqual([]);
    const { callables } = install([stored("upstream", "a", { provider: "deepseek", apiKey: "s" })], true);
    expect(callables.length).toBeGreaterThan(0);
    expect(callables.every((callable) => callable.model.provider === "deepseek")).toBe(true);
  });

  it.each([
    ["an id", "gpt-4o", "callable"],
    ["an alias", "openai/gpt-4o", "callable"],
    ["a deprecated model", "claude-sonnet-4-5", "callable"],
    ["a retired model", "claude-3-haiku", "retired"],
    ["an alias of a retired model", "claude-3-haiku-20240307", "retired"],
    ["a retired model of another kind", "dall-e-3", "retired"],
    ["an image model that can be talked to", "nano-banana-pro", "callable"],
    ["an embedding model", "text-embedding-3-small", "callable"],
    ["an image model with a route of its own", "gpt-image-2", "callable"],
    ["a video model", "veo-3.1-generate-preview", "callable"],
    ["a name in other case", "GPT-4o", "unknown"],
    ["an inherited property", "constructor", "unknown"],
    ["nothing", "", "unknown"],
  ])("resolves %s", (_name, asked, kind) => {
    expect(install([]).resolve(asked).kind).toBe(kind);
  });

  it("tells a retired model's replacement, which is callable", () => {
    const found = install([]).resolve("claude-3-haiku");
    expect(found).toMatchObject({ kind: "retired", model: { replacement: "claude-haiku-4-5" } });
    expect(install([]).resolve("claude-haiku-4-5").kind).toBe("callable");
  });

  it("neither lists nor calls a model that lacks a price (I-43)", () => {
    const installation = install([stored("model", "half", { context: 1, maxOutput: 1, prices: { input: "1" } })]);
    expect(installation.resolve("half").kind).toBe("unknown");
    expect(installation.callables.some((callable) => callable.model.id === "half")).toBe(false);
    expect(installation.warnings).toEqual(["model 'half' is not listed: no price for output, reasoning"]);
  });

  it("names a configured model that nothing serves", () => {
    const model = stored("model", "mine", { context: 1, maxOutput: 1, prices: { input: "1", output: "1" } });
    expect(install([model], true).warnings).toEqual(["model 'mine' is not listed: no enabled upstream serves it"]);
  });

  it("gives each variant of a model a row of its own (decision 0034)", () => {
    const model = stored("model", "drawn", {
      kind: "image",
      prices: { image: "50000" },
      rates: [
        { unit: "image", per: 1, price: "0.04", variant: { size: "large", quality: "high" } },
        { unit: "image", per: 1_000_000, price: "20000", variant: { quality: "low" } },
      ],
      routes: [{ upstream: "sandbox", model: "sandbox/echo" }],
    });
    const found = install([model]).resolve("drawn");
    if (found.kind !== "callable") throw new Error(found.kind);
    const { price, variantPrices } = found.callable.model;
    expect(price.base).toEqual({ image: 50_000_000_000_000n });
    expect(variantPrices.map(({ when, row }) => [when, row.base.image, row.id])).toEqual([
      [{ size: "large", quality: "high" }, 40_000_000_000_000n, 2],
      [{ quality: "low" }, 20_000_000_000_000n, 3],
    ]);
    expect(priceName({ id: "drawn" }, { size: "large", quality: "high" })).toBe(
      priceName({ id: "drawn" }, { quality: "high", size: "large" }),
    );
  });

  it("takes the rates of a model that is sold by tokens for what others quote, and no price", () => {
    const found = install([]).resolve("gpt-image-1.5");
    expect(found).toMatchObject({ kind: "callable", callable: { model: { variantPrices: [] } } });
  });

  it("leaves out a model whose price row is not published", () => {
    const assembly = assemble({
      catalog,
      objects: [],
      openKey: (_id, sealed) => sealed,
      env: {},
      production: false,
      sandbox: { baseUrl: "http://127.0.0.1:1", apiKey: "t" },
    });
    expect(buildInstallation(assembly, offersOf(assembly, false), new Map()).callables).toEqual([]);
  });

  it("does not list a model whose id an operator gave to another", () => {
    const model = stored("model", "mine", {
      context: 1,
      maxOutput: 1,
      prices: { input: "1", output: "1" },
      aliases: ["gpt-4o"],
    });
    const installation = install([model]);
    expect(installation.resolve("gpt-4o")).toMatchObject({ callable: { model: { id: "mine" } } });
    expect(installation.callables.some((callable) => callable.model.id === "gpt-4o")).toBe(false);
  });
});

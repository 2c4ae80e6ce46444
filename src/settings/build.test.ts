/** Which models an installation lists, and what each name stands for. */
import { describe, expect, it } from "vitest";

import { loadCatalog } from "../catalog/load.ts";
import type { Model } from "../catalog/model.ts";
import { EXACT } from "../money.ts";
import type { PriceRow } from "../price.ts";
import { assemble, type StoredObject } from "./assemble.ts";
import { buildInstallation, offersOf } from "./build.ts";
import type { Installation } from "./installation.ts";

const catalog = loadCatalog();
const priceOf = (model: Model): PriceRow => ({ id: 1, base: model.prices, tiers: model.tiers, rounding: EXACT });

const install = (objects: readonly StoredObject[], production = false): Installation => {
  const sandbox = { baseUrl: "http://127.0.0.1:1", apiKey: "token" };
  const assembly = assemble({ catalog, objects, openKey: (_id, sealed) => sealed, env: {}, production, sandbox });
  const offered = offersOf(assembly, production);
  return buildInstallation(assembly, offered, new Map(offered.offers.map(({ model }) => [model.id, priceOf(model)])));
};

const stored = (kind: StoredObject["kind"], id: string, data: StoredObject["data"]): StoredObject => ({
  kind,
  id,
  data,
  enabled: true,
  updatedAt: 0,
});

describe("an installation", () => {
  it("without any provider offers every live chat model through the sandbox", () => {
    const { callables } = install([]);
    const chat = [...catalog.values()].filter((entry) => entry.kind === "chat" && entry.status !== "retired");
    expect(callables).toHaveLength(chat.length);
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
    ["a model of a kind that is not served yet", "text-embedding-3-small", "unknown"],
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

/** The installation from its sources: candidate rules, what configuration overrides, and what is switched off by a fault. */
import { describe, expect, it } from "vitest";

import { loadCatalog } from "../catalog/load.ts";
import { parseNano } from "../money.ts";
import { PROVIDER_IDS } from "../providers/index.ts";
import { assemble, isSellable, type Assembly, type Sources, type StoredObject } from "./assemble.ts";
import { candidatesFor } from "./candidates.ts";
import type { Fields } from "./variables.ts";

const catalog = loadCatalog();
const SANDBOX = { baseUrl: "http://127.0.0.1:1", apiKey: "token" };

const stored = (kind: StoredObject["kind"], id: string, data: Fields, enabled = true): StoredObject => ({
  kind,
  id,
  data,
  enabled,
  updatedAt: 1_000_000,
});

const put = (objects: readonly StoredObject[], changes: Partial<Sources> = {}): Assembly =>
  assemble({
    catalog,
    objects,
    openKey: (_id, sealed) => {
      if (sealed === "foreign") throw new Error("sealed elsewhere");
      return `opened:${sealed}`;
    },
    env: {},
    production: false,
    sandbox: SANDBOX,
    ...changes,
  });

const openai = (id: string, data: Fields = {}): StoredObject =>
  stored("upstream", id, { provider: "openai", apiKey: "s", ...data });
const lab = (data: Fields = {}, enabled = true): StoredObject =>
  stored("upstream", "lab", { provider: "openai-compatible", baseUrl: "http://127.0.0.1:9100/v1", ...data }, enabled);
const route = (upstream: string, name: string, priority = 1, weight = 1): Fields => ({
  upstream,
  model: name,
  priority,
  weight,
});
const own = (data: Fields = {}): StoredObject =>
  stored("model", "acme-1", { context: 1000, maxOutput: 100, prices: { input: "1", output: "2" }, ...data });

const reached = (assembly: Assembly, id: string, production = false): string[] => {
  const model = assembly.names.get(id);
  if (model === undefined) return ["unknown"];
  return candidatesFor(model, { upstreams: assembly.upstreams, production }).map(
    (candidate) => `${candidate.upstream.id}:${candidate.model}`,
  );
};

describe("candidates", () => {
  it.each<[string, StoredObject[], Partial<Sources>, string, string[]]>([
    ["by provider", [openai("a")], {}, "gpt-4o", ["a:gpt-4o"]],
    [
      "by provider, with the upstream's name for it",
      [openai("a", { models: { "gpt-4o": "deployment-1" } })],
      {},
      "gpt-4o",
      ["a:deployment-1"],
    ],
    ["of every upstream of the provider", [openai("a"), openai("b")], {}, "gpt-4o", ["a:gpt-4o", "b:gpt-4o"]],
    ["by an alias", [openai("a")], {}, "openai/gpt-4o", ["a:gpt-4o"]],
    [
      "listed by another provider's upstream",
      [openai("a"), lab({ models: { "gpt-4o": "x" } })],
      {},
      "gpt-4o",
      ["a:gpt-4o", "lab:x"],
    ],
    ["never of a provider that only lists", [lab()], { production: true }, "gpt-4o", []],
    ["by the environment", [], { env: { OPENAI_API_KEY: "k" } }, "gpt-4o", ["openai:gpt-4o"]],
    ["not by an empty variable", [], { env: { OPENAI_API_KEY: " " }, production: true }, "gpt-4o", []],
    [
      "not by the environment beside a configured upstream",
      [openai("a")],
      { env: { OPENAI_API_KEY: "k" } },
      "gpt-4o",
      ["a:gpt-4o"],
    ],
    [
      "not by the environment beside a disabled upstream",
      [stored("upstream", "a", { provider: "openai" }, false)],
      { env: { OPENAI_API_KEY: "k" }, production: true },
      "gpt-4o",
      [],
    ],
    [
      "by explicit routes alone, in order of priority",
      [openai("a"), lab(), stored("model", "gpt-4o", { routes: [route("lab", "second", 2), route("a", "first", 1)] })],
      {},
      "gpt-4o",
      ["a:first", "lab:second"],
    ],
    [
      "by explicit routes that are still enabled",
      [openai("a"), lab({}, false), stored("model", "gpt-4o", { routes: [route("lab", "x"), route("a", "y")] })],
      {},
      "gpt-4o",
      ["a:y"],
    ],
    [
      "of the sandbox, outside production, for what nobody serves",
      [],
      {},
      "claude-opus-4-8",
      ["sandbox:claude-opus-4-8"],
    ],
    [
      "of the sandbox for routes that lead nowhere",
      [own({ routes: [route("gone", "x")] })],
      {},
      "acme-1",
      ["sandbox:acme-1"],
    ],
    ["of nobody in production for what nobody serves", [], { production: true }, "claude-opus-4-8", []],
    ["of nobody when no sandbox runs", [], { sandbox: null }, "claude-opus-4-8", []],
    [
      "of the sandbox alone for its own models",
      [openai("a", { models: { "sandbox/echo": "x" } })],
      {},
      "sandbox/echo",
      ["sandbox:sandbox/echo"],
    ],
    ["of nobody in production for the sandbox's models", [], { production: true }, "sandbox/echo", []],
    [
      "of the sandbox in production where it is switched on",
      [stored("sandbox", "default", { enabled: true })],
      { production: true },
      "sandbox/echo",
      ["sandbox:sandbox/echo"],
    ],
    [
      "of the sandbox in production for nothing but its own",
      [stored("sandbox", "default", { enabled: true })],
      { production: true },
      "gpt-4o",
      [],
    ],
    [
      "of nobody where the sandbox is switched off",
      [stored("sandbox", "default", { enabled: false })],
      {},
      "sandbox/echo",
      [],
    ],
    [
      "through a route to the sandbox",
      [own({ routes: [route("sandbox", "sandbox/echo")] })],
      {},
      "acme-1",
      ["sandbox:sandbox/echo"],
    ],
  ])("%s", (_name, objects, changes, id, expected) => {
    expect(reached(put(objects, changes), id, changes.production)).toEqual(expected);
  });

  it("keep a route's weight", () => {
    const assembly = put([lab(), own({ routes: [route("lab", "x", 3, 7)] })]);
    const [candidate] = candidatesFor(assembly.names.get("acme-1")!, {
      upstreams: assembly.upstreams,
      production: false,
    });
    expect(candidate).toMatchObject({ priority: 3, weight: 7, upstream: { sandbox: false } });
  });
});

describe("the catalogue", () => {
  it("names a known provider for every chat model", () => {
    const makers = new Set(
      [...catalog.values()].filter((entry) => entry.kind === "chat").map((entry) => entry.provider),
    );
    expect([...makers].filter((maker) => !PROVIDER_IDS.some((id) => id === maker))).toEqual([]);
  });

  it("gives no warning by itself", () => {
    expect(put([]).warnings).toEqual([]);
  });
});

describe("configured models", () => {
  it("replace the catalogue's whole price list, tiers included", () => {
    const model = put([stored("model", "gemini-3.1-pro-preview", { prices: { input: "7", output: "9" } })]).models.get(
      "gemini-3.1-pro-preview",
    )!;
    expect(catalog.get("gemini-3.1-pro-preview")?.tiers.length).toBeGreaterThan(0);
    expect(model.tiers).toEqual([]);
    expect(model.prices).toMatchObject({
      input: parseNano("7"),
      cache_read: parseNano("7"),
      reasoning: parseNano("9"),
    });
    expect(model.context).toBe(catalog.get("gemini-3.1-pro-preview")?.context);
  });

  it("keep what they do not mention", () => {
    const model = put([stored("model", "gpt-4o", { maxOutput: 5 })]).models.get("gpt-4o")!;
    expect(model).toMatchObject({ maxOutput: 5, provider: "openai", prices: { cache_read: parseNano("1.25") } });
  });

  it("fall back to the catalogue when they are disabled", () => {
    const assembly = put([
      stored("model", "gpt-4o", { maxOutput: 5 }, false),
      stored("model", "gone", { context: 1, maxOutput: 1 }, false),
    ]);
    expect(assembly.models.get("gpt-4o")?.maxOutput).toBe(16_384);
    expect(assembly.names.has("gone")).toBe(false);
  });

  it("bring a retired model back with routes, and not without", () => {
    expect(isSellable(put([]).models.get("claude-3-haiku")!)).toBe(false);
    expect(isSellable(put([stored("model", "claude-3-haiku", { maxOutput: 5 })]).models.get("claude-3-haiku")!)).toBe(
      false,
    );
    expect(
      isSellable(
        put([lab(), stored("model", "claude-3-haiku", { routes: [route("lab", "x")] })]).models.get("claude-3-haiku")!,
      ),
    ).toBe(true);
  });

  it("win a name over the catalogue's aliases and ids, but not over each other", () => {
    const assembly = put([
      own({ aliases: ["deepseek-chat", "claude-3-haiku", "mine"] }),
      stored("model", "acme-2", { context: 1, maxOutput: 1, prices: { input: "1", output: "1" }, aliases: ["mine"] }),
    ]);
    for (const name of ["acme-1", "deepseek-chat", "claude-3-haiku", "mine"])
      expect(assembly.names.get(name)?.id).toBe("acme-1");
    expect(assembly.warnings).toEqual(["model 'acme-2': the alias 'mine' already means 'acme-1'"]);
  });

  it("without a price for all they emit are named and not sold (I-43)", () => {
    const assembly = put([own({ prices: { input: "1" } })]);
    expect(isSellable(assembly.models.get("acme-1")!)).toBe(false);
    expect(assembly.warnings).toEqual(["model 'acme-1' is not listed: no price for output, reasoning"]);
  });

  it("that no longer fit the schema are named and ignored", () => {
    const assembly = put([own({ context: -1 }), own({})]);
    expect(assembly.warnings[0]).toMatch(/^model 'acme-1' is not used: context: /);
  });
});

describe("upstreams", () => {
  it("are resolved: provider, address without a slash, opened credential", () => {
    expect(put([openai("a", { baseUrl: "https://proxy.example/v1/" })]).upstreams.get("a")).toMatchObject({
      baseUrl: "https://proxy.example/v1",
      apiKey: "opened:s",
      sandbox: false,
      provider: { id: "openai" },
    });
    expect(put([openai("a")]).upstreams.get("a")?.baseUrl).toBe("https://api.openai.com/v1");
    expect(put([lab()]).upstreams.get("lab")?.apiKey).toBe("");
  });

  it.each([
    [
      "without a credential that the provider needs",
      stored("upstream", "a", { provider: "openai" }),
      "apiKey is missing",
    ],
    ["whose credential another secret sealed", openai("a", { apiKey: "foreign" }), "cannot be opened"],
    ["without an address", stored("upstream", "a", { provider: "openai-compatible" }), "baseUrl is required"],
    ["of an unknown provider", stored("upstream", "a", { provider: "acme", apiKey: "s" }), "provider"],
  ])("%s are named and not used", (_name, object, why) => {
    const assembly = put([object]);
    expect(assembly.upstreams.has("a")).toBe(false);
    expect(assembly.warnings).toHaveLength(1);
    expect(assembly.warnings[0]).toContain(why);
  });

  it("that list what is no model are named", () => {
    expect(put([lab({ models: { nothing: "x" } })]).warnings).toEqual([
      "upstream 'lab': models names 'nothing', which is not a model",
    ]);
  });
});

describe("storefront and plans", () => {
  it("have defaults", () => {
    expect(put([])).toMatchObject({
      storefront: {
        name: "Farthing",
        keyPrefix: "sk-far-",
        mounts: [""],
        unit: { name: "USD", symbol: "$", rate: { num: 1n, den: 1n } },
        support: null,
      },
      defaultPlan: null,
    });
  });

  it("are read: credits as an exact fraction, a discount as what is left of the price", () => {
    const assembly = put([
      stored("storefront", "default", {
        name: "Acme",
        mounts: ["/api"],
        unit: { name: "credits", per: "usd", rate: "2.5" },
      }),
      stored("plan", "basic", { discount: "70%", rpm: 200, default: true }),
      stored("plan", "pro", { price: "19", once: true, discount: "80%" }),
      stored("plan", "old", { discount: "99%" }, false),
    ]);
    expect(assembly.storefront).toMatchObject({
      mounts: ["", "/api"],
      unit: { name: "credits", rate: { num: 5n, den: 2n } },
    });
    expect(assembly.defaultPlan).toMatchObject({
      id: "basic",
      multiplier: { num: 3n, den: 10n },
      fee: 0n,
      rpm: 200,
      tpm: null,
    });
    expect(assembly.plans.get("pro")).toMatchObject({ multiplier: { num: 1n, den: 5n }, fee: parseNano("19") });
    expect(assembly.plans.has("old")).toBe(false);
  });
});

describe("a storefront", () => {
  const front = (data: Fields): StoredObject => stored("storefront", "default", data);

  it("offers all of the catalogue, or nothing but its own models and the sandbox's", () => {
    const all = put([own()]);
    expect(all.names.has("gpt-4o")).toBe(true);
    const only = put([front({ catalog: "own" }), own({ aliases: ["gpt-4o"] })]);
    expect(only.names.get("gpt-4o")?.id).toBe("acme-1");
    expect(only.names.has("gpt-4o-mini")).toBe(false);
    expect([...only.models.values()].every(({ id, provider }) => id === "acme-1" || provider === "sandbox")).toBe(true);
    // The sandbox stays: it is how an operator and their customers try things.
    expect(only.names.has("sandbox/echo")).toBe(true);
  });

  it("still takes from the catalogue what a model of its own leaves out", () => {
    const { names } = put([front({ catalog: "own" }), stored("model", "gpt-4o", { context: 1_000 })]);
    expect(names.get("gpt-4o")).toMatchObject({ context: 1_000, prices: { input: parseNano("2.5") } });
  });

  it("is closed, gives nothing away and has the usual keys unless it says otherwise", () => {
    expect(put([]).storefront).toMatchObject({
      registration: "closed",
      registrationsPerPeer: 10,
      registrationsPerDay: 500,
      startCredit: 0n,
      keyLength: 30,
      catalog: "all",
    });
    const open = front({ registration: "open", startCredit: "0.50", keyLength: 58 });
    expect(put([open]).storefront).toMatchObject({ registration: "open", startCredit: 500_000_000n, keyLength: 58 });
  });

  it.each<Fields>([
    { keyLength: 29 },
    { keyLength: 129 },
    { startCredit: "-1" },
    { registration: "maybe" },
    { catalog: "" },
  ])("is not taken over from %o", (data) => {
    expect(put([front(data)]).warnings).toHaveLength(1);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { PricedModel } from "../catalog/model.ts";
import { GatewayError } from "../errors.ts";
import { ONE } from "../money.ts";
import { charge, type Snapshot } from "../price.ts";
import type { ProtocolId, ServerTool } from "../protocols/protocol.ts";
import { findProvider } from "../providers/index.ts";
import { boundOf, promptBound } from "./estimate.ts";
import { aModel, anAsk } from "./fixtures.ts";
import type { Leg } from "./plan.ts";
import { permitTools, usesOf, type Legs } from "./server-tools.ts";

const SEARCH: ServerTool = { path: "tools[3].type", unit: "web_search", uses: 4 };
const CODE: ServerTool = { path: "tools[5].type", unit: null, uses: 0 };

const leg = (protocol: ProtocolId): Leg => {
  const provider = findProvider(protocol === "anthropic" ? "anthropic" : "openai");
  if (provider === undefined) throw new Error("no provider");
  const upstream = { id: protocol, provider, baseUrl: "http://x", apiKey: "k", models: {}, enabled: true };
  return { upstream: { ...upstream, sandbox: false }, surface: provider.surfaces[0], model: "m" };
};
const NATIVE = leg("anthropic");
const FOREIGN = leg("openai-chat");

const PRICE = { ...aModel({}).price, base: { ...aModel({}).price.base, web_search: 10_000_000_000_000n } };
const plain = aModel({});
const searching = aModel({ price: PRICE });
const halfPriced = aModel({ price: { ...PRICE, tiers: [{ above: 200_000, price: plain.price.base }] } });

/** The protocols of the legs that are left and how many tools will run, or the field that is refused. */
const outcome = (model: PricedModel, tools: readonly ServerTool[], legs: Legs): string => {
  try {
    const permitted = permitTools(anAsk({ serverTools: tools }), model, "anthropic", legs);
    const left = permitted.legs.map(({ surface }) => surface.protocol).join("+");
    return `${left}, ${permitted.ask.serverTools?.length ?? 0} run`;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return `${error.code} ${error.detail.param}`;
  }
};

describe("permitTools (§9.3, I-43)", () => {
  it.each<[string, PricedModel, readonly ServerTool[], Legs, string]>([
    ["no tools", plain, [], [NATIVE], "anthropic, 0 run"],
    ["native and priced", searching, [SEARCH], [NATIVE], "anthropic, 1 run"],
    ["native without a price", plain, [SEARCH], [NATIVE], "invalid_value tools[3].type"],
    ["native, a tier without a price", halfPriced, [SEARCH], [NATIVE], "invalid_value tools[3].type"],
    ["native, nothing counts it", searching, [SEARCH, CODE], [NATIVE], "invalid_value tools[5].type"],
    ["foreign", plain, [SEARCH, CODE], [FOREIGN], "openai-chat, 0 run"],
    ["foreign and priced", searching, [SEARCH], [FOREIGN], "openai-chat, 0 run"],
    ["both, priced", searching, [SEARCH], [FOREIGN, NATIVE], "openai-chat+anthropic, 1 run"],
    [
      "both, no price: only those that drop it",
      plain,
      [SEARCH],
      [NATIVE, FOREIGN, FOREIGN],
      "openai-chat+openai-chat, 0 run",
    ],
  ])("%s", (_name, model, tools, legs, expected) => {
    expect(outcome(model, tools, legs)).toBe(expected);
  });
});

describe("what searches may cost", () => {
  const snapshot: Snapshot = { row: PRICE, multiplier: ONE, planId: null };

  it("is held: the searches, and what they find (I-13)", () => {
    fc.assert(
      fc.property(
        fc.record({ uses: fc.nat(50), searches: fc.double({ min: 0, max: 1, noNaN: true }), prompt: fc.nat(20_000) }),
        ({ uses, searches, prompt }) => {
          const ask = anAsk({ serverTools: [{ ...SEARCH, uses }], maxTokens: 100, content: { textBytes: prompt } });
          const most = { input: promptBound(ask, searching), output: 100, web_search: Math.floor(uses * searches) };
          expect(charge(snapshot, most)).toBeLessThanOrEqual(boundOf(ask, searching, snapshot, 100).amount);
        },
      ),
    );
  });

  it("is nothing for tools that were dropped", () => {
    const [with_, without] = [anAsk({ serverTools: [] }), anAsk({})];
    expect(boundOf(with_, searching, snapshot, 100).amount).toBe(boundOf(without, searching, snapshot, 100).amount);
    expect(usesOf(anAsk({ serverTools: [SEARCH, SEARCH, CODE] }))).toEqual({ web_search: 8 });
  });
});

/** Reading a configuration file: the contract's own example, variables, and every refusal with its path. */
import { describe, expect, it } from "vitest";

import { ConfigError } from "../config.ts";
import { readSetting } from "./setting.ts";
import type { Environment } from "./variables.ts";

/** The example of the design, as it stands there, a bare reference inside braces included. */
const EXAMPLE = `
storefront: { name: Acme AI, keyPrefix: "sk-acme-", mounts: ["", "/api"], unit: usd }        # or unit: { name: credits, per: usd, rate: 1 }
upstreams:
  - { id: anthropic-main, provider: anthropic, baseUrl: https://api.anthropic.com, apiKey: \${ANTHROPIC_API_KEY} }
  - { id: lab, provider: openai-compatible, baseUrl: http://127.0.0.1:9100/v1, apiKey: x, models: { "gpt-4o": "gpt-4o-2024-11-20" } }
models:                                                          # added to, or overriding, the catalogue
  - { id: lab-model, kind: chat, context: 128000, maxOutput: 4096, prices: { input: "2.50", output: "10" }, routes: [{ upstream: lab, model: lab-1, priority: 1, weight: 1 }] }
plans:
  - { id: basic, discount: "70%", rpm: 200, tpm: 1000000, default: true }
  - { id: pro, price: "19", once: true, discount: "80%", rpm: 500, tpm: 2000000 }
`;

const problems = (text: string, env: Environment = {}): string => {
  try {
    readSetting(text, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
};

const upstream = (fields: string): string => `upstreams: [{ id: a, provider: openai, apiKey: k, ${fields} }]`;
const model = (fields: string): string => `models: [{ id: a, ${fields} }]`;
const plan = (fields: string): string => `plans: [{ id: a, ${fields} }]`;

describe("readSetting", () => {
  it("reads the example", () => {
    const objects = readSetting(EXAMPLE, { ANTHROPIC_API_KEY: "sk-1" });
    expect(objects.map(({ kind, id, unset }) => [kind, id, unset])).toEqual([
      ["storefront", "default", []],
      ["upstream", "anthropic-main", []],
      ["upstream", "lab", []],
      ["model", "lab-model", []],
      ["plan", "basic", []],
      ["plan", "pro", []],
    ]);
    expect(objects[1]?.fields).toEqual({ provider: "anthropic", baseUrl: "https://api.anthropic.com", apiKey: "sk-1" });
    expect(objects[4]?.fields).toEqual({ discount: "70%", rpm: 200, tpm: 1_000_000, default: true });
  });

  it.each([{}, { ANTHROPIC_API_KEY: "" }])(
    "keeps an upstream whose variable is not set, to be disabled (%j)",
    (env) => {
      const found = readSetting(EXAMPLE, env).find((object) => object.id === "anthropic-main");
      expect(found?.unset).toEqual(["ANTHROPIC_API_KEY"]);
      expect(found?.fields).toEqual({ provider: "anthropic", baseUrl: "https://api.anthropic.com" });
    },
  );

  it.each(["", "# nothing\n", "{}", "upstreams: []"])("takes %j as a file that says nothing", (text) => {
    expect(readSetting(text, {})).toEqual([]);
  });

  it.each([
    ["alone", "${X}", { X: "v" }, "v"],
    ["within a text", '"a${X}b${Y}c"', { X: "1", Y: "2" }, "a1b2c"],
    ["with a value that looks like YAML", "${X}", { X: "]}, id: evil #" }, "]}, id: evil #"],
    ["with a value that looks like a reference", "${X}", { X: "${Y}", Y: "no" }, "${Y}"],
    ["escaped", '"$${X}"', { X: "no" }, "${X}"],
  ])("fills a variable %s", (_name, text, env, expected) => {
    expect(readSetting(`storefront: { name: ${text} }`, env)[0]?.fields).toEqual({ name: expected });
  });

  it.each([
    ["an unknown field at the top", "upstream: []", "upstream"],
    ["an unknown field of an upstream", upstream("key: x"), "upstreams[0]"],
    ["a timeout below its bound", upstream("timeouts: { idleMs: 99 }"), "upstreams[0].timeouts.idleMs"],
    ["a timeout above its bound", upstream("timeouts: { firstByteMs: 1800001 }"), "upstreams[0].timeouts.firstByteMs"],
    ["an unknown timeout", upstream("timeouts: { connectMs: 500 }"), "upstreams[0].timeouts"],
    ["an unknown field of a route", model("routes: [{ upstream: a, model: b, prio: 1 }]"), "models[0].routes[0]"],
    ["an unknown field of a plan", plan("rpd: 1"), "plans[0]"],
    ["a price that is a number", model("prices: { input: 2.5 }"), "models[0].prices.input"],
    ["an unknown unit", model('prices: { tokens: "1" }'), "models[0].prices"],
    ["a negative price", model('prices: { input: "-1" }'), "models[0].prices.input"],
    ["a plan's price without once", plan('price: "19"'), "plans[0].once"],
    ["a plan's once without a price", plan("once: true"), "plans[0].once"],
    ["a discount over 100 %", plan('discount: "101%"'), "plans[0].discount"],
    ["a discount that is a number", plan("discount: 0.7"), "plans[0].discount"],
    ["a fractional limit", plan("rpm: 1.5"), "plans[0].rpm"],
    ["two default plans", "plans: [{ id: a, default: true }, { id: b, default: true }]", "plans"],
    ["an id that is used twice", "plans: [{ id: a }, { id: a }]", "plans[1].id"],
    ["an unknown provider", "upstreams: [{ id: a, provider: acme }]", "upstreams[0].provider"],
    ["a provider without an address", "upstreams: [{ id: a, provider: openai-compatible }]", "upstreams[0].baseUrl"],
    ["an address that is none", upstream("baseUrl: ftp://x"), "upstreams[0].baseUrl"],
    ["the sandbox's name", "upstreams: [{ id: sandbox, provider: openai, apiKey: k }]", "upstreams[0].id"],
    ["the sandbox as a provider", "upstreams: [{ id: a, provider: sandbox }]", "upstreams[0].provider"],
    ["a mount with a trailing slash", 'storefront: { mounts: ["/api/"] }', "storefront.mounts[0]"],
    ["a key prefix with a blank", 'storefront: { keyPrefix: "sk " }', "storefront.keyPrefix"],
    ["a rate of zero", "storefront: { unit: { name: c, per: usd, rate: 0 } }", "storefront.unit"],
    [
      "a variable that is not set, outside an upstream",
      "storefront: { name: ${NONE} }",
      "storefront: the variable NONE is not set",
    ],
    ["a variable for a field's name", "storefront: { ${X}: a }", "name of a field"],
    ["a reference without an end", "storefront: { name: ${X }", "line 1"],
    ["a reference to no name", "storefront:\n  name: ${1}", "line 2"],
    ["a key twice", "plans: []\nplans: []", "line 2"],
    ["a list", "[]", "fields"],
    ["broken YAML", "plans: [", "line"],
  ])("refuses %s and says where", (_name, text, where) => {
    expect(problems(text, { X: "x" })).toContain(where);
  });

  it("names every problem at once and never a credential", () => {
    const text =
      'upstreams: [{ id: A, provider: openai, apiKey: "canary value" }, { id: b, provider: openai, baseUrl: https://u:canary@h/ }]';
    const found = problems(text);
    expect(found.split("\n")).toHaveLength(3);
    expect(found).not.toContain("canary");
  });

  it("bounds lists and repetition", () => {
    const many = Array.from({ length: 101 }, (_, index) => `{ id: p${index} }`).join(", ");
    expect(problems(`plans: [${many}]`)).toContain("plans");
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 8 }, (_, i) => `${"bcdefghi"[i]}: &${"bcdefghi"[i]} [${Array(9).fill(`*${"abcdefgh"[i]}`).join(",")}]`).join("\n")}`;
    expect(problems(bomb)).toContain("anchors");
  });
});

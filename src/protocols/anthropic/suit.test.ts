/** What a Messages model would refuse is put as it takes it, when passed through and when translated alike (§9.14). */
import { describe, expect, it } from "vitest";

import type { JsonObject } from "../canonical.ts";
import { aTarget } from "../fixtures/corpus.ts";
import { aCall, aContext, anAsk } from "../fixtures/sides.ts";
import { PROTOCOLS } from "../index.ts";
import type { Target } from "../protocol.ts";
import { relay } from "../relay.ts";

const ADAPTIVE_ONLY = "claude-opus-4-7";
const BOTH = "claude-sonnet-4-6";
const BUDGET_ONLY = "claude-haiku-4-5-20251001";
const BASE = { model: "m", messages: [{ role: "user", content: "Hi" }] };

interface Sent {
  readonly body: JsonObject;
  readonly dropped: readonly string[];
}

/** A client's request on its way to a Messages provider. */
const send = (from: "anthropic" | "openai-chat", body: object, target: Partial<Target>, version?: string): Sent => {
  const call = {
    ...aCall({ ...BASE, ...body }),
    headers: version === undefined ? {} : { "anthropic-version": version },
  };
  const order = { from: PROTOCOLS[from], to: PROTOCOLS.anthropic, call, ask: anAsk(), context: aContext() };
  const { body: sent, dropped } = relay({ ...order, target: aTarget(target) }).request();
  return { body: JSON.parse(Buffer.concat(sent).toString()) as JsonObject, dropped };
};

const passed = (body: object, target: Partial<Target>, version?: string): Sent =>
  send("anthropic", { max_tokens: 16_000, ...body }, target, version);
const translated = (body: object, target: Partial<Target>): Sent =>
  send("openai-chat", body, { defaultMaxTokens: 16_000, ...target });

describe("thinking, passed through", () => {
  const enabled = { type: "enabled", budget_tokens: 2_000, display: "omitted" };
  const adaptive = { type: "adaptive", display: "omitted" };

  it.each([
    [ADAPTIVE_ONLY, enabled, adaptive],
    [ADAPTIVE_ONLY, adaptive, adaptive],
    [BOTH, enabled, enabled],
    [BOTH, adaptive, adaptive],
    [BUDGET_ONLY, enabled, enabled],
    [BUDGET_ONLY, adaptive, { type: "enabled", budget_tokens: 10_240, display: "omitted" }],
    ["kimi-k3", adaptive, adaptive],
    ["kimi-k3", enabled, enabled],
  ])("%s gets %j as %j", (model, thinking, expected) => {
    expect(passed({ thinking }, { model })).toMatchObject({ body: { thinking: expected }, dropped: [] });
  });

  it.each([
    ["low", 4_096],
    ["max", 15_744],
    ["none", 1_024],
    ["odd", 10_240],
    ["constructor", 10_240],
  ])("an effort of %s becomes a budget of %d", (effort, budget_tokens) => {
    const body = { thinking: adaptive, output_config: { effort, format: { type: "x" } } };
    const { body: sent } = passed(body, { model: BUDGET_ONLY });
    expect(sent).toMatchObject({ thinking: { budget_tokens }, output_config: { format: { type: "x" } } });
    expect(sent["output_config"]).not.toHaveProperty("effort");
    expect(passed({ thinking: adaptive, output_config: { effort } }, { model: BUDGET_ONLY }).body).not.toHaveProperty(
      "output_config",
    );
  });

  it("leaves room for an answer, or thinks not at all and says so", () => {
    expect(passed({ thinking: adaptive, max_tokens: 1_280 }, { model: BUDGET_ONLY }).body["thinking"]).toMatchObject({
      budget_tokens: 1_024,
    });
    const { body, dropped } = passed({ thinking: adaptive, max_tokens: 1_279 }, { model: BUDGET_ONLY });
    expect(body).not.toHaveProperty("thinking");
    expect(dropped).toEqual(["thinking"]);
    const lowered = passed({ thinking: adaptive }, { model: BUDGET_ONLY, maxTokens: 2_000 });
    expect(lowered.body["thinking"]).toMatchObject({ budget_tokens: 1_744 });
  });

  it("asks for no budget in the middle of a turn whose thinking is lost", () => {
    const use = { role: "assistant", content: [{ type: "tool_use", id: "t", name: "f", input: {} }] };
    const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "1" }] };
    const messages = [...BASE.messages, use, result];
    expect(passed({ thinking: adaptive, messages }, { model: BUDGET_ONLY })).toMatchObject({ dropped: ["thinking"] });
    const kept = { ...use, content: [{ type: "thinking", thinking: "", signature: "s" }, ...use.content] };
    const whole = [...BASE.messages, kept, result];
    expect(passed({ thinking: adaptive, messages: whole }, { model: BUDGET_ONLY }).dropped).toEqual([]);
  });

  it.each([enabled, adaptive])("a model that does not reason is not asked to: %j", (thinking) => {
    const { body, dropped } = passed({ thinking }, { model: "claude-3-5-haiku-20241022", reasons: false });
    expect(body).not.toHaveProperty("thinking");
    expect(dropped).toEqual(["thinking"]);
  });

  it.each(["claude-3-7-sonnet-20250219", "claude-opus-4-1", "claude-sonnet-4"])(
    "%s thinks, whatever the catalogue's list of capabilities forgot",
    (model) => {
      expect(passed({ thinking: enabled }, { model, reasons: false }).body["thinking"]).toEqual(enabled);
      expect(translated({ reasoning_effort: "low" }, { model, reasons: false }).body["thinking"]).toEqual({
        type: "enabled",
        budget_tokens: 4_096,
      });
    },
  );

  it.each([null, { type: "disabled" }, "odd", {}])("%j is the provider's to judge", (thinking) => {
    for (const model of [ADAPTIVE_ONLY, BUDGET_ONLY])
      expect(passed({ thinking }, { model, reasons: false }).body["thinking"]).toEqual(thinking);
  });
});

describe("thinking, translated", () => {
  it.each([
    [ADAPTIVE_ONLY, { thinking: { type: "enabled", budget_tokens: 2_000 } }, { thinking: { type: "adaptive" } }],
    [
      ADAPTIVE_ONLY,
      { reasoning_effort: "high" },
      { thinking: { type: "adaptive" }, output_config: { effort: "high" } },
    ],
    [BUDGET_ONLY, { thinking: { type: "adaptive" } }, { thinking: { type: "enabled", budget_tokens: 10_240 } }],
    [BUDGET_ONLY, { reasoning_effort: "low" }, { thinking: { type: "enabled", budget_tokens: 4_096 } }],
    ["kimi-k3", { thinking: { type: "adaptive" } }, { thinking: { type: "enabled", budget_tokens: 10_240 } }],
  ])("%s gets %j as %j", (model, body, expected) => {
    expect(translated(body, { model })).toMatchObject({ body: expected, dropped: [] });
  });

  it("a model that does not reason is not asked to", () => {
    const model = "claude-3-5-haiku-20241022";
    const { body, dropped } = translated({ reasoning_effort: "low" }, { model, reasons: false });
    expect(body).not.toHaveProperty("thinking");
    expect(dropped).toEqual(["reasoning_effort"]);
  });
});

describe("sampling", () => {
  const sampling = { temperature: 0.5, top_p: 1, top_k: 4 };
  const NEW = "2026-10-21";

  it.each([
    ["the version takes none, not even a default", BOTH, NEW, {}, ["temperature", "top_k"]],
    ["a later version neither", BOTH, "2027-01-01", {}, ["temperature", "top_k"]],
    ["the old version takes it", BOTH, "2023-06-01", sampling, []],
    ["no version is the old one", BOTH, undefined, sampling, []],
    ["the model takes defaults alone", ADAPTIVE_ONLY, "2023-06-01", { top_p: 1 }, ["temperature", "top_k"]],
    ["neither model nor version", ADAPTIVE_ONLY, NEW, {}, ["temperature", "top_k"]],
    ["other makers know no versions", "kimi-k3", NEW, sampling, []],
  ])("%s (%s, %s)", (_why, model, version, kept, names) => {
    const { body, dropped } = passed(sampling, { model }, version);
    expect(Object.fromEntries(Object.entries(body).filter(([name]) => name in sampling))).toEqual(kept);
    expect(dropped).toEqual(names);
  });

  it("null says nothing", () => {
    const { body, dropped } = passed({ temperature: null }, { model: BOTH }, NEW);
    expect([body["temperature"], dropped]).toEqual([null, []]);
  });
});

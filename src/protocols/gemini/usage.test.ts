import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { total, type Usage } from "../../unit.ts";
import { aTarget } from "../fixtures/corpus.ts";
import { GeminiMeter, readUsage } from "./meter.ts";
import { writeUsage } from "./usage.ts";

describe("usage as Google counts it (I-17)", () => {
  it.each<[string, object, Usage]>([
    ["absent counts are zero", { promptTokenCount: 7, totalTokenCount: 7 }, { input: 7, output: 0 }],
    [
      "the prompt holds what was cached",
      { promptTokenCount: 100, cachedContentTokenCount: 60, candidatesTokenCount: 5 },
      { input: 40, cache_read: 60, output: 5 },
    ],
    [
      "candidates leave the thoughts out",
      { promptTokenCount: 1, candidatesTokenCount: 5, thoughtsTokenCount: 9 },
      { input: 1, output: 5, reasoning: 9 },
    ],
    [
      "prompts of tools stand beside",
      { promptTokenCount: 10, toolUsePromptTokenCount: 4, candidatesTokenCount: 1 },
      { input: 14, output: 1 },
    ],
    [
      "sound and pictures by their details",
      {
        promptTokenCount: 50,
        promptTokensDetails: [
          { modality: "TEXT", tokenCount: 10 },
          { modality: "AUDIO", tokenCount: 40 },
        ],
        cachedContentTokenCount: 30,
        cacheTokensDetails: [{ modality: "AUDIO", tokenCount: 30 }],
        candidatesTokenCount: 1_300,
        candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1_290 }],
      },
      { input: 10, audio_input: 10, audio_cache_read: 30, image_output: 1_290, output: 10 },
    ],
    [
      "more cached than prompted",
      { promptTokenCount: 5, cachedContentTokenCount: 9 },
      { input: 0, cache_read: 9, output: 0 },
    ],
  ])("%s", (_name, json, usage) => {
    expect(readUsage(json as never)).toEqual({ usage, invalid: false });
  });

  it.each<[string, object]>([
    ["negative", { promptTokenCount: -1 }],
    ["fractional", { promptTokenCount: 1.5 }],
    ["beyond the model", { promptTokenCount: 9_999_999_999, candidatesTokenCount: 1 }],
  ])("%s is incredible (I-24)", (_name, json) => {
    expect(readUsage(json as never, { prompt: 1e6, output: 1e6, reasoningBeside: false })).toMatchObject({
      invalid: true,
    });
  });

  it("says nothing where it counts no prompt (I-31)", () => {
    expect(readUsage({ trafficType: "ON_DEMAND" })).toEqual({ usage: undefined, invalid: false });
  });

  it("keeps every token on the way out and back in", () => {
    const count = fc.nat(1_000_000);
    const usages = fc.record({
      input: count,
      cache_read: count,
      output: count,
      reasoning: count,
      audio_output: count,
      image_output: count,
    });
    fc.assert(
      fc.property(usages, (usage) => {
        const units = Object.keys(usage) as (keyof typeof usage)[];
        const read = readUsage(writeUsage(usage)).usage ?? {};
        expect(total(read, units)).toBe(total(usage, units));
        for (const unit of units) expect(read[unit] ?? 0).toBe(usage[unit]);
      }),
    );
  });

  it("is cumulative: the last report counts, and a chunk without counts changes nothing", () => {
    const meter = new GeminiMeter(aTarget());
    const event = { event: "", data: "" };
    meter.event(event, {
      candidates: [{ content: { parts: [{ text: "ab" }] } }],
      usageMetadata: { promptTokenCount: 3 },
    });
    meter.event(event, {
      candidates: [{ finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 8 },
    });
    meter.event(event, { usageMetadata: { trafficType: "ON_DEMAND" } });
    expect(meter.read()).toEqual({ usage: { input: 3, output: 8 }, invalid: false, outputBytes: 2, finish: "stop" });
  });
});

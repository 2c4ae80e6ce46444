import { describe, expect, it } from "vitest";

import type { PricedModel } from "../catalog/model.ts";
import { isCharged } from "../ledger/outcome.ts";
import type { Ask, Reading } from "../protocols/protocol.ts";
import { conclude, type Ending, type Estimate } from "./conclude.ts";
import { estimated } from "./estimate.ts";
import { anAsk, aModel } from "./fixtures.ts";

const ask: Ask = anAsk({ content: { textBytes: 400 } });
const model: PricedModel = aModel({});
const estimate: Estimate = (seen) => estimated(ask, model, seen);

const reading = (changes: Partial<Reading>): Reading => ({
  usage: { input: 10, output: 5 },
  invalid: false,
  outputBytes: 20,
  finish: "stop",
  ...changes,
});

describe("conclude (I-30)", () => {
  it.each<[string, Ending, Reading | undefined, string, string]>([
    ["a full reply", "complete", reading({}), "completed", "reported"],
    ["a full reply without usage", "complete", reading({ usage: undefined }), "completed_no_usage", "estimated"],
    [
      "explicit zeros (B47)",
      "complete",
      reading({ usage: { input: 0, output: 0 } }),
      "completed_zero_usage",
      "reported",
    ],
    ["a filtered reply", "complete", reading({ finish: "filtered" }), "content_filtered", "reported"],
    ["a refusal", "complete", reading({ finish: "refusal" }), "content_filtered", "reported"],
    ["nothing at all", "complete", reading({ usage: undefined, outputBytes: 0, finish: undefined }), "empty", "none"],
    ["a cancel before any answer (C61)", "cancelled", undefined, "client_cancelled_preflight", "none"],
    ["a cancel in the middle (C62)", "cancelled", reading({ usage: undefined }), "client_cancelled", "estimated"],
    ["a used-up hold", "cut", reading({ usage: undefined }), "cut_by_hold", "estimated"],
    ["a frozen key", "revoked", reading({ usage: undefined }), "revoked_midstream", "estimated"],
    ["a failure after output (B41)", "failed_after_output", reading({}), "upstream_failed_after_output", "reported"],
    [
      "a failure after output that nobody counted",
      "failed_after_output",
      reading({ usage: undefined }),
      "upstream_failed_after_output",
      "estimated",
    ],
    ["a failure before output", "failed_before_output", undefined, "upstream_failed_before_output", "none"],
    ["a refused request", "refused", undefined, "rejected", "none"],
    ["a fault of ours", "gateway_failed", undefined, "gateway_failed", "none"],
  ])("%s", (_name, ending, seen, outcome, source) => {
    const conclusion = conclude(ending, seen, estimate);
    expect(conclusion.outcome).toBe(outcome);
    expect(conclusion.source).toBe(source);
  });

  it("never charges a failure of the provider or of us (I-33)", () => {
    for (const ending of ["failed_after_output", "failed_before_output", "gateway_failed", "refused"] as const)
      expect(isCharged(conclude(ending, reading({}), estimate).outcome)).toBe(false);
  });

  it("charges a cancel at least the input once the provider had answered", () => {
    const { usage } = conclude("cancelled", reading({ usage: undefined, outputBytes: 0, finish: undefined }), estimate);
    expect(usage.input).toBe(100);
  });

  it("charges a cancelled stream what it was seen to deliver beyond the provider's early count", () => {
    const { usage, source } = conclude(
      "cancelled",
      reading({ usage: { input: 10, output: 1 }, outputBytes: 400 }),
      estimate,
    );
    expect(usage).toEqual({ input: 10, output: 100 });
    expect(source).toBe("estimated");
  });

  it("flags usage that could not be believed (I-24)", () => {
    const conclusion = conclude("complete", reading({ usage: undefined, invalid: true }), estimate);
    expect(conclusion).toMatchObject({ outcome: "completed_no_usage", usageInvalid: true, source: "estimated" });
  });
});

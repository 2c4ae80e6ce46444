import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ONE } from "../money.ts";
import { charge, type Snapshot } from "../price.ts";
import { boundOf, boundWithin, estimated, mostOf, promptBound, shownTokens, STREAM_STEP } from "./estimate.ts";
import { aModel, anAsk } from "./fixtures.ts";

const model = aModel({
  price: {
    ...aModel({}).price,
    tiers: [{ above: 50_000, price: { ...aModel({}).prices, input: 2_000_000_000n, output: 9_000_000_000n } }],
  },
});
const snapshot: Snapshot = { row: model.price, multiplier: { num: 3n, den: 10n }, planId: "basic" };

describe("boundOf", () => {
  it("covers every usage within its caps (I-13)", () => {
    fc.assert(
      fc.property(
        fc.record({
          bytes: fc.integer({ min: 0, max: 200_000 }),
          share: fc.double({ min: 0, max: 1, noNaN: true }),
          cached: fc.double({ min: 0, max: 1, noNaN: true }),
          written: fc.boolean(),
          cap: fc.integer({ min: 1, max: model.maxOutput }),
          output: fc.double({ min: 0, max: 1, noNaN: true }),
          reasoning: fc.boolean(),
        }),
        ({ bytes, share, cached, written, cap, output, reasoning }) => {
          const ask = anAsk({ content: { textBytes: bytes, cacheWrite: written ? "1h" : "none" }, maxTokens: cap });
          const prompt = Math.floor(promptBound(ask, model) * share);
          const read = Math.floor(prompt * cached);
          const out = Math.floor(cap * output);
          const usage = {
            [written ? "cache_write_1h" : "input"]: prompt - read,
            cache_read: read,
            [reasoning ? "reasoning" : "output"]: out,
          };
          expect(charge(snapshot, usage)).toBeLessThanOrEqual(boundOf(ask, model, snapshot, cap).amount);
        },
      ),
    );
  });

  it("holds a stream for its first step only, a JSON reply for its whole cap", () => {
    const flat: Snapshot = { row: aModel({}).price, multiplier: ONE, planId: null };
    expect(boundOf(anAsk({ stream: true }), model, flat, 16_384).held).toBe(STREAM_STEP);
    expect(boundOf(anAsk({ stream: false }), model, flat, 16_384).held).toBe(16_384);
  });

  it.each([
    ["a small cap of the client's own", 100, 0, 100],
    ["256 tokens otherwise", 4_000, 0, 256],
    ["the thinking budget and 256", 8_000, 5_000, 5_256],
  ])("lowers the cap at most to %s", (_name, cap, thinkingBudget, least) => {
    const bound = boundOf(anAsk({ thinkingBudget, maxTokens: cap }), model, snapshot, cap);
    expect(bound.affords(bound.minimum)).toBe(least);
  });

  it("affords exactly what an amount covers, and no token more", () => {
    const bound = boundOf(anAsk({}), model, snapshot, 4_000);
    fc.assert(
      fc.property(fc.bigInt({ min: bound.minimum, max: bound.amount }), (granted) => {
        const tokens = bound.affords(granted);
        const price = (output: number) => boundOf(anAsk({}), model, snapshot, output).amount;
        expect(price(tokens)).toBeLessThanOrEqual(granted);
        if (tokens < 4_000) expect(price(tokens + 1)).toBeGreaterThan(granted);
      }),
    );
  });

  it("is never above what its caller allows, and lowers the cap no further than it must", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 400_000_000n }),
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        (most, stream, choices) => {
          const ask = anAsk({ stream, choices });
          const wanted = boundOf(ask, model, snapshot, 16_384);
          const bound = boundWithin({ ask, model, snapshot }, wanted, most);
          if (bound === null) {
            expect(wanted.minimum).toBeGreaterThan(most);
            return;
          }
          expect(mostOf(bound)).toBeLessThanOrEqual(most);
          expect(bound.isLowered === true).toBe(bound.cap < wanted.cap);
          if (bound.isLowered === true)
            expect(mostOf(boundOf(ask, model, snapshot, bound.cap + 1))).toBeGreaterThan(most);
          const used = { input: promptBound(ask, model), output: bound.cap * choices };
          expect(charge(snapshot, used)).toBeLessThanOrEqual(most);
        },
      ),
    );
  });

  it("bounds files by the model's context (§9.3)", () => {
    expect(promptBound(anAsk({ content: { files: 1 } }), model)).toBe(model.context);
    expect(promptBound(anAsk({ content: { unbounded: true } }), model)).toBe(model.context);
  });
});

describe("a model that draws", () => {
  const drawing = aModel({ modalities: { input: ["text"], output: ["text", "image"] } });

  it("lowers no cap below what one image takes", () => {
    const bound = boundOf(anAsk({}), drawing, snapshot, 16_384);
    expect(bound.affords(bound.minimum)).toBe(4_096);
  });

  it.each([
    ["counted nothing", undefined, { image_output: 1_290, output: 25, input: 25 }],
    ["counted the image", { input: 7, image_output: 1_120, output: 30 }, { input: 7, image_output: 1_120, output: 30 }],
    ["counted the image alone", { input: 7, image_output: 1_120 }, { input: 7, image_output: 1_120, output: 25 }],
  ])("is estimated by what was seen where its provider %s", (_name, usage, expected) => {
    const reading = { usage, invalid: false, outputBytes: 100, images: 1, finish: undefined };
    expect(estimated(anAsk({}), drawing, reading)).toEqual(expected);
    expect(shownTokens(reading)).toBe(25 + 1_290);
  });
});

describe("estimated (I-35)", () => {
  it("is monotone in what was delivered", () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), (bytes, more) => {
        const at = (outputBytes: number) =>
          estimated(anAsk({}), model, { usage: undefined, invalid: false, outputBytes, finish: undefined }).output ?? 0;
        expect(at(bytes + more)).toBeGreaterThanOrEqual(at(bytes));
      }),
    );
  });
});

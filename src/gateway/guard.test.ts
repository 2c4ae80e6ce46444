/** DESIGN 3.8: a stream is extended as it grows, and cut only when nothing covers it any more. */
import { describe, expect, it } from "vitest";

import type { HoldToken } from "../hold.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { listPrice } from "../price.ts";
import type { ReplyStream } from "../protocols/protocol.ts";
import { boundOf, STREAM_STEP } from "./estimate.ts";
import { aModel, anAsk } from "./fixtures.ts";
import { HoldGuard } from "./guard.ts";

/** How many bytes of output pass a guard before it cuts, up to `most`; and what it asked of the ledger. */
const run = (limits: { cap: number; held: number; choices: number }, grants: boolean, most: number) => {
  const asked: bigint[] = [];
  const ledger = {
    extend: (_token: HoldToken, amount: bigint) => {
      asked.push(amount);
      return grants;
    },
  } as unknown as Ledger;
  const model = aModel({});
  const bound = boundOf(anAsk({ stream: true, choices: limits.choices }), model, listPrice(model.price), limits.cap);
  const guard = new HoldGuard(ledger, {} as HoldToken, bound, limits);
  const STEP = 1_024;
  let bytes = 0;
  const stream = { reading: () => ({ outputBytes: bytes }) } as unknown as ReplyStream;
  while (bytes < most) {
    bytes += STEP;
    if (!guard.covers(stream, STEP)) return { cutAt: bytes, asked };
  }
  return { cutAt: null, asked };
};

describe("a stream whose whole cap is held", () => {
  it.each([
    ["prose of five bytes per token", { cap: 2_000, held: 2_000, choices: 1 }, 2_000 * 5],
    ["indented code of fifteen bytes per token", { cap: 2_000, held: 2_000, choices: 1 }, 2_000 * 15],
    ["four choices, each up to its cap", { cap: 2_000, held: 2_000, choices: 4 }, 2_000 * 5 * 4],
  ])("is never cut while it keeps to its cap: %s", (_which, limits, bytes) => {
    expect(run(limits, false, bytes)).toEqual({ cutAt: null, asked: [] });
  });

  it("is cut when the provider ignores the cap", () => {
    const { cutAt } = run({ cap: 2_000, held: 2_000, choices: 1 }, false, 1_000_000);
    expect(cutAt).toBeGreaterThan(2_000 * 16);
    expect(cutAt).toBeLessThan(2_000 * 16 + 8_192);
  });
});

describe("a stream that holds a part of its cap", () => {
  const limits = { cap: 3 * STREAM_STEP, held: STREAM_STEP, choices: 1 };

  it("is extended in steps, each for what it costs, up to its cap", () => {
    const { cutAt, asked } = run(limits, true, 3 * STREAM_STEP * 4);
    expect(cutAt).toBeNull();
    // 8,192 tokens at $5 per million.
    expect(asked).toEqual([40_960_000n, 40_960_000n]);
  });

  it("is cut soon after its hold when the balance does not extend it, and asks once", () => {
    const { cutAt, asked } = run(limits, false, 1_000_000);
    expect(asked).toHaveLength(1);
    expect(cutAt).toBeGreaterThan(STREAM_STEP * 4);
    expect(cutAt).toBeLessThan(STREAM_STEP * 4 * 1.25 + 8_192);
  });
});

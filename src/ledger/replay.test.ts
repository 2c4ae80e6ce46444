import { describe, expect, it } from "vitest";

import { packAttempts } from "../attempt.ts";
import { EXACT, ONE } from "../money.ts";
import type { PriceRow } from "../price.ts";
import { Replay, type ReplayRow } from "./replay.ts";

const row = (input: bigint, id = 1): PriceRow => ({
  id,
  base: { input },
  tiers: [{ above: 1_000, price: { input: 2n * input } }],
  rounding: EXACT,
});

const asked = (changes: Partial<ReplayRow> = {}): ReplayRow => ({
  list: "m",
  model: "m",
  accountId: 1,
  usage: { input: 1_000 },
  multiplier: ONE,
  posted: 1_000n,
  exact: 1_000n,
  attempts: packAttempts([{ upstream: "u", model: "m", status: 200, result: "ok", durationMs: 1, cost: 900n }], "m"),
  ...changes,
});

/** 1 nano for each token now, 0.8 by the draft. */
const replay = (): Replay =>
  new Replay({
    current: new Map([
      ["m", row(1_000_000n)],
      ["other", row(5_000_000n)],
    ]),
    draft: new Map([["m", row(800_000n, 0)]]),
  });

describe("Replay", () => {
  it("charges each request by both, with its own plan and its own tier, and sees what is below cost", () => {
    const made = replay();
    made.add(asked());
    made.add(asked({ accountId: 2, usage: { input: 1_001 }, multiplier: { num: 1n, den: 2n } }));
    expect(made.all).toEqual({
      requests: 2,
      charged: 2_000n,
      current: 1_000n + 1_001n,
      draft: 800n + 801n,
      cost: 1_800n,
      belowNow: 0,
      belowThen: 2,
    });
    expect(made.accounts(1).map(({ accountId, draft }) => [accountId, draft])).toEqual([[1, 800n]]);
    expect(made.accountCount).toBe(2);
  });

  it("puts what changes most first, and counts what has no price apart", () => {
    const made = replay();
    made.add(asked({ list: "other", model: "other" }));
    made.add(asked());
    made.add(asked({ list: "gone" }));
    made.add(asked({ usage: { input: Number.MAX_SAFE_INTEGER, output: Number.MAX_SAFE_INTEGER } }));
    expect(made.models().map(({ model }) => model)[0]).toBe("m");
    expect(made.unpriced).toBe(1);
  });
});

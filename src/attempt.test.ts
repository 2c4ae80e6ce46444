import { describe, expect, it } from "vitest";

import { costed, packAttempts, toldNames, unpackAttempts, withLost } from "./attempt.ts";

it("attempts come back as they were packed", () => {
  const attempts = [
    { upstream: "a", model: 'm"1', status: null, result: "upstream_timeout", durationMs: 12 },
    { upstream: "b", model: "m", status: 500, result: "upstream_error", durationMs: 0 },
    { upstream: "b", model: "m2", status: 200, result: "ok", durationMs: 3 },
    { upstream: "c", model: "m", status: 200, result: "ok", durationMs: 4 },
    { upstream: "d", model: "m", status: 201, result: "ok", durationMs: 5 },
  ];
  expect(unpackAttempts(packAttempts(attempts, "m"), "m")).toEqual(attempts);
  expect(packAttempts(attempts.slice(3, 4), "m")).toBe('[["c",4]]');
  const priced = [
    { upstream: "c", model: "m", status: 200, result: "ok", durationMs: 4, cost: 0n },
    { upstream: "c", model: "m2", status: 200, result: "ok", durationMs: 4, cost: 12n },
    { upstream: "c", model: "m", status: null, result: "upstream_timeout", durationMs: 4, cost: 2n ** 53n - 1n },
    { upstream: "c", model: "m", status: 200, result: "ok", durationMs: 4, cost: 2n ** 53n },
  ];
  expect(unpackAttempts(packAttempts(priced, "m"), "m")).toEqual(priced);
  expect(packAttempts(priced.slice(1, 2), "m")).toBe('[["c",4,12,"m2"]]');
  expect(packAttempts([], "m")).toBeNull();
  expect(unpackAttempts(null, "m")).toEqual([]);
});

describe("what was dropped", () => {
  const attempt = { upstream: "a", model: "m", status: 200, result: "ok", durationMs: 1 };

  it.each([
    ["of the list price", {}],
    ["with a cost", { cost: 12n }],
    ["with a great cost", { cost: 2n ** 60n }],
    ["with another name", { model: "m2", status: null, result: "upstream_timeout" }],
  ])("comes back with the last attempt, %s", (_what, facts) => {
    const last = { ...attempt, ...facts, dropped: ["n", "messages[0].mood"] };
    expect(unpackAttempts(packAttempts([{ ...last, dropped: ["gone"] }, last], "m"), "m")).toEqual([
      { ...attempt, ...facts },
      last,
    ]);
  });

  it("takes no room where nothing was", () => {
    expect(packAttempts([{ ...attempt, dropped: [] }], "m")).toBe('[["a",1]]');
    expect(packAttempts([{ ...attempt, dropped: ["\0", ","] }], "m")).toBe('[["a",1]]');
  });

  it("is bounded, and of characters that every database and header takes", () => {
    expect(toldNames(["a,b", "\0\ud800c\n", "", "d"])).toEqual(["ab", "c", "d"]);
    const many = toldNames(Array.from({ length: 64 }, (_, index) => `${index}`.padEnd(96, "x")));
    expect(many.at(-1)).toBe("...");
    expect(many.join(",").length).toBeLessThanOrEqual(1_028);
  });

  it("adds what is lost on the way back", () => {
    expect(withLost([attempt], [])).toEqual([attempt]);
    expect(withLost([], ["x"])).toEqual([]);
    expect(withLost([attempt, { ...attempt, dropped: ["n"] }], ["citations"])).toEqual([
      attempt,
      { ...attempt, dropped: ["n", "citations"] },
    ]);
  });
});

it("the last attempt costs what its upstream takes for the usage; those before it came to nothing", () => {
  const costs = { base: { input: 1_000_000n, output: 3_000_000n }, tiers: [] };
  const attempt = { upstream: "a", model: "m", status: 200, result: "ok", durationMs: 1 };
  const usage = { input: 10, output: 5 };
  const priced = costed(
    [
      { ...attempt, costs },
      { ...attempt, costs },
    ],
    usage,
  );
  expect(priced).toEqual([attempt, { ...attempt, cost: 25n }]);
  expect(unpackAttempts(packAttempts(priced, "m"), "m")).toEqual(priced);
  expect(costed([attempt], usage)).toEqual([attempt]);
  // Nothing is lost for a cost that cannot be told.
  const most = { base: { input: 2n ** 63n - 1n }, tiers: [] };
  expect(costed([{ ...attempt, costs: most }], { input: Number.MAX_SAFE_INTEGER })).toEqual([attempt]);
});

it("attempts that were stored in full are read as well", () => {
  const attempt = { upstream: "a", model: "m1", status: null, result: "upstream_timeout", durationMs: 12 };
  expect(unpackAttempts('[["a","m1",null,"upstream_timeout",12]]', "m")).toEqual([attempt]);
});

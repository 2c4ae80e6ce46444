import { describe, expect, it } from "vitest";

import { Affinity, AFFINITY, rendezvous } from "./affinity.ts";

const keys = Array.from({ length: 5_000 }, (_, index) => `1:m:${index}`);

describe("rendezvous", () => {
  it("gives each choice its weight's share of the conversations", () => {
    const choices = [
      { id: "a", weight: 1 },
      { id: "b", weight: 3 },
    ];
    const share = keys.filter((key) => rendezvous(key, choices)[0]?.id === "b").length / keys.length;
    expect(share).toBeGreaterThan(0.72);
    expect(share).toBeLessThan(0.78);
  });

  it("moves no conversation but those of what is gone", () => {
    const all = ["a", "b", "c"].map((id) => ({ id, weight: 1 }));
    const without = all.filter(({ id }) => id !== "b");
    for (const key of keys) {
      const [first, second] = rendezvous(key, all);
      const [then] = rendezvous(key, without);
      expect(then?.id).toBe(first?.id === "b" ? second?.id : first?.id);
    }
  });

  it("does not depend on the order in which choices are listed", () => {
    const choices = ["a", "b", "c"].map((id, index) => ({ id, weight: index + 1 }));
    for (const key of keys.slice(0, 200))
      expect(rendezvous(key, [...choices].reverse())).toEqual(rendezvous(key, choices));
  });
});

describe("Affinity", () => {
  it("remembers while the cache is warm", () => {
    const affinity = new Affinity();
    affinity.served("k", "b", 0);
    expect(affinity.warm("k", AFFINITY.warmMs - 1)).toBe("b");
    expect(affinity.warm("k", AFFINITY.warmMs)).toBeUndefined();
    affinity.served("k", "c", 10);
    expect(affinity.warm("k", 20)).toBe("c");
  });

  it("forgets the longest unused first", () => {
    const affinity = new Affinity();
    for (let i = 0; i < AFFINITY.most; i++) affinity.served(`k${i}`, "a", 0);
    affinity.served("k0", "a", 1);
    affinity.served("new", "a", 1);
    expect(affinity.warm("k0", 2)).toBe("a");
    expect(affinity.warm("k1", 2)).toBeUndefined();
  });
});

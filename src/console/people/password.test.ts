import { describe, expect, it } from "vitest";
import fc from "fast-check";

import { passwordProblem } from "./password.ts";
import { createHasher, HashingBusy } from "./password-hash.ts";

const rule = { isStaff: false, known: ["carla.customer@example.test", "Carla Customer", "Acme AI"] };

describe("passwords", () => {
  it.each([
    ["eleven char", "short"],
    ["password1234", "common"],
    ["P@ssw0rd!P@ssw0rd!", "common"],
    ["passwordpassword", "common"],
    ["qwertyuiop123", "common"],
    ["letmein12345!", "common"],
    ["123456789012345", "common"],
    ["aaaaaaaaaaaaaaaa", "common"],
    ["abcabcabcabcabc", "common"],
    ["!!!!!!!!!!!!!!!!", "common"],
    ["Summer2026!!", "common"],
    ["carla.customer1", "personal"],
    ["carlacustomer2026", "personal"],
    ["x".repeat(513), "long"],
    ["correct horse battery staple", null],
    ["violet harbour stone", null],
    ["zaubern-über-7-Brücken", null],
    ["9f2c7a41d03b", null],
    ["ключ от старого дома", null],
  ])("%s is %s", (password, problem) => {
    expect(passwordProblem(password, rule)).toBe(problem);
  });

  it("of who runs the installation are longer", () => {
    expect(passwordProblem("violet stones", { ...rule, isStaff: true })).toBe("short-staff");
  });

  it("may hold anything, and the question ends for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        passwordProblem(text, rule);
      }),
    );
  });
});

const cheap = { memoryKib: 64, passes: 1, lanes: 1 };

describe("hashes of passwords", () => {
  it("are told apart from others, however the keyboard spells the same characters", async () => {
    const hasher = createHasher(cheap);
    const hash = await hasher.hash("zaubern-u\u0308ber-7");
    expect(await hasher.verify(hash, "zaubern-\u00FCber-7")).toBe(true);
    expect(await hasher.verify(hash, "zaubern-uber-7")).toBe(false);
    expect(await hasher.hash("zaubern-u\u0308ber-7")).not.toBe(hash);
  });

  it("say by what parameters they were made, so that these can be raised", async () => {
    const hash = await createHasher(cheap).hash("x");
    const today = createHasher({ ...cheap, passes: 2 });
    expect(today.isOld(hash)).toBe(true);
    expect(await today.verify(hash, "x")).toBe(true);
    expect(createHasher(cheap).isOld(hash)).toBe(false);
  });

  it.each(["", "x", "$argon2id$v=19$m=999999999,t=3,p=1$c2FsdHNhbHQ$aGFzaA", "$scrypt$v=19$m=1,t=1,p=1$a$b"])(
    "that are none are never right: %s",
    async (text) => {
      expect(await createHasher(cheap).verify(text, "x")).toBe(false);
    },
  );

  it("wait in a queue with an end", async () => {
    const hasher = createHasher(cheap);
    const results = await Promise.allSettled(Array.from({ length: 60 }, () => hasher.hash("x")));
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused).toHaveLength(60 - 34);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(HashingBusy);
    await expect(hasher.hash("x")).resolves.toContain("$argon2id$");
  });
});

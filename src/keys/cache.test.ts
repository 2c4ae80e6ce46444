import { expect, it } from "vitest";

import { KeyCache } from "./cache.ts";
import { mintKey, type KeyRecord } from "./key.ts";

const KEY = mintKey({ prefix: "sk-" });
const record = (status: KeyRecord["status"]): KeyRecord => ({
  id: 1,
  publicId: "key_1",
  name: "k",
  status,
  expiresAt: null,
  rpm: null,
  tpm: null,
  concurrency: null,
  models: null,
  budget: null,
  accountId: 1,
  accountFrozen: false,
  planId: null,
});

/** A cache over a database that answers when it is told to. */
const cacheOver = (answers: (KeyRecord | undefined)[]) => {
  const pending: (() => void)[] = [];
  let loads = 0;
  const cache = new KeyCache(
    () =>
      new Promise((resolve) => {
        const answer = answers[loads++];
        pending.push(() => {
          resolve(answer);
        });
      }),
  );
  return { cache, loads: () => loads, answer: () => pending.shift()?.() };
};

it("asks once, however many ask at once, and then answers from memory", async () => {
  const { cache, loads, answer } = cacheOver([record("active")]);
  const asked = [1, 2, 3].map(async () => cache.find(KEY));
  answer();
  for (const each of await Promise.all(asked)) expect(each?.id).toBe(1);
  expect(cache.find(KEY)).toMatchObject({ id: 1 });
  expect(loads()).toBe(1);
});

it("remembers that a key does not exist", async () => {
  const { cache, loads, answer } = cacheOver([undefined]);
  const asked = cache.find(KEY);
  answer();
  expect(await asked).toBeUndefined();
  expect(cache.find(KEY)).toBeUndefined();
  expect(loads()).toBe(1);
});

it("D91: never asks for what cannot be a key", () => {
  const { cache, loads } = cacheOver([]);
  for (const text of ["", "sk-x", `${KEY}x`, KEY.toUpperCase()]) expect(cache.find(text)).toBeUndefined();
  expect(loads()).toBe(0);
});

it("after clear, a load that began before it is not remembered", async () => {
  const { cache, loads, answer } = cacheOver([record("active"), record("revoked")]);
  const before = cache.find(KEY);
  cache.clear();
  answer();
  expect((await before)?.status).toBe("active");
  const after = cache.find(KEY);
  answer();
  expect((await after)?.status).toBe("revoked");
  expect(cache.find(KEY)).toMatchObject({ status: "revoked" });
  expect(loads()).toBe(2);
});

it("a load that fails is not remembered", async () => {
  let loads = 0;
  const cache = new KeyCache(() =>
    loads++ === 0 ? Promise.reject(new Error("away")) : Promise.resolve(record("active")),
  );
  await expect(cache.find(KEY)).rejects.toThrow("away");
  expect((await cache.find(KEY))?.id).toBe(1);
});

it("what was known before a change stands in while the database is away, and no longer (A6)", async () => {
  const answers: (KeyRecord | Error)[] = [record("active"), new Error("away"), record("revoked"), new Error("away")];
  const cache = new KeyCache(() => {
    const answer = answers.shift();
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  await cache.find(KEY);
  cache.clear();
  cache.clear();
  expect((await cache.find(KEY))?.status).toBe("active");
  expect((await cache.find(KEY))?.status).toBe("revoked");
  cache.clear();
  expect((await cache.find(KEY))?.status).toBe("revoked");
});

it("so does what was read while the change came (A6)", async () => {
  let fails = false;
  const cache = new KeyCache(() => (fails ? Promise.reject(new Error("away")) : Promise.resolve(record("active"))));
  const asked = cache.find(KEY);
  cache.clear();
  await asked;
  fails = true;
  expect((await cache.find(KEY))?.status).toBe("active");
});

it("stays within its bound of unknown keys", async () => {
  let loads = 0;
  const cache = new KeyCache(() => {
    loads++;
    return Promise.resolve(undefined);
  });
  const keys = Array.from({ length: 10_001 }, () => mintKey({ prefix: "" }));
  for (const key of keys) await cache.find(key);
  expect(loads).toBe(10_001);
  await cache.find(keys[10_000] ?? "");
  expect(loads).toBe(10_001);
  await cache.find(keys[0] ?? "");
  expect(loads).toBe(10_002);
});

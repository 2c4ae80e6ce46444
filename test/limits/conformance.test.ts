/** What a limiter is, whichever it is: the same table for memory and for a real Redis. */
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { Admission, Limiter } from "../../src/limits/limit.ts";
import { admitted, ask, LIMITERS, limiterRig, scope, type LimiterRig } from "./rig.ts";

const WINDOW = 61;

describe.each(LIMITERS)("limits in %s", (kind) => {
  let rig: LimiterRig;
  let limiter: Limiter;
  beforeAll(async () => {
    rig = await limiterRig(kind);
  });
  afterAll(() => rig.close());
  beforeEach(async () => {
    limiter = await rig.fresh();
  });

  it("admits the limit and no more, until the first has left (I-80, I-81)", async () => {
    const scopes = [scope("k:1", { rpm: 3 })];
    await admitted(limiter, { scopes });
    await rig.goTo(20);
    await admitted(limiter, { scopes });
    await admitted(limiter, { scopes });
    expect(await ask(limiter, { scopes })).toMatchObject({
      admitted: false,
      kind: "requests",
      limit: 3,
      retryAfterSeconds: WINDOW - 20,
      report: { requests: { limit: 3, remaining: 0, resetSeconds: WINDOW } },
    });
    await rig.goTo(WINDOW - 1);
    expect(await ask(limiter, { scopes })).toMatchObject({ admitted: false, retryAfterSeconds: 1 });
    await rig.goTo(WINDOW);
    await admitted(limiter, { scopes });
    expect(await ask(limiter, { scopes })).toMatchObject({ admitted: false, retryAfterSeconds: 20 });
  });

  it("takes off what leaves the window once, however often the window goes round", async () => {
    const scopes = [scope("k:1", { rpm: 2 })];
    const refusals: unknown[] = [];
    for (let turn = 0; turn < 4; turn++)
      for (const second of [0, 30]) {
        await rig.goTo(turn * WINDOW + second);
        await admitted(limiter, { scopes });
        // The one of this second and the one before it, half a window ago; at first there was none before.
        if (turn > 0 || second > 0) refusals.push(await ask(limiter, { scopes }));
      }
    expect(refusals).toHaveLength(7);
    for (const refusal of refusals) expect(refusal).toMatchObject({ admitted: false });
  });

  it("consumes nothing anywhere when one scope refuses (I-81)", async () => {
    const wide = scope("a:1", { rpm: 3, tpm: 100, concurrency: 3 });
    const narrow = scope("k:1", { rpm: 1 });
    await admitted(limiter, { scopes: [wide, narrow], tokens: 10 });
    for (let i = 0; i < 5; i++)
      expect(await ask(limiter, { scopes: [wide, narrow], tokens: 10 })).toMatchObject({ kind: "requests", limit: 1 });
    const next = await admitted(limiter, { scopes: [wide], tokens: 90 });
    expect(next.report).toMatchObject({ requests: { remaining: 1 }, tokens: { limit: 100, remaining: 0 } });
  });

  it("shows the tightest scope of each kind, and tells the longest wait of all that refuse", async () => {
    const first = scope("k:1", { rpm: 10, tpm: 1_000 });
    const second = scope("a:1", { rpm: 5, tpm: 5_000 });
    const { report } = await admitted(limiter, { scopes: [first, second], tokens: 400 });
    expect(report?.requests).toEqual({ limit: 5, remaining: 4, resetSeconds: WINDOW });
    expect(report?.tokens).toEqual({ limit: 1_000, remaining: 600, resetSeconds: WINDOW });
    await rig.goTo(10);
    for (let i = 0; i < 4; i++) await admitted(limiter, { scopes: [second] });
    const refused = await ask(limiter, { scopes: [first, second], tokens: 700 });
    // The account has room for a request after 51 s, and so has the key for 700 tokens: the first that was found is told.
    expect(refused).toMatchObject({ admitted: false, retryAfterSeconds: WINDOW - 10 });
  });

  it("reserves tokens, gives back what was not used, and counts what was used beyond", async () => {
    const scopes = [scope("k:1", { tpm: 1_000 })];
    const one = await admitted(limiter, { scopes, tokens: 900 });
    expect(await ask(limiter, { scopes, tokens: 200 })).toMatchObject({ kind: "tokens", limit: 1_000 });
    one.settle(100);
    one.settle(1_000_000); // Once is enough.
    expect((await admitted(limiter, { scopes, tokens: 400 })).report?.tokens?.remaining).toBe(500);
    const third = await admitted(limiter, { scopes, tokens: 100 });
    await rig.goTo(5);
    third.settle(450);
    expect(await ask(limiter, { scopes, tokens: 51 })).toMatchObject({ kind: "tokens" });
    await admitted(limiter, { scopes, tokens: 50 });
    await rig.goTo(WINDOW);
    // What was used beyond the reservation counts from when it was known.
    expect((await admitted(limiter, { scopes, tokens: 0 })).report?.tokens?.remaining).toBe(600);
  });

  it("corrects nothing of a reservation that has left the window", async () => {
    const scopes = [scope("k:1", { tpm: 1_000 })];
    const long = await admitted(limiter, { scopes, tokens: 600 });
    await rig.goTo(WINDOW);
    await admitted(limiter, { scopes, tokens: 1_000 });
    long.settle(0);
    expect(await ask(limiter, { scopes, tokens: 1 })).toMatchObject({ admitted: false });
  });

  it("gives back the tokens of a request that was never settled, and its place, once", async () => {
    const scopes = [scope("k:1", { tpm: 1_000, concurrency: 2 })];
    const one = await admitted(limiter, { scopes, tokens: 1_000 });
    one.end();
    one.end();
    const next = await admitted(limiter, { scopes, tokens: 500 });
    await admitted(limiter, { scopes, tokens: 500 });
    next.settle(0);
    expect(await ask(limiter, { scopes, tokens: 1 })).toMatchObject({
      kind: "concurrency",
      limit: 2,
      retryAfterSeconds: 1,
    });
  });

  it("many keys of one account share the account's limit (I-82)", async () => {
    const account = scope("a:1", { rpm: 5 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, key) => ask(limiter, { scopes: [scope(`k:${key}`, { rpm: 5 }), account] })),
    );
    expect(answers.filter((answer) => answer.admitted)).toHaveLength(5);
  });

  it("keeps a limit of any size in the same space, exactly", async () => {
    const scopes = [scope("k:1", { tpm: 1_000_000_000_000 })];
    const { report } = await admitted(limiter, { scopes, tokens: 999_999_999_999 });
    expect(report?.tokens?.remaining).toBe(1);
    expect(await ask(limiter, { scopes, tokens: 2 })).toMatchObject({ admitted: false });
  });

  it("agrees with a list of everything that happened, over any schedule", async () => {
    const step = fc.record({
      gap: fc.constantFrom(0, 0, 0, 1, 2, 7, 30, 60, 61, 62, 300),
      tokens: fc.integer({ min: 0, max: 60 }),
      both: fc.boolean(),
      // Which of the running requests ends then, if one does, and with how many tokens.
      ends: fc.option(fc.nat({ max: 9 }), { freq: 2 }),
      used: fc.integer({ min: 0, max: 80 }),
    });
    const limits = [
      { name: "a:1", rpm: 6, tpm: 100, concurrency: 4 },
      { name: "k:1", rpm: 4, tpm: 80, concurrency: 3 },
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        limiter = await rig.fresh();
        const model = limits.map(() => ({
          requests: [] as number[],
          tokens: [] as { at: number; n: number }[],
          open: 0,
        }));
        const running: { admission: Admission; scopes: number[]; at: number; tokens: number }[] = [];
        let now = 0;
        for (const { gap, tokens, both, ends, used } of steps) {
          now += gap;
          if (gap > 0) await rig.goTo(now);
          const scopes = both ? [0, 1] : [0];
          const since = now - WINDOW;
          const fits = scopes.every((index) => {
            const { rpm, tpm, concurrency } = limits[index]!;
            const { requests, tokens: counted, open } = model[index]!;
            const sum = counted.filter(({ at }) => at > since).reduce((all, { n }) => all + n, 0);
            return requests.filter((at) => at > since).length < rpm && sum + tokens <= tpm && open < concurrency;
          });
          const answer = await ask(limiter, {
            scopes: scopes.map((index) => scope(limits[index]!.name, limits[index]!)),
            tokens,
          });
          expect(answer.admitted, `at ${now}`).toBe(fits);
          if (answer.admitted) {
            for (const index of scopes) {
              model[index]!.requests.push(now);
              model[index]!.tokens.push({ at: now, n: tokens });
              model[index]!.open++;
            }
            running.push({ admission: answer, scopes, at: now, tokens });
          }
          const over = ends === null ? undefined : running.splice(ends % Math.max(1, running.length), 1)[0];
          if (over === undefined) continue;
          over.admission.settle(used);
          over.admission.end();
          for (const index of over.scopes) {
            model[index]!.open--;
            const difference = used - over.tokens;
            model[index]!.tokens.push({ at: difference > 0 ? now : over.at, n: difference });
          }
        }
      }),
      { numRuns: kind === "memory" ? 300 : 25 },
    );
  });
});

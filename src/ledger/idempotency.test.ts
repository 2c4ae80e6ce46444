/** I-28: whatever happens to requests with Idempotency-Keys, each key is charged once, and says the same to whoever asks again. */
import { createHash } from "node:crypto";

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { DATABASES } from "../db/fixtures.ts";
import { newRequestId } from "../id.ts";
import { ACCOUNT, anOrder, aSettlement, hold, KEY, openRig, type Rig } from "./fixtures.ts";
import { runSteps } from "../db/steps.ts";
import { beginKey, IdempotencyStore } from "./idempotency-store.ts";
import { IdempotencyKeys, type KeyRows } from "./idempotency-keys.ts";
import { BEGIN_MS, endOf, isKey, KEY_LIFE_MS, MAX_REPLY_BYTES, type KeyEnd, type KeptReply } from "./idempotency.ts";
import type { HoldToken } from "./ledger.ts";
import { OUTCOMES, isCharged, type Outcome } from "./outcome.ts";

const ROUTE = "/v1/chat/completions";
const HOUR_MS = 3_600_000;

const hashOf = (text: string): Uint8Array => createHash("sha256").update(text).digest();
const replyOf = (text: string): KeptReply => ({ status: 200, contentType: "text/x", body: Buffer.from(text) });

const FAILURES: readonly Outcome[] = [
  "client_cancelled_preflight",
  "upstream_failed_before_output",
  "upstream_failed_after_output",
  "gateway_failed",
  "rejected",
  "crashed",
  "task_lost",
];

describe("what becomes of a key", () => {
  it.each(OUTCOMES.map((outcome) => [outcome, isCharged(outcome)] as const))(
    "after %s (charged: %s)",
    (outcome, charged) => {
      const { state } = endOf(outcome, false, replyOf("r"));
      // A failure may be tried again; whoever was charged is not charged again.
      const isFailure = FAILURES.includes(outcome);
      expect(state === "free").toBe(isFailure);
      expect(charged && isFailure).toBe(false);
    },
  );

  it.each<[string, boolean, KeptReply | null, KeyEnd["state"]]>([
    ["a reply", false, replyOf("r"), "kept"],
    ["a reply of the most bytes", false, replyOf("r".repeat(MAX_REPLY_BYTES)), "kept"],
    ["one byte more", false, replyOf("r".repeat(MAX_REPLY_BYTES + 1)), "unkept"],
    ["a stream", true, null, "streamed"],
    ["nothing that was sent", false, null, "unkept"],
  ])("is decided by %s", (_what, stream, reply, state) => {
    expect(endOf("completed", stream, reply).state).toBe(state);
  });

  it.each([
    ["", false],
    ["k", true],
    ["with blanks ~", true],
    ["k".repeat(255), true],
    ["k".repeat(256), false],
    ["tab\t", false],
    ["ümlaut", false],
  ])("%j is a key: %s", (text, expected) => {
    expect(isKey(text)).toBe(expected);
  });
});

type Step =
  | { readonly do: "ask"; readonly body: "a" | "b" }
  | { readonly do: "end"; readonly which: number; readonly how: "reply" | "stream" | "large" | "failure" | "refusal" }
  | { readonly do: "crash" }
  | { readonly do: "pass"; readonly hours: number };

const STEPS = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("ask" as const), body: fc.constantFrom("a" as const, "b") }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("end" as const),
        which: fc.nat(3),
        how: fc.constantFrom("reply" as const, "stream", "large", "failure", "refusal"),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ do: "crash" as const }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("pass" as const), hours: fc.integer({ min: 1, max: 25 }) }) },
  ),
  { minLength: 3, maxLength: 14 },
);

/** What the key must be: nobody's, running, or answering for a request. */
type Expected =
  | { readonly is: "free" }
  | { readonly is: "running"; readonly body: string; readonly at: number }
  | { readonly is: "done"; readonly body: string; readonly at: number; readonly says: object };

interface Running {
  readonly requestId: string;
  readonly body: string;
  readonly token: HoldToken;
}

const ENDS = {
  reply: (id: string) => ["completed", endOf("completed", false, replyOf(`reply ${id}`))],
  stream: () => ["completed", endOf("completed", true, null)],
  large: () => ["completed", endOf("completed", false, replyOf("x".repeat(MAX_REPLY_BYTES + 1)))],
  failure: () => ["upstream_failed_before_output", endOf("upstream_failed_before_output", false, null)],
} as const satisfies Record<string, (id: string) => readonly [Outcome, KeyEnd]>;

const saysOf = (end: KeyEnd, requestId: string): object => {
  if (end.state === "kept") return { kind: "replay", requestId, reply: { status: 200, contentType: "text/x" } };
  return { kind: "finished", requestId, how: end.state };
};

/** One run of steps on a key of its own, checked against the model after each. @returns how many requests it charged */
class Run {
  readonly #rig: Rig;
  readonly #key: string;
  #keys: IdempotencyKeys;
  #now = 1_700_000_000_000;
  #expected: Expected = { is: "free" };
  #running: Running[] = [];
  charges = 0;

  constructor(rig: Rig, key: string) {
    this.#rig = rig;
    this.#key = key;
    this.#keys = this.#open();
  }

  async step(step: Step): Promise<void> {
    if (step.do === "ask") await this.#ask(step.body);
    else if (step.do === "pass") this.#now += step.hours * HOUR_MS;
    else if (step.do === "crash") {
      await this.#rig.crash();
      this.#keys = this.#open();
      this.#running = [];
      if (this.#expected.is === "running") this.#expected = { is: "free" };
    } else await this.#end(step.which, step.how);
  }

  /** Nothing is left in flight: what still runs fails. */
  async finish(): Promise<void> {
    while (this.#running.length > 0) await this.#end(0, "failure");
  }

  #open(): IdempotencyKeys {
    const rig = this.#rig;
    return new IdempotencyKeys({
      rows: new IdempotencyStore(rig.database),
      owner: () => rig.books.owner,
      now: () => this.#now,
      failed: () => undefined,
    });
  }

  async #ask(body: string): Promise<void> {
    const requestId = newRequestId();
    if (this.#expected.is !== "free" && this.#expected.at <= this.#now - KEY_LIFE_MS) this.#expected = { is: "free" };
    const answer = await this.#keys.claim({
      accountId: ACCOUNT,
      route: ROUTE,
      key: this.#key,
      asked: hashOf(body),
      requestId,
    });
    const expected = this.#expected;
    if (expected.is === "free") {
      expect(answer).toMatchObject({ kind: "claimed" });
      const token = await hold(this.#rig, anOrder(this.#rig, 10n, { requestId }));
      this.#running.push({ requestId, body, token });
      this.#expected = { is: "running", body, at: this.#now };
    } else if (expected.body !== body) expect(answer.kind).toBe("mismatch");
    else if (expected.is === "running") expect(answer.kind).toBe("running");
    else expect(answer).toMatchObject(expected.says);
  }

  async #end(which: number, how: keyof typeof ENDS | "refusal"): Promise<void> {
    const at = which % Math.max(1, this.#running.length);
    const [running] = this.#running.splice(at, 1);
    if (running === undefined) return;
    const { requestId, body, token } = running;
    const [outcome, keyEnd] = how === "refusal" ? (["rejected", { state: "free" }] as const) : ENDS[how](requestId);
    const { charge } = await this.#rig.books.settle(token, aSettlement(3, { outcome, keyEnd }));
    if (charge > 0n) this.charges++;
    // A request whose key expired under it, and was claimed anew, says nothing any more.
    const isLast = this.#running.length === 0 || at === this.#running.length;
    if (!isLast || this.#expected.is !== "running") return;
    const { at: since } = this.#expected;
    this.#expected =
      keyEnd.state === "free" ? { is: "free" } : { is: "done", body, at: since, says: saysOf(keyEnd, requestId) };
  }
}

describe.each(DATABASES)("keys on %s", (kind) => {
  let rig: Rig;
  let next = 0;
  beforeAll(async () => {
    rig = await openRig(1_000_000_000n, kind);
  });
  afterAll(() => rig.remove());

  const keysOf = (changes: Partial<KeyRows> = {}, now: () => number = () => 0): IdempotencyKeys => {
    const store = new IdempotencyStore(rig.database);
    const rows: KeyRows = {
      claim: (claim, at) => store.claim(claim, at),
      find: (claim) => store.find(claim),
      takeOver: (claim, from, at) => store.takeOver(claim, from, at),
      free: (id) => store.free(id),
      keep: (id, reply) => store.keep(id, reply),
      freeBegun: (id) => store.freeBegun(id),
      sweep: (at) => store.sweep(at),
      isGone: (owner, self) => store.isGone(owner, self),
      ...changes,
    };
    return new IdempotencyKeys({ rows, owner: () => rig.books.owner, now, failed: () => undefined });
  };
  const claimOf = (key: string, body = "a", requestId = newRequestId()) => ({
    accountId: ACCOUNT,
    route: ROUTE,
    key,
    asked: hashOf(body),
    requestId,
  });

  it("answer as the model says, whatever happens, and are charged once", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(STEPS, async (steps) => {
        const before = await charged();
        const run = new Run(rig, `run ${next++}`);
        for (const step of steps) await run.step(step);
        await run.finish();
        expect(await charged()).toBe(before + BigInt(run.charges));
      }),
      { numRuns: kind === "sqlite" ? 60 : 15 },
    );
    expect(rig.fatal).toEqual([]);
  });

  const charged = async (): Promise<bigint> => {
    const [row] = await rig.query(`select count(*) as rows from request where key_id = ${KEY} and posted > 0`);
    return row?.["rows"] as bigint;
  };

  it("go to one of many who claim at once", async () => {
    const keys = keysOf();
    const answers = await Promise.all(Array.from({ length: 20 }, () => keys.claim(claimOf("crowd"))));
    expect(answers.filter(({ kind: answer }) => answer === "claimed")).toHaveLength(1);
    expect(answers.filter(({ kind: answer }) => answer === "running")).toHaveLength(19);
  });

  it("keep replies byte for byte, several in one commit, beside those that keep none", async () => {
    const keys = keysOf();
    const bodies = [Buffer.from([0, 1, 2, 255, 254, 34, 92]), Buffer.alloc(0), Buffer.alloc(300_000, "é")];
    const settled = await Promise.all(
      bodies.map(async (body, index) => {
        const claim = claimOf(`bytes ${index}`);
        await keys.claim(claim);
        return [claim, body, await hold(rig, anOrder(rig, 5n, { requestId: claim.requestId }))] as const;
      }),
    );
    const freed = claimOf("freed");
    await keys.claim(freed);
    const failing = await hold(rig, anOrder(rig, 5n, { requestId: freed.requestId }));
    await Promise.all([
      ...settled.map(([, body, token]) =>
        rig.books.settle(token, aSettlement(1, { keyEnd: endOf("completed", false, { ...replyOf(""), body }) })),
      ),
      rig.books.settle(failing, aSettlement(0, { outcome: "gateway_failed", keyEnd: { state: "free" } })),
      rig.books.settle(await hold(rig, anOrder(rig, 5n)), aSettlement(1)),
    ]);
    for (const [claim, body] of settled) {
      const answer = await keys.claim({ ...claim, requestId: newRequestId() });
      expect(answer).toMatchObject({ kind: "replay", requestId: claim.requestId });
      expect(answer.kind === "replay" && Buffer.compare(answer.reply.body, body)).toBe(0);
    }
    expect(await keys.claim(claimOf("freed"))).toMatchObject({ kind: "claimed" });
  });

  it("are freed when it is not known whether they were claimed, and when the database was away as they came to nothing", async () => {
    let fails = 1;
    const flaky = keysOf({
      claim: async (claim, at) => {
        const claimed = await new IdempotencyStore(rig.database).claim(claim, at);
        if (fails-- > 0) throw new Error("the answer was lost");
        return claimed;
      },
    });
    await expect(flaky.claim(claimOf("lost"))).rejects.toMatchObject({ code: "ledger_unavailable" });
    for (;;) {
      const answer = await flaky.claim(claimOf("lost"));
      if (answer.kind === "claimed") break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    flaky.stop();
  });

  it("are swept a day after they were claimed, and not before", async () => {
    let now = 5_000;
    const keys = keysOf({}, () => now);
    await keys.claim(claimOf("old"));
    now += KEY_LIFE_MS - 1;
    await keys.sweep();
    const count = async () =>
      (await rig.query("select count(*) as rows from idempotency where key = 'old'"))[0]?.["rows"];
    expect(await count()).toBe(1n);
    now += 1;
    await keys.sweep();
    expect(await count()).toBe(0n);
  });

  it("give way to what waits for its commit already: a reply without room is not kept", async () => {
    const keys = keysOf();
    const end: KeyEnd = { state: "kept", reply: { ...replyOf(""), body: Buffer.alloc(MAX_REPLY_BYTES) } };
    const seen: string[] = [];
    let commit = (): void => undefined;
    const committed = new Promise<void>((resolve) => (commit = resolve));
    const all = Array.from({ length: 18 }, () =>
      keys.settling(end, ({ state }) => {
        seen.push(state);
        return committed;
      }),
    );
    expect(seen).toEqual([...Array.from({ length: 16 }, () => "kept"), "unkept", "unkept"]);
    commit();
    await Promise.all(all);
    await keys.settling(end, async ({ state }) => void seen.push(state));
    expect(seen.at(-1)).toBe("kept");
  });

  it("are spent when a task is written, and answer with its reply when it is there", async () => {
    let now = 1_000;
    const keys = keysOf({}, () => now);
    const claim = claimOf("task");
    await keys.claim(claim);
    const begin = (fails: boolean) =>
      runSteps(rig.database, function* () {
        yield* beginKey(claim.requestId);
        if (fails) throw new Error("undone");
      });
    await expect(begin(true)).rejects.toThrow("undone");
    await begin(false);
    // Another process that believes to have the key does not write a task of its own.
    await expect(begin(false)).rejects.toMatchObject({ code: "ledger_unavailable" });
    expect(await keys.claim(claimOf("task"))).toEqual({ kind: "running" });
    // Nothing that ends with its process ends it.
    await rig.crash();
    const others = keysOf({}, () => now);
    expect(await others.claim(claimOf("task"))).toEqual({ kind: "running" });
    now += BEGIN_MS;
    expect(await others.claim(claimOf("task"))).toMatchObject({ kind: "finished", requestId: claim.requestId });
    await others.keep(claim.requestId, replyOf("task 1"));
    expect(await others.claim(claimOf("task"))).toMatchObject({ kind: "replay", requestId: claim.requestId });
    await others.freeBegun(claim.requestId);
    expect(await others.claim(claimOf("task"))).toMatchObject({ kind: "replay" });
  });

  it("are free when their task has come to nothing", async () => {
    const keys = keysOf();
    const claim = claimOf("failed task");
    await keys.claim(claim);
    await runSteps(rig.database, () => beginKey(claim.requestId));
    await keys.free(claim.requestId);
    expect(await keys.claim(claimOf("failed task"))).toEqual({ kind: "running" });
    await keys.freeBegun(claim.requestId);
    expect(await keys.claim(claimOf("failed task"))).toMatchObject({ kind: "claimed" });
  });

  it("are not held for in another life of their owner", async () => {
    const { epoch } = rig.books.owner;
    await expect(hold(rig, anOrder(rig, 5n, { epoch: epoch + 1 }))).rejects.toMatchObject({
      code: "ledger_unavailable",
    });
    expect(rig.books.open().count).toBe(0);
  });
});

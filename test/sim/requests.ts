/** Steps of customers: holds, with and without an Idempotency-Key, extensions and settlements in the nodes' memory. */
import { expect } from "vitest";

import { newRequestId } from "../../src/id.ts";
import { endOf } from "../../src/ledger/idempotency.ts";
import type { ClaimAnswer } from "../../src/ledger/idempotency-keys.ts";
import type { HoldToken } from "../../src/ledger/ledger.ts";
import { TTL_MS } from "../../src/ledger/postgres-store.ts";
import { costOf, dueOf, type SimRequest } from "./model.ts";
import type { SimNode } from "./rig.ts";
import { accountOf, expectRefusal, settlement, turn, type Open, type SimState, type StepOf } from "./state.ts";

/** After so many turns of the event loop what was asked for is on its way to the database … */
const GATHER_TURNS = 5;
/** … and stays there for so many more. */
const SLOW_TURNS = 10;

const ROUTE = "sim";
const BODY = Buffer.from("{}");
const ASKED = Buffer.alloc(32, 7);

/** Where a hold is asked for, and under which key. */
interface Asked {
  readonly requestId: string;
  readonly node: SimNode;
  readonly generation: number;
  /** The life of the node in which the key was claimed; null without one. */
  readonly epoch: number | null;
}

export class Requests {
  readonly #state: SimState;

  constructor(state: SimState) {
    this.#state = state;
  }

  hold(step: StepOf<"hold">): void {
    const node = this.#state.node(step.node);
    this.#hold(step, { requestId: newRequestId(), node, generation: node.generation, epoch: null });
  }

  #hold({ account, amount, minimum }: Omit<StepOf<"hold">, "op" | "node">, asked: Asked): void {
    const { id, keyId, budget } = accountOf(account);
    const { requestId, node, generation, epoch } = asked;
    const least = BigInt(minimum < amount ? minimum : amount);
    const keep = (token: HoldToken): void => {
      expect(token.amount).toBeLessThanOrEqual(BigInt(amount));
      expect(token.amount).toBeGreaterThanOrEqual(least);
      this.#state.open.push({ token, node, generation, isKeyed: epoch !== null });
    };
    const refused = (error: unknown): void => {
      expectRefusal(error);
      if (epoch !== null) this.#state.follow(node, node.keys.free(requestId), () => undefined);
    };
    let held: HoldToken | Promise<HoldToken>;
    try {
      held = node.books.hold({
        requestId,
        accountId: id,
        keyId,
        hasBudget: budget !== null,
        amount: BigInt(amount),
        minimum: least,
        snapshot: this.#state.snapshotOf(id),
        ...(epoch === null ? {} : { epoch }),
      });
    } catch (error) {
      refused(error);
      return;
    }
    if (held instanceof Promise) {
      this.#state.follow(node, held, keep, refused);
      return;
    }
    const silence = performance.now() - node.store.renewedAt;
    if (this.#state.rig.kind === "postgres") expect(silence, "§9.2 c: it admits after its life").toBeLessThan(TTL_MS);
    keep(held);
  }

  /** Claims a key first (I-28): whoever finds it running, spent or answered holds nothing. */
  keyed({ account, node: index, key, amount }: StepOf<"keyed">): void {
    const { id } = accountOf(account);
    const node = this.#state.node(index);
    const { generation } = node;
    const requestId = newRequestId();
    const name = `${id} ${key}`;
    const answered = (answer: ClaimAnswer): void => {
      if (answer.kind === "replay") this.#state.replayed.add(answer.requestId);
      if (answer.kind !== "claimed") return;
      this.#state.claims.set(name, [...(this.#state.claims.get(name) ?? []), requestId]);
      this.#hold({ account, amount, minimum: 0 }, { requestId, node, generation, epoch: answer.epoch });
    };
    const claim = { accountId: id, route: ROUTE, key: name, asked: ASKED, requestId };
    this.#state.follow(node, node.keys.claim(claim), answered, expectRefusal);
  }

  /** A hold that waits for a slow commit, and another one that comes while that is under way. */
  async overtake({ account, node, amount, second }: StepOf<"overtake">): Promise<void> {
    this.#state.node(node).store.next = { fault: "slow", turns: SLOW_TURNS };
    this.hold({ op: "hold", account, node, amount, minimum: 0 });
    await turn(GATHER_TURNS);
    this.hold({ op: "hold", account, node, amount: second, minimum: 0 });
  }

  #picked(pick: number): Open | undefined {
    const { open } = this.#state;
    return open[pick % Math.max(1, open.length)];
  }

  extend({ pick, amount }: StepOf<"extend">): void {
    const picked = this.#picked(pick);
    if (picked === undefined) return;
    const { token, node } = picked;
    const before = token.amount;
    this.#state.follow(node, Promise.resolve(node.books.extend(token, BigInt(amount))), (granted) => {
      if (granted) expect(token.amount).toBeGreaterThanOrEqual(before + BigInt(amount));
    });
  }

  settle({ pick, input, output, outcome }: StepOf<"settle">): void {
    const picked = this.#picked(pick);
    if (picked === undefined) return;
    const { token, node, generation, isKeyed } = picked;
    this.#state.open = this.#state.open.filter((each) => each !== picked);
    this.#state.ended.push(picked);
    const full = costOf(token.snapshot, { input, output });
    const request: SimRequest = {
      accountId: token.accountId,
      keyId: token.keyId,
      snapshot: token.snapshot,
      held: token.amount,
      due: dueOf(full, token.amount, outcome),
      full,
      mayBeLost: generation !== node.generation,
      receipt: null,
    };
    this.#state.requests.set(token.requestId, request);
    const reply = { status: 200, contentType: "application/json", body: BODY };
    const keyEnd = isKeyed ? { keyEnd: endOf(outcome, false, reply) } : {};
    const settling = node.books.settle(token, settlement({ outcome, usage: { input, output }, ...keyEnd }));
    this.#state.follow(node, settling, (receipt) => {
      request.receipt = receipt;
      request.mayBeLost ||= generation !== node.generation;
      const isGift = request.mayBeLost && receipt.charge === 0n;
      if (!isGift) expect(receipt.charge).toBe(request.due);
      expect(receipt.charge + receipt.absorbed).toBe(full);
    });
  }

  /** I-20: a hold has one terminal call. */
  settleAgain(pick: number): void {
    const { ended } = this.#state;
    const again = ended[pick % Math.max(1, ended.length)];
    if (again === undefined || this.#state.isDead(again.node)) return;
    const settle = (): unknown => again.node.books.settle(again.token, settlement({ usage: { input: 1 } }));
    expect(settle).toThrow("has ended already");
  }

  reject(): void {
    const { id, keyId } = accountOf(0);
    this.#state.node(0).books.reject({
      requestId: newRequestId(),
      accountId: id,
      keyId,
      model: "m",
      protocol: "openai-chat",
      stream: false,
      status: 402,
      durationMs: 1,
    });
  }
}

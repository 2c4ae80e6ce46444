/** Runs the steps of a plan on an installation, and says after each of them whether everything is as it must be. */
import { expect } from "vitest";

import { GatewayError } from "../../src/errors.ts";
import { newRequestId, requestIdText } from "../../src/id.ts";
import { audit } from "../../src/ledger/audit-store.ts";
import { credit, debit } from "../../src/ledger/credit-store.ts";
import type { HoldToken, Settlement } from "../../src/ledger/ledger.ts";
import { TTL_MS } from "../../src/ledger/postgres-store.ts";
import { publishPrice } from "../../src/ledger/price-store.ts";
import { refund } from "../../src/ledger/refund-store.ts";
import { TransferRefused, type TransferOrder } from "../../src/ledger/transfer.ts";
import { complement, EXACT, parseRational } from "../../src/money.ts";
import type { PriceRow, Snapshot } from "../../src/price.ts";
import { costOf, dueOf, judge, type SimRequest } from "./model.ts";
import type { SimNode, SimRig } from "./rig.ts";
import type { Op, Step } from "./steps.ts";

interface SimAccount {
  readonly id: number;
  readonly keyId: number;
  /** Of the key; null is none. */
  readonly budget: bigint | null;
  readonly start: bigint;
}

/** One with slack, one below its threshold whose key has a budget, and one with nothing at first. */
const ACCOUNTS: readonly SimAccount[] = [
  { id: 10, keyId: 10, budget: null, start: 3_000_000_000n },
  { id: 20, keyId: 20, budget: 4_000n, start: 5_000n },
  { id: 30, keyId: 30, budget: 2_000_000_000n, start: 0n },
];

/** The whole audit and a look at every request are made after every so many steps. */
const THOROUGH_EVERY = 10;
/** After so many turns of the event loop what was asked for is on its way to the database … */
const GATHER_TURNS = 5;
/** … and stays there for so many more. */
const SLOW_TURNS = 10;
/** By real time: far beyond every limit of the ledger's own. */
const LONGEST_WAIT_NS = 20_000_000_000n;
/** How long a debit asks for money that is borrowed. */
const DEBIT_WAIT_MS = 0;

interface Open {
  readonly token: HoldToken;
  readonly node: SimNode;
  readonly generation: number;
}

type StepOf<Name extends Op> = Extract<Step, { op: Name }>;
type Handlers = { readonly [Name in Op]: (step: StepOf<Name>) => void | Promise<void> };

export class World {
  readonly rig: SimRig;
  #open: Open[] = [];
  readonly #requests = new Map<string, SimRequest>();
  /** Tokens that had their terminal call. */
  readonly #ended: Open[] = [];
  readonly #orders: { readonly kind: "credit" | "debit"; readonly order: TransferOrder }[] = [];
  /** What each account was given and what was taken, requests apart. */
  readonly #put = new Map<number, bigint>();
  /** What was given back of a request. */
  readonly #refunds = new Map<string, bigint>();
  readonly #discounts = new Map<number, string>();
  #running: { readonly node: SimNode; readonly done: Promise<void> }[] = [];
  readonly #failures: unknown[] = [];
  #price!: PriceRow;
  #sequence = 0;

  constructor(rig: SimRig) {
    this.rig = rig;
  }

  /** @param nodes how many live at first */
  async begin(nodes: number): Promise<void> {
    await this.#publish({ op: "price", input: 1_000_000, output: 5_000_000 });
    for (const each of ACCOUNTS) await this.#addAccount(each);
    for (let node = 0; node < nodes; node++) await this.rig.start();
  }

  readonly #handlers: Handlers = {
    hold: (step) => {
      this.#hold(step);
    },
    overtake: (step) => this.#overtake(step),
    extend: (step) => {
      this.#extend(step);
    },
    settle: (step) => {
      this.#settle(step);
    },
    credit: (step) => this.#credit(step),
    debit: (step) => this.#debit(step),
    refund: (step) => this.#refund(step),
    repeat: (step) => this.#repeat(step),
    freeze: ({ account }) => this.#setFrozen(account, 1),
    thaw: ({ account }) => this.#setFrozen(account, 0),
    price: (step) => this.#publish(step),
    plan: ({ account, discount }) => void this.#discounts.set(accountOf(account).id, `${discount}%`),
    fault: ({ node, fault, turns }) => {
      this.#node(node).store.next = { fault, turns };
    },
    silence: (step) => this.#silence(step),
    beat: ({ node }) => this.#beat(this.#node(node)),
    deaf: ({ node }) => {
      this.#node(node).store.losesRenewal = true;
    },
    crash: ({ node }) => this.#crash(this.#node(node)),
    restart: ({ node }) => this.#restart(this.#node(node)),
    skew: ({ milliseconds }) => {
      this.rig.clock.skew(milliseconds);
    },
    turn: ({ turns }) => turn(turns),
    "settle again": ({ pick }) => {
      this.#settleAgain(pick);
    },
    reject: () => {
      this.#reject();
    },
    refresh: () => this.#refresh(),
    drain: () => this.drain(),
    late: () => this.#deliverLate(),
  };

  async run(step: Step, index: number): Promise<void> {
    await (this.#handlers[step.op] as (step: Step) => void | Promise<void>)(step);
    await this.check(index % THOROUGH_EVERY === 0);
  }

  /** Waits for everything that was begun; a node whose commit never comes back is killed for it. */
  async drain(): Promise<void> {
    for (;;) {
      const [first] = this.#running;
      if (first === undefined) return;
      const over = Promise.all(this.#running.map(({ done }) => done)).then(() => true);
      const until = process.hrtime.bigint() + LONGEST_WAIT_NS;
      let isOver = false;
      while (!isOver && !this.rig.nodes.some(({ store }) => store.stuck !== null)) {
        isOver = await Promise.race([over, turn(1).then(() => false)]);
        if (process.hrtime.bigint() > until) throw new Error("I-29: somebody waits for ever");
      }
      if (isOver) this.#running = [];
      for (const node of this.rig.nodes.filter(({ store }) => store.stuck !== null)) await this.#crash(node);
    }
  }

  /** After the last request: nothing is borrowed where nobody holds, nothing is left open, everything adds up (I-29, I-70, I-71). */
  async end(): Promise<void> {
    for (const { store } of this.rig.nodes) {
      store.next = null;
      store.losesRenewal = false;
    }
    await this.drain();
    for (let pick = 0; this.#open.length > 0; pick++)
      this.#settle({ op: "settle", pick, input: 7, output: 3, outcome: "completed" });
    await this.drain();
    await this.#deliverLate();
    for (const { books } of this.rig.nodes) await books.beat();
    const lost = this.#leasesLost();
    await this.rig.outlast();
    expect(this.#leasesLost(), "§9.2 d: who is heard of is not taken for dead").toBe(lost);
    for (const { books } of this.rig.nodes) await books.close();
    await this.check(true);
    const borrowed = await this.rig.query("select id, leased from account where leased <> 0");
    expect(borrowed, "I-29: borrowed when nobody holds").toEqual([]);
    for (const { books } of this.rig.nodes) expect(books.open()).toEqual({ count: 0, sum: 0n });
    const stored = await this.#stored();
    for (const [id, request] of this.#requests)
      if (!request.mayBeLost) expect(stored.has(id), `I-71: ${id} is lost`).toBe(true);
    const unexpected = this.rig.problems.filter(({ kind }) => !EXPECTED_PROBLEMS.includes(kind));
    expect(unexpected).toEqual([]);
  }

  #leasesLost(): number {
    return this.rig.problems.filter(({ kind }) => kind === "lease_lost").length;
  }

  /** @param isThorough with the whole audit and every request */
  async check(isThorough: boolean): Promise<void> {
    expect(this.#failures).toEqual([]);
    expect(this.rig.fatal).toEqual([]);
    for (const { store } of this.rig.nodes) expect(store.wrongs).toEqual([]);
    // Memory first: a lease grows in the database before it does here, and shrinks here before it does there (§9.2 a).
    const held = this.#heldByAccount();
    const receipts = [...this.#requests.values()].reduce((sum, { receipt }) => sum + (receipt?.charge ?? 0n), 0n);
    const accounts = await this.rig.query(`
      select a.id, a.balance, a.leased, a.frozen, a.kind,
        coalesce((select sum(l.amount) from lease l where l.account_id = a.id and l.state <> 'returned'), 0) as leases
      from account a`);
    let [sum, revenue] = [0n, 0n];
    for (const row of accounts) {
      const { balance, leased, leases } = row as Record<string, bigint> & { balance: bigint; leased: bigint };
      sum += balance;
      if (row["kind"] === "revenue") revenue += balance;
      expect(leases, "I-19").toBe(leased);
      if (row["kind"] !== "customer") continue;
      if (row["frozen"] === 0n) expect(leased, "I-10").toBeLessThanOrEqual(balance);
      expect(balance, "I-10").toBeGreaterThanOrEqual(0n);
      expect(held.get(Number(row["id"])) ?? 0n, "holds within leases").toBeLessThanOrEqual(leased);
    }
    expect(sum, "I-23").toBe(0n);
    const refunds = [...this.#refunds.values()].reduce((sum, each) => sum + each, 0n);
    expect(revenue, "no receipt without its commit").toBeGreaterThanOrEqual(receipts - refunds);
    if (isThorough) await this.#checkAll();
  }

  /** I-8, I-21, I-40, I-70: what is stored against what must be. */
  async #checkAll(): Promise<void> {
    const { disagreements } = await audit(this.rig.outside);
    expect(disagreements).toEqual([]);
    const stored = await this.#stored();
    const wrong = [...stored].flatMap(([id, row]) => judge(row, this.#requests.get(id)) ?? []);
    expect(wrong).toEqual([]);
    for (const [id, { receipt }] of this.#requests)
      if (receipt !== null) expect(stored.has(id), `0 lost: ${id} was told its charge`).toBe(true);
    const balances = await this.rig.query(`
      select a.id, a.balance + coalesce((select sum(posted) from request r where r.account_id = a.id), 0) as put
      from account a where a.kind = 'customer' and a.id >= 10`);
    if (this.#running.length === 0)
      for (const { id, put } of balances) expect(put, "I-70").toBe(this.#put.get(Number(id)) ?? 0n);
  }

  async #stored() {
    const rows = await this.rig.query("select * from request where outcome <> 'rejected' or price_id is not null");
    return new Map(
      rows.map((row) => [
        requestIdText(row["id"] as Uint8Array),
        {
          outcome: row["outcome"] as string,
          accountId: Number(row["account_id"]),
          keyId: Number(row["key_id"]),
          priceId: Number(row["price_id"]),
          hold: row["hold"] as bigint,
          posted: row["posted"] as bigint,
          absorbed: row["absorbed"] as bigint,
        },
      ]),
    );
  }

  /** What requests hold that nobody may have taken for lost. */
  #heldByAccount(): Map<number, bigint> {
    const held = new Map<number, bigint>();
    // What a node holds under a lease that ended is of no use to it: it sends nothing more, and what it settles is absorbed (§9.2 b, c).
    for (const { token, node, generation } of this.#open)
      if (generation === node.generation && node.books.isLive(token))
        held.set(token.accountId, (held.get(token.accountId) ?? 0n) + token.amount);
    return held;
  }

  #node(index: number): SimNode {
    const { nodes } = this.rig;
    const node = nodes[index % nodes.length];
    if (node === undefined) throw new Error("no node lives");
    return node;
  }

  /** Follows a promise of a node; what it says after the node's death is nobody's business. */
  #follow<T>(node: SimNode, promise: Promise<T>, done: (value: T) => void, refused?: (error: unknown) => void): void {
    const isDead = (): boolean => !this.rig.nodes.includes(node);
    const followed = promise.then(
      (value) => {
        if (!isDead()) done(value);
      },
      (error: unknown) => {
        if (isDead()) return;
        if (refused === undefined) throw error;
        refused(error);
      },
    );
    this.#running.push({ node, done: followed.catch((error: unknown) => void this.#failures.push(error)) });
  }

  #hold({ account, node: index, amount, minimum }: StepOf<"hold">): void {
    const { id, keyId, budget } = accountOf(account);
    const node = this.#node(index);
    const { generation } = node;
    const snapshot: Snapshot = {
      row: this.#price,
      multiplier: complement(parseRational(this.#discounts.get(id) ?? "0%")),
      planId: null,
    };
    const least = BigInt(minimum < amount ? minimum : amount);
    const order = {
      requestId: newRequestId(),
      accountId: id,
      keyId,
      hasBudget: budget !== null,
      amount: BigInt(amount),
      minimum: least,
      snapshot,
    };
    const keep = (token: HoldToken): void => {
      expect(token.amount).toBeLessThanOrEqual(BigInt(amount));
      expect(token.amount).toBeGreaterThanOrEqual(least);
      this.#open.push({ token, node, generation });
    };
    const refused = (error: unknown): void => {
      if (error instanceof GatewayError) expect(["ledger_unavailable", "key_budget_exceeded"]).toContain(error.code);
      else expect((error as Error).name).toMatch(/^(AccountFrozen|InsufficientFunds)$/);
    };
    let held: HoldToken | Promise<HoldToken>;
    try {
      held = node.books.hold(order);
    } catch (error) {
      refused(error);
      return;
    }
    if (held instanceof Promise) {
      this.#follow(node, held, keep, refused);
      return;
    }
    const silence = performance.now() - node.store.renewedAt;
    if (node.store.isShared) expect(silence, "§9.2 c: it admits after its life").toBeLessThan(TTL_MS);
    keep(held);
  }

  async #overtake({ account, node, amount, second }: StepOf<"overtake">): Promise<void> {
    this.#node(node).store.next = { fault: "slow", turns: SLOW_TURNS };
    this.#hold({ op: "hold", account, node, amount, minimum: 0 });
    await turn(GATHER_TURNS);
    this.#hold({ op: "hold", account, node, amount: second, minimum: 0 });
  }

  #picked(pick: number): Open | undefined {
    return this.#open[pick % Math.max(1, this.#open.length)];
  }

  #extend({ pick, amount }: StepOf<"extend">): void {
    const picked = this.#picked(pick);
    if (picked === undefined) return;
    const { token, node } = picked;
    const before = token.amount;
    this.#follow(node, Promise.resolve(node.books.extend(token, BigInt(amount))), (granted) => {
      if (granted) expect(token.amount).toBeGreaterThanOrEqual(before + BigInt(amount));
    });
  }

  #settle({ pick, input, output, outcome }: StepOf<"settle">): void {
    const picked = this.#picked(pick);
    if (picked === undefined) return;
    const { token, node, generation } = picked;
    this.#open = this.#open.filter((each) => each !== picked);
    this.#ended.push(picked);
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
    this.#requests.set(token.requestId, request);
    const settling = node.books.settle(token, settlement({ outcome, usage: { input, output } }));
    this.#follow(node, settling, (receipt) => {
      request.receipt = receipt;
      request.mayBeLost ||= generation !== node.generation;
      const isGift = request.mayBeLost && receipt.charge === 0n;
      if (!isGift) expect(receipt.charge).toBe(request.due);
      expect(receipt.charge + receipt.absorbed).toBe(full);
    });
  }

  /** I-20: a hold has one terminal call. */
  #settleAgain(pick: number): void {
    const ended = this.#ended[pick % Math.max(1, this.#ended.length)];
    if (ended === undefined || !this.rig.nodes.includes(ended.node)) return;
    const again = (): unknown => ended.node.books.settle(ended.token, settlement({ usage: { input: 1 } }));
    expect(again).toThrow("has ended already");
  }

  #reject(): void {
    const { id, keyId } = accountOf(0);
    this.#node(0).books.reject({
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

  async #refresh(): Promise<void> {
    for (const { books, store } of this.rig.nodes) if (store.stuck === null) await books.refresh();
  }

  #order(account: number, amount: number): TransferOrder {
    const idempotencyKey = `order ${++this.#sequence}`;
    return { accountId: accountOf(account).id, amount: BigInt(amount), reason: "sim", actor: "sim", idempotencyKey };
  }

  #moved(id: number, amount: bigint): void {
    this.#put.set(id, (this.#put.get(id) ?? 0n) + amount);
  }

  /** The same order several times at once: money moves once (I-27, I-68). */
  async #credit({ account, amount, times }: StepOf<"credit">): Promise<void> {
    const order = this.#order(account, amount);
    const all = await Promise.allSettled(Array.from({ length: times }, () => credit(this.rig.outside, order)));
    const done = all.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    for (const each of all) if (each.status === "rejected") expect(each.reason).toBeInstanceOf(TransferRefused);
    if (done.length === 0) return;
    expect(done.filter(({ replayed }) => !replayed)).toHaveLength(1);
    this.#moved(order.accountId, order.amount);
    this.#orders.push({ kind: "credit", order });
  }

  async #debit({ account, amount }: StepOf<"debit">): Promise<void> {
    const order = this.#order(account, amount);
    try {
      await debit(this.rig.outside, order, DEBIT_WAIT_MS);
      this.#moved(order.accountId, -order.amount);
      this.#orders.push({ kind: "debit", order });
    } catch (error) {
      expect(error).toBeInstanceOf(TransferRefused);
    }
  }

  /** §9.12: never more than was charged, whoever asks at once; the same key once. */
  async #refund({ pick, share, times }: StepOf<"refund">): Promise<void> {
    const charged = [...this.#requests].filter(([, { receipt }]) => (receipt?.charge ?? 0n) > 0n);
    const [requestId, request] = charged[pick % Math.max(1, charged.length)] ?? [];
    if (requestId === undefined || request === undefined) return;
    const charge = request.receipt?.charge ?? 0n;
    const amount = share === null ? null : (charge * BigInt(share)) / 1_000n;
    const orders = Array.from({ length: times }, () => ({
      requestId,
      amount,
      reason: "sim",
      actor: "sim",
      idempotencyKey: `order ${++this.#sequence}`,
    }));
    const all = await Promise.allSettled(orders.map((order) => refund(this.rig.outside, order)));
    for (const each of all) {
      if (each.status === "rejected") expect(each.reason).toBeInstanceOf(TransferRefused);
      else {
        this.#refunds.set(requestId, (this.#refunds.get(requestId) ?? 0n) + each.value.amount);
        this.#moved(request.accountId, each.value.amount);
      }
    }
    expect(this.#refunds.get(requestId) ?? 0n, "refunds of a charge").toBeLessThanOrEqual(charge);
  }

  /** An earlier order comes again, as it was or changed: nothing moves. */
  async #repeat({ pick, isChanged }: StepOf<"repeat">): Promise<void> {
    const known = this.#orders[pick % Math.max(1, this.#orders.length)];
    if (known === undefined) return;
    const order = isChanged ? { ...known.order, amount: known.order.amount + 1n } : known.order;
    const move = known.kind === "credit" ? credit : debit;
    const again = move(this.rig.outside, order);
    if (isChanged) await expect(again).rejects.toBeInstanceOf(TransferRefused);
    else expect(await again).toMatchObject({ replayed: true });
  }

  async #setFrozen(account: number, frozen: 0 | 1): Promise<void> {
    await this.rig.exec(`update account set frozen = ${frozen} where id = ${accountOf(account).id}`);
    await this.#refresh();
  }

  async #publish({ input, output }: StepOf<"price">): Promise<void> {
    const list = { base: { input: BigInt(input), output: BigInt(output) }, tiers: [], rounding: EXACT };
    this.#price = await this.rig.outside.transaction((queries) => publishPrice(queries, "m", list));
  }

  async #beat(node: SimNode): Promise<void> {
    try {
      await node.books.beat();
    } catch {
      // A renewal that was lost: the next one may arrive.
    }
  }

  /** A node stands still while time passes; all others are heard of. What it had sent before may arrive later. */
  async #silence({ node: index, milliseconds }: StepOf<"silence">): Promise<void> {
    const silent = this.#node(index);
    if (this.rig.kind === "postgres") {
      silent.generation++;
      for (const [id, request] of this.#requests) if (request.receipt === null) this.#doubt(id, silent);
    }
    for (const { store } of this.rig.nodes) store.losesRenewal = false;
    await this.rig.pass(
      milliseconds,
      this.rig.nodes.filter((node) => node !== silent),
    );
    if (this.rig.kind === "sqlite") await this.#beat(silent);
  }

  /** A settlement of this node that is still to be answered may come too late. */
  #doubt(id: string, node: SimNode): void {
    const request = this.#requests.get(id);
    const isIts = this.#ended.some((each) => each.node === node && each.token.requestId === id);
    if (request !== undefined && isIts) request.mayBeLost = true;
  }

  /** Everything in memory is gone; what was on its way to the database may have arrived or not, and another node starts. */
  async #crash(node: SimNode): Promise<void> {
    for (const [id, request] of this.#requests) if (request.receipt === null) this.#doubt(id, node);
    this.rig.kill(node);
    this.#open = this.#open.filter((each) => each.node !== node);
    const theirs = this.#running.filter((each) => each.node === node);
    this.#running = this.#running.filter((each) => each.node !== node);
    // What its connection still carries is over before the next step looks.
    await Promise.race([Promise.all(theirs.map(({ done }) => done)), turn(4)]);
    await this.rig.start();
  }

  /** SIGTERM: what is queued is settled, everything is returned; requests that still run end with it. */
  async #restart(node: SimNode): Promise<void> {
    for (const { store } of this.rig.nodes) store.next = null;
    await this.drain();
    for (const open of this.#open.filter((each) => each.node === node))
      this.#settle({ op: "settle", pick: this.#open.indexOf(open), input: 1, output: 0, outcome: "gateway_failed" });
    await this.drain();
    if (!this.rig.nodes.includes(node)) return;
    await node.books.close();
    this.rig.kill(node);
    await this.rig.start();
  }

  /** What a dead node had sent arrives now: its leases are gone, or will be; what they covered is charged at most once. */
  async #deliverLate(): Promise<void> {
    for (const store of this.rig.dead.splice(0)) {
      const posted = await store.deliver();
      // On SQLite leases end with the process: nothing of the dead is posted.
      if (this.rig.kind === "sqlite") expect(posted, "I-20: posted by a dead node").toBe(0n);
    }
  }

  async #addAccount({ id, keyId, budget, start }: SimAccount): Promise<void> {
    await this.rig.exec(
      `insert into account (id, public_id, kind, name, created_at) values (${id}, 'acc_${id}', 'customer', 'Account ${id}', 0)`,
    );
    await this.rig.outside.kysely
      .insertInto("api_key")
      .values({
        id: keyId,
        public_id: `key_${keyId}`,
        account_id: id,
        name: "k",
        hash: Buffer.alloc(32, keyId),
        prefix: "sk-",
        last4: "abcd",
        models: null,
        budget,
        created_at: 0,
      })
      .execute();
    if (start === 0n) return;
    const order = { accountId: id, amount: start, reason: "sim", actor: "sim", idempotencyKey: null };
    await credit(this.rig.outside, order);
    this.#moved(id, start);
  }
}

/** What the ledger may complain of in a run full of faults. */
const EXPECTED_PROBLEMS: readonly string[] = ["commit_failed", "lease_lost", "renewal_failed"];

const accountOf = (index: number): SimAccount => ACCOUNTS[index % ACCOUNTS.length] as SimAccount;

const turn = async (turns: number): Promise<void> => {
  for (let each = 0; each < turns; each++) await new Promise(setImmediate);
};

const settlement = (changes: Partial<Settlement>): Settlement => ({
  outcome: "completed",
  usage: {},
  source: "reported",
  usageInvalid: false,
  model: "m",
  protocol: "openai-chat",
  stream: false,
  status: 200,
  firstByteMs: 3,
  durationMs: 5,
  attempts: [{ upstream: "u", model: "m", status: 200, result: "ok", durationMs: 4 }],
  ...changes,
});

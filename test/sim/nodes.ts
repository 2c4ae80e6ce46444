/** Steps of machines and of time: nodes that crash, restart, stand still and are heard of, and what they had sent before. */
import { expect } from "vitest";

import { turnsOf } from "./clock.ts";
import type { Requests } from "./requests.ts";
import type { SimNode } from "./rig.ts";
import { turn, type Open, type SimState, type StepOf } from "./state.ts";

/** By real time: far beyond every limit of the ledger's own. */
const LONGEST_WAIT_NS = 20_000_000_000n;
/** Turns after a crash in which what its connections still carry is over. */
const AFTERLIFE_TURNS = 4;

export class Nodes {
  readonly #state: SimState;
  readonly #requests: Requests;

  constructor(state: SimState, requests: Requests) {
    this.#state = state;
    this.#requests = requests;
    state.rig.finish = (node) => this.#finish(node);
  }

  /** Waits for everything that was begun; a node whose commit never comes back is killed for it. */
  async drain(): Promise<void> {
    const { rig } = this.#state;
    for (;;) {
      const running = [...this.#state.running];
      if (running.length === 0 && !rig.nodes.some((node) => rig.isStuck(node))) return;
      const over = Promise.all(running.map(({ done }) => done)).then(() => true);
      const until = process.hrtime.bigint() + LONGEST_WAIT_NS;
      let isOver = false;
      while (!isOver && !rig.nodes.some((node) => rig.isStuck(node))) {
        isOver = await Promise.race([over, turn(1).then(() => false)]);
        if (process.hrtime.bigint() > until) throw new Error("I-29: somebody waits for ever");
      }
      // What is over may have begun something else.
      if (isOver) this.#state.running = this.#state.running.slice(running.length);
      for (const node of rig.nodes.filter((each) => rig.isStuck(each))) await this.crash(node);
    }
  }

  async beat(node: SimNode): Promise<void> {
    try {
      await node.books.beat();
    } catch {
      // A renewal that was lost: the next one may arrive.
    }
  }

  /** A node stands still while time passes; all others are heard of. What it had sent before may arrive later. */
  async silence({ node: index, milliseconds }: StepOf<"silence">): Promise<void> {
    const { rig } = this.#state;
    const silent = this.#state.node(index);
    if (rig.kind === "postgres") {
      silent.generation++;
      this.#doubtAll(silent);
    }
    silent.process?.stall(turnsOf(milliseconds));
    for (const { store } of rig.nodes) store.losesRenewal = false;
    await rig.pass(
      milliseconds,
      rig.nodes.filter((node) => node !== silent),
    );
    if (rig.kind === "sqlite") await this.beat(silent);
  }

  /** Settlements of this node that are still to be answered may come too late. */
  #doubtAll(node: SimNode): void {
    for (const { node: its, token } of this.#state.ended) {
      const request = its === node ? this.#state.requests.get(token.requestId) : undefined;
      if (request?.receipt === null) request.mayBeLost = true;
    }
  }

  /** Everything in memory is gone; what was on its way to the database may have arrived or not, and another node starts. */
  async crash(node: SimNode): Promise<void> {
    this.#doubtAll(node);
    this.#state.rig.kill(node);
    this.#state.open = this.#state.open.filter((each) => each.node !== node);
    const theirs = this.#state.running.filter((each) => each.node === node);
    this.#state.running = this.#state.running.filter((each) => each.node !== node);
    await Promise.race([Promise.all(theirs.map(({ done }) => done)), turn(AFTERLIFE_TURNS)]);
    // A worker's primary starts another one, while the others go on.
    if (node.process === null) await this.#state.rig.start();
    else await this.#state.rig.serving(1);
  }

  /** What goes wrong next. Of a worker's primary it is the commit of all workers; a worker that is stuck stands still for ever. */
  fault({ node: index, fault, turns }: StepOf<"fault">): void {
    const { store, process } = this.#state.node(index);
    const { primary } = this.#state.rig;
    if (primary === null || fault === "slow" || fault === "twice") store.next = { fault, turns };
    else if (fault === "stuck") process?.hang();
    else primary.next = fault;
  }

  async primary({ how, turns }: StepOf<"primary">): Promise<void> {
    const { rig } = this.#state;
    if (rig.primary === null) return;
    if (how === "stall") {
      rig.primary.stall(turns);
      return;
    }
    if (how === "restart") {
      await this.drain();
      await rig.stopPrimary();
    } else {
      for (const node of rig.nodes) this.#doubtAll(node);
      rig.crashPrimary();
      this.#state.open = [];
      this.#state.running = [];
    }
    await rig.startPrimary();
  }

  /** A worker that is told to go ends what it serves. */
  async #finish(node: SimNode): Promise<void> {
    for (;;) {
      for (const open of this.#state.open.filter((each) => each.node === node)) this.#fail(open);
      const running = this.#state.running.filter((each) => each.node === node);
      await Promise.all(running.map(({ done }) => done));
      const isDone = this.#state.running.filter((each) => each.node === node).length === running.length;
      if (isDone && !this.#state.open.some((each) => each.node === node)) return;
    }
  }

  #fail(open: Open): void {
    const pick = this.#state.open.indexOf(open);
    this.#requests.settle({ op: "settle", pick, input: 1, output: 0, outcome: "gateway_failed" });
  }

  /** SIGTERM, or SIGHUP for all workers: what is queued is settled, everything is returned; requests that still run end with it. */
  async restart(node: SimNode): Promise<void> {
    for (const { store } of this.#state.rig.nodes) store.next = null;
    await this.drain();
    if (this.#state.rig.primary !== null) {
      await this.#state.rig.roll();
      return;
    }
    for (const open of this.#state.open.filter((each) => each.node === node)) this.#fail(open);
    await this.drain();
    if (this.#state.isDead(node)) return;
    await node.books.close();
    this.#state.rig.kill(node);
    await this.#state.rig.start();
  }

  /** What a dead node had sent arrives now: its leases are gone, or will be; what they covered is charged at most once. */
  async deliverLate(): Promise<void> {
    const { rig } = this.#state;
    for (const store of rig.dead.splice(0)) {
      const posted = await store.deliver();
      // On SQLite leases end with the process: nothing of the dead is posted.
      if (rig.kind === "sqlite") expect(posted, "I-20: posted by a dead node").toBe(0n);
    }
  }
}

/** Runs the steps of a plan on an installation, and says after each of them whether everything is as it must be. */
import { expect } from "vitest";

import type { Database } from "../../src/db/connect.ts";
import type { Chance } from "./channel.ts";
import { Checks } from "./checks.ts";
import { Nodes } from "./nodes.ts";
import { Operator } from "./operator.ts";
import { Requests } from "./requests.ts";
import type { SimRig } from "./rig.ts";
import { accountOf, SimState, turn, type StepOf } from "./state.ts";
import type { Op, Step } from "./steps.ts";
import { Tasks } from "./tasks.ts";

/** The whole audit and a look at every request are made after every so many steps; they take as long as thirty steps do. */
const THOROUGH_EVERY = { sqlite: 20, postgres: 40 } as const satisfies Record<Database["kind"], number>;

/** What the ledger may complain of in a run full of faults. */
const EXPECTED_PROBLEMS: readonly string[] = ["commit_failed", "lease_lost", "renewal_failed"];

type Handlers = { readonly [Name in Op]: (step: StepOf<Name>) => void | Promise<void> };

export class World {
  readonly #state: SimState;
  readonly #requests: Requests;
  readonly #operator: Operator;
  readonly #tasks: Tasks;
  readonly #nodes: Nodes;
  readonly #checks: Checks;
  readonly #handlers: Handlers;

  constructor(rig: SimRig) {
    this.#state = new SimState(rig);
    this.#requests = new Requests(this.#state);
    this.#operator = new Operator(this.#state);
    this.#tasks = new Tasks(this.#state);
    this.#nodes = new Nodes(this.#state, this.#requests);
    this.#checks = new Checks(this.#state);
    this.#handlers = this.#handlersOf();
  }

  /** @param nodes how many live at first @param chance of delays */
  async begin(nodes: number, chance: Chance): Promise<void> {
    await this.#operator.begin();
    await this.#state.rig.begin(nodes, chance);
  }

  #handlersOf(): Handlers {
    const [state, requests, operator, tasks, nodes] = [
      this.#state,
      this.#requests,
      this.#operator,
      this.#tasks,
      this.#nodes,
    ];
    return {
      hold: (step) => {
        requests.hold(step);
      },
      keyed: (step) => {
        requests.keyed(step);
      },
      overtake: (step) => requests.overtake(step),
      extend: (step) => {
        requests.extend(step);
      },
      settle: (step) => {
        requests.settle(step);
      },
      "settle again": ({ pick }) => {
        requests.settleAgain(pick);
      },
      reject: () => {
        requests.reject();
      },
      task: (step) => tasks.begin(step),
      "end task": (step) => tasks.end(step),
      credit: (step) => operator.credit(step),
      debit: (step) => operator.debit(step),
      refund: (step) => operator.refund(step),
      repeat: (step) => operator.repeat(step),
      buy: (step) => operator.buy(step),
      freeze: ({ account }) => operator.setFrozen(account, true),
      thaw: ({ account }) => operator.setFrozen(account, false),
      price: (step) => operator.publish(step),
      plan: ({ account, discount }) => void state.discounts.set(accountOf(account).id, `${discount}%`),
      "budget turn": () => operator.turnBudgets(),
      upkeep: () => operator.upkeep(),
      fault: (step) => {
        nodes.fault(step);
      },
      silence: (step) => nodes.silence(step),
      beat: ({ node }) => nodes.beat(state.node(node)),
      deaf: ({ node }) => {
        state.node(node).store.losesRenewal = true;
      },
      crash: ({ node }) => nodes.crash(state.node(node)),
      restart: ({ node }) => nodes.restart(state.node(node)),
      primary: (step) => nodes.primary(step),
      skew: ({ milliseconds }) => {
        state.rig.clock.skew(milliseconds);
      },
      turn: ({ turns }) => turn(turns),
      refresh: () => state.refresh(),
      drain: () => nodes.drain(),
      late: () => nodes.deliverLate(),
    };
  }

  async run(step: Step, index: number): Promise<void> {
    await (this.#handlers[step.op] as (step: Step) => void | Promise<void>)(step);
    await this.#checks.run((index + 1) % THOROUGH_EVERY[this.#state.rig.kind] === 0);
  }

  /** After the last request: nothing is borrowed where nobody holds, nothing is left open, everything adds up (I-29, I-70, I-71). */
  async end(): Promise<void> {
    const { rig, requests } = this.#state;
    rig.calm();
    await this.#nodes.drain();
    await rig.serving();
    for (let pick = 0; this.#state.open.length > 0; pick++)
      this.#requests.settle({ op: "settle", pick, input: 7, output: 3, outcome: "completed" });
    await this.#nodes.drain();
    await this.#tasks.endAll();
    await this.#nodes.deliverLate();
    for (const { books } of rig.nodes) await books.beat();
    const lost = this.#leasesLost();
    await rig.outlast();
    expect(this.#leasesLost(), "§9.2 d: who is heard of is not taken for dead").toBe(lost);
    const { nodes } = rig;
    await rig.close();
    await this.#operator.upkeep();
    await this.#checks.run(true);
    const borrowed = await rig.query("select id, leased from account where leased <> 0");
    expect(borrowed, "I-29: borrowed when nobody holds").toEqual([]);
    for (const { books } of nodes) expect(books.open()).toEqual({ count: 0, sum: 0n });
    const stored = await this.#checks.stored();
    for (const [id, request] of requests)
      if (!request.mayBeLost) expect(stored.has(id), `I-71: ${id} is lost`).toBe(true);
    const unexpected = rig.problems.filter(({ kind }) => !EXPECTED_PROBLEMS.includes(kind));
    expect(unexpected).toEqual([]);
    const thawing = await rig.query("select id from account where thaws = 1 and pending_debit = 0");
    expect(thawing, "§9.2 f: collected, and not thawed").toEqual([]);
  }

  #leasesLost(): number {
    return this.#state.rig.problems.filter(({ kind }) => kind === "lease_lost").length;
  }
}

/** What a simulated installation is known to have been told and to have answered: the state that its steps share. */
import { expect } from "vitest";

import { LinkError } from "../../src/cluster/link.ts";
import type { HoldToken, Settlement } from "../../src/ledger/ledger.ts";
import type { TransferOrder } from "../../src/ledger/transfer.ts";
import { complement, parseRational } from "../../src/money.ts";
import type { PriceRow, Snapshot } from "../../src/price.ts";
import type { SimRequest } from "./model.ts";
import type { SimNode, SimRig } from "./rig.ts";
import type { Op, Step } from "./steps.ts";

export type StepOf<Name extends Op> = Extract<Step, { op: Name }>;

export interface SimAccount {
  readonly id: number;
  readonly keyId: number;
  /** Of the key; null is none. */
  readonly budget: bigint | null;
  /** The budget begins anew each day. */
  readonly isPeriodic: boolean;
  readonly start: bigint;
}

/** One with slack, one below its threshold whose key has a budget, and one with nothing at first. */
export const ACCOUNTS: readonly SimAccount[] = [
  { id: 10, keyId: 10, budget: null, isPeriodic: false, start: 3_000_000_000n },
  { id: 20, keyId: 20, budget: 4_000n, isPeriodic: false, start: 5_000n },
  { id: 30, keyId: 30, budget: 2_000_000_000n, isPeriodic: true, start: 0n },
];

export const accountOf = (index: number): SimAccount => ACCOUNTS[index % ACCOUNTS.length] as SimAccount;

/** A hold that its node has. */
export interface Open {
  readonly token: HoldToken;
  readonly node: SimNode;
  readonly generation: number;
  readonly isKeyed: boolean;
}

/** A video that is being made. */
export interface OpenTask {
  readonly requestId: string;
  readonly accountId: number;
  readonly keyId: number;
  readonly hold: bigint;
  readonly snapshot: Snapshot;
  isEnded: boolean;
}

/** What is under way in a node. */
interface Running {
  readonly node: SimNode;
  readonly done: Promise<void>;
}

export class SimState {
  readonly rig: SimRig;
  open: Open[] = [];
  readonly tasks: OpenTask[] = [];
  readonly requests = new Map<string, SimRequest>();
  /** Tokens that had their terminal call. */
  readonly ended: Open[] = [];
  /** Requests that have claimed an Idempotency-Key, by account and key; and those that a replay has named. */
  readonly claims = new Map<string, string[]>();
  readonly replayed = new Set<string>();
  /** Credits and debits that were done. */
  readonly orders: { readonly kind: "credit" | "debit"; readonly order: TransferOrder }[] = [];
  /** What each account was given and what was taken or is to be taken, requests apart. */
  readonly put = new Map<number, bigint>();
  /** What was given back of a request. */
  readonly refunds = new Map<string, bigint>();
  readonly discounts = new Map<number, string>();
  running: Running[] = [];
  readonly failures: unknown[] = [];
  /** How often the budgets with a period began anew. */
  budgetTurns = 0;
  price!: PriceRow;
  #sequence = 0;

  constructor(rig: SimRig) {
    this.rig = rig;
  }

  node(index: number): SimNode {
    const { nodes } = this.rig;
    const node = nodes[index % nodes.length];
    if (node === undefined) throw new Error("no node lives");
    return node;
  }

  isDead(node: SimNode): boolean {
    return !this.rig.nodes.includes(node);
  }

  /** Follows a promise of a node; what it says after the node's death is nobody's business. */
  follow<T>(node: SimNode, promise: Promise<T>, done: (value: T) => void, refused?: (error: unknown) => void): void {
    const followed = promise.then(
      (value) => {
        if (!this.isDead(node)) done(value);
      },
      (error: unknown) => {
        if (this.isDead(node)) return;
        if (refused === undefined) throw error;
        refused(error);
      },
    );
    this.running.push({ node, done: followed.catch((error: unknown) => void this.failures.push(error)) });
  }

  /** The price of now and the account's discount of now. */
  snapshotOf(accountId: number): Snapshot {
    const multiplier = complement(parseRational(this.discounts.get(accountId) ?? "0%"));
    return { row: this.price, multiplier, planId: null };
  }

  next(): number {
    return ++this.#sequence;
  }

  moved(id: number, amount: bigint): void {
    this.put.set(id, (this.put.get(id) ?? 0n) + amount);
  }

  async refresh(): Promise<void> {
    for (const node of this.rig.nodes) {
      if (this.rig.isStuck(node)) continue;
      try {
        await node.books.refresh();
      } catch (error) {
        // Its primary does not answer: it hears of the next change.
        if (!(error instanceof LinkError)) throw error;
      }
    }
  }
}

/** Turns of the event loop. */
export const turn = async (turns: number): Promise<void> => {
  for (let each = 0; each < turns; each++) await new Promise(setImmediate);
};

export const settlement = (changes: Partial<Settlement>): Settlement => ({
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

/** What a hold, of a request or a task, may be refused with. */
export const expectRefusal = (error: unknown): void => {
  const { name, code } = error as { readonly name: string; readonly code?: string };
  if (name === "GatewayError") expect(["ledger_unavailable", "key_budget_exceeded"]).toContain(code);
  else expect(name).toMatch(/^(AccountFrozen|InsufficientFunds)$/);
};

/** What may happen in a simulated installation, as data, and how often each of it does. */
import fc from "fast-check";

import type { Database } from "../../src/db/connect.ts";
import { OUTCOMES, type Outcome } from "../../src/ledger/outcome.ts";
import { COMMIT_FAULTS, type CommitFault } from "./faulty-store.ts";

/** Numbers that pick an account, a node, an open request or an earlier order: modulo as many as there are. */
export type Step =
  | {
      readonly op: "hold";
      readonly account: number;
      readonly node: number;
      /** Nano-units. */
      readonly amount: number;
      readonly minimum: number;
    }
  /** A hold for which the lease must grow, by a slow commit; another one comes while that is under way. */
  | {
      readonly op: "overtake";
      readonly account: number;
      readonly node: number;
      readonly amount: number;
      readonly second: number;
    }
  /** A hold of a request that names an Idempotency-Key: one of a few. */
  | {
      readonly op: "keyed";
      readonly account: number;
      readonly node: number;
      readonly key: number;
      readonly amount: number;
    }
  | { readonly op: "extend"; readonly pick: number; readonly amount: number }
  | {
      readonly op: "settle";
      readonly pick: number;
      readonly input: number;
      readonly output: number;
      readonly outcome: Outcome;
    }
  /** A video, and its end, of which several hear at once. */
  | { readonly op: "task"; readonly account: number; readonly amount: number }
  | {
      readonly op: "end task";
      readonly pick: number;
      readonly input: number;
      readonly isFailure: boolean;
      readonly times: number;
    }
  | {
      readonly op: "credit";
      readonly account: number;
      readonly amount: number;
      readonly times: number;
      readonly isPromo: boolean;
    }
  | {
      readonly op: "debit";
      readonly account: number;
      readonly amount: number;
      readonly times: number;
      /** More than there is stays owed. */
      readonly mayOwe: boolean;
    }
  /** A plan that is paid for once. */
  | {
      readonly op: "buy";
      readonly account: number;
      readonly plan: number;
      readonly fee: number;
      readonly times: number;
    }
  /** Of a charge: all that is left of it, or so many thousandths, several times at once. */
  | { readonly op: "refund"; readonly pick: number; readonly share: number | null; readonly times: number }
  | { readonly op: "repeat"; readonly pick: number; readonly isChanged: boolean }
  | { readonly op: "freeze" | "thaw"; readonly account: number }
  | { readonly op: "price"; readonly input: number; readonly output: number }
  | { readonly op: "plan"; readonly account: number; readonly discount: number }
  | { readonly op: "fault"; readonly node: number; readonly fault: CommitFault; readonly turns: number }
  | { readonly op: "silence"; readonly node: number; readonly milliseconds: number }
  | { readonly op: "beat" | "deaf" | "crash" | "restart"; readonly node: number }
  /** Of the process that starts workers, where there is one: it dies, ends as it is told to, or stands still. */
  | { readonly op: "primary"; readonly how: (typeof PRIMARY_EVENTS)[number]; readonly turns: number }
  | { readonly op: "skew"; readonly milliseconds: number }
  | { readonly op: "turn"; readonly turns: number }
  | { readonly op: "settle again"; readonly pick: number }
  | { readonly op: "reject" | "refresh" | "drain" | "late" | "budget turn" | "upkeep" };

export type Op = Step["op"];

export const PRIMARY_EVENTS = ["crash", "restart", "stall"] as const;

const WEEK_MS = 604_800_000;
/** Half as long again as a worker waits for an answer of its primary. */
const MOST_STALLED_TURNS = 150;

const pick = fc.nat(1_000);
const small = fc.nat(2);
/** Below the threshold of slack, around it, and far above. */
const amount = fc.oneof(fc.nat(3_000), fc.nat(200_000_000), fc.nat(2_000_000_000));
/** At once. */
const times = fc.integer({ min: 1, max: 3 });
const rarely = fc.nat(3).map((number) => number === 0);
const tokens = fc.oneof(fc.nat(3_000), fc.nat(300_000_000));
/** Mostly what is charged: the rest has little to show. */
const outcome = fc.oneof(
  { weight: 2, arbitrary: fc.constant("completed" as const) },
  { weight: 1, arbitrary: fc.constantFrom(...OUTCOMES) },
);

interface Kind {
  readonly weight: number;
  readonly fields: Readonly<Record<string, fc.Arbitrary<unknown>>>;
}

/** Every kind of step, with its share and its fields. */
const KINDS = {
  hold: { weight: 14, fields: { account: small, node: small, amount, minimum: fc.nat(3_000) } },
  overtake: { weight: 3, fields: { account: small, node: small, amount, second: amount } },
  keyed: { weight: 4, fields: { account: small, node: small, key: fc.nat(2), amount } },
  extend: { weight: 4, fields: { pick, amount } },
  settle: { weight: 12, fields: { pick, input: tokens, output: fc.nat(2_000), outcome } },
  task: { weight: 2, fields: { account: small, amount } },
  "end task": { weight: 2, fields: { pick, input: tokens, isFailure: fc.boolean(), times } },
  credit: { weight: 2, fields: { account: small, amount, times, isPromo: fc.boolean() } },
  debit: { weight: 3, fields: { account: small, amount, times, mayOwe: rarely } },
  buy: { weight: 1, fields: { account: small, plan: fc.nat(1), fee: amount, times } },
  refund: {
    weight: 2,
    fields: { pick, share: fc.option(fc.nat(1_100), { freq: 3 }), times },
  },
  repeat: { weight: 1, fields: { pick, isChanged: fc.boolean() } },
  freeze: { weight: 1, fields: { account: small } },
  thaw: { weight: 2, fields: { account: small } },
  price: { weight: 1, fields: { input: fc.nat(5_000_000), output: fc.nat(50_000_000) } },
  plan: { weight: 1, fields: { account: small, discount: fc.nat(100) } },
  fault: { weight: 5, fields: { node: small, fault: fc.constantFrom(...COMMIT_FAULTS), turns: fc.nat(12) } },
  silence: { weight: 2, fields: { node: small, milliseconds: fc.constantFrom(1_000, 19_000, 21_000, 31_000, 60_000) } },
  beat: { weight: 1, fields: { node: small } },
  deaf: { weight: 1, fields: { node: small } },
  crash: { weight: 1, fields: { node: small } },
  restart: { weight: 1, fields: { node: small } },
  primary: { weight: 2, fields: { how: fc.constantFrom(...PRIMARY_EVENTS), turns: fc.nat(MOST_STALLED_TURNS) } },
  skew: { weight: 1, fields: { milliseconds: fc.integer({ min: -WEEK_MS, max: WEEK_MS }) } },
  turn: { weight: 8, fields: { turns: fc.integer({ min: 1, max: 4 }) } },
  "settle again": { weight: 1, fields: { pick } },
  reject: { weight: 1, fields: {} },
  refresh: { weight: 2, fields: {} },
  drain: { weight: 3, fields: {} },
  "budget turn": { weight: 1, fields: {} },
  upkeep: { weight: 2, fields: {} },
  late: { weight: 1, fields: {} },
} as const satisfies Record<Op, Kind>;

const step = fc.oneof(
  ...Object.entries(KINDS).map(([op, { weight, fields }]: [string, Kind]) => ({
    weight,
    arbitrary: fc.record({ op: fc.constant(op), ...fields }),
  })),
) as fc.Arbitrary<Step>;

/** A whole run. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Nodes at the start, by database; on SQLite more than one are workers of a primary. */
  readonly nodes: Readonly<Record<Database["kind"], number>>;
  /** From which all delays between workers and their primary follow. */
  readonly chance: number;
}

export const plan: fc.Arbitrary<Plan> = fc.record({
  steps: fc.array(step, { minLength: 20, maxLength: 100, size: "max" }),
  nodes: fc.record({ sqlite: fc.constantFrom(1, 1, 2, 3), postgres: fc.integer({ min: 1, max: 3 }) }),
  chance: fc.nat(),
});

/**
 * The installation as the gateway sees it: one immutable value, assembled from the catalogue's files, the database and the
 * environment, and replaced whole when any of them changes. Types only; load.ts builds it.
 */
import type { Model, PricedModel } from "../catalog/model.ts";
import type { Nano, Rational } from "../money.ts";
import type { Upstream } from "../upstreams/upstream.ts";

/** How amounts are shown: in USD, or in a storefront's credits (`rate` credits per USD). */
export interface DisplayUnit {
  readonly name: string;
  readonly symbol: string;
  readonly rate: Rational;
}

export interface Storefront {
  readonly name: string;
  readonly keyPrefix: string;
  /** Path prefixes under which every route exists; always holds "". */
  readonly mounts: readonly string[];
  readonly unit: DisplayUnit;
  readonly support: string | null;
  readonly billingUrl: string | null;
}

export interface Plan {
  readonly id: string;
  /** What is left of the list price: 3/10 for "70 % off". */
  readonly multiplier: Rational;
  /** What the plan costs, in nano-units; 0 when free. */
  readonly fee: Nano;
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly isDefault: boolean;
}

/** A route with its upstream resolved. */
export interface Candidate {
  readonly upstream: Upstream;
  /** The provider's name for the model. */
  readonly model: string;
  readonly priority: number;
  readonly weight: number;
}

/** A model that can be called now: priced, routed, enabled. */
export interface Callable {
  readonly model: PricedModel;
  /** Ascending by priority. */
  readonly candidates: readonly [Candidate, ...Candidate[]];
}

/** What a requested name stands for. */
export type Resolution =
  | { readonly kind: "callable"; readonly callable: Callable }
  | { readonly kind: "retired"; readonly model: Model }
  | { readonly kind: "unknown" };

export interface Installation {
  readonly storefront: Storefront;
  readonly plans: ReadonlyMap<string, Plan>;
  /** The plan of accounts that have none of their own; null when no plan is the default. */
  readonly defaultPlan: Plan | null;
  /** Every callable model, in catalogue order. */
  readonly callables: readonly Callable[];
  /** Resolves an id or an alias, exactly (never case-folded). */
  resolve(name: string): Resolution;
  /** Enabled upstreams, the sandbox included. */
  readonly upstreams: ReadonlyMap<string, Upstream>;
  /** What an operator should know, one line each: an unset variable, a model without a price. */
  readonly warnings: readonly string[];
}

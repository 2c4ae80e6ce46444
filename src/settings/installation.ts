/**
 * The installation as the gateway sees it: one immutable value, assembled from the catalogue's files, the database and the
 * environment, and replaced whole when any of them changes. Types only; load.ts builds it.
 */
import type { Model, PricedModel } from "../catalog/model.ts";
import type { Nano, Rational } from "../money.ts";
import type { CostList } from "../price.ts";
import type { Upstream } from "../upstreams/upstream.ts";

/** How amounts are shown: in USD, or in a storefront's credits (`rate` credits per USD). */
export interface DisplayUnit {
  readonly name: string;
  readonly symbol: string;
  readonly rate: Rational;
}

/** Which models a storefront offers: all of the catalogue with its own added or overriding, or its own alone. */
export const CATALOG_SCOPES = ["all", "own"] as const;
export type CatalogScope = (typeof CATALOG_SCOPES)[number];

/** Who may open an account: anybody, who was invited, or nobody but the operator. */
export const REGISTRATIONS = ["open", "invite", "closed"] as const;
export type Registration = (typeof REGISTRATIONS)[number];

/** The looks of a storefront; null: the console's own. */
export interface Brand {
  /** Colours as `#9a4a1b`, on light and on dark ground. */
  readonly accent: string | null;
  readonly accentDark: string | null;
  /** A data URL of a PNG or an SVG in base64, checked (brand.ts). */
  readonly logo: string | null;
}

export interface Storefront {
  readonly name: string;
  readonly keyPrefix: string;
  /** Random characters of a new key, the check after them not counted. */
  readonly keyLength: number;
  /** Path prefixes under which every route exists; always holds "". */
  readonly mounts: readonly string[];
  readonly unit: DisplayUnit;
  readonly support: string | null;
  /** Who sells, on invoices and receipts; the name is the storefront's own where none is given. */
  readonly seller: { readonly name: string; readonly address: string | null; readonly taxId: string | null };
  readonly billingUrl: string | null;
  readonly catalog: CatalogScope;
  readonly registration: Registration;
  /** Most people who register by themselves within a day: from one peer, and altogether. */
  readonly registrationsPerPeer: number;
  readonly registrationsPerDay: number;
  /** Promotional credit of a new account, in nano-units. */
  readonly startCredit: Nano;
  /** Requests may bring an Idempotency-Key; their replies are then stored for a day. */
  readonly idempotency: boolean;
  readonly brand: Brand;
}

export interface Plan {
  readonly id: string;
  /** What is left of the list price: 3/10 for "70 % off". */
  readonly multiplier: Rational;
  /** What the plan costs, in nano-units; 0 when free. */
  readonly fee: Nano;
  /** Limits of each account on it: requests and tokens per minute, requests in flight; null: none. */
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly concurrency: number | null;
  readonly isDefault: boolean;
}

/** A route with its upstream resolved. */
export interface Candidate {
  readonly upstream: Upstream;
  /** The provider's name for the model. */
  readonly model: string;
  readonly priority: number;
  readonly weight: number;
  /** What it costs us there; absent: the list price. */
  readonly cost?: CostList;
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
  /** A model of a kind that other routes serve. */
  | { readonly kind: "elsewhere"; readonly model: Model }
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

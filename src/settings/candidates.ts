/** Where each model can be had: the rules that turn upstreams into candidates. Pure. */
import type { Model } from "../catalog/model.ts";
import { PROVIDERS } from "../providers/index.ts";
import { own } from "../table.ts";
import type { Upstream } from "../upstreams/upstream.ts";
import type { Candidate } from "./installation.ts";
import { SANDBOX_UPSTREAM } from "./setting.ts";

/** Priority and weight of a route that nobody stated. */
const UNSTATED = { priority: 1, weight: 1 } as const;

/** What the rules need to know of the installation. */
export interface Reach {
  /** Enabled upstreams; the sandbox among them when it may serve its own models. */
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly production: boolean;
}

/** The provider's name for a model at an upstream. */
const nameAt = (upstream: Upstream, model: Model): string =>
  own(upstream.models, model.id) ?? model.upstream?.model ?? model.id;

const serves = (upstream: Upstream, model: Model): boolean =>
  upstream.draining !== true &&
  (own(upstream.models, model.id) !== undefined ||
    (upstream.provider.models === "own" && upstream.provider.id === model.provider));

/** What a model costs us where its route does not say; nothing where that is its list price. */
const listed = ({ list }: Model): Pick<Candidate, "cost"> => (list === undefined ? {} : { cost: list });

const routed = (model: Model, reach: Reach): Candidate[] =>
  model.routes.flatMap((route): Candidate[] => {
    const upstream = reach.upstreams.get(route.upstream);
    const { model: name, priority, weight, cost } = route;
    const own = cost === undefined ? listed(model) : { cost: { base: cost, tiers: [] } };
    if (upstream === undefined || upstream.draining === true) return [];
    return [{ upstream, model: name, priority, weight, ...own }];
  });

const byProvider = (model: Model, reach: Reach): Candidate[] =>
  [...reach.upstreams.values()]
    .filter((upstream) => serves(upstream, model))
    .map((upstream) => ({ upstream, model: nameAt(upstream, model), ...UNSTATED, ...listed(model) }));

const sandboxed = (model: Model, reach: Reach): Candidate[] => {
  const upstream = reach.upstreams.get(SANDBOX_UPSTREAM);
  return upstream === undefined ? [] : [{ upstream, model: model.upstream?.model ?? model.id, ...UNSTATED }];
};

/**
 * The candidates of a model, ascending by priority; empty when nothing serves it.
 * 1. The sandbox's models are the sandbox's alone.
 * 2. Explicit routes decide, if the model has any.
 * 3. Else every upstream of the model's provider, and every upstream whose `models` lists the model.
 * 4. Outside production, what is left without a candidate is served by the sandbox.
 */
export const candidatesFor = (model: Model, reach: Reach): readonly Candidate[] => {
  if (model.provider === PROVIDERS.sandbox.id) return sandboxed(model, reach);
  const found = model.routes.length > 0 ? routed(model, reach) : byProvider(model, reach);
  if (found.length === 0 && !reach.production) return sandboxed(model, reach);
  return found.sort((a, b) => a.priority - b.priority);
};

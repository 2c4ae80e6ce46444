/**
 * The catalogue's files, the stored objects and the environment as one picture of the installation, still without price rows. Pure:
 * what is wrong with one object becomes a warning and switches off that object alone.
 */
import {
  configuredEntry,
  describeIssue,
  modelFields,
  toModel,
  type CatalogEntry,
  type Entry,
} from "../catalog/entry.ts";
import { isServed, unpricedUnits, type Model } from "../catalog/model.ts";
import { MIN_RANDOM } from "../keys/key.ts";
import { complement, ONE, parseNano, parseRational, type Rational } from "../money.ts";
import type { CostList } from "../price.ts";
import { findProvider, PROVIDERS } from "../providers/index.ts";
import { normalBaseUrl, type Upstream } from "../upstreams/upstream.ts";
import type { CatalogScope, DisplayUnit, Plan, Storefront } from "./installation.ts";
import { SANDBOX_UPSTREAM, SHAPES, type ObjectKind } from "./setting.ts";
import type { Environment, Fields } from "./variables.ts";

/** A stored object; credentials in `data` are still sealed. */
export interface StoredObject {
  readonly kind: ObjectKind;
  readonly id: string;
  readonly data: Fields;
  readonly enabled: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly updatedAt: number;
}

/** Where the sandbox listens, and the token that it asks for. */
export interface SandboxAddress {
  readonly baseUrl: string;
  readonly apiKey: string;
}

export interface Sources {
  readonly catalog: ReadonlyMap<string, CatalogEntry>;
  readonly objects: readonly StoredObject[];
  /** Opens a sealed credential of an upstream. @throws when it cannot be opened. */
  readonly openKey: (upstreamId: string, sealed: string) => string;
  readonly env: Environment;
  readonly production: boolean;
  /** Null when no sandbox runs. */
  readonly sandbox: SandboxAddress | null;
}

export interface Assembly {
  readonly storefront: Storefront;
  readonly plans: ReadonlyMap<string, Plan>;
  readonly defaultPlan: Plan | null;
  /** Enabled upstreams by id, the sandbox included where it may serve its own models. */
  readonly upstreams: ReadonlyMap<string, Upstream>;
  /** Every model, retired ones too; configured ones replace the catalogue's. */
  readonly models: ReadonlyMap<string, Model>;
  /** Ids of enabled models that the operator configured. */
  readonly configured: ReadonlySet<string>;
  /** Every name that means a model: ids and aliases. */
  readonly names: ReadonlyMap<string, Model>;
  readonly warnings: readonly string[];
}

const USD: DisplayUnit = { name: "USD", symbol: "$", rate: ONE };
const DEFAULT_NAME = "Farthing";
const DEFAULT_KEY_PREFIX = "sk-far-";

const greatestCommonDivisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : greatestCommonDivisor(b, a % b));

const reduced = ({ num, den }: Rational): Rational => {
  const divisor = greatestCommonDivisor(num, den);
  return { num: num / divisor, den: den / divisor };
};

type Warn = (warning: string) => void;

/** Enabled objects of a kind whose stored fields are still valid. */
const enabledOf = <T>(
  sources: Sources,
  kind: ObjectKind,
  read: (
    object: StoredObject,
  ) => { success: true; data: T } | { success: false; error: { issues: Parameters<typeof describeIssue>[0][] } },
  warn: Warn,
): { id: string; fields: T; object: StoredObject }[] =>
  sources.objects.flatMap((object) => {
    if (object.kind !== kind || !object.enabled) return [];
    const parsed = read(object);
    if (parsed.success) return [{ id: object.id, fields: parsed.data, object }];
    warn(`${kind} '${object.id}' is not used: ${parsed.error.issues.map(describeIssue).join("; ")}`);
    return [];
  });

const toUnit = (
  unit: "usd" | { name: string; symbol?: string | undefined; rate: number | string } | undefined,
): DisplayUnit =>
  unit === undefined || unit === "usd"
    ? USD
    : { name: unit.name, symbol: unit.symbol ?? "", rate: reduced(parseRational(String(unit.rate))) };

/** An office behind one address is served; somebody who makes people by machine is not. */
const REGISTRATIONS_PER_PEER = 10;
const REGISTRATIONS_PER_DAY = 500;

const readStorefront = (sources: Sources, warn: Warn): Storefront => {
  const [stored] = enabledOf(sources, "storefront", (object) => SHAPES.storefront.safeParse(object.data), warn);
  const fields = stored?.fields ?? {};
  const name = fields.name ?? DEFAULT_NAME;
  const { seller = {} } = fields;
  return {
    name,
    keyPrefix: fields.keyPrefix ?? DEFAULT_KEY_PREFIX,
    keyLength: fields.keyLength ?? MIN_RANDOM,
    mounts: [...new Set(["", ...(fields.mounts ?? [])])],
    unit: toUnit(fields.unit),
    support: fields.support ?? null,
    seller: { name: seller.name ?? name, address: seller.address ?? null, taxId: seller.taxId ?? null },
    billingUrl: fields.billingUrl ?? null,
    catalog: fields.catalog ?? "all",
    registration: fields.registration ?? "closed",
    registrationsPerPeer: fields.registrationsPerPeer ?? REGISTRATIONS_PER_PEER,
    registrationsPerDay: fields.registrationsPerDay ?? REGISTRATIONS_PER_DAY,
    startCredit: fields.startCredit === undefined ? 0n : parseNano(fields.startCredit),
    idempotency: fields.idempotency ?? true,
    brand: {
      accent: fields.brand?.accent ?? null,
      accentDark: fields.brand?.accentDark ?? null,
      logo: fields.brand?.logo ?? null,
    },
  };
};

const readPlans = (sources: Sources, warn: Warn): ReadonlyMap<string, Plan> => {
  const stored = enabledOf(sources, "plan", (object) => SHAPES.plan.safeParse({ ...object.data, id: object.id }), warn);
  return new Map(
    stored.map(({ id, fields }) => [
      id,
      {
        id,
        multiplier: fields.discount === undefined ? ONE : reduced(complement(parseRational(fields.discount))),
        fee: fields.price === undefined ? 0n : parseNano(fields.price),
        rpm: fields.rpm ?? null,
        tpm: fields.tpm ?? null,
        concurrency: fields.concurrency ?? null,
        isDefault: fields.default === true,
      },
    ]),
  );
};

/** Upstreams that the operator configured and that can be used. */
const readUpstreams = (sources: Sources, warn: Warn): Upstream[] => {
  const shape = SHAPES.upstream.omit({ apiKey: true });
  const withoutKey = ({ apiKey: _sealed, ...fields }: Fields): Fields => fields;
  const read = (object: StoredObject) => shape.safeParse({ ...withoutKey(object.data), id: object.id });
  return enabledOf(sources, "upstream", read, warn).flatMap(({ id, fields, object }): Upstream[] => {
    const off = (why: string): [] => {
      warn(`upstream '${id}' is not used: ${why}`);
      return [];
    };
    const provider = findProvider(fields.provider);
    const address = fields.baseUrl ?? provider?.baseUrl ?? null;
    if (provider === undefined || address === null) return off("baseUrl is required");
    const sealed = object.data["apiKey"];
    let apiKey = "";
    try {
      if (typeof sealed === "string") apiKey = sources.openKey(id, sealed);
    } catch {
      return off("its apiKey cannot be opened with this FARTHING_SECRET; apply the file again");
    }
    if (apiKey === "" && provider.baseUrl !== null) return off("apiKey is missing");
    const baseUrl = normalBaseUrl(provider, address);
    const { models = {}, timeouts, maxConcurrent, drain: draining } = fields;
    const own = { models, timeouts, maxConcurrent, draining };
    return [{ id, provider, baseUrl, apiKey, ...own, enabled: true, sandbox: false }];
  });
};

/** Providers that a variable switches on, unless the operator has configured (even switched off) one of that provider. */
const environmentUpstreams = (sources: Sources): Upstream[] => {
  const configured = new Set(
    sources.objects.flatMap((object) => (object.kind === "upstream" ? [object.data["provider"]] : [])),
  );
  return Object.values(PROVIDERS).flatMap((provider): Upstream[] => {
    if (provider.env === null || configured.has(provider.id)) return [];
    const apiKey = sources.env[provider.env]?.trim() ?? "";
    if (apiKey === "") return [];
    return [
      { id: provider.id, provider, baseUrl: provider.baseUrl, apiKey, models: {}, enabled: true, sandbox: false },
    ];
  });
};

const sandboxUpstream = (sources: Sources, warn: Warn): Upstream[] => {
  if (sources.sandbox === null) return [];
  const [stored] = enabledOf(sources, "sandbox", (object) => SHAPES.sandbox.safeParse(object.data), warn);
  if (!(stored?.fields.enabled ?? !sources.production)) return [];
  const { baseUrl, apiKey } = sources.sandbox;
  const provider = PROVIDERS.sandbox;
  const address = normalBaseUrl(provider, baseUrl);
  return [{ id: SANDBOX_UPSTREAM, provider, baseUrl: address, apiKey, models: {}, enabled: true, sandbox: true }];
};

const MODEL_FIELDS = Object.keys(modelFields);

/** The fields of a catalogue entry that configuration may replace. */
const overridable = (entry: CatalogEntry | undefined): object =>
  entry === undefined ? {} : Object.fromEntries(Object.entries(entry).filter(([name]) => MODEL_FIELDS.includes(name)));

/**
 * A configured model over the catalogue's. A price list is one thing: who states prices or rates states all of them, so the
 * catalogue's prices, tiers and rates do not show through. A retired model that is given routes is on sale again.
 */
const overlay = (object: StoredObject, entry: CatalogEntry | undefined): object => ({
  ...(entry === undefined ? { provider: "custom" } : overridable(entry)),
  ...("prices" in object.data || "rates" in object.data ? { prices: {}, tiers: [], rates: [] } : {}),
  ...("routes" in object.data && entry?.status === "retired" ? { status: "live" } : {}),
  ...object.data,
  id: object.id,
});

/** A model in the words of the configuration file, all of it: what is configured over the catalogue's entry; null where that is not whole. */
export const entryOf = (object: StoredObject | undefined, entry: CatalogEntry | undefined): Entry | null => {
  if (object === undefined && entry === undefined) return null;
  const merged = object === undefined ? { ...overridable(entry), id: entry?.id } : overlay(object, entry);
  return configuredEntry.safeParse(merged).data ?? null;
};

/**
 * What is wrong with a configured model, beyond what its file could tell alone: it must be whole together with the catalogue's
 * entry, and its routes must lead to upstreams that exist, enabled or not.
 */
export const configuredProblems = (
  object: StoredObject,
  entry: CatalogEntry | undefined,
  upstreams: ReadonlySet<string>,
): string[] => {
  const parsed = configuredEntry.safeParse(overlay(object, entry));
  if (!parsed.success) return parsed.error.issues.map(describeIssue);
  return parsed.data.routes.flatMap((route, index) =>
    upstreams.has(route.upstream) ? [] : [`routes[${index}].upstream: there is no upstream '${route.upstream}'`],
  );
};

const MS = 1_000;

interface Models {
  readonly models: Map<string, Model>;
  readonly configured: Set<string>;
}

/** The catalogue's prices of a model that is sold at others; null where they are the same, or depend on variants. */
const listOf = (entry: CatalogEntry | undefined, data: Fields): CostList | null => {
  if (entry === undefined || !("prices" in data || "rates" in data)) return null;
  const { prices, tiers, variants } = toModel(entry, 0);
  return variants.length > 0 ? null : { base: prices, tiers };
};

/** @param scope `own` leaves of the catalogue only what is the sandbox's */
const readModels = (sources: Sources, scope: CatalogScope, warn: Warn): Models => {
  const { catalog } = sources;
  const models = new Map<string, Model>();
  for (const entry of catalog.values())
    if (scope === "all" || entry.provider === PROVIDERS.sandbox.id)
      models.set(entry.id, toModel(entry, Date.parse(entry.asOf) / MS));
  const configured = new Set<string>();
  const read = (object: StoredObject) => configuredEntry.safeParse(overlay(object, catalog.get(object.id)));
  for (const { id, fields, object } of enabledOf(sources, "model", read, warn)) {
    const entry = catalog.get(id);
    const created = entry === undefined ? Math.floor(object.updatedAt / MS) : Date.parse(entry.asOf) / MS;
    const list = listOf(entry, object.data);
    models.set(id, { ...toModel(fields, created), ...(list === null ? {} : { list }) });
    configured.add(id);
  }
  return { models, configured };
};

/** Names by right of way: configured ids, the aliases an operator gave, then the catalogue's ids and aliases. */
const readNames = (sources: Sources, models: ReadonlyMap<string, Model>, warn: Warn): Map<string, Model> => {
  const names = new Map<string, Model>();
  const claim = (name: string, model: Model): boolean => {
    const owner = names.get(name);
    if (owner === undefined) names.set(name, model);
    return owner === undefined || owner === model;
  };
  const own = sources.objects.filter((object) => object.kind === "model" && object.enabled);
  const ownModels = own.flatMap((object) => models.get(object.id) ?? []);
  for (const model of ownModels) claim(model.id, model);
  for (const object of own) {
    const model = models.get(object.id);
    if (model === undefined || !("aliases" in object.data)) continue;
    for (const alias of model.aliases)
      if (!claim(alias, model))
        warn(`model '${model.id}': the alias '${alias}' already means '${names.get(alias)?.id ?? ""}'`);
  }
  for (const model of models.values()) claim(model.id, model);
  for (const model of models.values()) for (const alias of model.aliases) claim(alias, model);
  return names;
};

/** What an operator should know about models that they expect to work. */
const modelWarnings = (models: ReadonlyMap<string, Model>, upstreams: readonly Upstream[], warn: Warn): void => {
  for (const model of models.values()) {
    if (model.hidden === true || model.status === "retired" || !isServed(model)) continue;
    const missing = unpricedUnits(model);
    if (missing.length > 0) warn(`model '${model.id}' is not listed: no price for ${missing.join(", ")}`);
  }
  for (const upstream of upstreams)
    for (const id of Object.keys(upstream.models))
      if (!models.has(id)) warn(`upstream '${upstream.id}': models names '${id}', which is not a model`);
};

/** Puts the picture together. Never throws for what a stored object says. */
export const assemble = (sources: Sources): Assembly => {
  const warnings: string[] = [];
  const warn: Warn = (warning) => void warnings.push(warning);
  const upstreams = [
    ...readUpstreams(sources, warn),
    ...environmentUpstreams(sources),
    ...sandboxUpstream(sources, warn),
  ];
  const storefront = readStorefront(sources, warn);
  const { models, configured } = readModels(sources, storefront.catalog, warn);
  const plans = readPlans(sources, warn);
  modelWarnings(models, upstreams, warn);
  const byId = new Map<string, Upstream>();
  for (const upstream of upstreams) if (!byId.has(upstream.id)) byId.set(upstream.id, upstream);
  return {
    storefront,
    plans,
    defaultPlan: [...plans.values()].find((plan) => plan.isDefault) ?? null,
    upstreams: byId,
    models,
    configured,
    names: readNames(sources, models, warn),
    warnings,
  };
};

/** True when a model can be sold: not hidden, of a kind that is served, not retired, every unit priced (I-43). */
export const isSellable = (model: Model): boolean =>
  model.hidden !== true && model.status !== "retired" && isServed(model) && unpricedUnits(model).length === 0;

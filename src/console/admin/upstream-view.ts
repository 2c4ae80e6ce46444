/** An upstream as the operator sees it: what is configured, how it does, and of its key no more than tells one from another. Pure. */
import { z } from "@hono/zod-openapi";

import { NO_SUMS, marginOf, type Sums, type UpstreamHealth } from "../../usage/figures.ts";
import { PROVIDERS, findProvider } from "../../providers/index.ts";
import type { SecretBox } from "../../secret.ts";
import { credentialPlace } from "../../settings/apply.ts";
import { SANDBOX_UPSTREAM } from "../../settings/setting.ts";
import type { StoredRow } from "../../settings/store.ts";
import type { Obstacle } from "../../upstreams/traffic.ts";
import { MAX_CONCURRENT, type Upstream } from "../../upstreams/upstream.ts";
import { at, count, nano, nanoText } from "../values.ts";
import type { Survey } from "./survey.ts";

/** Where an upstream comes from; only those of the settings can be changed here. */
const SOURCES = ["settings", "environment", "builtin"] as const;
export const UPSTREAM_STATES = ["on", "draining", "off"] as const;
export type UpstreamState = (typeof UPSTREAM_STATES)[number];

const obstacle = z.strictObject({
  /** The provider's name; null: all of its models. */
  model: z.string().nullable(),
  state: z.enum(["open", "probing", "cooling"]),
  waitMs: count,
});

const milliseconds = z.number().min(0).nullable();

const health = z.strictObject({
  attempts: count,
  failures: count,
  p50Ms: milliseconds,
  p95Ms: milliseconds,
  firstByteP50Ms: milliseconds,
  firstByteP95Ms: milliseconds,
  /** The newest: a code of the catalogue of errors, never a provider's words. */
  lastFailure: z.strictObject({ code: z.string(), status: z.int().nullable(), at }).nullable(),
});

const sums = z.strictObject({
  attempts: count,
  failedAttempts: count,
  spendNano: nano,
  costNano: nano,
  marginNano: nano,
});

const timeouts = z.strictObject({
  firstByteMs: z.int().optional(),
  wholeMs: z.int().optional(),
  idleMs: z.int().optional(),
});

export const upstream = z.strictObject({
  id: z.string(),
  provider: z.string(),
  providerName: z.string(),
  protocols: z.array(z.string()),
  source: z.enum(SOURCES),
  state: z.enum(UPSTREAM_STATES),
  /** Requests may go there now, circuits aside. */
  usable: z.boolean(),
  /** Why it is on and not usable. */
  problem: z.string().nullable(),
  baseUrl: z.string().nullable(),
  /** The variable that it comes from. */
  variable: z.string().nullable(),
  /** Of the credential: its last four characters, and a digest that tells whether two are equal. */
  key: z.strictObject({ last4: z.string(), fingerprint: z.string() }).nullable(),
  models: z.record(z.string(), z.string()),
  timeouts,
  maxConcurrent: z.int(),
  /** Models that reach it now. */
  serves: z.array(
    z.strictObject({
      model: z.string(),
      /** The provider's name for it. */
      name: z.string(),
      priority: z.int(),
      weight: z.int(),
      /** The route is written down, and not only implied by the provider. */
      routed: z.boolean(),
    }),
  ),
  inFlight: count,
  obstacles: z.array(obstacle),
  health,
  day: sums,
  updatedAt: at.nullable(),
});
export type UpstreamView = z.input<typeof upstream>;

/** What is known of upstreams beside their settings. */
export interface Live {
  readonly obstacles: readonly Obstacle[];
  readonly inFlight: ReadonlyMap<string, number>;
  readonly health: ReadonlyMap<string, UpstreamHealth>;
  /** Of the last day. */
  readonly day: ReadonlyMap<string, Sums>;
}

const SHOWN_DIGITS = 4;
/** A shorter key would be told by its last four characters. */
const LEAST_KEY = 16;
const FINGERPRINT = 8;

const keyOf = (box: SecretBox, id: string, apiKey: string): UpstreamView["key"] =>
  apiKey === ""
    ? null
    : {
        last4: apiKey.length < LEAST_KEY ? "" : apiKey.slice(-SHOWN_DIGITS),
        fingerprint: box.fingerprint(credentialPlace(id), apiKey).slice(0, FINGERPRINT),
      };

/** The key of an upstream that is not in use; empty where there is none that can be opened. */
const openKey = (box: SecretBox, row: StoredRow | null): string => {
  const sealed = row?.data["apiKey"];
  if (row === null || typeof sealed !== "string") return "";
  try {
    return box.open("upstream-credential", credentialPlace(row.id), sealed);
  } catch {
    return "";
  }
};

const healthOf = (found: UpstreamHealth | undefined): UpstreamView["health"] => ({
  attempts: found?.attempts ?? 0,
  failures: found?.failures ?? 0,
  p50Ms: found?.duration.p50 ?? null,
  p95Ms: found?.duration.p95 ?? null,
  firstByteP50Ms: found?.firstByte.p50 ?? null,
  firstByteP95Ms: found?.firstByte.p95 ?? null,
  lastFailure: found?.lastFailure ?? null,
});

const dayOf = (found: Sums = NO_SUMS): UpstreamView["day"] => ({
  attempts: Number(found.attempts),
  failedAttempts: Number(found.failedAttempts),
  spendNano: nanoText(found.spend - found.refunded),
  costNano: nanoText(found.cost),
  marginNano: nanoText(marginOf(found)),
});

const servesOf = (survey: Survey, id: string): UpstreamView["serves"] =>
  survey.offered.offers.flatMap(({ model, candidates }) =>
    candidates
      .filter((candidate) => candidate.upstream.id === id)
      .map(({ model: name, priority, weight }) => ({
        model: model.id,
        name,
        priority,
        weight,
        routed: model.routes.some((route) => route.upstream === id),
      })),
  );

/** What is told of any upstream, of whichever source. */
interface Known {
  readonly id: string;
  readonly source: UpstreamView["source"];
  readonly state: UpstreamState;
  readonly providerId: string;
  readonly live: Upstream | undefined;
  readonly row: StoredRow | null;
}

const stateOf = (row: StoredRow): UpstreamState =>
  !row.enabled ? "off" : row.data["drain"] === true ? "draining" : "on";

const recordOf = (value: unknown): Record<string, string> =>
  typeof value === "object" && value !== null ? { ...(value as Record<string, string>) } : {};

const knownOf = (survey: Survey): Known[] => {
  const stored = survey.rows.filter((row) => row.kind === "upstream");
  const named = new Set(stored.map((row) => row.id));
  const others = [...survey.assembly.upstreams.values()].filter(({ id }) => !named.has(id));
  return [
    ...stored.map((row): Known => ({
      id: row.id,
      source: "settings",
      state: stateOf(row),
      providerId: typeof row.data["provider"] === "string" ? row.data["provider"] : "",
      live: survey.assembly.upstreams.get(row.id),
      row,
    })),
    ...others.map((live): Known => ({
      id: live.id,
      source: live.id === SANDBOX_UPSTREAM ? "builtin" : "environment",
      state: "on",
      providerId: live.provider.id,
      live,
      row: null,
    })),
  ];
};

const baseUrlOf = ({ source, live, row }: Known): string | null => {
  if (source === "builtin") return null;
  const stored = row?.data["baseUrl"];
  return live?.baseUrl ?? (typeof stored === "string" ? stored : null);
};

const viewOf = (known: Known, survey: Survey, { box, live }: { readonly box: SecretBox; readonly live: Live }) => {
  const { id, source, state, providerId, row } = known;
  const provider = findProvider(providerId);
  const prefix = `upstream '${id}' is not used: `;
  const warning = survey.assembly.warnings.find((text) => text.startsWith(prefix));
  const { timeouts: own, maxConcurrent } = known.live ?? {};
  return {
    id,
    provider: providerId,
    providerName: provider?.name ?? providerId,
    protocols: provider === undefined ? [] : [...new Set(provider.surfaces.map(({ protocol }) => protocol))],
    source,
    state,
    usable: known.live !== undefined && state === "on",
    problem: state === "off" || warning === undefined ? null : warning.slice(prefix.length),
    baseUrl: baseUrlOf(known),
    variable: source === "environment" ? (provider?.env ?? null) : null,
    key: source === "builtin" ? null : keyOf(box, id, known.live?.apiKey ?? openKey(box, row)),
    models: recordOf(row?.data["models"]),
    timeouts: { ...own },
    maxConcurrent: maxConcurrent ?? MAX_CONCURRENT,
    serves: servesOf(survey, id),
    inFlight: live.inFlight.get(id) ?? 0,
    obstacles: live.obstacles
      .filter((one) => one.upstream === id)
      .map(({ model, state: why, waitMs }) => ({ model, state: why, waitMs })),
    health: healthOf(live.health.get(id)),
    day: dayOf(live.day.get(id)),
    updatedAt: row?.updatedAt ?? null,
  } satisfies UpstreamView;
};

const ORDER = { settings: 0, environment: 1, builtin: 2 } as const satisfies Record<UpstreamView["source"], number>;

/** Every upstream there is: of the settings, of the environment, and the sandbox. */
export const upstreamViews = (survey: Survey, box: SecretBox, live: Live): UpstreamView[] =>
  knownOf(survey)
    .map((known) => viewOf(known, survey, { box, live }))
    .sort((a, b) => ORDER[a.source] - ORDER[b.source] || (a.id < b.id ? -1 : 1));

export const provider = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** Null: one has to be given. */
  baseUrl: z.string().nullable(),
  variable: z.string().nullable(),
  protocols: z.array(z.string()),
  /** How the key travels; `none`: none is asked for. */
  auth: z.enum(["bearer", "x-api-key", "x-goog-api-key", "none"]),
  needsKey: z.boolean(),
  makesVideos: z.boolean(),
});

/** The providers that an upstream can be of. */
export const providerViews = (): z.input<typeof provider>[] =>
  Object.values(PROVIDERS)
    .filter(({ id }) => id !== SANDBOX_UPSTREAM)
    .map((one: Exclude<ReturnType<typeof findProvider>, undefined>) => ({
      id: one.id,
      name: one.name,
      baseUrl: one.baseUrl,
      variable: one.env,
      protocols: [...new Set(one.surfaces.map(({ protocol }) => protocol))],
      auth: one.surfaces[0].auth,
      needsKey: one.baseUrl !== null,
      makesVideos: (one.videos?.length ?? 0) > 0,
    }));

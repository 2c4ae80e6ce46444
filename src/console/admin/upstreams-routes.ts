/** Upstreams: what there is and how it does, adding and changing them, and trying one before it is used. */
import { z } from "@hono/zod-openapi";

import { modelName } from "../../catalog/entry.ts";
import { listNodes } from "../../ledger/nodes-store.ts";
import { findProvider } from "../../providers/index.ts";
import type { Edit } from "../../settings/edit.ts";
import { SHAPES } from "../../settings/setting.ts";
import { normalBaseUrl, type Upstream } from "../../upstreams/upstream.ts";
import { ConsoleError, problems } from "../errors.ts";
import { consoleRoute, type ConsoleRoute } from "../route.ts";
import type { ConsoleServices } from "../services.ts";
import { at, count } from "../values.ts";
import { listModels, PROBE_PROBLEMS, probeModel } from "./probe.ts";
import { changeSetting } from "./edit.ts";
import { surveyOf } from "./survey.ts";
import { provider, providerViews, upstream, upstreamViews, type Live } from "./upstream-view.ts";

/** Circuits that are shown; there are fewer unless everything is down. */
const MOST_OBSTACLES = 500;
const DAY_MS = 86_400_000;
/** How far back health looks, in minutes. */
const HEALTH_MINUTES = 15;

/** How upstreams do: circuits and calls in flight of this process, all else from what every process has settled. */
export const liveOf = async (services: ConsoleServices): Promise<{ live: Live; since: number }> => {
  const { engine, figures } = services;
  const now = services.now();
  const range = { from: now - DAY_MS, to: now };
  const all = { accountId: null, model: null, keyId: null, upstream: null };
  const [health, day] = await Promise.all([
    figures.health(now, HEALTH_MINUTES),
    figures.table({ ...range, ...all }, "upstream"),
  ]);
  return {
    since: health.since,
    live: {
      obstacles: engine.traffic.obstacles(MOST_OBSTACLES),
      inFlight: engine.traffic.inFlight,
      health: new Map(health.upstreams.map((one) => [one.upstream, one])),
      day: new Map(day.map(({ name, sums }) => [name, sums])),
    },
  };
};

const list = consoleRoute({
  method: "get",
  path: "/admin/upstreams",
  access: "admin:read",
  tag: "admin",
  summary: "Every upstream: its settings, how it does, and what it serves.",
  response: z.strictObject({
    items: z.array(upstream),
    /** Health looks back to here. */
    since: at,
    /** The process that answers, whose circuits and calls in flight are shown, and how many serve. */
    process: z.strictObject({ id: z.string(), processes: count }),
  }),
  handle: async ({ services }) => {
    const [survey, { live, since }, nodes] = await Promise.all([
      surveyOf(services),
      liveOf(services),
      listNodes(services.database),
    ]);
    return {
      items: upstreamViews(survey, services.engine.box, live),
      since,
      process: {
        id: services.books.owner.id,
        processes: Math.max(1, nodes.filter(({ isFenced }) => !isFenced).length),
      },
    };
  },
});

const providers = consoleRoute({
  method: "get",
  path: "/admin/providers",
  access: "admin:read",
  tag: "admin",
  summary: "The providers that an upstream can be of.",
  response: z.strictObject({ items: z.array(provider) }),
  handle: () => ({ items: providerViews() }),
});

const shape = SHAPES.upstream.shape;

/** What is checked here is only the form; settings/edit.ts applies the rules of the configuration file. */
const fields = {
  baseUrl: shape.baseUrl.unwrap().nullable().optional(),
  /** Write-only: it is sealed, and never comes back. */
  apiKey: shape.apiKey.unwrap().optional(),
  models: shape.models.unwrap().nullable().optional(),
  timeouts: shape.timeouts.unwrap().nullable().optional(),
  maxConcurrent: shape.maxConcurrent.unwrap().nullable().optional(),
};

const done = z.strictObject({ id: z.string() });

/** What was sent, without what was not. */
const given = (body: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Edit["fields"];

const add = consoleRoute({
  method: "post",
  path: "/admin/upstreams",
  access: "admin:write",
  stepUp: true,
  tag: "admin",
  summary: "Adds an upstream. It takes requests at once unless `enabled` is false.",
  request: {
    body: z.strictObject({
      id: shape.id,
      provider: shape.provider,
      ...fields,
      enabled: z.boolean().default(true),
    }),
  },
  response: done,
  status: 201,
  handle: async ({ services, viewer, body }) => {
    const { id, enabled, ...rest } = body;
    await changeSetting(services, viewer, { kind: "upstream", id, fields: given(rest), enabled, must: "new" });
    return { id };
  },
});

const onPath = { params: z.strictObject({ upstream: shape.id }) };

/** A key goes only where it was given for: who changes the address gives it again. */
const refuseMovedKey = async (
  services: ConsoleServices,
  id: string,
  sent: { readonly baseUrl?: string | null | undefined; readonly apiKey?: string | undefined },
): Promise<void> => {
  if (sent.baseUrl === undefined || sent.apiKey !== undefined) return;
  const { rows } = await surveyOf(services);
  const row = rows.find((one) => one.kind === "upstream" && one.id === id);
  const before = row?.data["baseUrl"] ?? null;
  if (row?.data["apiKey"] === undefined || before === sent.baseUrl) return;
  throw problems.invalid({
    apiKey: "must be given again when the address changes: a key is sent only where it was given for",
  });
};

const edit = consoleRoute({
  method: "patch",
  path: "/admin/upstreams/{upstream}",
  access: "admin:write",
  stepUp: true,
  tag: "admin",
  summary: "Changes an upstream's settings: what is named, null takes a field away. A new address needs the key again.",
  request: { ...onPath, body: z.strictObject(fields) },
  response: done,
  handle: async ({ services, viewer, params, body }) => {
    await refuseMovedKey(services, params.upstream, body);
    await changeSetting(services, viewer, {
      kind: "upstream",
      id: params.upstream,
      fields: given(body),
      must: "known",
    });
    return { id: params.upstream };
  },
});

/** What each state is in the words of the settings. */
const STATES = {
  on: { fields: { drain: null }, enabled: true },
  draining: { fields: { drain: true }, enabled: true },
  off: { fields: { drain: null }, enabled: false },
} as const;

const state = consoleRoute({
  method: "post",
  path: "/admin/upstreams/{upstream}/state",
  access: "admin:write",
  tag: "admin",
  summary: "Switches an upstream on or off, or drains it: no new requests, running ones and videos end.",
  request: { ...onPath, body: z.strictObject({ state: z.enum(["on", "draining", "off"]) }) },
  response: done,
  handle: async ({ services, viewer, params, body }) => {
    const to = STATES[body.state];
    await changeSetting(services, viewer, { kind: "upstream", id: params.upstream, ...to, must: "known" });
    return { id: params.upstream };
  },
});

const connection = z.strictObject({
  provider: shape.provider,
  baseUrl: shape.baseUrl.unwrap().nullable().optional(),
  apiKey: shape.apiKey.unwrap().optional(),
  /** An upstream whose stored key is used where none is given; only for the address that it was given for. */
  upstream: shape.id.optional(),
});

/** The upstream as it would be. @throws ConsoleError for what cannot be one */
const triedUpstream = (services: ConsoleServices, sent: z.output<typeof connection>): Upstream => {
  const found = findProvider(sent.provider);
  const address = sent.baseUrl ?? found?.baseUrl ?? null;
  if (found === undefined || address === null)
    throw problems.invalid({ baseUrl: "is required: this provider has no address of its own" });
  const baseUrl = normalBaseUrl(found, address);
  const stored = sent.upstream === undefined ? undefined : services.installation().upstreams.get(sent.upstream);
  const isSame = stored !== undefined && stored.provider.id === found.id && stored.baseUrl === baseUrl;
  if (sent.apiKey === undefined && stored !== undefined && !isSame && stored.apiKey !== "")
    throw problems.invalid({
      apiKey: "must be given again: the stored key is sent only to the address it was given for",
    });
  const apiKey = sent.apiKey ?? (isSame ? stored.apiKey : "");
  if (apiKey === "" && found.baseUrl !== null)
    throw problems.invalid({ apiKey: "is required: this provider asks for one" });
  return { id: sent.upstream ?? found.id, provider: found, baseUrl, apiKey, models: {}, enabled: true, sandbox: false };
};

/** At most so many tries at once in a process: each holds a connection for some seconds. */
const MOST_TRIES = 4;
let tries = 0;

const bounded = async <T>(work: () => Promise<T>): Promise<T> => {
  if (tries >= MOST_TRIES)
    throw new ConsoleError("rate_limited", "Other tests are under way. Try again in some seconds.", { retryAfter: 5 });
  tries++;
  try {
    return await work();
  } finally {
    tries--;
  }
};

const result = { problem: z.enum(PROBE_PROBLEMS).nullable(), status: z.int().nullable(), latencyMs: count };

/** The first model that the catalogue knows of a provider, by the provider's own name; null: one has to be named. */
const usualModel = (services: ConsoleServices, providerId: string): string | null => {
  for (const entry of services.engine.catalog.values())
    if (entry.provider === providerId && entry.kind === "chat" && entry.status === "live")
      return entry.upstream?.model ?? entry.id;
  return null;
};

const test = consoleRoute({
  method: "post",
  path: "/admin/upstream-tests",
  access: "admin:write",
  tag: "admin",
  summary:
    "Asks a model of an upstream for one word, before it is saved or after. It costs the operator what that costs.",
  request: { body: connection.extend({ model: modelName.optional() }) },
  response: z.strictObject({ ...result, model: z.string() }),
  handle: async ({ services, body, signal }) => {
    const target = triedUpstream(services, body);
    const model = body.model ?? usualModel(services, body.provider);
    if (model === null) throw problems.invalid({ model: "is required: name a model that this server has" });
    const { client } = services.engine;
    return { model, ...(await bounded(() => probeModel(client, { upstream: target, model, signal }))) };
  },
});

const models = consoleRoute({
  method: "post",
  path: "/admin/upstream-models",
  access: "admin:write",
  tag: "admin",
  summary: "The names of the models that an upstream says it has, each with the model of ours that it seems to be.",
  request: { body: connection },
  response: z.strictObject({
    ...result,
    items: z.array(z.strictObject({ name: z.string(), model: z.string().nullable() })),
  }),
  handle: async ({ services, body, signal }) => {
    const target = triedUpstream(services, body);
    const { models: names, ...rest } = await bounded(() => listModels(services.engine.client, target, signal));
    const { assembly } = await surveyOf(services);
    const byName = new Map<string, string>();
    for (const model of assembly.models.values()) {
      byName.set(model.upstream?.model ?? model.id, model.id);
      byName.set(model.id, model.id);
    }
    // Hosts put a maker before the name: `deepseek/deepseek-chat`.
    const ours = (name: string): string | null =>
      byName.get(name) ?? byName.get(name.slice(name.indexOf("/") + 1)) ?? null;
    return { ...rest, items: names.map((name) => ({ name, model: ours(name) })) };
  },
});

export const upstreamRoutes: readonly ConsoleRoute[] = [providers, list, add, edit, state, test, models];

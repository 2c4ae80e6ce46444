/** Prices: those in force, the draft over them, and publishing it: now, or for a moment to come. A published price never changes (I-40). */
import { z } from "@hono/zod-openapi";

import { modelName } from "../../catalog/entry.ts";
import type { Model } from "../../catalog/model.ts";
import { priceName } from "../../catalog/prices.ts";
import {
  dropDraft,
  publishDraft,
  readDraft,
  withdrawPrices,
  writeDraft,
  type Draft,
  type DraftList,
} from "../../ledger/price-draft-store.ts";
import { scheduledPrices } from "../../ledger/price-store.ts";
import { MoneyError, parseRational } from "../../money.ts";
import { isDeepStrictEqual } from "node:util";
import { problems } from "../errors.ts";
import { rate, ratesOf } from "../public/model-view.ts";
import { consoleRoute, NOTHING, type ConsoleRoute } from "../route.ts";
import type { ConsoleServices } from "../services.ts";
import { at, count, positiveNano } from "../values.ts";
import { actorOf, type Viewer } from "../viewer.ts";
import { costOf, groundIn } from "./model-view.ts";
import {
  draftLists,
  listProblems,
  listsInForce,
  pricedModel,
  pricedModelOf,
  sentLists,
  type PriceGround,
} from "./price-view.ts";
import { ROUNDINGS, ruledList, type PriceRule } from "./price-rule.ts";
import { surveyOf } from "./survey.ts";

/** How far ahead a price can be published: a year, which every timer and every reader can follow. */
const FURTHEST_MS = 366 * 86_400_000;
const MOST_MODELS = 5_000;
const MOST_ROWS = 1_000;
/** No rule multiplies by more. */
const MOST_FACTOR = 100n;

const groundOf = async (services: ConsoleServices): Promise<PriceGround> => {
  const { database, engine } = services;
  const [survey, draft, scheduled] = await Promise.all([
    surveyOf(services),
    readDraft(database.kysely),
    scheduledPrices(database.kysely, services.now()),
  ]);
  return { ...groundIn(survey, engine.catalog), draft, scheduled };
};

const offered = ({ survey }: PriceGround): readonly Model[] => survey.offered.offers.map(({ model }) => model);

const list = consoleRoute({
  method: "get",
  path: "/admin/prices",
  access: "admin:read",
  tag: "admin",
  summary: "The prices in force of every model on sale, and the draft over them.",
  response: z.strictObject({
    items: z.array(pricedModel),
    /** Names the draft as it was read; empty: there is none. */
    version: z.string(),
  }),
  handle: async ({ services }) => {
    const ground = await groundOf(services);
    return {
      items: offered(ground).flatMap((model) => pricedModelOf(model, ground) ?? []),
      version: ground.draft.version,
    };
  },
});

const drafted = z.strictObject({ version: z.string(), models: count });

const draftNow = async (services: ConsoleServices): Promise<z.input<typeof drafted>> => {
  const { version, models }: Draft = await readDraft(services.database.kysely);
  return { version, models: models.length };
};

/** @throws ConsoleError for a model that is not on sale */
const inForceOf = (ground: PriceGround, id: string): { model: Model; lists: DraftList[] } => {
  const model = offered(ground).find((one) => one.id === id);
  const lists = model === undefined ? null : listsInForce(model, ground.survey.prices);
  if (model === undefined || lists === null) throw problems.missing("model");
  return { model, lists };
};

/** Puts lists into the draft; what is in force already needs no draft. */
const save = async (
  { services, viewer }: { readonly services: ConsoleServices; readonly viewer: Viewer },
  changes: readonly {
    readonly model: string;
    readonly lists: readonly DraftList[];
    readonly inForce: readonly DraftList[];
  }[],
): Promise<void> => {
  const updatedAt = services.now();
  const actor = actorOf(viewer);
  await services.database.transaction(async (queries) => {
    for (const { model, lists, inForce } of changes)
      if (isDeepStrictEqual(lists, inForce)) await dropDraft(queries, [model]);
      else await writeDraft(queries, { model, lists, actor, updatedAt });
  });
};

const put = consoleRoute({
  method: "put",
  path: "/admin/prices/draft",
  access: "admin:write",
  tag: "admin",
  summary: "Drafts the prices of one model: all of its lists. Nothing is in force before it is published.",
  request: { body: z.strictObject({ model: modelName, lists: sentLists }) },
  response: drafted,
  handle: async ({ services, viewer, body }) => {
    const { lists: inForce } = inForceOf(await groundOf(services), body.model);
    const lists = draftLists(body.lists, inForce);
    const wrong = listProblems(lists, inForce);
    if (Object.keys(wrong).length > 0) throw problems.invalid(wrong);
    await save({ services, viewer }, [{ model: body.model, lists, inForce }]);
    return await draftNow(services);
  },
});

const factor = z.string().min(1).max(20);

const rule = z.strictObject({
  base: z.enum(["price", "cost"]),
  /** `1.05` or `105%`. */
  factor,
  /** Prices become whole steps of so much, for what is shown together. */
  stepNano: positiveNano,
  way: z.enum(ROUNDINGS),
});

/** @throws ConsoleError for a factor that is none */
const ruleOf = ({ base, factor: text, stepNano, way }: z.output<typeof rule>): PriceRule => {
  try {
    const found = parseRational(text);
    if (found.num < 0n || found.num > found.den * MOST_FACTOR) throw new MoneyError("out of range");
    return { base, factor: found, step: BigInt(stepNano), way };
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error;
    throw problems.invalid({ factor: `must be a decimal such as "1.05" or "105%", at most ${MOST_FACTOR}` });
  }
};

const applyRule = consoleRoute({
  method: "post",
  path: "/admin/prices/rule",
  access: "admin:write",
  tag: "admin",
  summary: "Drafts the prices of many models by a rule: so much of the price in force, or of what the upstream takes.",
  request: { body: z.strictObject({ models: z.array(modelName).min(1).max(MOST_MODELS), rule }) },
  response: drafted.extend({
    /** Models that the rule cannot be applied to: no cost is known. */
    skipped: z.array(z.string()),
  }),
  handle: async ({ services, viewer, body }) => {
    const ground = await groundOf(services);
    const how = ruleOf(body.rule);
    const skipped: string[] = [];
    const changes = [...new Set(body.models)].flatMap((id) => {
      const { model, lists: inForce } = inForceOf(ground, id);
      const cost = costOf(model, ground.candidates.get(id) ?? []);
      const lists = inForce.flatMap(({ when, list: own }): DraftList[] => {
        const ruled = ruledList(own, cost, how);
        return ruled === null ? [] : [{ when, list: ruled }];
      });
      if (lists.length === inForce.length) return [{ model: id, lists, inForce }];
      skipped.push(id);
      return [];
    });
    await save({ services, viewer }, changes);
    return { ...(await draftNow(services)), skipped };
  },
});

const drop = consoleRoute({
  method: "post",
  path: "/admin/prices/drop",
  access: "admin:write",
  tag: "admin",
  summary: "Takes models out of the draft, or empties it.",
  request: { body: z.strictObject({ models: z.array(modelName).max(MOST_MODELS).nullable() }) },
  response: drafted,
  handle: async ({ services, body }) => {
    await services.database.transaction((queries) => dropDraft(queries, body.models));
    return await draftNow(services);
  },
});

/** A draft may be older than the model: what it must price is looked at again. @throws ConsoleError */
const refuseIncomplete = (ground: PriceGround): void => {
  for (const one of ground.draft.models) {
    const model = offered(ground).find(({ id }) => id === one.model);
    const inForce = model === undefined ? null : listsInForce(model, ground.survey.prices);
    if (inForce === null || Object.keys(listProblems(one.lists, inForce)).length > 0)
      throw problems.conflict(
        `The draft of ${one.model} does not fit the model any more: it is not on sale, or has other units or variants. Take it out of the draft, or draft it again.`,
      );
  }
};

const publish = consoleRoute({
  method: "post",
  path: "/admin/prices/publish",
  access: "admin:write",
  stepUp: true,
  tag: "admin",
  summary: "Publishes the draft that was looked at: in force on every server from now on, or from a moment to come.",
  request: { body: z.strictObject({ version: z.string().min(1).max(64), fromAt: at.nullable() }) },
  response: z.strictObject({ models: count, rows: count, fromAt: at }),
  handle: async ({ services, viewer, body }) => {
    const now = services.now();
    const from = body.fromAt ?? now;
    if (from < now || from > now + FURTHEST_MS)
      throw problems.invalid({ fromAt: "must be a moment to come, at most a year ahead" });
    refuseIncomplete(await groundOf(services));
    const actor = actorOf(viewer);
    const rows = await publishDraft(services.database, {
      version: body.version,
      from,
      actor,
      nameOf: (id, when) => priceName({ id }, when),
    });
    if (rows === null)
      throw problems.conflict("The draft was changed or published meanwhile. Look at it again before you publish it.");
    await services.refresh();
    return { models: rows.size, rows: [...rows.values()].reduce((sum, ids) => sum + ids.length, 0), fromAt: from };
  },
});

const scheduled = consoleRoute({
  method: "get",
  path: "/admin/prices/scheduled",
  access: "admin:read",
  tag: "admin",
  summary: "Versions that are published and come into force later, the next first.",
  response: z.strictObject({
    items: z.array(
      z.strictObject({
        row: z.int(),
        /** The model's name, and after a blank the attributes of a variant. */
        list: z.string(),
        fromAt: at,
        rates: z.array(rate),
      }),
    ),
  }),
  handle: async ({ services }) => {
    const versions = await scheduledPrices(services.database.kysely, services.now());
    return {
      items: versions.map(({ model, row, validFrom }) => ({
        row: row.id,
        list: model,
        fromAt: validFrom,
        rates: ratesOf(row.base),
      })),
    };
  },
});

const withdraw = consoleRoute({
  method: "post",
  path: "/admin/prices/withdraw",
  access: "admin:write",
  stepUp: true,
  tag: "admin",
  summary:
    "Takes versions back before their moment: all that are named, or none. They stay in the history and are never in force.",
  request: { body: z.strictObject({ rows: z.array(z.int().min(1)).min(1).max(MOST_ROWS) }) },
  response: NOTHING,
  handle: async ({ services, viewer, body }) => {
    const order = { rows: [...new Set(body.rows)], actor: actorOf(viewer), now: services.now() };
    if ((await withdrawPrices(services.database, order)) === null)
      throw problems.conflict(
        "One of them is in force already, begins within seconds, or was taken back before. Nothing was changed; publish a new price instead.",
      );
    await services.refresh();
  },
});

export const priceRoutes: readonly ConsoleRoute[] = [list, put, applyRule, drop, publish, scheduled, withdraw];

/** Models: what can be sold and why some cannot, their routes, limits and names. Prices are changed by a draft (draft-routes.ts). */
import { z } from "@hono/zod-openapi";

import { modelName } from "../../catalog/entry.ts";
import { priceName } from "../../catalog/prices.ts";
import { priceHistory } from "../../ledger/price-store.ts";
import type { Edit } from "../../settings/edit.ts";
import { SHAPES } from "../../settings/setting.ts";
import { problems } from "../errors.ts";
import { consoleRoute, type ConsoleRoute } from "../route.ts";
import type { ConsoleServices } from "../services.ts";
import { detailOf, groundIn, modelDetail, modelRow, rowOf, type ModelGround } from "./model-view.ts";
import { changeSetting } from "./edit.ts";
import { surveyOf } from "./survey.ts";

/** Versions that a model's page shows. */
const MOST_VERSIONS = 200;

const groundOf = async (services: ConsoleServices): Promise<ModelGround> =>
  groundIn(await surveyOf(services), services.engine.catalog);

const list = consoleRoute({
  method: "get",
  path: "/admin/models",
  access: "admin:read",
  tag: "admin",
  summary: "Every model, sold or not: state, routes, list price and what is left of it.",
  response: z.strictObject({ items: z.array(modelRow) }),
  handle: async ({ services }) => {
    const ground = await groundOf(services);
    return { items: [...ground.survey.assembly.models.values()].map((model) => rowOf(model, ground)) };
  },
});

/** Ids hold slashes, so they travel in the query. */
const named = { query: z.strictObject({ id: modelName }) };

const one = consoleRoute({
  method: "get",
  path: "/admin/model",
  access: "admin:read",
  tag: "admin",
  summary: "One model: routes, limits, names, and every version of its prices.",
  request: named,
  response: modelDetail,
  handle: async ({ services, query }) => {
    const ground = await groundOf(services);
    const model = ground.survey.assembly.models.get(query.id);
    if (model === undefined) throw problems.missing("model");
    const versions = await priceHistory(services.database.kysely, priceName(model, null));
    return detailOf(model, ground, versions.slice(-MOST_VERSIONS));
  },
});

const shape = SHAPES.model.shape;

/** Inner schemas without their defaults: what is not sent is left alone, null gives the catalogue's back. All that the file can say. */
const fields = {
  provider: shape.provider.unwrap().nullable().optional(),
  kind: shape.kind.unwrap().nullable().optional(),
  status: shape.status.unwrap().nullable().optional(),
  replacement: shape.replacement.unwrap().optional(),
  replyModel: shape.replyModel.unwrap().optional(),
  hidden: z.literal(true).nullable().optional(),
  aliases: shape.aliases.unwrap().nullable().optional(),
  context: shape.context.unwrap().optional(),
  maxOutput: shape.maxOutput.unwrap().optional(),
  defaultMaxTokens: shape.defaultMaxTokens.unwrap().optional(),
  modalities: shape.modalities.unwrap().nullable().optional(),
  capabilities: shape.capabilities.unwrap().nullable().optional(),
  upstream: shape.upstream.unwrap().optional(),
  prices: shape.prices.unwrap().nullable().optional(),
  tiers: shape.tiers.unwrap().nullable().optional(),
  rates: shape.rates.unwrap().nullable().optional(),
  rounding: shape.rounding.unwrap().optional(),
  duration: shape.duration.unwrap().optional(),
  resolutions: shape.resolutions.unwrap().nullable().optional(),
  routes: shape.routes.unwrap().nullable().optional(),
  rpm: shape.rpm.unwrap().optional(),
  tpm: shape.tpm.unwrap().optional(),
  concurrency: shape.concurrency.unwrap().optional(),
} as const satisfies Record<Exclude<keyof typeof shape, "id">, z.ZodType>;

type Fields = Edit["fields"];

/** What was sent, without what was not; the words are those of the configuration file. */
const given = (body: Readonly<Record<string, unknown>>): Fields => JSON.parse(JSON.stringify(body)) as Fields;

const done = z.strictObject({ id: z.string() });

const edit = consoleRoute({
  method: "patch",
  path: "/admin/model",
  access: "admin:write",
  tag: "admin",
  summary:
    "Changes a model: what is named; null gives back what the catalogue says. Prices that were published are changed by a draft.",
  request: { ...named, body: z.strictObject(fields) },
  response: done,
  handle: async ({ services, viewer, query, body }) => {
    const { assembly } = await surveyOf(services);
    if (!assembly.models.has(query.id)) throw problems.missing("model");
    await changeSetting(services, viewer, {
      kind: "model",
      id: query.id,
      fields: given(body),
      enabled: true,
      keepsPrices: true,
      must: "any",
    });
    return { id: query.id };
  },
});

const add = consoleRoute({
  method: "post",
  path: "/admin/models",
  access: "admin:write",
  tag: "admin",
  summary:
    "Adds a model of one's own: what it is, where it can be had and what it costs. Its first prices are in force at once.",
  request: {
    body: z.strictObject({ ...fields, id: modelName, kind: shape.kind.unwrap(), routes: shape.routes.unwrap() }),
  },
  response: done,
  status: 201,
  handle: async ({ services, viewer, body }) => {
    const { id, ...rest } = body;
    const { assembly } = await surveyOf(services);
    if (assembly.names.has(id))
      throw problems.conflict("A model is called so already. Choose another name, or edit that model.");
    await changeSetting(services, viewer, { kind: "model", id, fields: given(rest), must: "new" });
    return { id };
  },
});

export const modelRoutes: readonly ConsoleRoute[] = [list, one, edit, add];

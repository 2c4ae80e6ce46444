/** Plans: discounts as exact fractions, limits, and what a model costs under one. */
import { z } from "@hono/zod-openapi";

import { accountsByPlan } from "../../accounts/store.ts";
import { modelName } from "../../catalog/entry.ts";
import { complement, formatRatio, ONE, parseNano, parseRational, type Rational } from "../../money.ts";
import type { Edit } from "../../settings/edit.ts";
import { SHAPES } from "../../settings/setting.ts";
import { problems } from "../errors.ts";
import { rate, ratesOf } from "../public/model-view.ts";
import { consoleRoute, type ConsoleRoute } from "../route.ts";
import { at, count, nano, nanoText } from "../values.ts";
import { changeSetting } from "./edit.ts";
import { surveyOf } from "./survey.ts";

const shape = SHAPES.plan.shape;

const plan = z.strictObject({
  id: z.string(),
  enabled: z.boolean(),
  /** As it was written, such as `70%`; null: none. */
  discount: z.string().nullable(),
  /** What is left of the list price, as a decimal or a fraction. */
  multiplier: z.string(),
  /** Paid once; 0: nothing. */
  feeNano: nano,
  rpm: z.int().nullable(),
  tpm: z.int().nullable(),
  concurrency: z.int().nullable(),
  isDefault: z.boolean(),
  /** Accounts that have it, and those that have no plan of their own where it is the default. */
  accounts: count,
  updatedAt: at,
});

const multiplierOf = (discount: unknown): Rational =>
  typeof discount === "string" ? complement(parseRational(discount)) : ONE;

const list = consoleRoute({
  method: "get",
  path: "/admin/plans",
  access: "admin:read",
  tag: "admin",
  summary: "Every plan, and how many accounts are on it.",
  response: z.strictObject({
    items: z.array(plan),
    /** Accounts without a plan of their own. */
    withoutPlan: count,
  }),
  handle: async ({ services }) => {
    const [{ rows }, counts] = await Promise.all([surveyOf(services), accountsByPlan(services.database.kysely)]);
    const withoutPlan = counts.get(null) ?? 0;
    const items = rows.flatMap((row) => {
      const read = SHAPES.plan.safeParse({ ...row.data, id: row.id });
      if (row.kind !== "plan" || !read.success) return [];
      const { discount = null, price, rpm = null, tpm = null, concurrency = null } = read.data;
      const isDefault = row.enabled && read.data.default === true;
      return [
        {
          id: row.id,
          enabled: row.enabled,
          discount,
          multiplier: formatRatio(multiplierOf(discount)),
          feeNano: nanoText(price === undefined ? 0n : parseNano(price)),
          rpm,
          tpm,
          concurrency,
          isDefault,
          accounts: (counts.get(row.id) ?? 0) + (isDefault ? withoutPlan : 0),
          updatedAt: row.updatedAt,
        },
      ];
    });
    return { items, withoutPlan };
  },
});

const fields = {
  discount: shape.discount.unwrap().nullable().optional(),
  /** Decimal USD, paid once; null: free. */
  price: shape.price.unwrap().nullable().optional(),
  rpm: shape.rpm.unwrap().nullable().optional(),
  tpm: shape.tpm.unwrap().nullable().optional(),
  concurrency: shape.concurrency.unwrap().nullable().optional(),
  default: z.boolean().optional(),
};

const done = z.strictObject({ id: z.string() });

/** A price is paid once; the two words go together in the settings. */
const given = (body: Readonly<Record<string, unknown>>): Edit["fields"] => {
  const sent = JSON.parse(JSON.stringify(body)) as Edit["fields"];
  if (!("price" in sent)) return sent;
  return { ...sent, once: sent["price"] === null ? null : true };
};

const add = consoleRoute({
  method: "post",
  path: "/admin/plans",
  access: "admin:write",
  stepUp: true,
  tag: "admin",
  summary: "Adds a plan.",
  request: { body: z.strictObject({ id: shape.id, ...fields }) },
  response: done,
  status: 201,
  handle: async ({ services, viewer, body }) => {
    const { id, ...rest } = body;
    await changeSetting(services, viewer, { kind: "plan", id, fields: given(rest), must: "new" });
    return { id };
  },
});

const onPath = z.strictObject({ plan: shape.id });

const edit = consoleRoute({
  method: "patch",
  path: "/admin/plans/{plan}",
  access: "admin:write",
  stepUp: true,
  tag: "admin",
  summary: "Changes a plan: what is named, null takes a field away. Requests admitted from then on use it.",
  request: { params: onPath, body: z.strictObject({ ...fields, enabled: z.boolean().optional() }) },
  response: done,
  handle: async ({ services, viewer, params, body }) => {
    const { enabled, ...rest } = body;
    const order = { kind: "plan", id: params.plan, fields: given(rest), must: "known" } as const;
    await changeSetting(services, viewer, enabled === undefined ? order : { ...order, enabled });
    return { id: params.plan };
  },
});

const preview = consoleRoute({
  method: "get",
  path: "/admin/plan-preview",
  access: "admin:read",
  tag: "admin",
  summary: "What a model costs under a discount, beside its list price and what the upstream takes.",
  request: { query: z.strictObject({ model: modelName, discount: shape.discount.unwrap().optional() }) },
  response: z.strictObject({
    list: z.array(rate),
    under: z.array(rate),
    /** Null: nothing but the list price is known. */
    cost: z.array(rate).nullable(),
  }),
  handle: ({ services, query }) => {
    const resolution = services.installation().resolve(query.model);
    if (resolution.kind !== "callable") throw problems.missing("model");
    const { model, candidates } = resolution.callable;
    const cost = candidates[0].cost ?? model.list;
    return {
      list: ratesOf(model.price.base),
      under: ratesOf(model.price.base, multiplierOf(query.discount)),
      cost: cost === undefined ? null : ratesOf(cost.base),
    };
  },
});

export const planRoutes: readonly ConsoleRoute[] = [list, add, edit, preview];

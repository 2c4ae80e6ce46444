/** What anybody may see: whose house this is, what it sells and how it does. */
import { z } from "@hono/zod-openapi";

import { loadFidelity } from "../../catalog/fidelity.ts";
import { formatRatio } from "../../money.ts";
import { REGISTRATIONS } from "../../settings/installation.ts";
import { problems } from "../errors.ts";
import { consoleRoute, type ConsoleRoute } from "../route.ts";
import { nano, nanoText } from "../values.ts";
import { lineOf, modelLine, modelPage, pageOf } from "./model-view.ts";

const MAX_NAME = 256;

/** Part of the code, like the catalogue: read once. */
const fidelity = loadFidelity();

const storefront = consoleRoute({
  method: "get",
  path: "/public/storefront",
  access: "public",
  tag: "public",
  summary: "The storefront: its name, looks, unit of money and mount.",
  response: z.strictObject({
    name: z.string(),
    logoUrl: z.string().nullable(),
    /** How amounts are shown: `rate` units are one USD. */
    unit: z.strictObject({
      name: z.string(),
      symbol: z.string().nullable(),
      rate: z.strictObject({ num: z.string(), den: z.string() }),
    }),
    registration: z.enum(REGISTRATIONS),
    /** Somebody runs this. Where nobody does, `/claim` is the way in. */
    isClaimed: z.boolean(),
    startCreditNano: nano,
    /** Path between the address and `/v1`, such as `/api`; empty at the root. */
    mount: z.string(),
    keyPrefix: z.string(),
    support: z.string().nullable(),
    billingUrl: z.string().nullable(),
    /** Other services whose word signs in, in the order in which they are shown. */
    oauthProviders: z.array(z.strictObject({ id: z.string(), name: z.string() })),
    /** Without it, letters with links are written to the operator's log. */
    mail: z.boolean(),
    production: z.boolean(),
  }),
  handle: async ({ services }) => {
    const { storefront: own } = services.installation();
    const { name, unit, registration, startCredit, mounts, keyPrefix, support, billingUrl, brand } = own;
    return {
      name,
      logoUrl: brand.logo === null ? null : "/console/logo",
      unit: {
        name: unit.name,
        symbol: unit.symbol === "" ? null : unit.symbol,
        rate: { num: unit.rate.num.toString(), den: unit.rate.den.toString() },
      },
      registration,
      isClaimed: await services.people.isClaimed(),
      startCreditNano: nanoText(startCredit),
      mount: mounts[0] ?? "",
      keyPrefix,
      support,
      billingUrl,
      oauthProviders: services.people.oauthProviders.map(({ id, name }) => ({ id, name })),
      mail: services.mail.isOn,
      production: services.config.production,
    };
  },
});

const models = consoleRoute({
  method: "get",
  path: "/public/models",
  access: "public",
  tag: "public",
  summary: "Every model that can be called, with its price under the usual plan.",
  response: z.strictObject({ items: z.array(modelLine) }),
  handle: ({ services }) => {
    const { callables, defaultPlan } = services.installation();
    return { items: callables.map((callable) => lineOf(callable, defaultPlan)) };
  },
});

const model = consoleRoute({
  method: "get",
  path: "/public/model",
  access: "public",
  tag: "public",
  summary: "One model by its id or an alias: prices by plan, limits, and what of each dialect reaches it.",
  request: { query: z.strictObject({ id: z.string().min(1).max(MAX_NAME) }) },
  response: modelPage,
  handle: ({ services, query }) => {
    const installation = services.installation();
    const { defaultPlan, plans: all } = installation;
    const resolution = installation.resolve(query.id);
    if (resolution.kind !== "callable") throw problems.missing("model");
    return pageOf(resolution.callable, { plan: defaultPlan, plans: [...all.values()], fidelity });
  },
});

const plans = consoleRoute({
  method: "get",
  path: "/public/plans",
  access: "public",
  tag: "public",
  summary: "The plans: what they cost once, what they leave of the list price, and their limits.",
  response: z.strictObject({
    items: z.array(
      z.strictObject({
        id: z.string(),
        feeNano: nano,
        /** What is left of the list price: `0.3` for 70 % off. */
        multiplier: z.string(),
        rpm: z.int().nullable(),
        tpm: z.int().nullable(),
        concurrency: z.int().nullable(),
        isDefault: z.boolean(),
      }),
    ),
  }),
  handle: ({ services }) => ({
    items: [...services.installation().plans.values()].map((plan) => ({
      id: plan.id,
      feeNano: nanoText(plan.fee),
      multiplier: formatRatio(plan.multiplier),
      rpm: plan.rpm,
      tpm: plan.tpm,
      concurrency: plan.concurrency,
      isDefault: plan.isDefault,
    })),
  }),
});

export const publicRoutes: readonly ConsoleRoute[] = [storefront, models, model, plans];

/** The storefront as its operator sees and changes it: the same row as the configuration file writes. */
import { z } from "@hono/zod-openapi";

import { formatNano } from "../../money.ts";
import { CATALOG_SCOPES, REGISTRATIONS } from "../../settings/installation.ts";
import { ONLY, SHAPES } from "../../settings/setting.ts";
import type { Fields } from "../../settings/variables.ts";
import { consoleRoute, type ConsoleRoute } from "../route.ts";
import type { ConsoleServices } from "../services.ts";
import { at, nano, nanoText } from "../values.ts";
import { changeSetting } from "./edit.ts";
import { storefrontRow } from "./settings-store.ts";

const MAX_WARNINGS = 200;
const { shape } = SHAPES.storefront;

/** What may be changed: null goes back to what the house has without being told. */
const changes = {
  name: shape.name.nullable(),
  keyPrefix: shape.keyPrefix.nullable(),
  mounts: shape.mounts.nullable(),
  unit: shape.unit.nullable(),
  keyLength: shape.keyLength.nullable(),
  support: shape.support.nullable(),
  seller: shape.seller.nullable(),
  billingUrl: shape.billingUrl.nullable(),
  catalog: shape.catalog.nullable(),
  registration: shape.registration.nullable(),
  registrationsPerPeer: shape.registrationsPerPeer.nullable(),
  registrationsPerDay: shape.registrationsPerDay.nullable(),
  idempotency: shape.idempotency.nullable(),
  brand: shape.brand.nullable(),
} as const satisfies Record<Exclude<keyof typeof shape, "startCredit">, z.ZodType>;

const change = z.strictObject({ ...changes, startCreditNano: nano.nullable().optional() });

const settings = z
  .strictObject({
    name: z.string(),
    keyPrefix: z.string(),
    keyLength: z.int(),
    mounts: z.array(z.string()),
    unit: z.strictObject({
      name: z.string(),
      symbol: z.string().nullable(),
      rate: z.strictObject({ num: z.string(), den: z.string() }),
    }),
    support: z.string().nullable(),
    /** On invoices; null: the storefront's own name, no address, no number. */
    seller: z.strictObject({
      name: z.string().nullable(),
      address: z.string().nullable(),
      taxId: z.string().nullable(),
    }),
    billingUrl: z.string().nullable(),
    catalog: z.enum(CATALOG_SCOPES),
    registration: z.enum(REGISTRATIONS),
    startCreditNano: nano,
    /** Accounts that one address, and everybody together, may open in a day. */
    registrationsPerPeer: z.int(),
    registrationsPerDay: z.int(),
    idempotency: z.boolean(),
    brand: z.strictObject({
      accent: z.string().nullable(),
      accentDark: z.string().nullable(),
      logo: z.string().nullable(),
    }),
    /** Fields that the configuration file sets: a change here stands until the file itself says something new. */
    fromFile: z.array(z.string()),
    changedAt: at.nullable(),
    /** What an operator should know of the installation, one sentence each. */
    warnings: z.array(z.string()),
  })
  .openapi("StorefrontSettings");

const shown = async ({ installation, database }: ConsoleServices): Promise<z.input<typeof settings>> => {
  const { storefront, warnings } = installation();
  const { unit, startCredit, mounts, brand, ...rest } = storefront;
  const row = await storefrontRow(database.kysely);
  return {
    name: rest.name,
    keyPrefix: rest.keyPrefix,
    keyLength: rest.keyLength,
    support: rest.support,
    seller: { ...rest.seller, name: rest.seller.name === rest.name ? null : rest.seller.name },
    billingUrl: rest.billingUrl,
    catalog: rest.catalog,
    registration: rest.registration,
    registrationsPerPeer: rest.registrationsPerPeer,
    registrationsPerDay: rest.registrationsPerDay,
    idempotency: rest.idempotency,
    mounts: [...mounts],
    unit: {
      name: unit.name,
      symbol: unit.symbol === "" ? null : unit.symbol,
      rate: { num: unit.rate.num.toString(), den: unit.rate.den.toString() },
    },
    startCreditNano: nanoText(startCredit),
    brand: { ...brand },
    fromFile: row === undefined ? [] : Object.keys(row.applied.fields),
    changedAt: row?.updatedAt ?? null,
    warnings: warnings.slice(0, MAX_WARNINGS),
  };
};

const read = consoleRoute({
  method: "get",
  path: "/admin/settings",
  access: "admin:read",
  tag: "admin",
  summary: "The storefront's settings as they are in force.",
  response: settings,
  handle: ({ services }) => shown(services),
});

const update = consoleRoute({
  method: "patch",
  path: "/admin/settings",
  access: "admin:write",
  stepUp: true,
  tag: "admin",
  summary: "Changes settings of the storefront; what is not named stays, null takes a setting away.",
  request: { body: change },
  response: settings,
  handle: async ({ services, viewer, body }) => {
    const { startCreditNano, ...named } = body;
    const credit =
      startCreditNano === undefined || startCreditNano === null ? startCreditNano : formatNano(BigInt(startCreditNano));
    // Checked by the very shape of the setting; what is undefined was not sent.
    const fields = Object.fromEntries(
      Object.entries({ ...named, startCredit: credit }).filter(([, value]) => value !== undefined),
    ) as Fields;
    await changeSetting(services, viewer, { kind: "storefront", id: ONLY, fields, must: "any" });
    return await shown(services);
  },
});

export const storefrontRoutes: readonly ConsoleRoute[] = [read, update];

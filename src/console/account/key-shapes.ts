/** What the key routes take and answer. */
import { z } from "@hono/zod-openapi";

import { BUDGET_PERIODS } from "../../keys/budget.ts";
import { maskKey } from "../../keys/key.ts";
import type { KeyDetail } from "../../keys/detail-store.ts";
import { MAX_NAME } from "../../accounts/account.ts";
import { at, line, nano, nanoText, positiveNano, publicId } from "../values.ts";

/** As large as limits may be anywhere. */
const MOST = 1_000_000_000_000;
/** Models that one key may name. */
const MAX_MODELS = 200;
const MAX_MODEL_NAME = 200;

const limit = z.int().min(1).max(MOST).nullable();
const models = z.array(z.string().min(1).max(MAX_MODEL_NAME)).min(1).max(MAX_MODELS).nullable();

export const keyId = z.strictObject({ key: publicId });

/** How a key is at a moment: `expired` is an active one whose time is over. */
const STATES = ["active", "frozen", "revoked", "expired"] as const;

export const keyShape = z
  .strictObject({
    id: publicId,
    name: z.string(),
    masked: z.string().openapi({ description: "Prefix and last four characters; the key itself is shown once." }),
    state: z.enum(STATES),
    createdAt: at,
    expiresAt: at.nullable(),
    lastHourAt: at
      .nullable()
      .openapi({ description: "The begin of the hour of its last request; null: none in 90 days." }),
    rpm: limit,
    tpm: limit,
    concurrency: limit,
    models,
    budget: z
      .strictObject({
        limitNano: nano,
        spentNano: nano,
        heldNano: nano,
        period: z.enum(BUDGET_PERIODS).nullable(),
        untilAt: at.nullable(),
      })
      .nullable(),
  })
  .openapi("Key");

export const newKeyShape = z.strictObject({
  name: line(MAX_NAME),
  rpm: limit.default(null),
  tpm: limit.default(null),
  concurrency: limit.default(null),
  models: models.default(null),
  budgetNano: positiveNano.nullable().default(null),
  budgetPeriod: z.enum(BUDGET_PERIODS).nullable().default(null),
  expiresAt: at.nullable().default(null),
});

export const changeShape = z.strictObject({
  name: line(MAX_NAME).optional(),
  rpm: limit.optional(),
  tpm: limit.optional(),
  concurrency: limit.optional(),
  models: models.optional(),
  budgetNano: positiveNano.optional(),
  expiresAt: at.nullable().optional(),
});

/** Longest time that a key and the one that replaces it both count, in hours. */
const MOST_OVERLAP_HOURS = 24 * 30;

export const rotationShape = z.strictObject({ overlapHours: z.int().min(0).max(MOST_OVERLAP_HOURS) });

export const madeShape = z.strictObject({
  key: keyShape,
  secret: z.string().openapi({ description: "The key's text. It is shown only now." }),
});

const KNOWN_PERIODS: readonly string[] = BUDGET_PERIODS;
const isPeriod = (text: string | null): text is (typeof BUDGET_PERIODS)[number] =>
  text !== null && KNOWN_PERIODS.includes(text);

/** A key as the routes show it. @param now milliseconds since the Unix epoch */
export const shownKey = (key: KeyDetail, now: number): z.input<typeof keyShape> => ({
  id: key.publicId,
  name: key.name,
  masked: maskKey(key),
  state: key.status === "active" && key.expiresAt !== null && key.expiresAt <= now ? "expired" : key.status,
  createdAt: key.createdAt,
  expiresAt: key.expiresAt,
  lastHourAt: key.lastHourAt,
  rpm: key.rpm,
  tpm: key.tpm,
  concurrency: key.concurrency,
  models: key.models === null ? null : [...key.models],
  budget:
    key.budget === null
      ? null
      : {
          limitNano: nanoText(key.budget),
          spentNano: nanoText(key.spent),
          heldNano: nanoText(key.held),
          period: isPeriod(key.budgetPeriod) ? key.budgetPeriod : null,
          untilAt: key.budgetUntil,
        },
});

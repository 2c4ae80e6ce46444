/**
 * The draft against what really happened: every charged request of the last weeks under the prices in force and under the draft, told
 * while it is being counted. Ends when the reader leaves.
 */
import { z } from "@hono/zod-openapi";

import { accountNames } from "../../accounts/store.ts";
import { priceName } from "../../catalog/prices.ts";
import { readDraft } from "../../ledger/price-draft-store.ts";
import { Replay, type ReplaySum } from "../../ledger/replay.ts";
import { replayPages } from "../../ledger/replay-store.ts";
import type { PriceRow } from "../../price.ts";
import { ConsoleError, problems } from "../errors.ts";
import { consoleRoute, EVENTS, type ConsoleRoute } from "../route.ts";
import type { ConsoleServices } from "../services.ts";
import { at, count, nano, nanoText } from "../values.ts";
import { surveyOf } from "./survey.ts";

const DAY_MS = 86_400_000;
const MOST_DAYS = 30;
/** Accounts that are named. */
const NAMED = 20;
/** Models that are named; a draft of more is summed up. */
const MOST_MODELS = 200;
/** A replay that takes longer says how far it came. */
const LONGEST_MS = 180_000;
/** How often it tells of itself. */
const TELL_MS = 400;

const sum = z.strictObject({
  requests: count,
  /** What was charged when they were made. */
  chargedNano: nano,
  /** What they would be charged now, and by the draft. */
  currentNano: nano,
  draftNano: nano,
  costNano: nano,
  belowNow: count,
  belowThen: count,
});

/** What the last event holds. */
export const replayResult = z.strictObject({
  version: z.string(),
  fromAt: at,
  toAt: at,
  /** Everything since then was counted: `fromAt`, unless it took too long. */
  sinceAt: at,
  /** Requests that were looked at, of all models. */
  seen: count,
  /** Requests of the drafted models that have no price on one of the sides. */
  unpriced: count,
  all: sum,
  models: z.array(sum.extend({ model: z.string() })),
  accounts: z.array(sum.extend({ id: z.string(), name: z.string() })),
  accountCount: count,
});

const shown = (one: ReplaySum): z.input<typeof sum> => ({
  requests: one.requests,
  chargedNano: nanoText(one.charged),
  currentNano: nanoText(one.current),
  draftNano: nanoText(one.draft),
  costNano: nanoText(one.cost),
  belowNow: one.belowNow,
  belowThen: one.belowThen,
});

const event = (name: "progress" | "result" | "failed", data: object): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

interface Ground {
  readonly replay: Replay;
  /** Each list with the model that it is of. */
  readonly lists: ReadonlyMap<string, string>;
  readonly version: string;
}

/** @throws ConsoleError for an empty draft */
const groundOf = async (services: ConsoleServices): Promise<Ground> => {
  const draft = await readDraft(services.database.kysely);
  if (draft.models.length === 0)
    throw problems.conflict("There is no draft to be replayed. Change a price first, then replay it.");
  const { prices: current } = await surveyOf(services);
  const lists = new Map<string, string>();
  const drafted = new Map<string, PriceRow>();
  for (const { model, lists: own } of draft.models)
    for (const { when, list } of own) {
      const name = priceName({ id: model }, when);
      lists.set(name, model);
      drafted.set(name, { id: 0, ...list });
    }
  return { replay: new Replay({ current, draft: drafted }), lists, version: draft.version };
};

type Result = z.input<typeof replayResult>;

const namedAccounts = async (services: ConsoleServices, replay: Replay): Promise<Result["accounts"]> => {
  const most = replay.accounts(NAMED);
  const names = await accountNames(
    services.database.kysely,
    most.map(({ accountId }) => accountId),
  );
  return most.flatMap(({ accountId, ...one }) => {
    const account = names.get(accountId);
    return account === undefined ? [] : [{ id: account.publicId, name: account.name, ...shown(one) }];
  });
};

/** One at a time in a process: it reads much. */
let isRunning = false;

async function* told(
  services: ConsoleServices,
  ground: Ground,
  range: { readonly days: number; readonly signal: AbortSignal },
) {
  const { replay, lists, version } = ground;
  const to = services.now();
  const from = to - range.days * DAY_MS;
  const start = performance.now();
  let [seen, since, toldAt] = [0, to, start];
  if (isRunning) {
    yield event("failed", { message: "Another replay is under way. Wait for its end, then try again." });
    return;
  }
  isRunning = true;
  try {
    yield event("progress", { share: 0, seen: 0 });
    for await (const page of replayPages(services.database, { lists, from, to })) {
      for (const row of page.rows) replay.add(row);
      seen += page.seen;
      since = page.since;
      if (range.signal.aborted || !services.isServing()) return;
      const now = performance.now();
      if (now - start > LONGEST_MS) break;
      if (now - toldAt < TELL_MS) continue;
      toldAt = now;
      yield event("progress", { share: Math.min(1, (to - since) / (to - from)), seen });
    }
    const isWhole = performance.now() - start <= LONGEST_MS;
    const result = replayResult.parse({
      version,
      fromAt: from,
      toAt: to,
      sinceAt: isWhole ? from : since,
      seen,
      unpriced: replay.unpriced,
      all: shown(replay.all),
      models: replay
        .models()
        .slice(0, MOST_MODELS)
        .map(({ model, ...one }) => ({ model, ...shown(one) })),
      accounts: await namedAccounts(services, replay),
      accountCount: replay.accountCount,
    } satisfies Result);
    yield event("result", result);
  } catch (error) {
    services.log.fault(error, { requestId: "", route: "replay" });
    yield event("failed", { message: "The database did not answer. Nothing was changed; replay again shortly." });
  } finally {
    isRunning = false;
  }
}

const replay = consoleRoute({
  method: "get",
  path: "/admin/prices/replay",
  access: "admin:read",
  tag: "admin",
  summary: "Replays the charged requests of the last days under the draft: events `progress`, then `result`.",
  request: { query: z.strictObject({ days: z.coerce.number().int().min(1).max(MOST_DAYS).default(MOST_DAYS) }) },
  response: EVENTS,
  handle: async ({ services, query, signal }) => {
    if (isRunning)
      throw new ConsoleError("rate_limited", "Another replay is under way. Wait for its end, then try again.", {
        retryAfter: 10,
      });
    const ground = await groundOf(services);
    return told(services, ground, { days: query.days, signal });
  },
});

export const replayRoutes: readonly ConsoleRoute[] = [replay];

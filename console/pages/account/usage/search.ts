/** What the usage screen shows, as it stands in the address, and the question to the API that it makes. Pure. */
import { z } from "zod/mini";

import type { PagePlace, RequestFilter, UsageRequest } from "../../../api/usage.ts";
import { parseMoney } from "../../../format/money.ts";
import { OUTCOME_IDS } from "../../../format/outcomes.ts";
import { midnight } from "../../../format/time.ts";

export const SPANS = ["1h", "24h", "7d", "30d", "dates"] as const;
export type Span = (typeof SPANS)[number];

const text = z.catch(z.optional(z.string()), undefined);

/** Absent members are the usual ones, so that addresses stay short. */
export const usageSearch = z.object({
  span: z.catch(z.optional(z.enum(SPANS)), undefined),
  /** Days such as 2026-11-21, the last one in it. */
  from: text,
  to: text,
  model: text,
  key: text,
  outcome: z.catch(z.optional(z.enum(OUTCOME_IDS)), undefined),
  /** USD as it was typed. */
  min: text,
  /** A request's whole id. */
  id: text,
  cursor: text,
  direction: z.catch(z.optional(z.enum(["older", "newer"])), undefined),
  /** The request that is open beside the list. */
  request: text,
});
export type UsageSearch = z.output<typeof usageSearch>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const SPAN_MS = { "1h": HOUR_MS, "24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS } as const satisfies Record<
  Exclude<Span, "dates">,
  number
>;

type Times = Pick<RequestFilter, "fromAt" | "toAt">;

const timesOf = ({ span, from, to }: UsageSearch, now: number): Times => {
  if (span === undefined) return {};
  if (span !== "dates") return { fromAt: now - SPAN_MS[span] };
  const [fromAt, toAt] = [midnight(from, false), midnight(to, true)];
  return { ...(fromAt === undefined ? {} : { fromAt }), ...(toAt === undefined ? {} : { toAt }) };
};

/** @param now milliseconds since the Unix epoch: where the spans end */
export const filterOf = (search: UsageSearch, now: number): RequestFilter => {
  const { model, key, outcome, id } = search;
  const minNano = search.min === undefined ? null : parseMoney(search.min);
  return {
    ...timesOf(search, now),
    ...(model === undefined ? {} : { model }),
    ...(key === undefined ? {} : { key }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(minNano === null ? {} : { minNano }),
    ...(id === undefined ? {} : { request: id }),
  };
};

export const placeOf = ({ cursor, direction }: UsageSearch): PagePlace =>
  cursor === undefined ? {} : { cursor, direction: direction ?? "older" };

/** Whether a request that has just come belongs into a list. */
export const belongs = (request: UsageRequest, filter: RequestFilter): boolean =>
  (filter.model === undefined || request.model === filter.model) &&
  (filter.key === undefined || request.key === filter.key) &&
  (filter.outcome === undefined || request.outcome === filter.outcome) &&
  (filter.request === undefined || request.id === filter.request) &&
  (filter.minNano === undefined || BigInt(request.spendNano) >= BigInt(filter.minNano)) &&
  request.at >= (filter.fromAt ?? 0) &&
  request.at < (filter.toAt ?? Number.POSITIVE_INFINITY);

/** Requests of two lists, each once, newest first: ids begin with their time. */
export const merged = (
  fresh: readonly UsageRequest[],
  known: readonly UsageRequest[],
  most: number,
): readonly UsageRequest[] => {
  const byId = new Map([...fresh, ...known].map((request) => [request.id, request]));
  return [...byId.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, most);
};

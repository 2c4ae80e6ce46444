/** An account's usage: how it stands, its sums, its requests and one request's charge. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { answered, api } from "./client.ts";
import type { components, paths } from "./schema.d.ts";

export type UsageRequest = components["schemas"]["Request"];
export type Charge = components["schemas"]["ExplainedCharge"];
export type ChargeLine = Charge["lines"][number];
export type UsageOverview = components["schemas"]["UsageOverview"];

type Ask<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Query } } }
  ? NonNullable<Query>
  : never;

type OverviewAsk = Ask<"/console/api/accounts/{account}/overview">;
export type OverviewRange = NonNullable<OverviewAsk["range"]>;
export type OverviewSplit = NonNullable<OverviewAsk["split"]>;

/** Which requests; what is left out excludes none. */
export type RequestFilter = Ask<"/console/api/accounts/{account}/requests.csv">;
export type Outcome = NonNullable<RequestFilter["outcome"]>;

/** A page: beyond a cursor, or the newest. */
export interface PagePlace {
  readonly cursor?: string;
  readonly direction?: "older" | "newer";
}

const FIGURES_MS = 60_000;
/** What is held, and keys that were made elsewhere, are known to no event. */
const STANDING_MS = 10_000;

/** All that a request of the account changes. */
export const usageKey = (account: string) => ["account", account, "usage"] as const;

export const standingQuery = (account: string) =>
  queryOptions({
    queryKey: [...usageKey(account), "standing"],
    queryFn: async () =>
      await answered(api.GET("/console/api/accounts/{account}/standing", { params: { path: { account } } })),
    // Money is never shown from memory.
    staleTime: 0,
    refetchInterval: STANDING_MS,
  });

export const overviewQuery = (account: string, range: OverviewRange, split: OverviewSplit) =>
  queryOptions({
    queryKey: [...usageKey(account), "overview", range, split],
    queryFn: async () => {
      const offset = -new Date().getTimezoneOffset();
      return await answered(
        api.GET("/console/api/accounts/{account}/overview", {
          params: { path: { account }, query: { range, split, offset } },
        }),
      );
    },
    // What was shown stays while another range is read: nothing jumps.
    placeholderData: keepPreviousData,
    refetchInterval: FIGURES_MS,
  });

export const PAGE_ROWS = 50;

export const requestsQuery = (account: string, filter: RequestFilter, place: PagePlace = {}, limit = PAGE_ROWS) =>
  queryOptions({
    queryKey: [...usageKey(account), "requests", filter, place, limit],
    queryFn: async () =>
      await answered(
        api.GET("/console/api/accounts/{account}/requests", {
          params: { path: { account }, query: { ...filter, ...place, limit } },
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const chargeQuery = (account: string, request: string) =>
  queryOptions({
    queryKey: [...usageKey(account), "charge", request],
    queryFn: async () =>
      await answered(
        api.GET("/console/api/accounts/{account}/requests/{request}", { params: { path: { account, request } } }),
      ),
  });

export const choicesQuery = (account: string) =>
  queryOptions({
    queryKey: ["account", account, "usage-choices"],
    queryFn: async () =>
      await answered(api.GET("/console/api/accounts/{account}/usage-choices", { params: { path: { account } } })),
    staleTime: FIGURES_MS,
  });

/** Where exactly what is filtered is a file. */
export const csvAddress = (account: string, filter: RequestFilter): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value));
  return `/console/api/accounts/${account}/requests.csv?${query.toString()}`;
};

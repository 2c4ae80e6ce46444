/** What anybody may ask. */
import { queryOptions } from "@tanstack/react-query";

import { answered, api } from "./client.ts";
import type { paths } from "./schema.d.ts";

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;

/** Base URLs by protocol, as clients want them. */
export interface BaseUrls {
  readonly openai: string;
  readonly anthropic: string;
  readonly gemini: string;
}

/** The house: read once, before the first screen. */
export type Storefront = Answer<"/console/api/public/storefront"> & { readonly baseUrls: BaseUrls };

/** A model in lists, and one on its own page. */
export type ModelLine = Answer<"/console/api/public/models">["items"][number];
export type ModelPage = Answer<"/console/api/public/model">;
export type ShownRate = ModelLine["rates"][number];
export type Plan = Answer<"/console/api/public/plans">["items"][number];

/** The address that somebody reads this at works for them, so their clients are given the same. */
const baseUrlsOf = (mount: string): BaseUrls => {
  const root = `${location.origin}${mount}`;
  return { openai: `${root}/v1`, anthropic: root, gemini: root };
};

const LONG_MS = 300_000;

export const storefrontQuery = queryOptions({
  queryKey: ["public", "storefront"],
  queryFn: async (): Promise<Storefront> => {
    const storefront = await answered(api.GET("/console/api/public/storefront"));
    return { ...storefront, baseUrls: baseUrlsOf(storefront.mount) };
  },
  staleTime: LONG_MS,
});

export const modelsQuery = queryOptions({
  queryKey: ["public", "models"],
  queryFn: async () => (await answered(api.GET("/console/api/public/models"))).items,
  staleTime: LONG_MS,
});

export const modelQuery = (id: string) =>
  queryOptions({
    queryKey: ["public", "model", id],
    queryFn: async () => await answered(api.GET("/console/api/public/model", { params: { query: { id } } })),
    staleTime: LONG_MS,
  });

export const plansQuery = queryOptions({
  queryKey: ["public", "plans"],
  queryFn: async () => (await answered(api.GET("/console/api/public/plans"))).items,
  staleTime: LONG_MS,
});

export type Status = Answer<"/console/api/public/status">;
export type StatusRange = "day" | "quarter";

const STATUS_MS = 60_000;

export const statusQuery = (range: StatusRange) =>
  queryOptions({
    queryKey: ["public", "status", range],
    queryFn: async () => await answered(api.GET("/console/api/public/status", { params: { query: { range } } })),
    staleTime: STATUS_MS,
    refetchInterval: STATUS_MS,
  });

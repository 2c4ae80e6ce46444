/** What the operator's screens ask of the installation: overview, upstreams, models, prices and plans. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { answered, api } from "./client.ts";
import type { paths } from "./schema.d.ts";

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;

type Body<Path extends keyof paths, Method extends "post" | "put" | "patch"> = paths[Path] extends {
  [M in Method]: { requestBody: { content: { "application/json": infer Sent } } };
}
  ? Sent
  : never;

export type Overview = Answer<"/console/api/admin/overview">;
export type Attention = Answer<"/console/api/admin/attention">;
export type Upstream = Answer<"/console/api/admin/upstreams">["items"][number];
export type Provider = Answer<"/console/api/admin/providers">["items"][number];
export type ModelRow = Answer<"/console/api/admin/models">["items"][number];
export type ModelDetail = Answer<"/console/api/admin/model">;
export type PricedModel = Answer<"/console/api/admin/prices">["items"][number];
export type PriceListView = PricedModel["lists"][number];
export type Scheduled = Answer<"/console/api/admin/prices/scheduled">["items"][number];
export type Plan = Answer<"/console/api/admin/plans">["items"][number];

export type NewUpstream = Body<"/console/api/admin/upstreams", "post">;
export type UpstreamEdit = Body<"/console/api/admin/upstreams/{upstream}", "patch">;
export type Connection = Body<"/console/api/admin/upstream-tests", "post">;
export type ModelEdit = Body<"/console/api/admin/model", "patch">;
export type NewModel = Body<"/console/api/admin/models", "post">;
export type DraftLists = Body<"/console/api/admin/prices/draft", "put">["lists"];
export type Rule = Body<"/console/api/admin/prices/rule", "post">["rule"];
export type NewPlan = Body<"/console/api/admin/plans", "post">;
export type PlanEdit = Body<"/console/api/admin/plans/{plan}", "patch">;

/** Health is looked at anew this often while somebody looks. */
const LIVE_MS = 5_000;
const LOOK_MS = 15_000;

const ROOT = "operator";

/** Everything of here, to be asked anew after a change. */
export const operatorKey = [ROOT] as const;

export interface OverviewRange {
  readonly fromAt: number;
  readonly toAt: number;
  readonly offset: number;
}

export const overviewQuery = (range: OverviewRange) =>
  queryOptions({
    queryKey: [ROOT, "overview", range],
    queryFn: async () => await answered(api.GET("/console/api/admin/overview", { params: { query: range } })),
    placeholderData: keepPreviousData,
  });

export const attentionQuery = queryOptions({
  queryKey: [ROOT, "attention"],
  queryFn: async () => await answered(api.GET("/console/api/admin/attention")),
  refetchInterval: LOOK_MS,
});

export const upstreamsQuery = queryOptions({
  queryKey: [ROOT, "upstreams"],
  queryFn: async () => await answered(api.GET("/console/api/admin/upstreams")),
  refetchInterval: LIVE_MS,
});

export const providersQuery = queryOptions({
  queryKey: [ROOT, "providers"],
  queryFn: async () => (await answered(api.GET("/console/api/admin/providers"))).items,
  staleTime: Number.POSITIVE_INFINITY,
});

export const operatorModelsQuery = queryOptions({
  queryKey: [ROOT, "models"],
  queryFn: async () => (await answered(api.GET("/console/api/admin/models"))).items,
});

export const operatorModelQuery = (id: string) =>
  queryOptions({
    queryKey: [ROOT, "model", id],
    queryFn: async () => await answered(api.GET("/console/api/admin/model", { params: { query: { id } } })),
  });

export const pricesQuery = queryOptions({
  queryKey: [ROOT, "prices"],
  queryFn: async () => await answered(api.GET("/console/api/admin/prices")),
});

export const scheduledQuery = queryOptions({
  queryKey: [ROOT, "scheduled"],
  queryFn: async () => (await answered(api.GET("/console/api/admin/prices/scheduled"))).items,
});

export const operatorPlansQuery = queryOptions({
  queryKey: [ROOT, "plans"],
  queryFn: async () => await answered(api.GET("/console/api/admin/plans")),
});

export const planPreviewQuery = (model: string, discount: string) =>
  queryOptions({
    queryKey: [ROOT, "preview", model, discount],
    queryFn: async () =>
      await answered(
        api.GET("/console/api/admin/plan-preview", {
          params: { query: discount === "" ? { model } : { model, discount } },
        }),
      ),
    enabled: model !== "",
    placeholderData: keepPreviousData,
  });

export const addUpstream = (body: NewUpstream) => answered(api.POST("/console/api/admin/upstreams", { body }));
export const editUpstream = (upstream: string, body: UpstreamEdit) =>
  answered(api.PATCH("/console/api/admin/upstreams/{upstream}", { params: { path: { upstream } }, body }));
export const switchUpstream = (upstream: string, state: Upstream["state"]) =>
  answered(
    api.POST("/console/api/admin/upstreams/{upstream}/state", { params: { path: { upstream } }, body: { state } }),
  );
export const testUpstream = (body: Connection) => answered(api.POST("/console/api/admin/upstream-tests", { body }));
export const listUpstreamModels = ({ provider, baseUrl, apiKey, upstream }: Connection) =>
  answered(
    api.POST("/console/api/admin/upstream-models", {
      body: {
        provider,
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...(apiKey === undefined ? {} : { apiKey }),
        ...(upstream === undefined ? {} : { upstream }),
      },
    }),
  );

export const editModel = (id: string, body: ModelEdit) =>
  answered(api.PATCH("/console/api/admin/model", { params: { query: { id } }, body }));
export const addModel = (body: NewModel) => answered(api.POST("/console/api/admin/models", { body }));

export const draftPrices = (model: string, lists: DraftLists) =>
  answered(api.PUT("/console/api/admin/prices/draft", { body: { model, lists } }));
export const draftByRule = (models: string[], rule: Rule) =>
  answered(api.POST("/console/api/admin/prices/rule", { body: { models, rule } }));
export const dropDraft = (models: string[] | null) =>
  answered(api.POST("/console/api/admin/prices/drop", { body: { models } }));
export const publishPrices = (version: string, fromAt: number | null) =>
  answered(api.POST("/console/api/admin/prices/publish", { body: { version, fromAt } }));
export const withdrawPrices = (rows: number[]) =>
  answered(api.POST("/console/api/admin/prices/withdraw", { body: { rows } }));

export const addPlan = (body: NewPlan) => answered(api.POST("/console/api/admin/plans", { body }));
export const editPlan = (plan: string, body: PlanEdit) =>
  answered(api.PATCH("/console/api/admin/plans/{plan}", { params: { path: { plan } }, body }));

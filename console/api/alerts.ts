/** What an account is told of, to whom, and where it is posted. */
import { queryOptions } from "@tanstack/react-query";

import { answered, api } from "./client.ts";
import type { components, paths } from "./schema.d.ts";

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;

export type Alerts = Answer<"/console/api/accounts/{account}/alerts">;
export type AlertRule = components["schemas"]["AlertRule"];
export type AlertKind = AlertRule["kind"];
export type Delivery = Alerts["deliveries"][number];
export type RuleOrder = Omit<AlertRule, "id" | "firedAt">;

export const alertsKey = (account: string) => ["account", account, "alerts"] as const;

/** While something is on its way it is looked at more often. */
const WAITING_MS = 2_000;
const USUAL_MS = 30_000;

export const alertsQuery = (account: string) =>
  queryOptions({
    queryKey: alertsKey(account),
    queryFn: async () =>
      await answered(api.GET("/console/api/accounts/{account}/alerts", { params: { path: { account } } })),
    refetchInterval: ({ state }) =>
      state.data?.deliveries.some((each) => each.state === "waiting") === true ? WAITING_MS : USUAL_MS,
  });

export const addRule = (account: string, body: RuleOrder): Promise<Alerts> =>
  answered(api.POST("/console/api/accounts/{account}/alerts/rules", { params: { path: { account } }, body }));

export const changeRule = (account: string, rule: string, body: RuleOrder): Promise<Alerts> =>
  answered(
    api.PUT("/console/api/accounts/{account}/alerts/rules/{rule}", { params: { path: { account, rule } }, body }),
  );

export const removeRule = (account: string, rule: string): Promise<Alerts> =>
  answered(api.DELETE("/console/api/accounts/{account}/alerts/rules/{rule}", { params: { path: { account, rule } } }));

/** @returns the new secret, where there is one */
export const setWebhook = async (account: string, body: { url: string; newSecret: boolean }): Promise<string | null> =>
  (await answered(api.PUT("/console/api/accounts/{account}/alerts/webhook", { params: { path: { account } }, body })))
    .secret;

export const removeWebhook = async (account: string): Promise<void> => {
  await answered(api.DELETE("/console/api/accounts/{account}/alerts/webhook", { params: { path: { account } } }));
};

export const testWebhook = async (account: string): Promise<void> => {
  await answered(api.POST("/console/api/accounts/{account}/alerts/webhook/test", { params: { path: { account } } }));
};

/** An account's money: what is there, its statement, plans, codes and invoices; its name and its end. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { answered, api } from "./client.ts";
import type { components, paths } from "./schema.d.ts";

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;

export type Billing = Answer<"/console/api/accounts/{account}/billing">;
export type AccountPlan = components["schemas"]["AccountPlan"];
export type StatementLine = components["schemas"]["StatementLine"];
export type Invoice = components["schemas"]["Invoice"];
export type InvoiceList = Answer<"/console/api/accounts/{account}/billing/invoices">;
export type AccountSettings = Answer<"/console/api/accounts/{account}/settings">;

const PAGE_ROWS = 30;

export const billingKey = (account: string) => ["account", account, "billing"] as const;

export const billingQuery = (account: string) =>
  queryOptions({
    queryKey: [...billingKey(account), "now"],
    queryFn: async () =>
      await answered(api.GET("/console/api/accounts/{account}/billing", { params: { path: { account } } })),
  });

export const entriesQuery = (account: string) =>
  infiniteQueryOptions({
    queryKey: [...billingKey(account), "entries"],
    queryFn: async ({ pageParam }) =>
      await answered(
        api.GET("/console/api/accounts/{account}/billing/entries", {
          params: {
            path: { account },
            query: { limit: PAGE_ROWS, ...(pageParam === null ? {} : { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });

export const entriesFile = (account: string): string => `/console/api/accounts/${account}/billing/entries.csv`;

export const invoicesQuery = (account: string) =>
  queryOptions({
    queryKey: [...billingKey(account), "invoices"],
    queryFn: async () =>
      await answered(api.GET("/console/api/accounts/{account}/billing/invoices", { params: { path: { account } } })),
  });

export const invoiceQuery = (account: string, invoice: string) =>
  queryOptions({
    queryKey: [...billingKey(account), "invoice", invoice],
    queryFn: async () =>
      await answered(
        api.GET("/console/api/accounts/{account}/billing/invoices/{invoice}", {
          params: { path: { account, invoice } },
        }),
      ),
    // What was issued stays as it is.
    staleTime: Number.POSITIVE_INFINITY,
  });

export const issueInvoice = (account: string, body: { kind: "month" | "credit"; subject: string }): Promise<Invoice> =>
  answered(api.POST("/console/api/accounts/{account}/billing/invoices", { params: { path: { account } }, body }));

export const buyPlan = (account: string, body: { plan: string; feeNano: string }): Promise<Billing> =>
  answered(api.POST("/console/api/accounts/{account}/billing/plan", { params: { path: { account } }, body }));

export interface Redeemed {
  readonly amountNano: string;
  readonly balanceNano: string;
  readonly isPromo: boolean;
}

/** @param name of this attempt, sent again when it is repeated */
export const redeemCode = (account: string, code: string, name: string): Promise<Redeemed> =>
  answered(
    api.POST("/console/api/accounts/{account}/billing/redeem", {
      params: { path: { account } },
      headers: { "Idempotency-Key": name },
      body: { code },
    }),
  );

export const settingsQuery = (account: string) =>
  queryOptions({
    queryKey: ["account", account, "settings"],
    queryFn: async () =>
      await answered(api.GET("/console/api/accounts/{account}/settings", { params: { path: { account } } })),
  });

export interface SettingsChange {
  readonly name: string;
  readonly company: string | null;
  readonly address: string | null;
  readonly taxId: string | null;
}

export const changeSettings = (account: string, body: SettingsChange): Promise<AccountSettings> =>
  answered(api.PUT("/console/api/accounts/{account}/settings", { params: { path: { account } }, body }));

export const closeAccount = async (account: string): Promise<void> => {
  await answered(api.POST("/console/api/accounts/{account}/settings/close", { params: { path: { account } } }));
};

/** What the operator asks of customers and their money: accounts, requests, tasks, the books, people. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import { answered, api, ApiError } from "./client.ts";
import { operatorKey } from "./operator.ts";
import type { paths } from "./schema.d.ts";

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;
type Query<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Asked } } }
  ? NonNullable<Asked>
  : never;
type Sent<Path extends keyof paths> = paths[Path] extends {
  post: { requestBody: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

export type OperatorAccount = Answer<"/console/api/admin/accounts">["items"][number];
export type AccountDetail = Answer<"/console/api/admin/accounts/{account}">;
export type AccountState = NonNullable<Query<"/console/api/admin/accounts">["state"]>;
export type StatementEntry = Answer<"/console/api/admin/accounts/{account}/entries">["items"][number];
export type AccountKey = Answer<"/console/api/admin/accounts/{account}/keys">["items"][number];
export type NewEntry = Sent<"/console/api/admin/accounts/{account}/entries">;
export type OperatorRequest = Answer<"/console/api/admin/requests">["items"][number];
export type OperatorCharge = Answer<"/console/api/admin/requests/{request}">;
export type OperatorRequestFilter = Query<"/console/api/admin/exports/requests">;
export type OperatorTask = Answer<"/console/api/admin/tasks">["items"][number];
export type Ledger = Answer<"/console/api/admin/ledger">;
export type PersonLine = Answer<"/console/api/admin/people">["items"][number];
export type PersonDetail = Answer<"/console/api/admin/people/{person}">;

/** Pages of a list, the next by the cursor of the last. */
const paged = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ next }: { readonly next: string | null }) => next ?? undefined,
};
const beyond = (cursor: string | undefined): { cursor?: string } => (cursor === undefined ? {} : { cursor });

const LIVE_MS = 5_000;

export interface AccountFilter {
  readonly search?: string;
  readonly state?: AccountState;
  readonly plan?: string;
}

export const accountsQuery = (filter: AccountFilter) =>
  infiniteQueryOptions({
    ...paged,
    queryKey: [...operatorKey, "accounts", filter],
    queryFn: async ({ pageParam }) =>
      await answered(
        api.GET("/console/api/admin/accounts", { params: { query: { ...filter, ...beyond(pageParam) } } }),
      ),
    placeholderData: keepPreviousData,
  });

export const accountQuery = (account: string) =>
  queryOptions({
    queryKey: [...operatorKey, "account", account],
    queryFn: async () =>
      await answered(api.GET("/console/api/admin/accounts/{account}", { params: { path: { account } } })),
  });

export const entriesQuery = (account: string) =>
  infiniteQueryOptions({
    ...paged,
    queryKey: [...operatorKey, "account", account, "entries"],
    queryFn: async ({ pageParam }) =>
      await answered(
        api.GET("/console/api/admin/accounts/{account}/entries", {
          params: { path: { account }, query: beyond(pageParam) },
        }),
      ),
  });

export const accountKeysQuery = (account: string) =>
  infiniteQueryOptions({
    ...paged,
    queryKey: [...operatorKey, "account", account, "keys"],
    queryFn: async ({ pageParam }) =>
      await answered(
        api.GET("/console/api/admin/accounts/{account}/keys", {
          params: { path: { account }, query: beyond(pageParam) },
        }),
      ),
  });

export const createAccount = async (body: Sent<"/console/api/admin/accounts">) =>
  await answered(api.POST("/console/api/admin/accounts", { body }));

export const inviteOwner = async (account: string, email: string) =>
  await answered(
    api.POST("/console/api/admin/accounts/{account}/invitations", { params: { path: { account } }, body: { email } }),
  );

/** @param key the same for the same entry, however often it is sent (E114) */
export const postEntry = async (account: string, body: NewEntry, key: string) =>
  await answered(
    api.POST("/console/api/admin/accounts/{account}/entries", {
      params: { path: { account } },
      headers: { "idempotency-key": key },
      body,
    }),
  );

export const freezeAccount = async (account: string, isFrozen: boolean, reason: string) =>
  await answered(
    isFrozen
      ? api.POST("/console/api/admin/accounts/{account}/freeze", { params: { path: { account } }, body: { reason } })
      : api.POST("/console/api/admin/accounts/{account}/thaw", { params: { path: { account } }, body: { reason } }),
  );

export const putOnPlan = async (account: string, planId: string | null) =>
  await answered(
    api.PUT("/console/api/admin/accounts/{account}/plan", { params: { path: { account } }, body: { planId } }),
  );

export const freezeKey = async (account: string, key: string, isFrozen: boolean) => {
  const params = { params: { path: { account, key } } };
  return await answered(
    isFrozen
      ? api.POST("/console/api/admin/accounts/{account}/keys/{key}/freeze", params)
      : api.POST("/console/api/admin/accounts/{account}/keys/{key}/thaw", params),
  );
};

export const openView = async (account: string, reason: string) =>
  await answered(
    api.POST("/console/api/admin/accounts/{account}/view", { params: { path: { account } }, body: { reason } }),
  );

export interface RequestPlace {
  readonly cursor?: string;
  readonly direction?: "older" | "newer";
}

export const operatorRequestsKey = [...operatorKey, "requests"] as const;

export const operatorRequestsQuery = (filter: OperatorRequestFilter, place: RequestPlace, limit = 50) =>
  queryOptions({
    queryKey: [...operatorRequestsKey, filter, place, limit],
    queryFn: async () =>
      await answered(api.GET("/console/api/admin/requests", { params: { query: { ...filter, ...place, limit } } })),
    placeholderData: keepPreviousData,
  });

export const operatorChargeQuery = (request: string) =>
  queryOptions({
    queryKey: [...operatorKey, "charge", request],
    queryFn: async () =>
      await answered(api.GET("/console/api/admin/requests/{request}", { params: { path: { request } } })),
  });

export const requestChoicesQuery = queryOptions({
  queryKey: ["operator-choices"],
  queryFn: async () => await answered(api.GET("/console/api/admin/request-choices")),
  staleTime: 60_000,
});

/** @param key the same for the same refund, however often it is sent */
export const refundCharge = async (
  request: string,
  body: Sent<"/console/api/admin/requests/{request}/refund">,
  key: string,
) =>
  await answered(
    api.POST("/console/api/admin/requests/{request}/refund", {
      params: { path: { request } },
      headers: { "idempotency-key": key },
      body,
    }),
  );

/** Where exactly what is filtered is a file. */
export const requestsFile = (filter: OperatorRequestFilter): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value));
  return `/console/api/admin/exports/requests?${query.toString()}`;
};

export const tasksQuery = (show: "open" | "ended") =>
  infiniteQueryOptions({
    ...paged,
    queryKey: [...operatorKey, "tasks", show],
    queryFn: async ({ pageParam }) =>
      await answered(api.GET("/console/api/admin/tasks", { params: { query: { show, ...beyond(pageParam) } } })),
    refetchInterval: LIVE_MS,
  });

export const taskSumsQuery = queryOptions({
  queryKey: [...operatorKey, "task-sums"],
  queryFn: async () => await answered(api.GET("/console/api/admin/task-sums")),
  refetchInterval: LIVE_MS,
});

export const cancelTask = async (task: string) =>
  await answered(api.POST("/console/api/admin/tasks/{task}/cancel", { params: { path: { task } } }));

export const ledgerQuery = queryOptions({
  queryKey: [...operatorKey, "ledger"],
  queryFn: async () => await answered(api.GET("/console/api/admin/ledger")),
  refetchInterval: LIVE_MS,
});

export const peopleQuery = (search: string, staff: boolean) =>
  infiniteQueryOptions({
    ...paged,
    queryKey: [...operatorKey, "people", search, staff],
    queryFn: async ({ pageParam }) =>
      await answered(
        api.GET("/console/api/admin/people", {
          params: {
            query: {
              ...(search === "" ? {} : { search }),
              ...(staff ? { staff: "true" as const } : {}),
              ...beyond(pageParam),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const personQuery = (person: string) =>
  queryOptions({
    queryKey: [...operatorKey, "person", person],
    queryFn: async () =>
      await answered(api.GET("/console/api/admin/people/{person}", { params: { path: { person } } })),
  });

export const invitationsQuery = queryOptions({
  queryKey: [...operatorKey, "invitations"],
  queryFn: async () => await answered(api.GET("/console/api/admin/invitations")),
});

export type PersonChange =
  paths["/console/api/admin/people/{person}"]["patch"]["requestBody"]["content"]["application/json"];
export type InvitedRole = Sent<"/console/api/admin/invitations">["role"];

export const changePerson = async (person: string, body: PersonChange) =>
  await answered(api.PATCH("/console/api/admin/people/{person}", { params: { path: { person } }, body }));

export const endSessionsOf = async (person: string) =>
  await answered(api.POST("/console/api/admin/people/{person}/end-sessions", { params: { path: { person } } }));

export const invitePerson = async (email: string, role: InvitedRole) =>
  await answered(api.POST("/console/api/admin/invitations", { body: { email, role } }));

export const takeInvitationBack = async (invitation: string) =>
  await answered(api.DELETE("/console/api/admin/invitations/{invitation}", { params: { path: { invitation } } }));

/** What a whole audit says while it runs. */
export interface AuditEnd {
  readonly accounts: number;
  readonly transfers: number;
  readonly requests: number;
  readonly disagreements: number;
  readonly tookMs: number;
  readonly found: readonly { readonly check: string; readonly object: string; readonly detail: string }[];
  readonly frozen: readonly string[];
}

export interface AuditStep {
  readonly done: number;
  readonly of: number;
}

/** Reads the events of one answer. */
const readEvents = async (body: ReadableStream<Uint8Array>, take: (name: string, data: string) => void) => {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let text = "";
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    text += piece.value;
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const [name = "", data = ""] = event.split("\n");
      take(name.slice("event: ".length), data.slice("data: ".length));
    }
  }
};

/** Runs a whole audit. @throws ApiError */
export const runAudit = async (onStep: (step: AuditStep) => void): Promise<AuditEnd> => {
  const response = await fetch("/console/api/admin/ledger/audit", { method: "POST", credentials: "same-origin" });
  if (!response.ok || response.body === null) {
    const { error } = (await response.json()) as { error?: { code?: string; message?: string } };
    throw new ApiError(response.status, error?.code ?? "unknown", error?.message ?? "The audit could not be begun.");
  }
  let end: AuditEnd | null = null;
  let failure = "The connection ended before the audit did. Look at its result after a moment.";
  await readEvents(response.body, (name, data) => {
    if (name === "step") onStep(JSON.parse(data) as AuditStep);
    if (name === "end") end = JSON.parse(data) as AuditEnd;
    if (name === "failed") failure = (JSON.parse(data) as { message: string }).message;
  });
  if (end === null) throw new ApiError(response.status, "failed", failure);
  return end;
};

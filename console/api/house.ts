/** What the operator asks of the house itself: its settings, its codes, its audit log. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { answered, api } from "./client.ts";
import type { paths } from "./schema.d.ts";

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;

type Sent<Path extends keyof paths, Method extends "post" | "patch"> = paths[Path] extends {
  [M in Method]: { requestBody: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

export type Code = Answer<"/console/api/admin/codes">["items"][number];
export type NewCodes = Sent<"/console/api/admin/codes", "post">;
export type AuditLine = Answer<"/console/api/admin/audit">["items"][number];
export type HouseSettings = Answer<"/console/api/admin/settings">;
export type SettingsChange = Sent<"/console/api/admin/settings", "patch">;

export const codesKey = ["house", "codes"] as const;
export const settingsKey = ["house", "settings"] as const;

/** Pages of a list, the next by the cursor of the last. */
const paged = { initialPageParam: undefined as string | undefined };

export const codesQuery = infiniteQueryOptions({
  ...paged,
  queryKey: codesKey,
  queryFn: async ({ pageParam }) =>
    await answered(
      api.GET("/console/api/admin/codes", { params: { query: pageParam === undefined ? {} : { cursor: pageParam } } }),
    ),
  getNextPageParam: ({ next }) => next ?? undefined,
});

export const createCodes = async (body: NewCodes) =>
  (await answered(api.POST("/console/api/admin/codes", { body }))).codes;

export const revokeCode = async (code: string): Promise<void> => {
  await answered(api.POST("/console/api/admin/codes/{code}/revoke", { params: { path: { code } } }));
};

export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly object?: string | undefined;
  /** Milliseconds since the epoch; the end is not in it. */
  readonly fromAt?: number | undefined;
  readonly toAt?: number | undefined;
}

const given = (filter: AuditFilter): Record<string, string> =>
  Object.fromEntries(
    Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );

export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    ...paged,
    queryKey: ["house", "audit", filter],
    queryFn: async ({ pageParam }) =>
      await answered(
        api.GET("/console/api/admin/audit", {
          params: { query: { ...given(filter), ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: ({ next }) => next ?? undefined,
  });

export const chainQuery = queryOptions({
  queryKey: ["house", "chain"],
  queryFn: async () => await answered(api.GET("/console/api/admin/audit/chain")),
  staleTime: 60_000,
});

/** Where the audit log as a file is; asks for a fresh proof like every export. */
export const auditFile = (filter: AuditFilter): string =>
  `/console/api/admin/audit/file?${new URLSearchParams(given(filter)).toString()}`;

export const settingsQuery = queryOptions({
  queryKey: settingsKey,
  queryFn: async () => await answered(api.GET("/console/api/admin/settings")),
});

export const changeSettings = async (body: SettingsChange): Promise<HouseSettings> =>
  await answered(api.PATCH("/console/api/admin/settings", { body }));

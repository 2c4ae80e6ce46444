/** An account's keys. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { answered, api } from "./client.ts";
import type { components, paths } from "./schema.d.ts";

export type Key = components["schemas"]["Key"];

type Body<Path extends keyof paths, Method extends "post" | "patch"> = paths[Path] extends {
  [M in Method]: { requestBody: { content: { "application/json": infer Sent } } };
}
  ? Sent
  : never;

export type NewKey = Body<"/console/api/accounts/{account}/keys", "post">;
export type KeyChange = Body<"/console/api/accounts/{account}/keys/{key}", "patch">;

/** A key and its text, which is answered once. */
export interface MadeKey {
  readonly key: Key;
  readonly secret: string;
}

const PAGE_ROWS = 100;

export const keysKey = (account: string) => ["account", account, "keys"] as const;

export const keysQuery = (account: string) =>
  infiniteQueryOptions({
    queryKey: keysKey(account),
    queryFn: async ({ pageParam }) =>
      await answered(
        api.GET("/console/api/accounts/{account}/keys", {
          params: {
            path: { account },
            query: { limit: PAGE_ROWS, ...(pageParam === null ? {} : { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });

export const keyModelsQuery = (account: string) =>
  queryOptions({
    queryKey: [...keysKey(account), "models"],
    queryFn: async () =>
      (await answered(api.GET("/console/api/accounts/{account}/key-models", { params: { path: { account } } }))).models,
    staleTime: 300_000,
  });

export const createKey = (account: string, body: NewKey): Promise<MadeKey> =>
  answered(api.POST("/console/api/accounts/{account}/keys", { params: { path: { account } }, body }));

export const changeKey = (account: string, key: string, body: KeyChange): Promise<Key> =>
  answered(api.PATCH("/console/api/accounts/{account}/keys/{key}", { params: { path: { account, key } }, body }));

export const rotateKey = (account: string, key: string, overlapHours: number): Promise<MadeKey> =>
  answered(
    api.POST("/console/api/accounts/{account}/keys/{key}/rotate", {
      params: { path: { account, key } },
      body: { overlapHours },
    }),
  );

export type KeyAct = "freeze" | "thaw" | "revoke";

const ACTS = {
  freeze: "/console/api/accounts/{account}/keys/{key}/freeze",
  thaw: "/console/api/accounts/{account}/keys/{key}/thaw",
  revoke: "/console/api/accounts/{account}/keys/{key}/revoke",
} as const satisfies Record<KeyAct, keyof paths>;

export const setKey = (account: string, key: string, act: KeyAct): Promise<Key> =>
  answered(api.POST(ACTS[act], { params: { path: { account, key } } }));

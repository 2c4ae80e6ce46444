/** One's own person: how one signs in, where one is signed in, and what is changed of it. */
import { queryOptions } from "@tanstack/react-query";

import { answered, api } from "./client.ts";
import type { paths } from "./schema.d.ts";

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;

export type Me = Answer<"/console/api/me">;
export type Ways = Answer<"/console/api/me/sign-in">;
export type ShownSession = Answer<"/console/api/me/sessions">["items"][number];

export const waysQuery = queryOptions({
  queryKey: ["me", "sign-in"],
  queryFn: () => answered(api.GET("/console/api/me/sign-in")),
});

export const sessionsQuery = queryOptions({
  queryKey: ["me", "sessions"],
  queryFn: () => answered(api.GET("/console/api/me/sessions")),
});

export const profile = {
  change: (body: { readonly name: string; readonly username: string }) =>
    answered(api.PATCH("/console/api/me", { body })),
  endSession: (session: string) =>
    answered(api.DELETE("/console/api/me/sessions/{session}", { params: { path: { session } } })),
  endOthers: () => answered(api.POST("/console/api/me/sessions/end-others")),
  removePasskey: (passkey: string) =>
    answered(api.DELETE("/console/api/me/passkeys/{passkey}", { params: { path: { passkey } } })),
  leave: (account: string) => answered(api.POST("/console/api/me/leave", { body: { account } })),
} as const;

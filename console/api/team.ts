/** The people of an account. */
import { queryOptions } from "@tanstack/react-query";

import { answered, api } from "./client.ts";
import type { paths } from "./schema.d.ts";

export type Team =
  paths["/console/api/accounts/{account}/team"]["get"]["responses"]["200"]["content"]["application/json"];
export type Member = Team["members"][number];
export type Invitation = Team["invitations"][number];
export type TeamRole = Member["role"];

export const teamKey = (account: string) => ["account", account, "team"] as const;

export const teamQuery = (account: string) =>
  queryOptions({
    queryKey: teamKey(account),
    queryFn: async () =>
      await answered(api.GET("/console/api/accounts/{account}/team", { params: { path: { account } } })),
  });

/** @returns the link to hand over by hand where no mail is sent; null where it is */
export const invite = async (account: string, email: string, role: TeamRole): Promise<string | null> => {
  const made = await answered(
    api.POST("/console/api/accounts/{account}/team/invitations", {
      params: { path: { account } },
      body: { email, role },
    }),
  );
  return made.link;
};

export const uninvite = async (account: string, invitation: string): Promise<void> => {
  await answered(
    api.DELETE("/console/api/accounts/{account}/team/invitations/{invitation}", {
      params: { path: { account, invitation } },
    }),
  );
};

export const changeRole = async (account: string, person: string, role: TeamRole): Promise<void> => {
  await answered(
    api.PATCH("/console/api/accounts/{account}/team/{person}", {
      params: { path: { account, person } },
      body: { role },
    }),
  );
};

export const removeMember = async (account: string, person: string): Promise<void> => {
  await answered(
    api.DELETE("/console/api/accounts/{account}/team/{person}", { params: { path: { account, person } } }),
  );
};

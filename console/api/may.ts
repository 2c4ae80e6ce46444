/**
 * Whether who is signed in may do something: what a route asks of its caller (accesses.ts, from the server's table of routes) against
 * what the server says is theirs (`me.may`, from the guard's own decision). Pages offer what this says, and know nothing of roles.
 */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useCallback } from "react";

import { ACCESSES } from "./accesses.ts";
import { meQuery } from "./me.ts";
import type { Me } from "./profile.ts";

/** A route as one calls it, such as `POST /console/api/accounts/{account}/keys`. */
export type Act = keyof typeof ACCESSES;

/** @param account the account that it is about, where the route is of one */
export const may = (me: Pick<Me, "may"> | null | undefined, act: Act, account: string | undefined): boolean => {
  const access = ACCESSES[act];
  if (access === "public") return true;
  if (me === null || me === undefined) return false;
  if (access === "user") return true;
  const held = access.startsWith("admin:")
    ? me.may.installation
    : me.may.accounts.find(({ id }) => id === account)?.may;
  return held?.includes(access) === true;
};

/** Asks about who is signed in, in the account whose screen this is. Nothing is theirs until that is known. */
export const useMay = (): ((act: Act) => boolean) => {
  const { data: me } = useQuery(meQuery);
  const { account } = useParams({ strict: false });
  return useCallback((act: Act) => may(me, act, account), [me, account]);
};

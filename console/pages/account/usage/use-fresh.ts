/** Requests that come while a list is looked at: shown at its top at once, or kept back while somebody reads there. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type RefObject } from "react";

import { useLive, type LiveState } from "../../../api/live.ts";
import { usageKey, type RequestFilter, type UsageRequest } from "../../../api/usage.ts";
import { belongs, merged } from "./search.ts";

/** Most requests that are kept of those that came. */
const MOST = 200;
/** How long a row is told apart from those that were there. */
const NEW_MS = 2_000;

export interface Fresh {
  readonly state: LiveState;
  /** Shown already. */
  readonly shown: readonly UsageRequest[];
  /** Kept back. */
  readonly waiting: readonly UsageRequest[];
  readonly release: () => void;
  readonly isNew: (request: UsageRequest) => boolean;
}

/** The pointer or the keyboard is in the list, or its top was scrolled away: nothing must move there. */
const isRead = (list: HTMLElement | null): boolean =>
  list !== null && (list.matches(":hover, :focus-within") || list.getBoundingClientRect().top < 0);

interface Order {
  readonly account: string;
  readonly filter: RequestFilter;
  /** The newest page is shown. */
  readonly on: boolean;
  readonly paused: boolean;
  readonly list: RefObject<HTMLElement | null>;
}

/** What has come is forgotten when the question is another one: begin anew by a `key`. */
export const useFresh = ({ account, filter, on, paused, list }: Order): Fresh => {
  const client = useQueryClient();
  const [shown, setShown] = useState<readonly UsageRequest[]>([]);
  const [waiting, setWaiting] = useState<readonly UsageRequest[]>([]);
  const arrivals = useRef(new Map<string, number>());
  const state = useLive(account, on, {
    onRequest: (request) => {
      if (!belongs(request, filter)) return;
      arrivals.current.set(request.id, Date.now());
      if (paused || isRead(list.current)) setWaiting((now) => merged([request], now, MOST));
      else setShown((now) => merged([request], now, MOST));
    },
    onOpen: () => void client.invalidateQueries({ queryKey: [...usageKey(account), "requests"] }),
  });
  const release = (): void => {
    for (const { id } of waiting) arrivals.current.set(id, Date.now());
    setShown((now) => merged(waiting, now, MOST));
    setWaiting([]);
  };
  useEffect(() => {
    const { current } = list;
    if (current === null || paused || waiting.length === 0) return undefined;
    const left = (): void => {
      if (!isRead(current)) release();
    };
    current.addEventListener("pointerleave", left);
    return () => {
      current.removeEventListener("pointerleave", left);
    };
  });
  const isNew = ({ id }: UsageRequest): boolean => Date.now() - (arrivals.current.get(id) ?? 0) < NEW_MS;
  return { state, shown, waiting, release, isNew };
};

/** The latest requests as they come, and the panel of the one that is opened. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";

import { useLive, type LiveState } from "../../../api/live.ts";
import { requestsQuery, standingQuery, usageKey, type UsageRequest } from "../../../api/usage.ts";
import { Failed } from "../../../ui/empty.tsx";
import { Section } from "../../../ui/page.tsx";
import { Table } from "../../../ui/table.tsx";
import { REQUEST_COLUMNS } from "../usage/cells.tsx";
import { ChargePanel } from "../usage/panel.tsx";
import { LiveSign } from "../usage/live-sign.tsx";
import { merged } from "../usage/search.ts";
import { words } from "./words.ts";

export const LATEST_ROWS = 8;
/** How soon figures are read again after something came; many requests are one reading. */
const AGAIN_MS = 10_000;
const BALANCE_AGAIN_MS = 1_000;
const NEW_MS = 2_000;

/** Runs an act after a while, once for all that ask meanwhile. */
const useThrottled = (act: () => void, ms: number): (() => void) => {
  const timer = useRef<number | null>(null);
  return () => {
    timer.current ??= window.setTimeout(() => {
      timer.current = null;
      act();
    }, ms);
  };
};

export interface Latest {
  readonly state: LiveState;
  /** Undefined while they are being loaded. */
  readonly requests: readonly UsageRequest[] | undefined;
  readonly error: Error | null;
  readonly retry: () => void;
  readonly isNew: (request: UsageRequest) => boolean;
}

/** The newest requests; what they change of balance and sums is read anew, soon but not for each. */
export const useLatest = (account: string): Latest => {
  const client = useQueryClient();
  const query = useQuery(requestsQuery(account, {}, {}, LATEST_ROWS));
  const [fresh, setFresh] = useState<readonly UsageRequest[]>([]);
  const arrivals = useRef(new Map<string, number>());
  const readBalance = useThrottled(
    () => void client.invalidateQueries({ queryKey: standingQuery(account).queryKey }),
    BALANCE_AGAIN_MS,
  );
  const readFigures = useThrottled(
    () => void client.invalidateQueries({ queryKey: [...usageKey(account), "overview"] }),
    AGAIN_MS,
  );
  const state = useLive(account, true, {
    onRequest: (request) => {
      arrivals.current.set(request.id, Date.now());
      setFresh((now) => merged([request], now, LATEST_ROWS));
      readBalance();
      readFigures();
    },
    onOpen: () => void client.invalidateQueries({ queryKey: [...usageKey(account), "requests"] }),
  });
  return {
    state,
    requests: query.data === undefined ? undefined : merged(fresh, query.data.items, LATEST_ROWS),
    error: query.error,
    retry: () => void query.refetch(),
    isNew: ({ id }) => Date.now() - (arrivals.current.get(id) ?? 0) < NEW_MS,
  };
};

export const LatestRequests = ({ account, latest }: { readonly account: string; readonly latest: Latest }) => {
  const [open, setOpen] = useState<string | undefined>(undefined);
  const { state, requests, error, retry, isNew } = latest;
  return (
    <Section title={words.latest} actions={<LiveSign state={state} />}>
      {error !== null && requests === undefined ? (
        <Failed error={error} retry={retry} />
      ) : (
        <Table
          label={words.latest}
          columns={REQUEST_COLUMNS}
          rows={requests}
          rowKey={({ id }) => id}
          onOpen={({ id }) => {
            setOpen(id);
          }}
          openKey={open}
          isNew={isNew}
          empty={null}
          skeletonRows={LATEST_ROWS}
          footer={
            <Link to="/app/$account/usage" params={{ account }} className="rounded-small text-accent hover:underline">
              {words.all}
            </Link>
          }
        />
      )}
      <ChargePanel
        account={account}
        request={open}
        onClose={() => {
          setOpen(undefined);
        }}
      />
    </Section>
  );
};

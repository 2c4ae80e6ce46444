/** Who borrows now: the processes that serve, as the database knows them. */
import { sql } from "kysely";

import type { Database } from "../db/connect.ts";
import type { Nano } from "../money.ts";

/** Nodes that are told of; more are a number. */
const MAX_NODES = 100;

export interface Node {
  /** The owner's id, as its log tells it at its start. */
  readonly id: string;
  /** True once it was taken for dead; what it holds is returned a moment later. */
  readonly isFenced: boolean;
  /** Milliseconds since its last renewal in which the database was reachable; null where nothing is renewed. */
  readonly silentMs: number | null;
  /** Requests in flight as of that renewal; null where it tells nothing of them. */
  readonly requests: number | null;
  /** What it has borrowed of all accounts, in nano-units. */
  readonly borrowed: Nano;
}

interface NodeRow {
  readonly id: string;
  readonly state: string;
  readonly silent: bigint | null;
  readonly requests: bigint | null;
  readonly borrowed: bigint;
}

const toNode = ({ id, state, silent, requests, borrowed }: NodeRow): Node => ({
  id,
  isFenced: state === "fenced",
  silentMs: silent === null ? null : Number(silent),
  requests: requests === null ? null : Number(requests),
  borrowed,
});

/** The oldest first. On SQLite a process is known once it has borrowed something. */
export const listNodes = async ({ kind, kysely }: Database): Promise<readonly Node[]> => {
  const query =
    kind === "postgres"
      ? sql<NodeRow>`
          select o.id, o.state, (c.reachable_ms - o.renewed_at)::bigint as silent,
                 coalesce(sum(l.holds), 0)::bigint as requests, coalesce(sum(l.amount), 0)::bigint as borrowed
          from lease_owner o cross join lease_clock c
          left join lease l on l.owner = o.id and l.epoch = o.epoch and l.state <> 'returned'
          where o.state <> 'gone'
          group by o.id, o.epoch, o.state, o.renewed_at, o.started_at, c.reachable_ms
          order by o.started_at, o.id limit ${MAX_NODES}`
      : sql<NodeRow>`
          select owner as id, 'open' as state, null as silent, null as requests, sum(amount) as borrowed
          from lease where state <> 'returned' and owner not like 'task:%'
          group by owner order by min(opened_at), owner limit ${MAX_NODES}`;
  return (await query.execute(kysely)).rows.map(toNode);
};

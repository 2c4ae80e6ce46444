/** How the upstreams do at this moment. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { upstreamsQuery, type Upstream } from "../../../api/operator.ts";
import { count } from "../../../format/number.ts";
import { ButtonLink } from "../../../ui/button.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Time } from "../../../ui/exact.tsx";
import { Section } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { latencyOf, successOf, UpstreamState } from "../upstream-state.tsx";
import { words } from "./words.ts";

const MINUTE_MS = 60_000;

const Quiet = ({ children }: { readonly children: string }) => <span className="text-ink-3">{children}</span>;

const COLUMNS: readonly Column<Upstream>[] = [
  {
    key: "id",
    title: words.upstream,
    cell: ({ id, providerName }) => (
      <Link to="/admin/upstreams" search={{ upstream: id }} className="rounded-small">
        <span className="block font-medium text-ink">{id}</span>
        <span className="block text-small text-ink-3">{providerName}</span>
      </Link>
    ),
  },
  { key: "state", title: words.state, cell: (upstream) => <UpstreamState upstream={upstream} /> },
  {
    key: "success",
    title: words.success,
    figures: true,
    cell: (upstream) => successOf(upstream) ?? <Quiet>{words.idle}</Quiet>,
  },
  { key: "latency", title: words.latency, figures: true, wide: true, cell: (upstream) => latencyOf(upstream) ?? "—" },
  { key: "flight", title: words.inFlight, figures: true, wide: true, cell: ({ inFlight }) => count(inFlight) },
  {
    key: "failure",
    title: words.lastFailure,
    wide: true,
    cell: ({ health: { lastFailure } }) =>
      lastFailure === null ? (
        <Quiet>{words.none}</Quiet>
      ) : (
        <span>
          {lastFailure.code.replaceAll("_", " ")} <Time at={lastFailure.at} className="text-small text-ink-3" />
        </span>
      ),
  },
];

export const UpstreamsNow = () => {
  const { data, error, refetch, dataUpdatedAt } = useQuery(upstreamsQuery);
  const minutes = data === undefined ? 15 : Math.max(1, Math.round((dataUpdatedAt - data.since) / MINUTE_MS));
  const rows = data?.items.filter(({ state }) => state !== "off");
  return (
    <Section
      title={words.upstreams}
      description={
        data === undefined
          ? words.upstreamsText(minutes)
          : `${words.upstreamsText(minutes)} ${words.circuits(data.process.id.slice(-6), data.process.processes)}`
      }
      actions={
        <ButtonLink size="small" to="/admin/upstreams">
          {words.allUpstreams}
        </ButtonLink>
      }
    >
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      <Table
        failed={error !== null}
        label={words.upstreams}
        columns={COLUMNS}
        rows={rows}
        rowKey={({ id }) => id}
        skeletonRows={3}
        empty={
          <Empty
            title={words.noUpstreams}
            action={
              <ButtonLink kind="primary" to="/admin/upstreams">
                {words.connect}
              </ButtonLink>
            }
          >
            {words.noUpstreamsText}
          </Empty>
        }
      />
    </Section>
  );
};

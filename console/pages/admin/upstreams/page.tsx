/** Connections to providers: how each does, and the way to add, change, drain and switch them off. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";

import { providersQuery, upstreamsQuery, type Upstream } from "../../../api/operator.ts";
import { count } from "../../../format/number.ts";
import { useMay } from "../../../api/may.ts";
import { Button } from "../../../ui/button.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Page } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { latencyOf, successOf, UpstreamState } from "../upstream-state.tsx";
import { UpstreamSheet } from "./details.tsx";
import { UpstreamForm } from "./form.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/admin/upstreams");

const COLUMNS: readonly Column<Upstream>[] = [
  {
    key: "id",
    title: words.upstream,
    cell: ({ id, providerName, source, variable }) => (
      <>
        <span className="block font-medium text-ink">{id}</span>
        <span className="block text-small text-ink-3">
          {source === "builtin" ? words.builtin : providerName}
          {source === "environment" && ` · ${variable ?? ""}`}
        </span>
      </>
    ),
  },
  { key: "state", title: words.state, cell: (upstream) => <UpstreamState upstream={upstream} /> },
  { key: "serves", title: words.serves, figures: true, wide: true, cell: ({ serves }) => count(serves.length) },
  { key: "success", title: words.success, figures: true, cell: (upstream) => successOf(upstream) ?? "—" },
  { key: "latency", title: words.latency, figures: true, wide: true, cell: (upstream) => latencyOf(upstream) ?? "—" },
  { key: "flight", title: words.inFlight, figures: true, wide: true, cell: ({ inFlight }) => count(inFlight) },
  { key: "cost", title: words.day, figures: true, wide: true, cell: ({ day }) => <Money nano={day.costNano} /> },
  { key: "margin", title: words.margin, figures: true, wide: true, cell: ({ day }) => <Money nano={day.marginNano} /> },
];

export const UpstreamsPage = () => {
  const { data, error, refetch } = useQuery(upstreamsQuery);
  // Before a form opens: it says which address a provider has of its own.
  const providers = useQuery(providersQuery);
  const { upstream: openId, add } = route.useSearch();
  const navigate = route.useNavigate();
  const [isEditing, setEditing] = useState(false);
  const mayAdd = useMay()("POST /console/api/admin/upstreams");
  const opened = data?.items.find(({ id }) => id === openId);
  const go = (search: { readonly upstream?: string; readonly add?: true }): void => {
    setEditing(false);
    void navigate({ search, resetScroll: false });
  };
  const button = (
    <Button
      act="POST /console/api/admin/upstreams"
      kind="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => {
        go({ add: true });
      }}
    >
      {words.add}
    </Button>
  );
  return (
    <Page title={words.title} description={words.text} actions={button}>
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      <Table
        failed={error !== null}
        label={words.title}
        columns={COLUMNS}
        rows={data?.items}
        rowKey={({ id }) => id}
        openKey={openId}
        onOpen={({ id }) => {
          go({ upstream: id });
        }}
        skeletonRows={4}
        empty={
          <Empty title={words.none} action={button}>
            {words.noneText}
          </Empty>
        }
        {...(data === undefined ? {} : { footer: words.circuits(data.process.id.slice(-6), data.process.processes) })}
      />
      {opened !== undefined && !isEditing && (
        <UpstreamSheet
          upstream={opened}
          onEdit={() => {
            setEditing(true);
          }}
          onClose={() => {
            go({});
          }}
        />
      )}
      {mayAdd && providers.data !== undefined && (add === true || (isEditing && opened !== undefined)) && (
        <UpstreamForm
          key={opened?.id ?? ""}
          editing={add === true ? null : (opened ?? null)}
          onClose={() => {
            if (add === true) go({});
            else setEditing(false);
          }}
        />
      )}
    </Page>
  );
};

/** What needs a look, each with the way there; and the requests that failed last. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { attentionQuery, upstreamsQuery, type Attention } from "../../../api/operator.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Time } from "../../../ui/exact.tsx";
import { Notice, Section } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { words } from "./words.ts";

type Failure = Attention["failures"][number];

const LINK = "shrink-0 rounded-small font-medium text-accent hover:underline";
/** More warnings of the settings than these are on the settings' own page. */
const SHOWN = 4;

export const AttentionList = () => {
  const { data } = useQuery(attentionQuery);
  const upstreams = useQuery(upstreamsQuery);
  if (data === undefined) return null;
  const open =
    upstreams.data?.items.flatMap(({ obstacles }) => obstacles.filter(({ state }) => state === "open")) ?? [];
  const books = [
    ...(data.disagreeing > 0 ? [{ text: words.disagreeing(data.disagreeing), to: "/admin/ledger", bad: true }] : []),
    ...(open.length > 0 ? [{ text: words.open(open.length), to: "/admin/upstreams", bad: true }] : []),
    ...(data.absorbing > 0 ? [{ text: words.absorbing(data.absorbing), to: "/admin/accounts", bad: false }] : []),
    ...(data.frozen > 0 ? [{ text: words.frozen(data.frozen), to: "/admin/accounts", bad: false }] : []),
  ];
  const settings = data.warnings.slice(0, SHOWN).map((text) => ({
    text,
    to: text.startsWith("upstream") ? "/admin/upstreams" : "/admin/models",
    bad: false,
  }));
  const all = [...books, ...settings];
  if (all.length === 0) return null;
  return (
    <section className="flex flex-col gap-2" aria-label={words.attention}>
      {all.map(({ text, to, bad }) => (
        <Notice
          key={text}
          tone={bad ? "bad" : "warn"}
          actions={
            <Link to={to} className={LINK}>
              {words.look}
            </Link>
          }
        >
          <span className="text-ink">{text}</span>
        </Notice>
      ))}
    </section>
  );
};

const COLUMNS: readonly Column<Failure>[] = [
  { key: "when", title: words.when, cell: ({ at }) => <Time at={at} className="whitespace-nowrap" /> },
  { key: "model", title: words.model, cell: ({ model }) => <span className="block max-md:break-all">{model}</span> },
  {
    key: "account",
    title: words.account,
    wide: true,
    cell: ({ account, accountName }) => (
      <Link
        to="/admin/accounts/$account"
        params={{ account }}
        className="block max-w-56 truncate rounded-small hover:underline"
      >
        {accountName}
      </Link>
    ),
  },
  { key: "upstream", title: words.upstream, wide: true, cell: ({ upstream }) => upstream ?? "—" },
  {
    key: "outcome",
    title: words.outcome,
    cell: ({ outcome, status }) => (
      <span className="flex flex-wrap items-center gap-2">
        <Badge tone="bad">{status}</Badge>
        <span className="text-ink-2">{outcome.replaceAll("_", " ")}</span>
      </span>
    ),
  },
];

export const LatestFailures = () => {
  const { data, error, refetch } = useQuery(attentionQuery);
  return (
    <Section title={words.latest} description={words.latestText}>
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      <Table
        failed={error !== null}
        label={words.latest}
        columns={COLUMNS}
        rows={data?.failures}
        rowKey={({ id }) => id}
        skeletonRows={4}
        empty={<Empty title={words.noFailures} />}
      />
    </Section>
  );
};

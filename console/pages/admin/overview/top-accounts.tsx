/** Who brings the most, by spend or by what is left of it. */
import { getRouteApi, Link } from "@tanstack/react-router";

import type { Overview } from "../../../api/operator.ts";
import { Empty } from "../../../ui/empty.tsx";
import { Count, Money } from "../../../ui/exact.tsx";
import { Section } from "../../../ui/page.tsx";
import { Select } from "../../../ui/select.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { words } from "./words.ts";

type Account = Overview["bySpend"][number];

const route = getRouteApi("/admin/overview");

const COLUMNS: readonly Column<Account>[] = [
  {
    key: "account",
    title: words.account,
    cell: ({ id, name }) => (
      <Link
        to="/admin/accounts/$account"
        params={{ account: id }}
        className="rounded-small font-medium hover:underline"
      >
        {name}
      </Link>
    ),
  },
  {
    key: "requests",
    title: words.requests,
    figures: true,
    wide: true,
    cell: ({ requests }) => <Count value={requests} />,
  },
  {
    key: "failures",
    title: words.failures,
    figures: true,
    wide: true,
    cell: ({ failures }) => <Count value={failures} />,
  },
  { key: "spend", title: words.spend, figures: true, cell: ({ revenueNano }) => <Money nano={revenueNano} /> },
  { key: "cost", title: words.cost, figures: true, wide: true, cell: ({ costNano }) => <Money nano={costNano} /> },
  {
    key: "margin",
    title: words.margin,
    figures: true,
    cell: ({ marginNano }) => (
      <Money nano={marginNano} {...(marginNano.startsWith("-") ? { className: "text-bad" } : {})} />
    ),
  },
];

export const TopAccounts = ({ data }: { readonly data: Overview | undefined }) => {
  const { by } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Section
      title={words.top}
      actions={
        <Select
          label={words.top}
          value={by ?? "spend"}
          className="!w-36"
          options={[
            { value: "spend", label: words.bySpend },
            { value: "margin", label: words.byMargin },
          ]}
          onChange={(next) =>
            void navigate({
              search: ({ by: _before, ...rest }) => (next === "margin" ? { ...rest, by: "margin" as const } : rest),
              replace: true,
              resetScroll: false,
            })
          }
        />
      }
    >
      <Table
        label={words.top}
        columns={COLUMNS}
        rows={by === "margin" ? data?.byMargin : data?.bySpend}
        rowKey={({ id }) => id}
        skeletonRows={4}
        empty={<Empty title={words.noAccounts}>{words.noAccountsText}</Empty>}
      />
    </Section>
  );
};

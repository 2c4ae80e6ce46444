/** Plans: what each takes off, what it costs, how many are on it. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Plus } from "lucide-react";

import { operatorPlansQuery, type Plan } from "../../../api/operator.ts";
import { count, countShort } from "../../../format/number.ts";
import { Badge } from "../../../ui/badge.tsx";
import { useMay } from "../../../api/may.ts";
import { Button } from "../../../ui/button.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Count, Money } from "../../../ui/exact.tsx";
import { Page } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { PlanForm } from "./form.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/admin/plans");

/** "200 requests and 1m tokens a minute, 5 at once"; what is not limited is not said. */
const limitsOf = ({ rpm, tpm, concurrency }: Plan): string => {
  const rates = [
    ...(rpm === null ? [] : [words.ofRequests(countShort(rpm))]),
    ...(tpm === null ? [] : [words.ofTokens(countShort(tpm))]),
  ];
  const parts = [
    ...(rates.length === 0 ? [] : [words.aMinute(rates.join(words.and))]),
    ...(concurrency === null ? [] : [words.atOnce(countShort(concurrency))]),
  ];
  return parts.length === 0 ? words.noLimit : parts.join(", ");
};

const COLUMNS: readonly Column<Plan>[] = [
  {
    key: "id",
    title: words.plan,
    cell: ({ id, enabled, isDefault }) => (
      <span className="flex flex-wrap items-center gap-2">
        <span className="font-medium text-ink">{id}</span>
        {isDefault && <Badge tone="accent">{words.isDefault}</Badge>}
        {!enabled && <Badge>{words.off}</Badge>}
      </span>
    ),
  },
  {
    key: "discount",
    title: words.discount,
    figures: true,
    cell: ({ discount }) => discount ?? <span className="text-ink-3">{words.noDiscount}</span>,
  },
  {
    key: "fee",
    title: words.fee,
    figures: true,
    cell: ({ feeNano }) =>
      feeNano === "0" ? <span className="text-ink-3">{words.free}</span> : <Money nano={feeNano} />,
  },
  {
    key: "limits",
    title: words.limits,
    wide: true,
    cell: (plan) => <span className="text-ink-2">{limitsOf(plan)}</span>,
  },
  { key: "accounts", title: words.accounts, figures: true, cell: ({ accounts }) => <Count value={accounts} /> },
];

export const PlansPage = () => {
  const { data, error, refetch } = useQuery(operatorPlansQuery);
  const { plan: openId, add } = route.useSearch();
  const navigate = route.useNavigate();
  const mayChange = useMay()("PATCH /console/api/admin/plans/{plan}");
  const go = (search: { readonly plan?: string; readonly add?: true }): void => {
    void navigate({ search, resetScroll: false });
  };
  const opened = data?.items.find(({ id }) => id === openId);
  const button = (
    <Button
      act="POST /console/api/admin/plans"
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
        {...(mayChange && {
          onOpen: ({ id }: { readonly id: string }) => {
            go({ plan: id });
          },
        })}
        skeletonRows={3}
        empty={
          <Empty title={words.none} action={button}>
            {words.noneText}
          </Empty>
        }
        {...(data === undefined ? {} : { footer: words.without(count(data.withoutPlan)) })}
      />
      {mayChange && (add === true || opened !== undefined) && (
        <PlanForm
          key={opened?.id ?? ""}
          editing={opened ?? null}
          onClose={() => {
            go({});
          }}
        />
      )}
    </Page>
  );
};

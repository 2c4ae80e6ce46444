/** Customers' accounts: found by whatever is known of them, each with its money and what it brought in thirty days. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";

import { accountsQuery, type OperatorAccount } from "../../../api/operate.ts";
import { money } from "../../../format/money.ts";
import { useMoneyUnit } from "../../../layout/storefront.tsx";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Money, Time } from "../../../ui/exact.tsx";
import { Page } from "../../../ui/page.tsx";
import { Select } from "../../../ui/select.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import type { AccountsSearch } from "../customers-search.ts";
import { MoreRows } from "../more-rows.tsx";
import { SearchBox } from "../search-box.tsx";
import { CreateAccount } from "./create.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/admin/accounts");

const Balance = ({ balanceNano, promoNano }: OperatorAccount) => {
  const unit = useMoneyUnit();
  return (
    <>
      <Money nano={balanceNano} className="font-medium text-ink" />
      {promoNano !== "0" && <span className="block text-small text-ink-3">{words.promo(money(promoNano, unit))}</span>}
    </>
  );
};

const COLUMNS: readonly Column<OperatorAccount>[] = [
  {
    key: "account",
    title: words.account,
    cell: ({ id, name, owner, isFrozen, pendingNano }) => (
      <span className="block max-w-44 min-w-0 sm:max-w-72">
        <span className="flex flex-wrap items-center gap-2">
          <Link
            to="/admin/accounts/$account"
            params={{ account: id }}
            className="truncate rounded-small font-medium text-ink hover:underline"
          >
            {name}
          </Link>
          {isFrozen && <Badge tone="warn">{words.frozen}</Badge>}
          {pendingNano !== "0" && <Badge tone="bad">{words.owing}</Badge>}
        </span>
        <span className="block truncate text-small text-ink-3">{owner ?? words.noOwner}</span>
      </span>
    ),
  },
  { key: "plan", title: words.plan, wide: true, cell: ({ planId }) => planId ?? words.usualPlan },
  { key: "balance", title: words.balance, figures: true, cell: (account) => <Balance {...account} /> },
  {
    key: "revenue",
    title: words.revenue,
    figures: true,
    wide: true,
    cell: ({ revenueNano }) => <Money nano={revenueNano} />,
  },
  {
    key: "margin",
    title: words.margin,
    figures: true,
    wide: true,
    cell: ({ marginNano }) => (
      <Money nano={marginNano} {...(marginNano.startsWith("-") && { className: "text-bad" })} />
    ),
  },
  { key: "opened", title: words.opened, figures: true, wide: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
];

/** How ids begin that may be looked for whole. */
const PUBLIC = ["acc_", "key_"] as const;

/** A pasted key is looked for by its end alone: the whole of it is nobody's to read, and goes into no address. */
const withoutKey = (text: string): string =>
  text.length > 24 && !text.includes(" ") && !text.includes("@") && !PUBLIC.some((prefix) => text.startsWith(prefix))
    ? text.slice(-4)
    : text;

export const AccountsPage = () => {
  const { q, state, add } = route.useSearch();
  const navigate = route.useNavigate();
  const accounts = useInfiniteQuery(
    accountsQuery({ ...(q === undefined ? {} : { search: q }), ...(state === undefined ? {} : { state }) }),
  );
  const change = (part: Partial<AccountsSearch>): void => {
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false });
  };
  const open = (account: string): void => {
    void navigate({ to: "/admin/accounts/$account", params: { account } });
  };
  const button = (
    <Button
      act="POST /console/api/admin/accounts"
      kind="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => {
        change({ add: true });
      }}
    >
      {words.add}
    </Button>
  );
  const isFiltered = q !== undefined || state !== undefined;
  return (
    <Page title={words.title} description={words.description} actions={button}>
      <div className="flex flex-col gap-4">
        <search aria-label={words.search} className="flex flex-wrap items-center gap-2">
          <SearchBox
            label={words.search}
            placeholder={words.searchHint}
            value={q ?? ""}
            onChange={(text) => {
              change({ q: text === "" ? undefined : withoutKey(text) });
            }}
            className="min-w-60 flex-1 sm:max-w-md"
          />
          <Select
            label={words.state}
            value={state ?? "all"}
            options={(["all", "open", "frozen", "owing"] as const).map((value) => ({
              value,
              label: words.states[value],
            }))}
            onChange={(value) => {
              change({ state: value === "all" ? undefined : value });
            }}
            className="!w-36"
          />
        </search>
        {accounts.error !== null && <Failed error={accounts.error} retry={() => void accounts.refetch()} />}
        <Table
          failed={accounts.error !== null}
          label={words.title}
          columns={COLUMNS}
          rows={accounts.data?.pages.flatMap(({ items }) => items)}
          rowKey={({ id }) => id}
          onOpen={({ id }) => {
            open(id);
          }}
          empty={
            isFiltered ? (
              <Empty title={words.noneTitle}>{words.noneText}</Empty>
            ) : (
              <Empty title={words.emptyTitle} action={button}>
                {words.emptyText}
              </Empty>
            )
          }
          footer={<MoreRows list={accounts} label={words.more} />}
        />
      </div>
      {add === true && (
        <CreateAccount
          onClose={() => {
            change({ add: undefined });
          }}
          onMade={open}
        />
      )}
    </Page>
  );
};

/** The keys of an account. Which one is open, and whether one is being made, is in the address. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState, type ReactNode } from "react";

import { keysQuery, type Key, type MadeKey } from "../../../api/keys.ts";
import { count, countShort } from "../../../format/number.ts";
import { Allowed } from "../../../ui/allowed.tsx";
import { Button } from "../../../ui/button.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Money, Time } from "../../../ui/exact.tsx";
import { Page } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { KeyMenu, RevokeDialog, RotateDialog, useKeyAct } from "./acts.tsx";
import { CreateKey } from "./create.tsx";
import { KeyDetail, KeyState, LastUsed } from "./detail.tsx";
import { MadeDialog } from "./made.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/app/$account/keys");

/** How much of a budget is spent: a position on the screen only. */
const partOf = ({ spentNano, limitNano }: NonNullable<Key["budget"]>): number => {
  const limit = BigInt(limitNano);
  return limit === 0n ? 100 : Number((BigInt(spentNano) * 100n) / limit);
};

const Spend = ({ of }: { readonly of: Key }) => {
  if (of.budget === null) return <span className="text-ink-3">{words.noBudget}</span>;
  const part = partOf(of.budget);
  const { period } = of.budget;
  return (
    <div className="ml-auto w-44 text-left">
      <div className="flex items-baseline justify-between gap-2 text-small whitespace-nowrap text-ink-2">
        <Money nano={of.budget.spentNano} className="font-medium text-ink" />
        <span>
          {words.of} <Money nano={of.budget.limitNano} /> {period !== null && words.perPeriod[period]}
        </span>
      </div>
      <div aria-hidden className="mt-1 h-1 overflow-hidden rounded-full bg-line">
        <div
          className={part >= 100 ? "h-full bg-bad" : part >= 80 ? "h-full bg-warn" : "h-full bg-accent"}
          style={{ width: `${Math.min(100, part)}%` }}
        />
      </div>
    </div>
  );
};

/** Limits of its own in a few words. */
const limitsOf = ({ rpm, tpm, concurrency, models }: Key): string => {
  const parts = [
    ...(models === null ? [] : [words.someModels(models.length)]),
    ...(rpm === null ? [] : [`${count(rpm)}${words.perMinute}`]),
    ...(tpm === null ? [] : [`${countShort(tpm)} ${words.tokens}${words.perMinute}`]),
    ...(concurrency === null ? [] : [`${count(concurrency)} ${words.atATime}`]),
  ];
  return parts.length === 0 ? words.noLimits : parts.join(" · ");
};

const columnsOf = (menu: (key: Key) => ReactNode): readonly Column<Key>[] => [
  {
    key: "name",
    title: words.name,
    cell: (key) => (
      <div className="min-w-0">
        <div className={key.state === "revoked" ? "font-medium text-ink-3" : "font-medium text-ink"}>{key.name}</div>
        <div className="font-mono text-small whitespace-nowrap text-ink-3">{key.masked}</div>
      </div>
    ),
  },
  { key: "state", title: words.state, cell: ({ state }) => <KeyState state={state} /> },
  { key: "used", title: words.lastUsed, wide: true, cell: ({ lastHourAt }) => <LastUsed at={lastHourAt} /> },
  {
    key: "limits",
    title: words.limits,
    wide: true,
    cell: (key) => <span className="text-ink-2">{limitsOf(key)}</span>,
  },
  {
    key: "ends",
    title: words.ends,
    wide: true,
    cell: ({ expiresAt }) =>
      expiresAt === null ? <span className="text-ink-3">{words.never}</span> : <Time at={expiresAt} />,
  },
  { key: "spend", title: words.budgetUsed, figures: true, wide: true, cell: (key) => <Spend of={key} /> },
  {
    key: "acts",
    title: words.more,
    silent: true,
    figures: true,
    className: "w-12",
    cell: (key) => (
      // The row opens by itself; its menu must not open it too.
      // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
      <div
        onClick={(event) => {
          event.stopPropagation();
        }}
      >
        {menu(key)}
      </div>
    ),
  },
];

type Show = (next: { readonly key?: string; readonly new?: true }) => void;

interface ListProps {
  readonly account: string;
  readonly openKey: string | undefined;
  readonly show: Show;
  readonly onMade: (made: MadeKey) => void;
  readonly create: ReactNode;
}

/** The rows, and what is asked about one of them. */
const KeyList = ({ account, openKey, show, onMade, create }: ListProps) => {
  const list = useInfiniteQuery(keysQuery(account));
  const act = useKeyAct(account);
  const [asked, setAsked] = useState<{ readonly key: Key; readonly what: "revoke" | "rotate" } | null>(null);
  const keys = list.data?.pages.flatMap(({ items }) => items);
  const close = (): void => {
    setAsked(null);
  };
  const columns = columnsOf((key) => (
    <KeyMenu
      of={key}
      onEdit={() => {
        show({ key: key.id });
      }}
      onAct={(what) => {
        act.mutate({ key, act: what });
      }}
      onRevoke={() => {
        setAsked({ key, what: "revoke" });
      }}
      onRotate={() => {
        setAsked({ key, what: "rotate" });
      }}
    />
  ));
  if (list.error !== null) return <Failed error={list.error} retry={() => void list.refetch()} />;
  return (
    <>
      <Table
        label={words.title}
        columns={columns}
        rows={keys}
        rowKey={({ id }) => id}
        onOpen={({ id }) => {
          show({ key: id });
        }}
        openKey={openKey}
        empty={
          <Empty title={words.none} action={create}>
            {words.noneHint}
          </Empty>
        }
        footer={
          list.hasNextPage && (
            <Button size="small" pending={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {words.older}
            </Button>
          )
        }
      />
      <KeyDetail
        account={account}
        of={keys?.find(({ id }) => id === openKey)}
        onClose={() => {
          show({});
        }}
      />
      <RevokeDialog
        of={asked?.what === "revoke" ? asked.key : null}
        onClose={close}
        onRevoke={(key) => {
          close();
          act.mutate({ key, act: "revoke" });
        }}
      />
      <RotateDialog
        account={account}
        of={asked?.what === "rotate" ? asked.key : null}
        onClose={close}
        onMade={(made) => {
          close();
          onMade(made);
        }}
      />
    </>
  );
};

export const KeysPage = () => {
  const { account } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate();
  const [made, setMade] = useState<MadeKey | null>(null);
  const show: Show = (next) => {
    void navigate({ to: "/app/$account/keys", params: { account }, search: next });
  };
  const create = (
    <Button
      act="POST /console/api/accounts/{account}/keys"
      kind="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => {
        show({ new: true });
      }}
    >
      {words.create}
    </Button>
  );
  return (
    <Page title={words.title} description={words.description} actions={create}>
      <KeyList account={account} openKey={search.key} show={show} onMade={setMade} create={create} />
      <Allowed act="POST /console/api/accounts/{account}/keys">
        <CreateKey
          account={account}
          open={search.new === true}
          onClose={() => {
            show({});
          }}
          onMade={(fresh) => {
            show({});
            setMade(fresh);
          }}
        />
      </Allowed>
      <MadeDialog
        made={made}
        onClose={() => {
          setMade(null);
        }}
      />
    </Page>
  );
};

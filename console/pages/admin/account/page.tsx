/** One account of a customer: its money first, then what moved it, its keys, its people, and what may be done with it. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, Eye, Snowflake } from "lucide-react";
import { useState, type ReactNode } from "react";

import { meQuery } from "../../../api/me.ts";
import { accountQuery, freezeAccount, openView, putOnPlan, type AccountDetail } from "../../../api/operate.ts";
import { money, share } from "../../../format/money.ts";
import { count } from "../../../format/number.ts";
import { ago } from "../../../format/time.ts";
import { useMoneyUnit } from "../../../layout/storefront.tsx";
import { Badge } from "../../../ui/badge.tsx";
import { Allowed } from "../../../ui/allowed.tsx";
import { Button, ButtonLink } from "../../../ui/button.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Notice, Page, Stat, Stats } from "../../../ui/page.tsx";
import { Select } from "../../../ui/select.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { useAct } from "../act.ts";
import { ACCOUNT_TABS } from "../customers-search.ts";
import { Entries } from "./entries.tsx";
import { EntryDialog } from "./entry-dialog.tsx";
import { Keys } from "./keys.tsx";
import { People } from "./people.tsx";
import { ReasonDialog } from "./reason-dialog.tsx";
import { actWords, words } from "./words.ts";

const route = getRouteApi("/admin/accounts/$account");

type Open = "entry" | "freeze" | "look" | null;
interface DetailProps {
  readonly detail: AccountDetail;
}

const States = ({ detail }: DetailProps) => {
  const { account, frozen, closedAt } = detail;
  return (
    <>
      {account.isFrozen && (
        <Notice tone="warn" title={closedAt === null ? words.frozenTitle : words.closed}>
          {frozen !== null && words.frozenBy(frozen.reason, frozen.actor, ago(frozen.at))}
        </Notice>
      )}
      {account.pendingNano !== "0" && (
        <Notice
          tone="bad"
          title={words.pendingTitle}
          actions={<Money nano={account.pendingNano} className="font-medium" />}
        >
          {words.pendingText}
        </Notice>
      )}
    </>
  );
};

const Figures = ({ detail: { account } }: DetailProps) => {
  const unit = useMoneyUnit();
  const paid = (BigInt(account.balanceNano) - BigInt(account.promoNano)).toString();
  return (
    <Stats>
      <Stat
        label={words.balance}
        value={<Money nano={account.balanceNano} />}
        note={words.balanceNote(money(paid, unit), money(account.promoNano, unit))}
      />
      <Stat label={words.borrowed} value={<Money nano={account.borrowedNano} />} note={words.borrowedNote} />
      <Stat
        label={words.spent}
        value={<Money nano={account.revenueNano} short />}
        note={words.requests(count(account.requests))}
      />
      <Stat label={words.cost} value={<Money nano={account.costNano} short />} />
      <Stat
        label={words.margin}
        value={<Money nano={account.marginNano} short />}
        note={words.ofSpend(share(BigInt(account.marginNano), BigInt(account.revenueNano)))}
      />
    </Stats>
  );
};

const USUAL = "";

const PlanChoice = ({ detail: { account, plans, defaultPlan } }: DetailProps) => {
  const act = useAct();
  return (
    <Select
      label={words.plan}
      value={account.planId ?? USUAL}
      disabled={act.pending}
      className="!w-52"
      options={[
        { value: USUAL, label: words.usualPlan(defaultPlan) },
        ...plans.map((id) => ({ value: id, label: id })),
      ]}
      onChange={(next) => {
        const before = account.planId;
        void act.run(() => putOnPlan(account.id, next === USUAL ? null : next), {
          title: words.planChanged,
          undo: () => void act.run(() => putOnPlan(account.id, before), { title: words.planChanged }),
          loud: true,
        });
      }}
    />
  );
};

const Dialogs = ({ detail, open, onClose }: DetailProps & { readonly open: Open; readonly onClose: () => void }) => {
  const { id, name, isFrozen } = detail.account;
  const navigate = useNavigate();
  const client = useQueryClient();
  if (open === "entry") return <EntryDialog detail={detail} onClose={onClose} />;
  if (open === "freeze")
    return (
      <ReasonDialog
        title={isFrozen ? actWords.thawTitle(name) : actWords.freezeTitle(name)}
        verb={isFrozen ? actWords.thaw : actWords.freeze}
        danger={!isFrozen}
        onClose={onClose}
        act={(reason) => freezeAccount(id, !isFrozen, reason)}
        done={isFrozen ? actWords.thawed : actWords.frozen}
      >
        {isFrozen ? actWords.thawText : actWords.freezeText}
      </ReasonDialog>
    );
  if (open === null) return null;
  return (
    <ReasonDialog
      title={actWords.lookTitle(name)}
      verb={actWords.look}
      onClose={onClose}
      act={async (reason) => {
        await openView(id, reason);
        await client.invalidateQueries({ queryKey: meQuery.queryKey });
        await navigate({ to: "/app/$account/overview", params: { account: id } });
      }}
    >
      {actWords.lookText}
    </ReasonDialog>
  );
};

const Requests = ({ account }: { readonly account: string }) => (
  <Empty
    title={words.tabs.requests}
    action={
      <ButtonLink to="/admin/requests" search={{ account }}>
        {words.toRequests}
      </ButtonLink>
    }
  >
    {words.requestsText}
  </Empty>
);

const Parts = ({ detail }: DetailProps) => {
  const { tab = "entries" } = route.useSearch();
  const navigate = route.useNavigate();
  const { id } = detail.account;
  const contents: Record<(typeof ACCOUNT_TABS)[number], ReactNode> = {
    entries: <Entries account={id} />,
    keys: <Keys account={id} />,
    people: <People detail={detail} />,
    requests: <Requests account={id} />,
  };
  return (
    <Tabs
      label={words.views}
      value={tab}
      tabs={ACCOUNT_TABS.map((value) => ({ value, label: words.tabs[value], content: contents[value] }))}
      onChange={(next) =>
        void navigate({ search: next === "entries" ? {} : { tab: next }, replace: true, resetScroll: false })
      }
    />
  );
};

const Content = ({ detail }: DetailProps) => {
  const [open, setOpen] = useState<Open>(null);
  const { account, closedAt } = detail;
  const act = (what: Open) => () => {
    setOpen(what);
  };
  return (
    <Page
      title={account.name}
      description={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {account.isFrozen && <Badge tone="warn">{closedAt === null ? words.frozen : words.closed}</Badge>}
          <span>{account.owner ?? words.noOwner}</span>
          <Id id={account.id} what={words.id} short />
        </span>
      }
      actions={
        <>
          <Allowed
            act="PUT /console/api/admin/accounts/{account}/plan"
            otherwise={<Badge>{account.planId ?? words.usualPlan(detail.defaultPlan)}</Badge>}
          >
            <PlanChoice detail={detail} />
          </Allowed>
          <Button
            act="POST /console/api/admin/accounts/{account}/view"
            icon={<Eye aria-hidden className="size-4" />}
            onClick={act("look")}
          >
            {words.look}
          </Button>
          {closedAt === null && (
            <Button
              act="POST /console/api/admin/accounts/{account}/freeze"
              icon={<Snowflake aria-hidden className="size-4" />}
              onClick={act("freeze")}
            >
              {account.isFrozen ? words.thaw : words.freeze}
            </Button>
          )}
          <Button act="POST /console/api/admin/accounts/{account}/entries" kind="primary" onClick={act("entry")}>
            {words.moveMoney}
          </Button>
        </>
      }
    >
      <States detail={detail} />
      <Figures detail={detail} />
      <Parts detail={detail} />
      <Dialogs
        detail={detail}
        open={open}
        onClose={() => {
          setOpen(null);
        }}
      />
    </Page>
  );
};

const Coming = () => (
  <div className="flex flex-col gap-8">
    <Skeleton className="h-16 w-72" />
    <Skeleton className="h-28 w-full" />
    <Skeleton className="h-96 w-full" />
  </div>
);

export const AccountPage = () => {
  const { account } = route.useParams();
  const { data, error, refetch } = useQuery(accountQuery(account));
  return (
    <div className="flex flex-col gap-4">
      <Link
        to="/admin/accounts"
        className="inline-flex items-center gap-1.5 self-start rounded-small text-small text-ink-3 hover:text-ink"
      >
        <ArrowLeft aria-hidden className="size-3.5" />
        {words.back}
      </Link>
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      {data === undefined ? error === null && <Coming /> : <Content key={account} detail={data} />}
    </div>
  );
};

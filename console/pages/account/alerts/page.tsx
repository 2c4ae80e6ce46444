/** What an account is told of: its rules first, then the webhook, then what was sent. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";

import { alertsQuery, type AlertRule, type Alerts, type Delivery } from "../../../api/alerts.ts";
import { useMay } from "../../../api/may.ts";
import { money } from "../../../format/money.ts";
import { useMoneyUnit } from "../../../layout/storefront.tsx";
import type { MoneyUnit } from "../../../format/money.ts";
import { Badge, type Tone } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Time } from "../../../ui/exact.tsx";
import { Notice, Page, Section } from "../../../ui/page.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { RuleSheet } from "./rule-form.tsx";
import { Webhook } from "./webhook.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/app/$account/alerts");

const sentence = ({ kind, amountNano, percent, factor }: AlertRule, unit: MoneyUnit): string => {
  const amount = money(amountNano ?? "0", unit);
  if (kind === "low_balance") return words.says.low_balance(amount);
  if (kind === "key_budget") return words.says.key_budget(percent ?? 0);
  return words.says.daily_spend(((factor ?? 0) / 10).toLocaleString(), amount);
};

/** Who hears of it, by name. */
const hearers = ({ people, webhook }: AlertRule, { members }: Alerts): string => {
  const mails = members.filter(({ id }) => people.includes(id)).map(({ email }) => email);
  const all = webhook ? [...mails, words.webhookName] : mails;
  return all.length === 0 ? words.nobody : all.join(", ");
};

const RuleState = ({ rule }: { readonly rule: AlertRule }) => {
  if (!rule.enabled) return <Badge>{words.off}</Badge>;
  if (rule.firedAt === null) return <Badge tone="good">{words.armed}</Badge>;
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap">
      <Badge tone="warn">{words.fired}</Badge>
      <Time at={rule.firedAt} className="text-small text-ink-3" />
    </span>
  );
};

const ruleColumns = (alerts: Alerts | undefined, unit: MoneyUnit): readonly Column<AlertRule>[] => [
  {
    key: "rule",
    title: words.rule,
    cell: (rule) => (
      <div>
        <div className="font-medium text-ink">{words.kinds[rule.kind]}</div>
        <div className="text-small text-ink-2">{sentence(rule, unit)}</div>
      </div>
    ),
  },
  {
    key: "tells",
    title: words.tells,
    wide: true,
    cell: (rule) => <span className="break-words text-ink-2">{alerts && hearers(rule, alerts)}</span>,
  },
  { key: "state", title: words.state, cell: (rule) => <RuleState rule={rule} /> },
];

const TONES: Readonly<Record<string, Tone>> = { waiting: "neutral", delivered: "good", failed: "bad" };

const Result = ({ state, tries, status, channel }: Delivery) => (
  <div>
    <Badge tone={TONES[state] ?? "neutral"}>{words.states[state] ?? state}</Badge>
    {channel === "webhook" && tries > 0 && (
      <div className="mt-0.5 text-small whitespace-nowrap text-ink-3">
        {words.tries(tries)}, {status === null ? words.noAnswer : words.answered(status)}
      </div>
    )}
  </div>
);

const DELIVERY_COLUMNS: readonly Column<Delivery>[] = [
  { key: "when", title: words.when, className: "whitespace-nowrap", cell: ({ createdAt }) => <Time at={createdAt} /> },
  { key: "event", title: words.event, cell: ({ event }) => words.events[event] ?? event },
  {
    key: "to",
    title: words.to,
    wide: true,
    cell: ({ target }) => <span className="break-all text-ink-2">{target ?? words.webhookName}</span>,
  },
  { key: "result", title: words.result, cell: (delivery) => <Result {...delivery} /> },
];

const Deliveries = ({ alerts }: { readonly alerts: Alerts | undefined }) => (
  <Section title={words.deliveries} description={words.deliveriesText}>
    <Table
      label={words.deliveries}
      columns={DELIVERY_COLUMNS}
      rows={alerts?.deliveries}
      rowKey={({ id }) => id}
      skeletonRows={3}
      empty={<Empty title={words.noDeliveries}>{words.noDeliveriesHint}</Empty>}
    />
  </Section>
);

const NEW = "new";

export const AlertsPage = () => {
  const { account } = route.useParams();
  const { rule } = route.useSearch();
  const navigate = useNavigate();
  const unit = useMoneyUnit();
  const mayChange = useMay()("PUT /console/api/accounts/{account}/alerts/rules/{rule}");
  const { data: alerts, error, refetch } = useQuery(alertsQuery(account));
  const show = (next: string | null): void => {
    const search = next === null ? {} : { rule: next };
    void navigate({ to: "/app/$account/alerts", params: { account }, search });
  };
  const add = (
    <Button
      act="POST /console/api/accounts/{account}/alerts/rules"
      kind="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => {
        show(NEW);
      }}
    >
      {words.add}
    </Button>
  );
  const opened = alerts?.rules.find(({ id }) => id === rule);
  if (error !== null)
    return (
      <Page title={words.title}>
        <Failed error={error} retry={() => void refetch()} />
      </Page>
    );
  return (
    <Page title={words.title} description={words.description} actions={add}>
      {alerts?.mail === false && (
        <Notice tone="warn" title={words.mailOff}>
          {words.mailOffText}
        </Notice>
      )}
      <Table
        label={words.title}
        columns={ruleColumns(alerts, unit)}
        rows={alerts?.rules}
        rowKey={({ id }) => id}
        skeletonRows={3}
        {...(mayChange && {
          onOpen: ({ id }: AlertRule) => {
            show(id);
          },
        })}
        openKey={rule}
        empty={
          <Empty title={words.none} action={add}>
            {words.noneHint}
          </Empty>
        }
      />
      {alerts === undefined ? (
        <Skeleton className="h-40 w-full" />
      ) : (
        <Webhook account={account} webhook={alerts.webhook} />
      )}
      <Deliveries alerts={alerts} />
      {mayChange && alerts !== undefined && (rule === NEW || opened !== undefined) && (
        <RuleSheet
          key={rule}
          account={account}
          alerts={alerts}
          rule={opened ?? null}
          onClose={() => {
            show(null);
          }}
        />
      )}
    </Page>
  );
};

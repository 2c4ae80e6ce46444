/** An account's settings: its name, what its invoices say, and its end. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";

import { changeSettings, closeAccount, settingsQuery, type AccountSettings } from "../../../api/billing.ts";
import { fieldError } from "../../../api/client.ts";
import { meQuery } from "../../../api/me.ts";
import { Allowed } from "../../../ui/allowed.tsx";
import { useMay } from "../../../api/may.ts";
import { Button } from "../../../ui/button.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Money, Time } from "../../../ui/exact.tsx";
import { TextArea, TextField } from "../../../ui/field.tsx";
import { Card, Facts, Notice, Page, Section } from "../../../ui/page.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { useStepUp } from "../../../ui/step-up.tsx";
import { toast } from "../../../ui/toast.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/app/$account/settings");

interface Part {
  readonly account: string;
  readonly settings: AccountSettings;
}

const FIELDS = ["name", "company", "address", "taxId"] as const;
type FormField = (typeof FIELDS)[number];

const orNull = (text: string): string | null => (text.trim() === "" ? null : text);

const useSave = (account: string) => {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, company, address, taxId }: Readonly<Record<FormField, string>>) =>
      changeSettings(account, {
        name,
        company: orNull(company),
        address: orNull(address),
        taxId: orNull(taxId),
      }),
    onSuccess: async (next) => {
      queries.setQueryData(settingsQuery(account).queryKey, next);
      toast({ title: words.saved, description: words.savedNote });
      await queries.invalidateQueries({ queryKey: meQuery.queryKey });
    },
  });
};

const Details = ({ account, settings }: Part) => {
  const { name, company, address, taxId } = settings;
  const [form, setForm] = useState({ name, company: company ?? "", address: address ?? "", taxId: taxId ?? "" });
  const save = useSave(account);
  const mayChange = useMay()("PUT /console/api/accounts/{account}/settings");
  const bind = (field: FormField) => ({
    label: words[field],
    error: fieldError(save.error, field),
    value: form[field],
    onChange: (event: { readonly currentTarget: { readonly value: string } }): void => {
      setForm({ ...form, [field]: event.currentTarget.value });
    },
  });
  const hasField = FIELDS.some((field) => fieldError(save.error, field) !== undefined);
  return (
    <Section title={words.details}>
      <Card>
        <form
          className="flex max-w-xl flex-col gap-5"
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate(form);
          }}
        >
          <fieldset disabled={!mayChange} className="contents">
            {save.error !== null && !hasField && <Failed error={save.error} />}
            <TextField {...bind("name")} required maxLength={200} autoComplete="off" />
            <TextField
              {...bind("company")}
              optional
              hint={words.companyHint}
              maxLength={200}
              autoComplete="organization"
            />
            <TextArea {...bind("address")} optional rows={4} maxLength={500} autoComplete="street-address" />
            <TextField {...bind("taxId")} optional maxLength={50} autoComplete="off" />
          </fieldset>
          <Button
            act="PUT /console/api/accounts/{account}/settings"
            type="submit"
            kind="primary"
            pending={save.isPending}
            className="self-start"
          >
            {words.save}
          </Button>
        </form>
      </Card>
    </Section>
  );
};

const Close = ({ account, settings }: Part) => {
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const withStepUp = useStepUp();
  const close = useMutation({
    mutationFn: () => withStepUp(() => closeAccount(account)),
    onSuccess: async () => {
      setAsking(false);
      await queries.invalidateQueries({ queryKey: ["account", account] });
    },
  });
  return (
    <Section title={words.close} description={words.closeText}>
      <Button
        kind="danger"
        className="self-start"
        onClick={() => {
          close.reset();
          setAsking(true);
        }}
      >
        {words.closeVerb}
      </Button>
      <Confirm
        open={asking}
        onClose={() => {
          setAsking(false);
        }}
        onConfirm={() => {
          close.mutate();
        }}
        title={words.closeTitle}
        verb={words.closeVerb}
        danger
        pending={close.isPending}
        typed={words.typed}
      >
        <div className="flex flex-col gap-4">
          {close.error !== null && <Failed error={close.error} />}
          <p>{words.closeText}</p>
          <Facts facts={[[words.left, <Money key="left" nano={settings.balanceNano} />]]} />
        </div>
      </Confirm>
    </Section>
  );
};

const factsOf = (account: string, { planId, createdAt, closedAt }: AccountSettings) =>
  [
    [words.id, <Id key="id" id={account} what="account id" />],
    [words.plan, planId ?? words.noPlan],
    [words.created, <Time key="created" at={createdAt} full />],
    ...(closedAt === null ? [] : ([[words.closed, <Time key="closed" at={closedAt} full />]] as const)),
  ] as const;

export const SettingsPage = () => {
  const { account } = route.useParams();
  const { data: settings, error, refetch } = useQuery(settingsQuery(account));
  const part = settings && { account, settings };
  return (
    <Page title={words.title} description={words.description}>
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      {part === undefined && error === null && <Skeleton className="h-96 w-full" />}
      {part !== undefined && (
        <>
          {part.settings.closedAt !== null && (
            <Notice tone="warn" title={words.closedTitle}>
              {words.closedText}
            </Notice>
          )}
          <Section title={words.facts}>
            <Card>
              <Facts facts={factsOf(account, part.settings)} />
            </Card>
          </Section>
          <Details {...part} />
          {part.settings.closedAt === null && (
            <Allowed act="POST /console/api/accounts/{account}/settings/close">
              <Close {...part} />
            </Allowed>
          )}
        </>
      )}
    </Page>
  );
};

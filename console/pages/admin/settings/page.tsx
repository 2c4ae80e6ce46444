/** The storefront: its name, unit, new customers and looks, changed in one place and in force at once. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { changeSettings, settingsKey, settingsQuery, type HouseSettings } from "../../../api/house.ts";
import { storefrontQuery } from "../../../api/public.ts";
import { ago } from "../../../format/time.ts";
import { useMay } from "../../../api/may.ts";
import { Button } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Field, Switch, TextArea, TextField } from "../../../ui/field.tsx";
import { Card, Facts, Notice, Page, Section } from "../../../ui/page.tsx";
import { Select } from "../../../ui/select.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { useStepUp } from "../../../ui/step-up.tsx";
import { toast } from "../../../ui/toast.tsx";
import { changeOf, formOf, problemsOf, type Form, type Problems } from "./form.ts";
import { Looks } from "./looks.tsx";
import { words } from "./words.ts";

interface PartProps {
  readonly form: Form;
  readonly problems: Problems;
  readonly onChange: (change: Partial<Form>) => void;
}

type TextName = { [Name in keyof Form]: Form[Name] extends string ? Name : never }[keyof Form];

interface TextProps extends PartProps {
  readonly name: TextName;
  readonly label: string;
  readonly hint?: string;
}

const Text = ({ form, problems, onChange, name, label, hint }: TextProps) => (
  <TextField
    label={label}
    value={form[name]}
    error={problems[name]}
    {...(hint === undefined ? {} : { hint })}
    onChange={(event) => {
      onChange({ [name]: event.currentTarget.value });
    }}
  />
);

const optionsOf = <T extends string>(names: Readonly<Record<T, string>>) =>
  (Object.keys(names) as T[]).map((value) => ({ value, label: names[value] }));

const Identity = (props: PartProps) => (
  <Section title={words.identity}>
    <Card className="grid gap-5 sm:grid-cols-2">
      <Text {...props} name="name" label={words.name} />
      <Text {...props} name="support" label={words.support} hint={words.supportHint} />
      <Text {...props} name="billingUrl" label={words.billingUrl} hint={words.billingUrlHint} />
    </Card>
  </Section>
);

const Seller = (props: PartProps) => (
  <Section title={words.seller} description={words.sellerText}>
    <Card className="grid gap-5 sm:grid-cols-2">
      <Text {...props} name="sellerName" label={words.sellerName} hint={words.sellerNameHint} />
      <Text {...props} name="sellerTaxId" label={words.sellerTaxId} />
      <div className="sm:col-span-2">
        <TextArea
          label={words.sellerAddress}
          rows={3}
          error={props.problems.sellerAddress}
          value={props.form.sellerAddress}
          onChange={(event) => {
            props.onChange({ sellerAddress: event.currentTarget.value });
          }}
        />
      </div>
    </Card>
  </Section>
);

const Unit = (props: PartProps) => (
  <Section title={words.money} description={words.unitHint}>
    <Card className="grid gap-5 sm:grid-cols-3">
      <Field label={words.unit}>
        <Select
          label={words.unit}
          value={props.form.unit}
          options={optionsOf(words.units)}
          onChange={(unit) => {
            props.onChange({ unit });
          }}
        />
      </Field>
      {props.form.unit === "credits" && (
        <>
          <Text {...props} name="unitName" label={words.unitName} />
          <Text {...props} name="unitRate" label={words.unitRate} />
        </>
      )}
    </Card>
  </Section>
);

const Customers = (props: PartProps) => (
  <Section title={words.registrationTitle}>
    <Card className="grid gap-5 sm:grid-cols-2">
      <Field label={words.registration}>
        <Select
          label={words.registration}
          value={props.form.registration}
          options={optionsOf(words.registrations)}
          onChange={(registration) => {
            props.onChange({ registration });
          }}
        />
      </Field>
      <Text {...props} name="startCredit" label={words.startCredit} hint={words.startCreditHint} />
      <Text {...props} name="perPeer" label={words.perPeer} />
      <Text {...props} name="perDay" label={words.perDay} />
    </Card>
  </Section>
);

const Offer = ({ form, onChange, settings }: PartProps & { readonly settings: HouseSettings }) => (
  <Section title={words.offer}>
    <Card className="grid gap-5 sm:grid-cols-2">
      <Field label={words.catalog}>
        <Select
          label={words.catalog}
          value={form.catalog}
          options={optionsOf(words.catalogs)}
          onChange={(catalog) => {
            onChange({ catalog });
          }}
        />
      </Field>
      <Switch
        label={words.idempotency}
        hint={words.idempotencyHint}
        checked={form.idempotency}
        onChange={(idempotency) => {
          onChange({ idempotency });
        }}
      />
      <div className="border-t border-line pt-4 sm:col-span-2">
        <Facts
          facts={[
            [words.mounts, settings.mounts.map((mount) => (mount === "" ? words.root : mount)).join(", ")],
            [words.keyPrefix, settings.keyPrefix],
          ]}
        />
      </div>
    </Card>
  </Section>
);

/** Fields of the form that only the server judges, and what they are called there. */
const PLACES = {
  support: "support",
  billingUrl: "billingUrl",
  sellerName: "seller.name",
  sellerAddress: "seller.address",
  sellerTaxId: "seller.taxId",
} as const satisfies Partial<Record<keyof Form, string>>;

const SettingsForm = ({ settings }: { readonly settings: HouseSettings }) => {
  const before = formOf(settings);
  const [form, setForm] = useState(before);
  const queries = useQueryClient();
  const withStepUp = useStepUp();
  const save = useMutation({
    mutationFn: () => withStepUp(() => changeSettings(changeOf(form, before))),
    onSuccess: async (changed) => {
      queries.setQueryData(settingsKey, changed);
      setForm(formOf(changed));
      toast({ title: words.saved });
      await queries.invalidateQueries({ queryKey: storefrontQuery.queryKey });
    },
  });
  const mayChange = useMay()("PATCH /console/api/admin/settings");
  const found = problemsOf(form);
  const change = changeOf(form, before);
  const refused = Object.entries(PLACES).flatMap(([name, place]): [string, string][] => {
    const why = fieldError(save.error, place);
    return why === undefined ? [] : [[name, why]];
  });
  const problems: Problems = { ...found, ...Object.fromEntries(refused) };
  const part: PartProps = {
    form,
    problems,
    onChange: (some) => {
      setForm({ ...form, ...some });
    },
  };
  const isSame = Object.keys(change).length === 0;
  return (
    <form
      className="flex flex-col gap-8"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {settings.warnings.length > 0 && (
        <Notice tone="warn" title={words.warnings}>
          <ul className="list-disc pl-5">
            {settings.warnings.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </Notice>
      )}
      {settings.fromFile.length > 0 && <Notice>{words.fromFile(settings.fromFile.join(", "))}</Notice>}
      <fieldset disabled={!mayChange} className="contents">
        <Identity {...part} />
        <Seller {...part} />
        <Unit {...part} />
        <Customers {...part} />
        <Offer {...part} settings={settings} />
        <Looks {...part} />
      </fieldset>
      {save.error !== null && <Failed error={save.error} />}
      {mayChange && (
        <div className="sticky bottom-16 flex flex-wrap items-center gap-3 border-t border-line bg-paper py-4 md:bottom-0">
          <Button
            kind="primary"
            type="submit"
            pending={save.isPending}
            disabled={isSame || Object.keys(found).length > 0}
          >
            {words.save}
          </Button>
          <Button
            kind="quiet"
            disabled={isSame}
            onClick={() => {
              setForm(before);
            }}
          >
            {words.undo}
          </Button>
          {settings.changedAt !== null && (
            <span className="text-small text-ink-3">{words.changed(ago(settings.changedAt))}</span>
          )}
        </div>
      )}
    </form>
  );
};

export const SettingsPage = () => {
  const settings = useQuery(settingsQuery);
  return (
    <Page title={words.title} description={words.description}>
      {settings.error !== null && <Failed error={settings.error} retry={() => void settings.refetch()} />}
      {settings.data === undefined ? (
        settings.error === null && <Skeleton className="h-96" />
      ) : (
        <SettingsForm key={settings.data.changedAt ?? 0} settings={settings.data} />
      )}
    </Page>
  );
};

/** Adds or changes an upstream, and tries it before it is saved. */
import { useQuery } from "@tanstack/react-query";
import { useState, type Dispatch, type SetStateAction } from "react";

import { fieldError } from "../../../api/client.ts";
import { addUpstream, editUpstream, providersQuery, type Provider, type Upstream } from "../../../api/operator.ts";
import { Button } from "../../../ui/button.tsx";
import { Combobox } from "../../../ui/combobox.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Field, Switch, TextField } from "../../../ui/field.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { useAct } from "../act.ts";
import { editOf, emptyForm, formOf, newUpstreamOf, type FormState } from "./form-state.ts";
import { ModelNames } from "./model-names.tsx";
import { TestCall } from "./test-call.tsx";
import { words } from "./words.ts";

export interface PartProps {
  readonly form: FormState;
  readonly setForm: Dispatch<SetStateAction<FormState>>;
  readonly error: unknown;
}

const onText =
  (setForm: PartProps["setForm"], name: keyof FormState) =>
  (event: { readonly currentTarget: { readonly value: string } }): void => {
    const { value } = event.currentTarget;
    setForm((before) => ({ ...before, [name]: value }));
  };

const keyHint = (provider: Provider | undefined, editing: Upstream | null): string => {
  if (editing?.key) return words.apiKeyKept(words.keyEnds(editing.key.last4, editing.key.fingerprint));
  return provider?.needsKey === false ? words.apiKeyNone : words.apiKeyHow[provider?.auth ?? "bearer"];
};

const Place = ({
  form,
  setForm,
  error,
  provider,
  editing,
}: PartProps & { readonly provider: Provider | undefined; readonly editing: Upstream | null }) => (
  <div className="flex flex-col gap-4">
    {editing === null && (
      <TextField
        label={words.id}
        hint={words.idHint}
        error={fieldError(error, "id")}
        value={form.id}
        onChange={onText(setForm, "id")}
        autoComplete="off"
      />
    )}
    <TextField
      label={words.baseUrl}
      mono
      optional={provider?.baseUrl !== null}
      hint={provider?.baseUrl ? words.baseUrlOwn(provider.baseUrl) : words.baseUrlNeeded}
      error={fieldError(error, "baseUrl")}
      value={form.baseUrl}
      onChange={onText(setForm, "baseUrl")}
      autoComplete="off"
    />
    <TextField
      label={words.apiKey}
      mono
      type="password"
      autoComplete="new-password"
      optional={editing !== null || provider?.needsKey === false}
      hint={keyHint(provider, editing)}
      error={fieldError(error, "apiKey")}
      value={form.apiKey}
      onChange={onText(setForm, "apiKey")}
    />
  </div>
);

const LIMITS = ["firstByteMs", "wholeMs", "idleMs", "maxConcurrent"] as const;

const Limits = ({ form, setForm, error }: PartProps) => (
  <div className="grid grid-cols-2 gap-4 border-t border-line pt-5">
    {LIMITS.map((name) => (
      <TextField
        key={name}
        label={words[name]}
        inputMode="numeric"
        placeholder={words.usual}
        error={fieldError(error, name) ?? fieldError(error, `timeouts.${name}`)}
        value={form[name]}
        onChange={onText(setForm, name)}
      />
    ))}
  </div>
);

export interface UpstreamFormProps {
  /** Null: a new one. */
  readonly editing: Upstream | null;
  readonly onClose: () => void;
}

export const UpstreamForm = ({ editing, onClose }: UpstreamFormProps) => {
  const providers = useQuery(providersQuery);
  const ownUrl = providers.data?.find(({ id }) => id === editing?.provider)?.baseUrl ?? null;
  const [before] = useState(() => (editing === null ? emptyForm : formOf(editing, ownUrl)));
  const [form, setForm] = useState(before);
  const act = useAct();
  const provider = providers.data?.find(({ id }) => id === form.provider);
  const save = async (): Promise<void> => {
    const done = await act.run(
      () => (editing === null ? addUpstream(newUpstreamOf(form)) : editUpstream(editing.id, editOf(form, before))),
      { title: words.saved(editing?.id ?? form.id) },
    );
    if (done) onClose();
  };
  const part = { form, setForm, error: act.error };
  return (
    <Sheet
      open
      onClose={onClose}
      title={editing === null ? words.addTitle : words.editTitle(editing.id)}
      description={words.formText}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button kind="primary" pending={act.pending} onClick={() => void save()}>
            {words.save}
          </Button>
        </>
      }
    >
      {act.error !== null && <Failed error={act.error} />}
      {editing === null && (
        <Field label={words.provider}>
          <Combobox
            label={words.provider}
            value={form.provider}
            none={words.noneText}
            options={(providers.data ?? []).map(({ id, name }) => ({ value: id, label: name, note: id }))}
            onChange={(next) => {
              setForm({ ...form, provider: next, id: form.id === "" || form.id === form.provider ? next : form.id });
            }}
          />
        </Field>
      )}
      <Place {...part} provider={provider} editing={editing} />
      <TestCall form={form} setForm={setForm} editing={editing?.id ?? null} />
      <ModelNames form={form} setForm={setForm} editing={editing?.id ?? null} />
      <Limits {...part} />
      {editing === null && (
        <Switch
          label={words.enabled}
          checked={form.enabled}
          onChange={(enabled) => {
            setForm({ ...form, enabled });
          }}
        />
      )}
    </Sheet>
  );
};

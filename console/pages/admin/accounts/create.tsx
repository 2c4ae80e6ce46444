/** Opens an account, and invites who is to own it. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { createAccount } from "../../../api/operate.ts";
import { operatorPlansQuery } from "../../../api/operator.ts";
import { Button } from "../../../ui/button.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Field, TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/page.tsx";
import { Select } from "../../../ui/select.tsx";
import { useAct } from "../act.ts";
import { words } from "./words.ts";

const USUAL = "";

interface Made {
  readonly id: string;
  readonly link: string | null;
}

interface Form {
  readonly name: string;
  readonly email: string;
  readonly plan: string;
}

interface FieldsProps {
  readonly form: Form;
  readonly onChange: (part: Partial<Form>) => void;
  readonly error: unknown;
}

const Fields = ({ form, onChange, error }: FieldsProps) => {
  const plans = useQuery(operatorPlansQuery);
  return (
    <>
      <TextField
        label={words.name}
        required
        maxLength={200}
        value={form.name}
        error={fieldError(error, "name")}
        onChange={(event) => {
          onChange({ name: event.currentTarget.value });
        }}
      />
      <TextField
        label={words.email}
        type="email"
        optional
        hint={words.emailHint}
        value={form.email}
        error={fieldError(error, "email")}
        onChange={(event) => {
          onChange({ email: event.currentTarget.value });
        }}
      />
      <Field label={words.planField}>
        <Select
          value={form.plan}
          options={[
            { value: USUAL, label: words.usualPlanOption },
            ...(plans.data?.items ?? []).map(({ id }) => ({ value: id, label: id })),
          ]}
          onChange={(plan) => {
            onChange({ plan });
          }}
        />
      </Field>
    </>
  );
};

/** The link that could not be sent. */
const LinkDialog = ({ link, onClose }: { readonly link: string; readonly onClose: () => void }) => (
  <Dialog
    open
    onClose={onClose}
    title={words.made}
    actions={
      <Button kind="primary" onClick={onClose}>
        {words.done}
      </Button>
    }
  >
    <Notice tone="warn" title={words.linkTitle}>
      {words.linkText}
    </Notice>
    <Id id={link} what={words.link} />
  </Dialog>
);

const FORM_ID = "open-account";

export interface CreateAccountProps {
  readonly onClose: () => void;
  readonly onMade: (account: string) => void;
}

export const CreateAccount = ({ onClose, onMade }: CreateAccountProps) => {
  const act = useAct();
  const [form, setForm] = useState<Form>({ name: "", email: "", plan: USUAL });
  const [made, setMade] = useState<Made | null>(null);
  const submit = async (): Promise<void> => {
    const email = form.email.trim();
    const body = {
      name: form.name.trim(),
      email: email === "" ? null : email,
      planId: form.plan === USUAL ? null : form.plan,
    };
    await act.run(
      async () => {
        const answer = await createAccount(body);
        if (answer.link === null) onMade(answer.id);
        else setMade(answer);
      },
      { title: words.made },
    );
  };
  if (made !== null && made.link !== null)
    return (
      <LinkDialog
        link={made.link}
        onClose={() => {
          onMade(made.id);
        }}
      />
    );
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.addTitle}
      description={words.addText}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button kind="primary" type="submit" form={FORM_ID} pending={act.pending} disabled={form.name.trim() === ""}>
            {words.add}
          </Button>
        </>
      }
    >
      <form
        id={FORM_ID}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {act.error !== null && <Failed error={act.error} />}
        <Fields
          form={form}
          onChange={(part) => {
            setForm((before) => ({ ...before, ...part }));
          }}
          error={act.error}
        />
      </form>
    </Dialog>
  );
};

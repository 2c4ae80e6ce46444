/** Invites somebody as a customer, or to work for the installation. */
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { invitePerson, type InvitedRole } from "../../../api/operate.ts";
import { Button } from "../../../ui/button.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Field, TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/page.tsx";
import { Select } from "../../../ui/select.tsx";
import { useAct } from "../act.ts";
import { words } from "./words.ts";

const ROLES = ["customer", "support", "auditor", "operator"] as const satisfies readonly InvitedRole[];

export const InviteDialog = ({ onClose }: { readonly onClose: () => void }) => {
  const act = useAct();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<InvitedRole>("customer");
  const [link, setLink] = useState<string | null>(null);
  const submit = async (): Promise<void> => {
    let made: string | null = null;
    const done = await act.run(
      async () => {
        made = (await invitePerson(email.trim(), role)).link;
      },
      { title: words.sent },
    );
    if (!done) return;
    if (made === null) onClose();
    else setLink(made);
  };
  if (link !== null)
    return (
      <Dialog open onClose={onClose} title={words.linkTitle} actions={<Button onClick={onClose}>{words.done}</Button>}>
        <Notice tone="warn">{words.linkText}</Notice>
        <Id id={link} what={words.link} />
      </Dialog>
    );
  const formId = "invite";
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.inviteTitle}
      description={words.inviteText}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button kind="primary" type="submit" form={formId} pending={act.pending}>
            {words.send}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {act.error !== null && fieldError(act.error, "email") === undefined && <Failed error={act.error} />}
        <TextField
          label={words.email}
          type="email"
          required
          value={email}
          error={fieldError(act.error, "email")}
          onChange={(event) => {
            setEmail(event.currentTarget.value);
          }}
        />
        <Field label={words.inviteAs} hint={words.inviteRoles[role][1]}>
          <Select
            value={role}
            options={ROLES.map((value) => ({
              value,
              label: words.inviteRoles[value][0],
              hint: words.inviteRoles[value][1],
            }))}
            onChange={setRole}
          />
        </Field>
      </form>
    </Dialog>
  );
};

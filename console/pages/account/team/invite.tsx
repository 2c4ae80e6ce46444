/** Invites somebody into the account. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { invite, teamKey, type TeamRole } from "../../../api/team.ts";
import { Button } from "../../../ui/button.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Field, TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/page.tsx";
import { Select } from "../../../ui/select.tsx";
import { useStepUp } from "../../../ui/step-up.tsx";
import { toast } from "../../../ui/toast.tsx";
import { words } from "./words.ts";

const ROLES = ["member", "owner"] as const satisfies readonly TeamRole[];
const FORM = "invite-member";

export interface InviteProps {
  readonly account: string;
  readonly onClose: () => void;
}

export const InviteMember = ({ account, onClose }: InviteProps) => {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<TeamRole>("member");
  const [link, setLink] = useState<string | null>(null);
  const queries = useQueryClient();
  const withStepUp = useStepUp();
  const send = useMutation({
    mutationFn: () => withStepUp(() => invite(account, email.trim(), role)),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: teamKey(account) });
      if (made === null) {
        toast({ title: words.sent });
        onClose();
      } else setLink(made);
    },
  });
  if (link !== null)
    return (
      <Dialog
        open
        onClose={onClose}
        title={words.linkTitle}
        actions={
          <Button kind="primary" onClick={onClose}>
            {words.done}
          </Button>
        }
      >
        <Notice tone="warn">{words.linkText}</Notice>
        <Id id={link} what={words.link} />
      </Dialog>
    );
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.invite}
      description={words.inviteText}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button kind="primary" type="submit" form={FORM} pending={send.isPending}>
            {words.send}
          </Button>
        </>
      }
    >
      <form
        id={FORM}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          send.mutate();
        }}
      >
        {send.error !== null && fieldError(send.error, "email") === undefined && <Failed error={send.error} />}
        <TextField
          label={words.email}
          type="email"
          required
          value={email}
          error={fieldError(send.error, "email")}
          onChange={(event) => {
            setEmail(event.currentTarget.value);
          }}
        />
        <Field label={words.role} hint={words.roleHints[role]}>
          <Select
            label={words.role}
            value={role}
            options={ROLES.map((value) => ({ value, label: words.roles[value] }))}
            onChange={setRole}
          />
        </Field>
      </form>
    </Dialog>
  );
};

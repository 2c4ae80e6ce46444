/** Passkeys: added, named, removed. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";

import { auth, canUsePasskeys } from "../../../api/auth.ts";
import { profile, type Ways } from "../../../api/profile.ts";
import { ago, moment } from "../../../format/time.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Confirm, Dialog } from "../../../ui/dialog.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import { useStepUp } from "../../../ui/step-up.tsx";
import { toast } from "../../../ui/toast.tsx";
import { words } from "./words.ts";

type Passkey = Ways["passkeys"][number];

const Add = ({ onClose }: { readonly onClose: () => void }) => {
  const [name, setName] = useState("");
  const client = useQueryClient();
  const stepUp = useStepUp();
  const add = useMutation({
    mutationFn: () => stepUp(() => auth.addPasskey(name.trim())),
    onSuccess: async () => {
      onClose();
      toast({ title: words.passkeyAdded });
      await client.invalidateQueries({ queryKey: ["me"] });
    },
  });
  return (
    <Dialog open title={words.addPasskey} description={words.passkeysDescription} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        {add.error !== null && <Failed error={add.error} />}
        <TextField
          label={words.passkeyName}
          value={name}
          required
          maxLength={60}
          placeholder={words.passkeyExample}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button kind="primary" type="submit" pending={add.isPending}>
            {words.addPasskey}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};

const Line = ({ passkey, onRemove }: { readonly passkey: Passkey; readonly onRemove: () => void }) => (
  <li className="flex items-center justify-between gap-3 border-t border-line py-2.5 first:border-t-0 first:pt-0 last:pb-0">
    <span className="flex min-w-0 items-center gap-3">
      <KeyRound aria-hidden className="size-4 shrink-0 text-ink-3" />
      <span className="min-w-0">
        <span className="flex flex-wrap items-center gap-2">
          <span className="truncate font-medium text-ink">{passkey.name ?? words.unnamed}</span>
          {passkey.isSynced && <Badge>{words.synced}</Badge>}
        </span>
        <span className="block text-small text-ink-3" title={moment(passkey.createdAt)}>
          {words.added(ago(passkey.createdAt))}
        </span>
      </span>
    </span>
    <Button kind="quiet" size="small" onClick={onRemove}>
      {words.remove}
    </Button>
  </li>
);

export const PasskeySection = ({ passkeys }: { readonly passkeys: readonly Passkey[] }) => {
  const [isAdding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Passkey | null>(null);
  const client = useQueryClient();
  const stepUp = useStepUp();
  const remove = useMutation({
    mutationFn: (id: string) => stepUp(() => profile.removePasskey(id)),
    onSuccess: () => client.invalidateQueries({ queryKey: ["me"] }),
    onError: (error) => {
      toast({ title: error.message, bad: true });
    },
  });
  const add = canUsePasskeys() && (
    <Button
      size="small"
      onClick={() => {
        setAdding(true);
      }}
    >
      {words.addPasskey}
    </Button>
  );
  return (
    <Section title={words.passkeys} description={words.passkeysDescription} actions={passkeys.length > 0 && add}>
      {passkeys.length === 0 ? (
        <Empty title={words.noPasskeys} action={add} />
      ) : (
        <Card>
          <ul>
            {passkeys.map((passkey) => (
              <Line
                key={passkey.id}
                passkey={passkey}
                onRemove={() => {
                  setRemoving(passkey);
                }}
              />
            ))}
          </ul>
        </Card>
      )}
      {isAdding && (
        <Add
          onClose={() => {
            setAdding(false);
          }}
        />
      )}
      <Confirm
        open={removing !== null}
        title={words.removePasskeyTitle(removing?.name ?? words.unnamed)}
        verb={words.remove}
        danger
        onClose={() => {
          setRemoving(null);
        }}
        onConfirm={() => {
          if (removing !== null) remove.mutate(removing.id);
          setRemoving(null);
        }}
      >
        {words.removePasskey}
      </Confirm>
    </Section>
  );
};

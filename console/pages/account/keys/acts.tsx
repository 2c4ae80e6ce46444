/** What can be done to a key, and the dialogs that ask before. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pencil, RefreshCw, Snowflake, Sun, Trash2 } from "lucide-react";
import { useState } from "react";

import { keysKey, rotateKey, setKey, type Key, type KeyAct, type MadeKey } from "../../../api/keys.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm, Dialog } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Field } from "../../../ui/field.tsx";
import { Menu } from "../../../ui/menu.tsx";
import { Select } from "../../../ui/select.tsx";
import { useStepUp } from "../../../ui/step-up.tsx";
import { toast } from "../../../ui/toast.tsx";
import { words } from "./words.ts";

const SIGN = "size-4";

/** Freezing and thawing happen at once and can be taken back. */
export const useKeyAct = (account: string) => {
  const queries = useQueryClient();
  const run = useMutation({
    mutationFn: ({ key, act }: { readonly key: Key; readonly act: KeyAct }) => setKey(account, key.id, act),
    onSuccess: async (_, { key, act }) => {
      await queries.invalidateQueries({ queryKey: keysKey(account) });
      if (act === "revoke") toast({ title: words.revokedToast(key.name) });
      else
        toast({
          title: act === "freeze" ? words.frozenToast(key.name) : words.thawedToast(key.name),
          undo: () => {
            run.mutate({ key, act: act === "freeze" ? "thaw" : "freeze" });
          },
        });
    },
    onError: (error) => {
      toast({ title: words.failedToast, description: error.message, bad: true });
    },
  });
  return run;
};

export interface KeyMenuProps {
  readonly of: Key;
  readonly onEdit: () => void;
  readonly onAct: (act: KeyAct) => void;
  readonly onRevoke: () => void;
  readonly onRotate: () => void;
}

export const KeyMenu = ({ of, onEdit, onAct, onRevoke, onRotate }: KeyMenuProps) => {
  if (of.state === "revoked") return null;
  const freeze =
    of.state === "frozen"
      ? { label: words.thaw, icon: <Sun aria-hidden className={SIGN} />, does: "thaw" as const }
      : { label: words.freeze, icon: <Snowflake aria-hidden className={SIGN} />, does: "freeze" as const };
  return (
    <Menu
      label={words.acts(of.name)}
      items={[
        {
          label: words.edit,
          icon: <Pencil aria-hidden className={SIGN} />,
          act: "PATCH /console/api/accounts/{account}/keys/{key}",
          onSelect: onEdit,
        },
        {
          label: freeze.label,
          icon: freeze.icon,
          act: `POST /console/api/accounts/{account}/keys/{key}/${freeze.does}`,
          onSelect: () => {
            onAct(freeze.does);
          },
        },
        {
          label: words.rotate,
          icon: <RefreshCw aria-hidden className={SIGN} />,
          act: "POST /console/api/accounts/{account}/keys/{key}/rotate",
          onSelect: onRotate,
        },
        {
          label: words.revoke,
          icon: <Trash2 aria-hidden className={SIGN} />,
          danger: true,
          act: "POST /console/api/accounts/{account}/keys/{key}/revoke",
          onSelect: onRevoke,
        },
      ]}
    />
  );
};

export const RevokeDialog = ({
  of,
  onClose,
  onRevoke,
}: {
  readonly of: Key | null;
  readonly onClose: () => void;
  readonly onRevoke: (key: Key) => void;
}) => (
  <Confirm
    key={of?.id ?? ""}
    open={of !== null}
    onClose={onClose}
    onConfirm={() => {
      if (of !== null) onRevoke(of);
    }}
    title={words.revokeTitle(of?.name ?? "")}
    verb={words.revokeVerb}
    danger
    typed={of?.name ?? ""}
  >
    {words.revokeText}
  </Confirm>
);

type Overlap = keyof typeof words.overlaps;

export const RotateDialog = ({
  account,
  of,
  onClose,
  onMade,
}: {
  readonly account: string;
  readonly of: Key | null;
  readonly onClose: () => void;
  readonly onMade: (made: MadeKey) => void;
}) => {
  const [overlap, setOverlap] = useState<Overlap>("24");
  const queries = useQueryClient();
  const withStepUp = useStepUp();
  const rotate = useMutation({
    mutationFn: (key: Key) => withStepUp(() => rotateKey(account, key.id, Number(overlap))),
    onSuccess: async (made) => {
      onMade(made);
      await queries.invalidateQueries({ queryKey: keysKey(account) });
    },
  });
  return (
    <Dialog
      open={of !== null}
      onClose={onClose}
      title={words.rotateTitle(of?.name ?? "")}
      description={words.rotateText}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button
            kind="primary"
            pending={rotate.isPending}
            onClick={() => {
              if (of !== null) rotate.mutate(of);
            }}
          >
            {words.rotateVerb}
          </Button>
        </>
      }
    >
      {rotate.error !== null && <Failed error={rotate.error} />}
      <Field label={words.overlap} {...(of === null || of.budget === null ? {} : { hint: words.rotateBudget })}>
        <Select<Overlap>
          value={overlap}
          options={(Object.keys(words.overlaps) as Overlap[]).map((value) => ({ value, label: words.overlaps[value] }))}
          onChange={setOverlap}
        />
      </Field>
    </Dialog>
  );
};

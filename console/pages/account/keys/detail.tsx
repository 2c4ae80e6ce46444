/** One key: what it is, and a form that changes it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { changeKey, keysKey, type Key } from "../../../api/keys.ts";
import { Badge, type Tone } from "../../../ui/badge.tsx";
import { Allowed } from "../../../ui/allowed.tsx";
import { Button } from "../../../ui/button.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Money, Time } from "../../../ui/exact.tsx";
import { Facts } from "../../../ui/page.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { toast } from "../../../ui/toast.tsx";
import { isWhole } from "./create.tsx";
import { KeyFields } from "./fields.tsx";
import { changeOf, formOf, problemsOf } from "./form.ts";
import { words } from "./words.ts";

const TONES = {
  active: "good",
  frozen: "warn",
  revoked: "neutral",
  expired: "neutral",
} as const satisfies Record<Key["state"], Tone>;

export const KeyState = ({ state }: { readonly state: Key["state"] }) => (
  <Badge tone={TONES[state]}>{words.states[state]}</Badge>
);

const HOUR_MS = 3_600_000;

const isThisHour = (at: number): boolean => Date.now() - at < HOUR_MS;

/** The hour of the last request: more is not known without reading them all. */
export const LastUsed = ({ at }: { readonly at: number | null }) => {
  if (at === null) return <span className="text-ink-3">{words.neverUsed}</span>;
  return isThisHour(at) ? words.thisHour : <Time at={at + HOUR_MS} />;
};

const factsOf = (key: Key) =>
  [
    [words.state, <KeyState key="state" state={key.state} />],
    [words.id, <Id key="id" id={key.id} what="key id" />],
    [
      words.key,
      <span key="masked" className="font-mono text-small">
        {key.masked}
      </span>,
    ],
    [words.created, <Time key="created" at={key.createdAt} full />],
    [words.lastUsed, <LastUsed key="used" at={key.lastHourAt} />],
    [words.ends, key.expiresAt === null ? words.never : <Time key="ends" at={key.expiresAt} full />],
    ...(key.budget === null
      ? []
      : ([
          [words.spend, <Money key="spent" nano={key.budget.spentNano} />],
          [words.held, <Money key="held" nano={key.budget.heldNano} />],
        ] as const)),
    ...(key.budget === null || key.budget.untilAt === null
      ? []
      : ([[words.renews, <Time key="renews" at={key.budget.untilAt} full />]] as const)),
  ] as const;

const EditForm = ({
  account,
  of,
  onDone,
}: {
  readonly account: string;
  readonly of: Key;
  readonly onDone: () => void;
}) => {
  const [form, setForm] = useState(() => formOf(of));
  const [checked, setChecked] = useState(false);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => changeKey(account, of.id, changeOf(form, of)),
    onSuccess: async ({ name }) => {
      await queries.invalidateQueries({ queryKey: keysKey(account) });
      toast({ title: words.savedToast(name) });
      onDone();
    },
  });
  return (
    <form
      className="flex flex-col gap-5 border-t border-line pt-6"
      onSubmit={(event) => {
        event.preventDefault();
        setChecked(true);
        if (Object.keys(problemsOf(form)).length === 0) save.mutate();
      }}
    >
      {isWhole(save.error) && <Failed error={save.error} />}
      <KeyFields account={account} form={form} onChange={setForm} error={save.error} checked={checked} known={of} />
      <div className="flex justify-end">
        <Button kind="primary" type="submit" pending={save.isPending}>
          {words.save}
        </Button>
      </div>
    </form>
  );
};

export interface DetailProps {
  readonly account: string;
  readonly of: Key | undefined;
  readonly onClose: () => void;
}

export const KeyDetail = ({ account, of, onClose }: DetailProps) => (
  <Sheet open={of !== undefined} onClose={onClose} title={of?.name ?? ""}>
    {of !== undefined && (
      <>
        <Facts facts={factsOf(of)} />
        {of.state !== "revoked" && (
          <Allowed act="PATCH /console/api/accounts/{account}/keys/{key}">
            <EditForm key={of.id} account={account} of={of} onDone={onClose} />
          </Allowed>
        )}
      </>
    )}
  </Sheet>
);

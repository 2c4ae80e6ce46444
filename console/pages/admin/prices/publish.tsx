/** Publishes the draft: now, or for a moment to come. */
import { useState } from "react";

import { publishPrices } from "../../../api/operator.ts";
import { moment } from "../../../format/time.ts";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Field, TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/page.tsx";
import { Select } from "../../../ui/select.tsx";
import { useAct } from "../act.ts";
import { words } from "./words.ts";

export interface PublishProps {
  readonly version: string;
  readonly models: number;
  /** This very draft was replayed. */
  readonly replayed: boolean;
  readonly onClose: () => void;
}

const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export const PublishDialog = ({ version, models, replayed, onClose }: PublishProps) => {
  const act = useAct();
  const [when, setWhen] = useState<"now" | "later">("now");
  const [text, setText] = useState("");
  // The server judges the moment; this only spares a trip.
  const [openedAt] = useState(() => Date.now());
  const later = text === "" ? Number.NaN : new Date(text).getTime();
  const isMoment = Number.isFinite(later) && later > openedAt;
  const publish = async (): Promise<void> => {
    const fromAt = when === "now" ? null : later;
    const title = fromAt === null ? words.published(models) : words.publishedLater(moment(fromAt));
    if (await act.run(() => publishPrices(version, fromAt), { title })) onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.publishTitle(models)}
      description={words.publishText}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button
            kind="primary"
            pending={act.pending}
            disabled={when === "later" && !isMoment}
            onClick={() => void publish()}
          >
            {words.publish}
          </Button>
        </>
      }
    >
      {act.error !== null && <Failed error={act.error} />}
      {!replayed && <Notice tone="warn">{words.notReplayed}</Notice>}
      <Field label={words.when}>
        <Select
          value={when}
          options={[
            { value: "now", label: words.whenNow },
            { value: "later", label: words.whenLater },
          ]}
          onChange={setWhen}
        />
      </Field>
      {when === "later" && (
        <TextField
          label={words.moment}
          type="datetime-local"
          hint={words.momentHint(zone())}
          error={text !== "" && !isMoment ? words.momentBad : undefined}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
          }}
        />
      )}
    </Dialog>
  );
};

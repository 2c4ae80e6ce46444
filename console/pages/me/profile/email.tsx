/** One's address: what it is, and the way to another one. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { auth } from "../../../api/auth.ts";
import { fieldError } from "../../../api/client.ts";
import type { Me } from "../../../api/profile.ts";
import { useStorefront } from "../../../layout/storefront.tsx";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Card, Notice, Section } from "../../../ui/page.tsx";
import { useStepUp } from "../../../ui/step-up.tsx";
import { typedIn } from "../../auth/form.tsx";
import { words } from "./words.ts";

interface ChangeProps {
  readonly onClose: () => void;
  readonly onSent: (email: string) => void;
}

const Change = ({ onClose, onSent }: ChangeProps) => {
  const stepUp = useStepUp();
  const change = useMutation({
    mutationFn: (email: string) => stepUp(() => auth.changeEmail(email)),
    onSuccess: (_next, email) => {
      onSent(email);
    },
  });
  const error = fieldError(change.error, "email");
  return (
    <Dialog open title={words.changeEmailTitle} description={words.changeEmailText} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(typedIn(event.currentTarget)("email").trim());
        }}
      >
        {change.error !== null && error === undefined && <Failed error={change.error} />}
        <TextField label={words.newEmail} name="email" type="email" autoComplete="email" required error={error} />
        <div className="flex justify-end">
          <Button kind="primary" type="submit" pending={change.isPending}>
            {words.sendLink}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};

export const EmailSection = ({ me }: { readonly me: Me }) => {
  const { mail, production } = useStorefront();
  const [isChanging, setChanging] = useState(false);
  const [sentTo, setSentTo] = useState<string | null>(null);
  const canConfirm = mail || !production;
  return (
    <Section title={words.email} description={words.emailDescription}>
      <Card className="flex flex-col gap-4">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <span className="flex min-w-0 flex-wrap items-center gap-2">
            <span className="break-all text-ink">{me.email}</span>
            {!me.isVerified && <Badge tone="warn">{words.unverified}</Badge>}
          </span>
          {canConfirm && (
            <Button
              size="small"
              aria-label={words.changeEmailTitle}
              onClick={() => {
                setChanging(true);
              }}
            >
              {words.changeEmail}
            </Button>
          )}
        </div>
        {!canConfirm && <p className="text-small text-ink-3">{words.noMail}</p>}
        {sentTo !== null && (
          <div aria-live="polite">
            <Notice title={words.linkSentTitle}>{words.linkSent(sentTo)}</Notice>
          </div>
        )}
      </Card>
      {isChanging && (
        <Change
          onClose={() => {
            setChanging(false);
          }}
          onSent={(email) => {
            setChanging(false);
            setSentTo(email);
          }}
        />
      )}
    </Section>
  );
};

/** The authenticator app: set up in three steps, turned off, recovery codes shown once. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { auth } from "../../../api/auth.ts";
import type { Ways } from "../../../api/profile.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Confirm, Dialog } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import { useStepUp } from "../../../ui/step-up.tsx";
import { toast } from "../../../ui/toast.tsx";
import { typedIn } from "../../auth/form.tsx";
import { QrCode } from "./qr.tsx";
import { words } from "./words.ts";

/** Recovery codes, once. */
const Keep = ({ codes, onClose }: { readonly codes: readonly string[]; readonly onClose: () => void }) => (
  <Dialog
    open
    title={words.keepTitle}
    description={words.keep}
    onClose={onClose}
    actions={
      <Button kind="primary" onClick={onClose}>
        {words.kept}
      </Button>
    }
  >
    <div className="relative rounded-base border border-line bg-sunken p-4 pr-12">
      <ol className="grid grid-cols-1 gap-x-6 gap-y-1.5 font-mono text-ink sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <span className="absolute top-2 right-2">
        <CopyButton text={codes.join("\n")} what={words.copyAll} />
      </span>
    </div>
  </Dialog>
);

interface Secret {
  readonly uri: string;
  readonly recoveryCodes: readonly string[];
}

const secretOf = (uri: string): string => new URL(uri).searchParams.get("secret") ?? "";

/** First the password, for who has one. */
const AskPassword = ({
  hasPassword,
  onSecret,
}: {
  readonly hasPassword: boolean;
  readonly onSecret: (secret: Secret) => void;
}) => {
  const stepUp = useStepUp();
  const begin = useMutation({
    mutationFn: (password: string | undefined) => stepUp(() => auth.setUpCodes(password)),
    onSuccess: onSecret,
  });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        begin.mutate(hasPassword ? typedIn(event.currentTarget)("password") : undefined);
      }}
    >
      {begin.error !== null && <Failed error={begin.error} />}
      {hasPassword && (
        <TextField
          label={words.confirmPassword}
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
      )}
      <div className="flex justify-end">
        <Button kind="primary" type="submit" pending={begin.isPending}>
          {words.next}
        </Button>
      </div>
    </form>
  );
};

const ScanAndType = ({ uri, onDone }: { readonly uri: string; readonly onDone: () => void }) => {
  const confirm = useMutation({ mutationFn: (code: string) => auth.confirmCodes(code), onSuccess: onDone });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate(typedIn(event.currentTarget)("code").trim());
      }}
    >
      <p className="text-ink-2">{words.scan}</p>
      <QrCode text={uri} label={words.scan} />
      <div className="flex items-center justify-between gap-2 rounded-base bg-sunken px-3 py-1.5">
        <span className="font-mono text-small break-all text-ink-2">{secretOf(uri)}</span>
        <CopyButton text={secretOf(uri)} what={words.secret} />
      </div>
      {confirm.error !== null && <Failed error={confirm.error} />}
      <TextField
        label={words.code}
        name="code"
        mono
        required
        inputMode="numeric"
        pattern="[0-9]{6}"
        maxLength={6}
        autoComplete="one-time-code"
      />
      <div className="flex justify-end">
        <Button kind="primary" type="submit" pending={confirm.isPending}>
          {words.turnOn}
        </Button>
      </div>
    </form>
  );
};

const SetUp = ({ hasPassword, onClose }: { readonly hasPassword: boolean; readonly onClose: () => void }) => {
  const [secret, setSecret] = useState<Secret | null>(null);
  const [isOn, setOn] = useState(false);
  if (secret !== null && isOn) return <Keep codes={secret.recoveryCodes} onClose={onClose} />;
  return (
    <Dialog open title={words.codes} description={words.codesDescription} onClose={onClose}>
      {secret === null ? (
        <AskPassword hasPassword={hasPassword} onSecret={setSecret} />
      ) : (
        <ScanAndType
          uri={secret.uri}
          onDone={() => {
            setOn(true);
          }}
        />
      )}
    </Dialog>
  );
};

const On = ({
  left,
  onCodes,
  onOff,
}: {
  readonly left: number | null;
  readonly onCodes: () => void;
  readonly onOff: () => void;
}) => (
  <div className="flex flex-wrap items-center justify-between gap-3">
    <span className="flex items-center gap-3">
      <Badge tone="good">{words.codesOn}</Badge>
      {left !== null && <span className="text-ink-2">{words.recoveryLeft(left)}</span>}
    </span>
    <span className="flex flex-wrap gap-2">
      <Button size="small" onClick={onCodes}>
        {words.newCodes}
      </Button>
      <Button size="small" kind="danger" onClick={onOff}>
        {words.turnOff}
      </Button>
    </span>
  </div>
);

type Showing = "set-up" | "off" | null;

export const CodesSection = ({ ways }: { readonly ways: Ways }) => {
  const [showing, setShowing] = useState<Showing>(null);
  const [fresh, setFresh] = useState<readonly string[] | null>(null);
  const client = useQueryClient();
  const stepUp = useStepUp();
  const close = (): void => {
    setShowing(null);
    setFresh(null);
    void client.invalidateQueries({ queryKey: ["me"] });
  };
  const failed = (error: Error): void => {
    toast({ title: error.message, bad: true });
  };
  const renew = useMutation({
    mutationFn: () => stepUp(auth.newRecoveryCodes),
    onSuccess: ({ recoveryCodes }) => {
      setFresh(recoveryCodes);
    },
    onError: failed,
  });
  const off = useMutation({ mutationFn: () => stepUp(auth.removeCodes), onSuccess: close, onError: failed });
  return (
    <Section title={words.codes} description={words.codesDescription}>
      <Card>
        {ways.hasCodes ? (
          <On
            left={ways.recoveryCodesLeft}
            onCodes={() => {
              renew.mutate();
            }}
            onOff={() => {
              setShowing("off");
            }}
          />
        ) : (
          <div className="flex items-center justify-between gap-3">
            <Badge>{words.codesOff}</Badge>
            <Button
              size="small"
              onClick={() => {
                setShowing("set-up");
              }}
            >
              {words.setUp}
            </Button>
          </div>
        )}
      </Card>
      {showing === "set-up" && <SetUp hasPassword={ways.hasPassword} onClose={close} />}
      {fresh !== null && <Keep codes={fresh} onClose={close} />}
      <Confirm
        open={showing === "off"}
        title={words.turnOffTitle}
        verb={words.turnOff}
        danger
        onClose={() => {
          setShowing(null);
        }}
        onConfirm={() => {
          setShowing(null);
          off.mutate();
        }}
      >
        {words.turnOffWords}
      </Confirm>
    </Section>
  );
};

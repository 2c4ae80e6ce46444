/** Where events are posted: the address, its state, a test, and how to tell that an event is ours. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { alertsKey, removeWebhook, setWebhook, testWebhook, type Alerts } from "../../../api/alerts.ts";
import { fieldError } from "../../../api/client.ts";
import { Badge } from "../../../ui/badge.tsx";
import { useMay } from "../../../api/may.ts";
import { Button } from "../../../ui/button.tsx";
import { CodeTabs } from "../../../ui/code.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Card, Notice, Section } from "../../../ui/page.tsx";
import { useStepUp } from "../../../ui/step-up.tsx";
import { toast } from "../../../ui/toast.tsx";
import { words } from "./words.ts";

const NODE = `import { createHmac, timingSafeEqual } from "node:crypto";

// body: the request's bytes as they came, before any parsing
export function isOurs(secret, header, body) {
  const { t, v1 } = Object.fromEntries(header.split(",").map((part) => part.split("=")));
  const isRecent = Math.abs(Date.now() / 1000 - Number(t)) < 300;
  const mac = createHmac("sha256", secret).update(\`\${t}.\${body}\`).digest();
  const sent = Buffer.from(v1, "hex");
  return isRecent && sent.length === mac.length && timingSafeEqual(sent, mac);
}

// isOurs(process.env.WEBHOOK_SECRET, request.headers["x-farthing-signature"], body)`;

const PYTHON = `import hashlib, hmac, time

# body: the request's bytes as they came, before any parsing
def is_ours(secret: str, header: str, body: bytes) -> bool:
    parts = dict(part.split("=", 1) for part in header.split(","))
    mac = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return abs(time.time() - int(parts["t"])) < 300 and hmac.compare_digest(mac, parts["v1"])

# is_ours(os.environ["WEBHOOK_SECRET"], request.headers["x-farthing-signature"], body)`;

const SecretDialog = ({ secret, onClose }: { readonly secret: string | null; readonly onClose: () => void }) => (
  <Dialog
    open={secret !== null}
    onClose={onClose}
    title={words.secretTitle}
    actions={
      <Button kind="primary" onClick={onClose}>
        {words.secretStored}
      </Button>
    }
  >
    <Notice tone="warn">{words.secretText}</Notice>
    <div className="flex items-center gap-2 rounded-large border border-line-strong bg-sunken py-2 pr-2 pl-4">
      <span data-testid="secret" className="min-w-0 flex-1 font-mono break-all text-ink select-all">
        {secret}
      </span>
      <CopyButton text={secret ?? ""} what={words.secretName} />
    </div>
  </Dialog>
);

const useWebhookActs = (account: string, onSecret: (secret: string | null) => void) => {
  const queries = useQueryClient();
  const withStepUp = useStepUp();
  const again = () => queries.invalidateQueries({ queryKey: alertsKey(account) });
  const failed = (error: Error): void => {
    toast({ title: words.failed, description: error.message, bad: true });
  };
  const save = useMutation({
    mutationFn: (order: { readonly url: string; readonly newSecret: boolean }) =>
      withStepUp(() => setWebhook(account, order)),
    onSuccess: async (secret) => {
      onSecret(secret);
      if (secret === null) toast({ title: words.saved });
      await again();
    },
  });
  const remove = useMutation({ mutationFn: () => removeWebhook(account), onSuccess: again, onError: failed });
  const test = useMutation({
    mutationFn: () => testWebhook(account),
    onSuccess: async () => {
      toast({ title: words.tested });
      await again();
    },
    onError: failed,
  });
  return { save, remove, test };
};

interface ActsProps {
  readonly webhook: NonNullable<Alerts["webhook"]>;
  readonly isTesting: boolean;
  readonly onTest: () => void;
  readonly onSecret: () => void;
  readonly onRemove: () => void;
}

/** What can be done with a webhook that is set up, and how its events are verified. */
const Acts = ({ webhook, isTesting, onTest, onSecret, onRemove }: ActsProps) => (
  <>
    <div className="flex flex-wrap gap-2 border-t border-line pt-4">
      <Button
        act="POST /console/api/accounts/{account}/alerts/webhook/test"
        pending={isTesting}
        disabled={webhook.disabledAt !== null}
        onClick={onTest}
      >
        {words.test}
      </Button>
      <Button act="PUT /console/api/accounts/{account}/alerts/webhook" onClick={onSecret}>
        {words.newSecret}
      </Button>
      <Button act="DELETE /console/api/accounts/{account}/alerts/webhook" kind="danger" onClick={onRemove}>
        {words.removeWebhook}
      </Button>
    </div>
    <details>
      <summary className="cursor-pointer rounded-small text-ink-2 hover:text-ink">{words.verify}</summary>
      <div className="mt-3">
        <CodeTabs
          name="webhook"
          label={words.verify}
          tabs={[
            { label: "Node.js", code: NODE },
            { label: "Python", code: PYTHON },
          ]}
        />
      </div>
    </details>
  </>
);

export const Webhook = ({ account, webhook }: { readonly account: string; readonly webhook: Alerts["webhook"] }) => {
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [secret, setSecret] = useState<string | null>(null);
  const { save, remove, test } = useWebhookActs(account, setSecret);
  const mayChange = useMay()("PUT /console/api/accounts/{account}/alerts/webhook");
  const urlError = fieldError(save.error, "url");
  return (
    <Section
      title={words.webhook}
      description={words.webhookText}
      actions={
        webhook !== null && (
          <Badge tone={webhook.disabledAt === null ? "good" : "bad"}>
            {webhook.disabledAt === null ? words.on : words.disabled}
          </Badge>
        )
      }
    >
      <Card className="flex flex-col gap-5">
        {webhook !== null && webhook.disabledAt !== null && <Notice tone="warn">{words.disabledText}</Notice>}
        {save.error !== null && urlError === undefined && <Failed error={save.error} />}
        {mayChange ? (
          <form
            className="flex flex-col gap-3 sm:flex-row sm:items-start"
            onSubmit={(event) => {
              event.preventDefault();
              save.mutate({ url: url.trim(), newSecret: false });
            }}
          >
            <TextField
              label={words.url}
              hint={words.urlHint}
              error={urlError}
              type="url"
              mono
              required
              placeholder="https://"
              className="flex-1"
              value={url}
              onChange={(event) => {
                setUrl(event.currentTarget.value);
              }}
            />
            <Button type="submit" pending={save.isPending} className="sm:mt-7">
              {webhook === null ? words.setUp : words.change}
            </Button>
          </form>
        ) : (
          <p className="break-all text-ink-2">{webhook?.url ?? words.noneSetUp}</p>
        )}
        {webhook !== null && (
          <Acts
            webhook={webhook}
            isTesting={test.isPending}
            onTest={() => {
              test.mutate();
            }}
            onSecret={() => {
              save.mutate({ url: webhook.url, newSecret: true });
            }}
            onRemove={() => {
              remove.mutate();
              setUrl("");
            }}
          />
        )}
      </Card>
      <SecretDialog
        secret={secret}
        onClose={() => {
          setSecret(null);
        }}
      />
    </Section>
  );
};

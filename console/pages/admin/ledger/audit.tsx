/** An audit at hand: begun here, followed check by check, its result in plain words. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { runAudit, type AuditEnd, type AuditStep, type Ledger } from "../../../api/operate.ts";
import { operatorKey } from "../../../api/operator.ts";
import { count, duration } from "../../../format/number.ts";
import { ago } from "../../../format/time.ts";
import { Button } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Card, Notice, Section } from "../../../ui/page.tsx";
import { words } from "./words.ts";

const Result = ({ end }: { readonly end: AuditEnd }) =>
  end.disagreements === 0 ? (
    <Notice tone="good" title={words.agreed}>
      {words.agreedText(count(end.accounts), count(end.transfers), count(end.requests), duration(end.tookMs))}
    </Notice>
  ) : (
    <Notice tone="bad" title={words.disagreed(end.disagreements)}>
      {words.disagreedText}
      <ul className="mt-2 flex flex-col gap-1.5">
        {end.found.map(({ check, object, detail }) => (
          <li key={`${check} ${object}`}>
            <span className="font-medium text-ink">{object}</span>: {check}, {detail}
          </li>
        ))}
      </ul>
    </Notice>
  );

const Progress = ({ step }: { readonly step: AuditStep }) => (
  <output className="flex items-center gap-3 text-ink-2">
    <progress
      aria-label={words.auditTitle}
      value={step.done}
      max={step.of}
      className="h-1.5 w-48 max-w-full appearance-none overflow-hidden rounded-full bg-sunken [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
    />
    <span className="figures">{words.auditing(step.done, step.of)}</span>
  </output>
);

export const Audit = ({ last }: { readonly last: Ledger["lastAudit"] }) => {
  const client = useQueryClient();
  const [step, setStep] = useState<AuditStep | null>(null);
  const [end, setEnd] = useState<AuditEnd | null>(null);
  const [error, setError] = useState<unknown>(null);
  const run = async (): Promise<void> => {
    setEnd(null);
    setError(null);
    setStep({ done: 0, of: 1 });
    try {
      setEnd(await runAudit(setStep));
    } catch (failure) {
      setError(failure);
    } finally {
      setStep(null);
      await client.invalidateQueries({ queryKey: operatorKey });
    }
  };
  return (
    <Section title={words.auditTitle} description={words.auditText}>
      <Card className="flex flex-col gap-4">
        <div className="flex flex-wrap items-center justify-between gap-3">
          {step === null ? (
            <p className="text-ink-2">
              {last === null
                ? words.never
                : `${words.last(ago(last.at), last.actor)} ${words.lastResult(last.disagreements)}`}
            </p>
          ) : (
            <Progress step={step} />
          )}
          <Button act="POST /console/api/admin/ledger/audit" pending={step !== null} onClick={() => void run()}>
            {words.run}
          </Button>
        </div>
        {error !== null && <Failed error={error} />}
        {end !== null && <Result end={end} />}
      </Card>
    </Section>
  );
};

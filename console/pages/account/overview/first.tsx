/** The first minute: three steps with their real state. The first call appears in the third while it is made. */
import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useState, type ReactNode } from "react";

import { modelsQuery } from "../../../api/public.ts";
import type { UsageRequest } from "../../../api/usage.ts";
import { useStorefront } from "../../../layout/storefront.tsx";
import { languages } from "../../../snippets/call.ts";
import { Allowed } from "../../../ui/allowed.tsx";
import { Button, ButtonLink } from "../../../ui/button.tsx";
import { classes } from "../../../ui/classes.ts";
import { CodeTabs } from "../../../ui/code.tsx";
import { Card } from "../../../ui/page.tsx";
import { Table } from "../../../ui/table.tsx";
import { REQUEST_COLUMNS } from "../usage/cells.tsx";
import { ChargePanel } from "../usage/panel.tsx";
import type { Latest } from "./latest.tsx";
import { firstWords as words } from "./words.ts";

interface StepProps {
  readonly number: number;
  readonly done: boolean;
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}

const Step = ({ number, done, title, text, children }: StepProps) => (
  <li className="grid grid-cols-[1.75rem_minmax(0,1fr)] gap-x-4">
    <span
      className={classes(
        "figures flex size-7 items-center justify-center rounded-full border font-medium",
        done ? "border-accent bg-accent text-accent-ink" : "border-line-strong text-ink-2",
      )}
    >
      {done ? <Check aria-hidden className="size-4" strokeWidth={3} /> : number}
      <span className="sr-only">{done ? words.done : words.todo}</span>
    </span>
    <div className="min-w-0">
      <h3 className="pt-0.5 font-medium text-ink">{title}</h3>
      <p className="mb-3 text-ink-2">{text}</p>
      {children}
    </div>
  </li>
);

/** A model that costs the operator nothing, where there is one; else the first that can be talked to. */
const useModel = (): string => {
  const { data = [] } = useQuery(modelsQuery);
  const talked = data.filter(({ kind }) => kind === "chat");
  return (talked.find(({ id }) => id === "sandbox/echo") ?? talked[0])?.id ?? "sandbox/echo";
};

const Watched = ({ account, latest }: { readonly account: string; readonly latest: Latest }) => {
  const [open, setOpen] = useState<string | undefined>(undefined);
  const requests: readonly UsageRequest[] = latest.requests ?? [];
  const [first] = requests;
  const show = ({ id }: UsageRequest): void => {
    setOpen(id);
  };
  if (first === undefined)
    return (
      <output className="flex items-center gap-3 rounded-large border border-dashed border-line-strong p-4">
        <span
          aria-hidden
          className={classes("size-2 rounded-full", latest.state === "live" ? "breathes bg-accent" : "bg-line-strong")}
        />
        <span className="text-ink-2">{latest.state === "ended" ? words.ended : words.waiting}</span>
      </output>
    );
  return (
    <div className="flex flex-col items-start gap-3">
      <div className="w-full">
        <Table
          label={words.watch}
          columns={REQUEST_COLUMNS}
          rows={requests}
          rowKey={({ id }) => id}
          onOpen={show}
          isNew={latest.isNew}
          empty={null}
        />
      </div>
      <Button
        onClick={() => {
          show(first);
        }}
      >
        {words.open}
      </Button>
      <ChargePanel
        account={account}
        request={open}
        onClose={() => {
          setOpen(undefined);
        }}
      />
    </div>
  );
};

export interface FirstStepsProps {
  readonly account: string;
  readonly hasKeys: boolean;
  readonly latest: Latest;
  /** Shows the overview in place of the steps. */
  readonly onDone: () => void;
}

export const FirstSteps = ({ account, hasKeys, latest, onDone }: FirstStepsProps) => {
  const { baseUrls } = useStorefront();
  const model = useModel();
  const isCalled = (latest.requests?.length ?? 0) > 0;
  const code = languages({ baseUrls, key: words.placeholder, model });
  return (
    <Card className="!p-6">
      <div className="mb-6 flex flex-wrap items-start justify-between gap-3">
        <div>
          <h2 className="text-large font-medium text-ink">{words.title}</h2>
          <p className="mt-0.5 text-ink-2">{words.text}</p>
        </div>
        {isCalled && (
          <Button kind="primary" onClick={onDone}>
            {words.onward}
          </Button>
        )}
      </div>
      <ol className="flex flex-col gap-8">
        <Step number={1} done={hasKeys} title={words.key} text={hasKeys ? words.keyDone : words.keyText}>
          <Allowed act="POST /console/api/accounts/{account}/keys">
            <ButtonLink to="/app/$account/keys" params={{ account }} kind={hasKeys ? "secondary" : "primary"}>
              {hasKeys ? words.keyMore : words.keyAction}
            </ButtonLink>
          </Allowed>
        </Step>
        <Step number={2} done={isCalled} title={words.call} text={words.callText}>
          <CodeTabs name="language" label={words.snippet} tabs={code} />
        </Step>
        <Step number={3} done={isCalled} title={words.watch} text={isCalled ? words.arrived : words.watchText}>
          <Watched account={account} latest={latest} />
        </Step>
      </ol>
    </Card>
  );
};

/** One upstream: how it does, what it is, what it serves; and the acts on it. */
import { useState } from "react";

import { switchUpstream, type Upstream } from "../../../api/operator.ts";
import { count, duration } from "../../../format/number.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Money, Time } from "../../../ui/exact.tsx";
import { Facts, Notice, Section } from "../../../ui/page.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { useAct } from "../act.ts";
import { latencyOf, successOf, UpstreamState } from "../upstream-state.tsx";
import { words } from "./words.ts";

const pairOf = (a: number | null, b: number | null): string =>
  a === null || b === null ? "—" : `${duration(a)} / ${duration(b)}`;

const Health = ({ upstream }: { readonly upstream: Upstream }) => {
  const { health, inFlight, day } = upstream;
  return (
    <Section title={words.health}>
      <Facts
        facts={[
          [words.success, successOf(upstream) ?? "—"],
          [words.attempts, count(health.attempts)],
          [words.failed, count(health.failures)],
          [words.latency, latencyOf(upstream) ?? "—"],
          [words.firstByte, pairOf(health.firstByteP50Ms, health.firstByteP95Ms)],
          [words.inFlight, count(inFlight)],
          [
            words.lastFailure,
            health.lastFailure === null ? (
              words.neverFailed
            ) : (
              <span key="failure">
                {health.lastFailure.code.replaceAll("_", " ")}
                {health.lastFailure.status !== null && ` (${health.lastFailure.status})`},{" "}
                <Time at={health.lastFailure.at} />
              </span>
            ),
          ],
          [words.day, <Money key="cost" nano={day.costNano} />],
          [words.margin, <Money key="margin" nano={day.marginNano} />],
        ]}
      />
      {upstream.obstacles.length > 0 && (
        <ul aria-label={words.obstacles} className="flex flex-col gap-1.5">
          {upstream.obstacles.map(({ model, state, waitMs }) => (
            <li key={model ?? ""} className="flex flex-wrap items-center gap-2">
              <Badge tone={state === "open" ? "bad" : "warn"}>{state}</Badge>
              <span className="font-mono text-small">{model ?? words.allModels}</span>
              <span className="text-small text-ink-3">{words.waits(waitMs)}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
};

const timeoutWords = ({ timeouts }: Upstream): string => {
  const { firstByteMs, wholeMs, idleMs } = timeouts;
  const own = [
    firstByteMs === undefined ? null : `${words.firstByteMs.split(",")[0]} ${duration(firstByteMs)}`,
    wholeMs === undefined ? null : `${words.wholeMs.split(",")[0]} ${duration(wholeMs)}`,
    idleMs === undefined ? null : `${words.idleMs.split(",")[0]} ${duration(idleMs)}`,
  ].filter((text) => text !== null);
  return own.length === 0 ? words.timeoutsUsual : own.join(", ");
};

const Settings = ({ upstream }: { readonly upstream: Upstream }) => (
  <Facts
    facts={[
      [words.provider, upstream.providerName],
      [
        words.address,
        upstream.baseUrl === null ? (
          words.builtin
        ) : (
          <span key="url" className="font-mono text-small break-all">
            {upstream.baseUrl}
          </span>
        ),
      ],
      [words.key, upstream.key === null ? words.noKey : words.keyEnds(upstream.key.last4, upstream.key.fingerprint)],
      [words.protocols, upstream.protocols.join(", ")],
      [words.timeouts, timeoutWords(upstream)],
      [words.concurrency, count(upstream.maxConcurrent)],
    ]}
  />
);

const Serves = ({ upstream }: { readonly upstream: Upstream }) => (
  <Section title={`${words.serves} · ${count(upstream.serves.length)}`}>
    {upstream.serves.length === 0 ? (
      <p className="text-ink-2">{words.noModels}</p>
    ) : (
      <table className="w-full text-small">
        <thead>
          <tr className="text-left text-ink-3">
            <th scope="col" className="py-1 pr-3 font-medium">
              {words.model}
            </th>
            <th scope="col" className="py-1 pr-3 font-medium">
              {words.name}
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              {words.route}
            </th>
          </tr>
        </thead>
        <tbody>
          {upstream.serves.map(({ model, name, priority, weight, routed }) => (
            <tr key={model} className="border-t border-line">
              <td className="py-1.5 pr-3 break-all">{model}</td>
              <td className="py-1.5 pr-3 font-mono break-all text-ink-2">{name}</td>
              <td className="py-1.5 text-right whitespace-nowrap">
                {routed ? `${priority} / ${weight}` : <span className="text-ink-3">{words.implied}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </Section>
);

const Acts = ({ upstream, onEdit }: { readonly upstream: Upstream; readonly onEdit: () => void }) => {
  const act = useAct();
  const [isAsking, setAsking] = useState(false);
  const to = async (state: Upstream["state"]): Promise<void> => {
    await act.run(() => switchUpstream(upstream.id, state), {
      title: `${upstream.id} ${words.done[state]}`,
      loud: true,
      undo: () =>
        void act.run(() => switchUpstream(upstream.id, upstream.state), {
          title: `${upstream.id} ${words.done[upstream.state]}`,
          loud: true,
        }),
    });
    setAsking(false);
  };
  return (
    <>
      {upstream.state !== "off" && (
        <Button
          act="POST /console/api/admin/upstreams/{upstream}/state"
          kind="danger"
          onClick={() => {
            setAsking(true);
          }}
        >
          {words.switchOff}
        </Button>
      )}
      {upstream.state === "on" && (
        <Button
          act="POST /console/api/admin/upstreams/{upstream}/state"
          pending={act.pending}
          onClick={() => void to("draining")}
        >
          {words.drain}
        </Button>
      )}
      {upstream.state !== "on" && (
        <Button
          act="POST /console/api/admin/upstreams/{upstream}/state"
          pending={act.pending}
          onClick={() => void to("on")}
        >
          {words.switchOn}
        </Button>
      )}
      <Button act="PATCH /console/api/admin/upstreams/{upstream}" kind="primary" onClick={onEdit}>
        {words.edit}
      </Button>
      <Confirm
        open={isAsking}
        onClose={() => {
          setAsking(false);
        }}
        onConfirm={() => void to("off")}
        title={words.offTitle(upstream.id)}
        verb={words.switchOff}
        danger
        pending={act.pending}
      >
        {words.offText}
      </Confirm>
    </>
  );
};

export interface UpstreamSheetProps {
  readonly upstream: Upstream;
  readonly onEdit: () => void;
  readonly onClose: () => void;
}

export const UpstreamSheet = ({ upstream, onEdit, onClose }: UpstreamSheetProps) => (
  <Sheet
    open
    onClose={onClose}
    title={upstream.id}
    description={<UpstreamState upstream={upstream} />}
    {...(upstream.source === "settings" ? { actions: <Acts upstream={upstream} onEdit={onEdit} /> } : {})}
  >
    {upstream.problem !== null && (
      <Notice tone="bad" title={words.notUsable}>
        {upstream.problem}
      </Notice>
    )}
    {upstream.source === "environment" && (
      <Notice title={words.environment(upstream.variable ?? "")}>{words.environmentText}</Notice>
    )}
    <Health upstream={upstream} />
    <Settings upstream={upstream} />
    <Serves upstream={upstream} />
  </Sheet>
);

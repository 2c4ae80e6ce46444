/** One model: why it is or is not on sale, where it goes, what it is, and every version of its price. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { editModel, operatorModelQuery, type ModelDetail } from "../../../api/operator.ts";
import { count } from "../../../format/number.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button, ButtonLink } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Time } from "../../../ui/exact.tsx";
import { Facts, Notice, Section } from "../../../ui/page.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { useAct } from "../act.ts";
import { unitName } from "../unit-words.ts";
import { RateWords } from "../prices/rate-words.tsx";
import { EditModel } from "./edit.tsx";
import { ModelState } from "./state.tsx";
import { words } from "./words.ts";

const CELL = "py-1.5 pr-3 align-top";

const Candidates = ({ model }: { readonly model: ModelDetail }) => (
  <Section title={words.candidates}>
    {model.candidates.length === 0 ? (
      <p className="text-ink-2">{words.nowhere}</p>
    ) : (
      <table className="w-full text-small">
        <thead>
          <tr className="text-left text-ink-3">
            {[words.upstream, words.name, `${words.priority} / ${words.weight.toLowerCase()}`, words.cost].map(
              (title) => (
                <th key={title} scope="col" className="py-1 pr-3 font-medium">
                  {title}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {model.candidates.map(({ upstream, name, priority, weight, cost }) => (
            <tr key={`${upstream} ${name}`} className="border-t border-line">
              <td className={CELL}>{upstream}</td>
              <td className={`${CELL} font-mono break-all text-ink-2`}>{name}</td>
              <td className={CELL}>
                {priority} / {weight}
              </td>
              <td className={CELL}>
                {cost === null ? <span className="text-ink-3">{words.listPrice}</span> : <RateWords rates={cost} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </Section>
);

const limitWords = ({ rpm, tpm, concurrency }: ModelDetail): string => {
  if (rpm === null && tpm === null && concurrency === null) return words.noLimits;
  const shown = (value: number | null): string => (value === null ? "∞" : count(value));
  return words.limit(shown(rpm), shown(tpm), shown(concurrency));
};

const About = ({ model }: { readonly model: ModelDetail }) => (
  <Section title={words.facts}>
    <Facts
      facts={[
        [words.provider, model.provider],
        [words.kind, model.kind],
        ...(model.context > 0 ? [[words.context, words.tokens(count(model.context))] as const] : []),
        ...(model.maxOutput > 0 ? [[words.maxOutput, words.tokens(count(model.maxOutput))] as const] : []),
        [words.modalities, `${model.input.join(", ")} / ${model.output.join(", ")}`],
        [
          words.capabilities,
          model.capabilities.length === 0 ? "—" : model.capabilities.join(", ").replaceAll("_", " "),
        ],
        [words.aliases, model.aliases.length === 0 ? "—" : model.aliases.join(", ")],
        [words.replyModel, model.replyModel ?? words.asked],
        [words.limits, limitWords(model)],
        [words.overrides, model.overrides.length === 0 ? "—" : model.overrides.join(", ")],
      ]}
    />
  </Section>
);

const Versions = ({ model }: { readonly model: ModelDetail }) => (
  <Section title={words.versions} description={words.versionsText}>
    <table className="w-full text-small">
      <thead>
        <tr className="text-left text-ink-3">
          {[words.from, words.price, words.by].map((title) => (
            <th key={title} scope="col" className="py-1 pr-3 font-medium">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {model.versions.map((version) => (
          <tr key={version.row} className="border-t border-line">
            <td className={CELL}>
              <Time at={version.fromAt} full />
              <span className="mt-0.5 flex gap-1">
                {version.inForce && <Badge tone="good">{words.inForce}</Badge>}
                {version.withdrawn && <Badge>{words.withdrawn}</Badge>}
              </span>
            </td>
            <td className={CELL}>
              <RateWords rates={version.rates} />
            </td>
            <td className={CELL}>{version.origin === "operator" ? words.byOperator : words.bySetting}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Section>
);

const Acts = ({ model, onEdit }: { readonly model: ModelDetail; readonly onEdit: () => void }) => {
  const act = useAct();
  const set = (hidden: boolean): Promise<boolean> =>
    act.run(() => editModel(model.id, { hidden: hidden ? true : null }), {
      title: hidden ? words.hidden(model.id) : words.offered(model.id),
      loud: true,
      ...(hidden ? { undo: () => void set(false) } : {}),
    });
  return (
    <>
      <ButtonLink to="/admin/prices" search={{ model: model.id }}>
        {words.prices}
      </ButtonLink>
      <Button act="PATCH /console/api/admin/model" pending={act.pending} onClick={() => void set(!model.hidden)}>
        {model.hidden ? words.offer : words.hide}
      </Button>
      <Button act="PATCH /console/api/admin/model" kind="primary" onClick={onEdit}>
        {words.edit}
      </Button>
    </>
  );
};

export const ModelSheet = ({ id, onClose }: { readonly id: string; readonly onClose: () => void }) => {
  const { data, error, refetch } = useQuery(operatorModelQuery(id));
  const [isEditing, setEditing] = useState(false);
  if (isEditing && data !== undefined)
    return (
      <EditModel
        model={data}
        onClose={() => {
          setEditing(false);
        }}
      />
    );
  return (
    <Sheet
      open
      onClose={onClose}
      title={id}
      {...(data === undefined
        ? {}
        : {
            description: <ModelState problem={data.problem} />,
            actions: (
              <Acts
                model={data}
                onEdit={() => {
                  setEditing(true);
                }}
              />
            ),
          })}
    >
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Skeleton className="h-96 w-full" />
      ) : (
        <>
          {data.problem !== null && (
            <Notice tone="warn">
              {words.problemTexts[data.problem]}
              {data.problem === "unpriced" && <div>{words.noPrice(data.unpriced.map(unitName).join(", "))}</div>}
            </Notice>
          )}
          <Candidates model={data} />
          <About model={data} />
          <Versions model={data} />
        </>
      )}
    </Sheet>
  );
};

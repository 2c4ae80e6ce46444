/** What a use would cost: four figures in, three out. */
import { useState } from "react";
import { useQuery } from "@tanstack/react-query";

import { modelQuery, type ModelLine } from "../../../api/public.ts";
import { count } from "../../../format/number.ts";
import { Select } from "../../../ui/select.tsx";
import { Field, TextField } from "../../../ui/field.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import { featuredOf } from "../landing/featured.ts";
import { costOfOne, type Estimate } from "./estimate.ts";
import { words } from "./words.ts";

const DAYS = 30n;
const MOST = 1_000_000_000;
const START: Estimate = { requests: 1_000, input: 4_000, output: 800, cachedPercent: 60 };

const whole = (text: string, most: number): number => {
  const digits = text
    .split("")
    .filter((char) => char >= "0" && char <= "9")
    .join("");
  return Math.min(most, Number(digits));
};

const Result = ({
  rates,
  estimate,
  label,
}: {
  readonly rates: ModelLine["rates"];
  readonly estimate: Estimate;
  readonly label?: string;
}) => {
  const one = costOfOne(rates, estimate);
  const all = one * BigInt(estimate.requests);
  return (
    <div>
      {label !== undefined && <div className="text-small text-ink-3">{label}</div>}
      <div className="flex flex-wrap items-baseline gap-x-2">
        <Money
          nano={all.toString()}
          className={label === undefined ? "text-title font-medium text-ink" : "text-large font-medium text-ink"}
        />
        <span className="text-ink-2">{words.result(count(estimate.requests))}</span>
      </div>
      {label === undefined && (
        <dl className="figures mt-3 grid grid-cols-2 gap-3">
          <div>
            <dt className="text-small text-ink-3">{words.each}</dt>
            <dd>
              <Money nano={one.toString()} />
            </dd>
          </div>
          <div>
            <dt className="text-small text-ink-3">{words.month}</dt>
            <dd>
              <Money nano={(all * DAYS).toString()} />
            </dd>
          </div>
        </dl>
      )}
    </div>
  );
};

export const Calculator = ({ models }: { readonly models: readonly ModelLine[] }) => {
  const chats = models.filter(({ kind, provider }) => kind === "chat" && provider !== "sandbox");
  const choices = chats.length === 0 ? models.filter(({ kind }) => kind === "chat") : chats;
  const [estimate, setEstimate] = useState(START);
  const [id, setId] = useState(featuredOf(models)[0]?.id ?? choices[0]?.id ?? "");
  const page = useQuery(modelQuery(id));
  const model = choices.find((one) => one.id === id) ?? choices[0];
  if (model === undefined) return null;
  const set =
    (name: keyof Estimate, most: number) => (event: { readonly currentTarget: { readonly value: string } }) => {
      setEstimate({ ...estimate, [name]: whole(event.currentTarget.value, most) });
    };
  const figure = (name: keyof Estimate, label: string, most: number) => (
    <TextField label={label} inputMode="numeric" value={count(estimate[name])} onChange={set(name, most)} />
  );
  return (
    <Section title={words.calculator} description={words.calculatorText}>
      <Card className="grid gap-8 md:grid-cols-[1.3fr_1fr]">
        <div className="grid content-start gap-4 sm:grid-cols-2">
          <Field label={words.model} className="sm:col-span-2">
            <Select
              label={words.model}
              value={model.id}
              onChange={setId}
              options={choices.map((one) => ({ value: one.id, label: one.id }))}
            />
          </Field>
          {figure("requests", words.requests, MOST)}
          {figure("input", words.input, model.context ?? MOST)}
          {figure("cachedPercent", words.cached, 100)}
          {figure("output", words.output, model.maxOutput ?? MOST)}
        </div>
        <div className="flex flex-col gap-5 border-line max-md:border-t max-md:pt-6 md:border-l md:pl-8">
          <Result rates={model.rates} estimate={estimate} />
          {page.data?.plans
            .filter(({ rates }) => JSON.stringify(rates) !== JSON.stringify(model.rates))
            .map((plan) => (
              <Result key={plan.id} rates={plan.rates} estimate={estimate} label={words.withPlan(plan.id)} />
            ))}
        </div>
      </Card>
    </Section>
  );
};

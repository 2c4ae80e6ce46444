/** The prices of one model, each list and tier of it, written into the draft. */
import { useState } from "react";

import {
  draftPrices,
  dropDraft,
  type DraftLists,
  type PricedModel,
  type PriceListView,
} from "../../../api/operator.ts";
import { money, parseMoney } from "../../../format/money.ts";
import { count } from "../../../format/number.ts";
import { Button } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { useAct } from "../act.ts";
import { perWords, unitName } from "../unit-words.ts";
import { words } from "./words.ts";

type Rate = PriceListView["rates"][number];
/** What was typed, by the place of each rate. */
type Typed = Readonly<Record<string, string>>;

const NANO_DECIMALS = 9;

/** Nano-USD as somebody would type it: "2.5". */
const plain = (nano: string): string => {
  const digits = nano.padStart(NANO_DECIMALS + 1, "0");
  const at = digits.length - NANO_DECIMALS;
  let end = NANO_DECIMALS;
  const fraction = digits.slice(at);
  while (end > 0 && fraction[end - 1] === "0") end--;
  return end === 0 ? digits.slice(0, at) : `${digits.slice(0, at)}.${fraction.slice(0, end)}`;
};

const placeOf = (list: number, tier: number | null, { unit }: Rate): string => `${list}/${tier ?? ""}/${unit}`;

interface RateFieldProps {
  readonly rate: Rate;
  /** The same in force, and what it costs; null: not known. */
  readonly before: Rate | undefined;
  readonly cost: Rate | undefined;
  readonly text: string;
  readonly onChange: (text: string) => void;
}

const hintOf = ({ rate, before, cost, text }: RateFieldProps): string => {
  const nano = parseMoney(text);
  const parts = [
    before !== undefined && nano !== null && nano !== before.nano ? words.was(money(before.nano)) : null,
    cost === undefined ? null : words.costs(money(cost.nano)),
    cost !== undefined && nano !== null && BigInt(nano) < BigInt(cost.nano) ? words.belowCost : null,
  ].filter((part) => part !== null);
  return [perWords(rate), ...parts].join(" · ");
};

const RateField = (props: RateFieldProps) => {
  const { rate, text, onChange } = props;
  return (
    <TextField
      label={unitName(rate.unit)}
      inputMode="decimal"
      className="figures"
      hint={hintOf(props)}
      error={parseMoney(text) === null ? words.bad : undefined}
      value={text}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
    />
  );
};

const listTitle = ({ when }: PriceListView): string =>
  when === null
    ? words.base
    : Object.entries(when)
        .map(([name, value]) => `${name} ${String(value)}`)
        .join(", ");

interface ListFieldsProps {
  readonly model: PricedModel;
  readonly index: number;
  readonly list: PriceListView;
  readonly typed: Typed;
  readonly set: (place: string, text: string) => void;
}

const ListFields = ({ model, index, list, typed, set }: ListFieldsProps) => {
  const inForce = model.lists[index];
  const fields = (rates: readonly Rate[], before: readonly Rate[] | undefined, tier: number | null) => (
    <div className="grid gap-4 sm:grid-cols-2">
      {rates.map((rate) => {
        const place = placeOf(index, tier, rate);
        return (
          <RateField
            key={place}
            rate={rate}
            before={before?.find(({ unit }) => unit === rate.unit)}
            cost={model.cost?.find(({ unit }) => unit === rate.unit)}
            text={typed[place] ?? plain(rate.nano)}
            onChange={(text) => {
              set(place, text);
            }}
          />
        );
      })}
    </div>
  );
  if (list.rates.length === 0 && list.tiers.length === 0) return null;
  return (
    <fieldset className="flex flex-col gap-4 border-t border-line pt-4 first:border-0 first:pt-0">
      <legend className={model.lists.length === 1 ? "sr-only" : "mb-3 font-medium text-ink"}>{listTitle(list)}</legend>
      {fields(list.rates, inForce?.rates, null)}
      {list.tiers.map((tier, place) => (
        <div key={tier.above} className="flex flex-col gap-3">
          <div className="text-ink-2">{words.tier(count(tier.above))}</div>
          {fields(tier.rates, inForce?.tiers[place]?.rates, place)}
        </div>
      ))}
    </fieldset>
  );
};

/** What is sent; null while something typed is no amount. */
const sentOf = (lists: readonly PriceListView[], typed: Typed): DraftLists | null => {
  let isWhole = true;
  const ratesOf = (list: number, tier: number | null, rates: readonly Rate[]) =>
    rates.map((rate) => {
      const text = typed[placeOf(list, tier, rate)];
      const nano = text === undefined ? rate.nano : parseMoney(text);
      isWhole &&= nano !== null;
      return { unit: rate.unit, nano: nano ?? "0" };
    });
  const sent = lists.map((list, index) => ({
    when: list.when,
    rates: ratesOf(index, null, list.rates),
    tiers: list.tiers.map((tier, place) => ({ above: tier.above, rates: ratesOf(index, place, tier.rates) })),
  }));
  return isWhole ? sent : null;
};

export const PriceSheet = ({ model, onClose }: { readonly model: PricedModel; readonly onClose: () => void }) => {
  const act = useAct();
  const [typed, setTyped] = useState<Typed>({});
  const lists = model.draft?.lists ?? model.lists;
  const sent = sentOf(lists, typed);
  const save = async (): Promise<void> => {
    if (sent !== null && (await act.run(() => draftPrices(model.model, sent), { title: words.saved(model.model) })))
      onClose();
  };
  const drop = async (): Promise<void> => {
    if (await act.run(() => dropDraft([model.model]), { title: words.dropped(model.model) })) onClose();
  };
  return (
    <Sheet
      open
      onClose={onClose}
      title={words.edit(model.model)}
      description={words.editText}
      actions={
        <>
          {model.draft !== null && (
            <Button pending={act.pending} onClick={() => void drop()}>
              {words.dropOne}
            </Button>
          )}
          <Button kind="primary" pending={act.pending} disabled={sent === null} onClick={() => void save()}>
            {words.save}
          </Button>
        </>
      }
    >
      {act.error !== null && <Failed error={act.error} />}
      {lists.map((list, index) => (
        <ListFields
          key={JSON.stringify(list.when)}
          model={model}
          index={index}
          list={list}
          typed={typed}
          set={(place, text) => {
            setTyped((before) => ({ ...before, [place]: text }));
          }}
        />
      ))}
    </Sheet>
  );
};

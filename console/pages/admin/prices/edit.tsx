/** The prices of one model, each list and tier of it, written into the draft. */
import { Plus, X } from "lucide-react";
import { useState } from "react";

import {
  draftPrices,
  dropDraft,
  type DraftLists,
  type PricedModel,
  type PriceListView,
} from "../../../api/operator.ts";
import { money, parseMoney } from "../../../format/money.ts";
import { useMay } from "../../../api/may.ts";
import { Button, IconButton } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { useAct } from "../act.ts";
import { perWords, unitName } from "../unit-words.ts";
import { words } from "./words.ts";

type Rate = PriceListView["rates"][number];

/** A rate and what was typed for it. */
interface RateDraft {
  readonly rate: Rate;
  readonly text: string;
}

interface TierDraft {
  readonly above: string;
  readonly rates: readonly RateDraft[];
}

interface ListDraft {
  readonly when: PriceListView["when"];
  readonly rates: readonly RateDraft[];
  readonly tiers: readonly TierDraft[];
}

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

const draftsOf = (rates: readonly Rate[]): RateDraft[] => rates.map((rate) => ({ rate, text: plain(rate.nano) }));

const draftOf = ({ when, rates, tiers }: PriceListView): ListDraft => ({
  when,
  rates: draftsOf(rates),
  tiers: tiers.map((tier) => ({ above: String(tier.above), rates: draftsOf(tier.rates) })),
});

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

const listTitle = ({ when }: ListDraft): string =>
  when === null
    ? words.base
    : Object.entries(when)
        .map(([name, value]) => `${name} ${String(value)}`)
        .join(", ");

interface RateFieldsProps {
  readonly model: PricedModel;
  readonly rates: readonly RateDraft[];
  /** The same in force; undefined: there is none. */
  readonly before: readonly Rate[] | undefined;
  readonly onChange: (rates: readonly RateDraft[]) => void;
}

const RateFields = ({ model, rates, before, onChange }: RateFieldsProps) => (
  <div className="grid gap-4 sm:grid-cols-2">
    {rates.map(({ rate, text }, place) => (
      <RateField
        key={rate.unit}
        rate={rate}
        before={before?.find(({ unit }) => unit === rate.unit)}
        cost={model.cost?.find(({ unit }) => unit === rate.unit)}
        text={text}
        onChange={(typed) => {
          onChange(rates.map((one, at) => (at === place ? { ...one, text: typed } : one)));
        }}
      />
    ))}
  </div>
);

const isCount = (text: string): boolean => Number.isSafeInteger(Number(text)) && Number(text) > 0;

/** A tier must begin beyond the one before it. */
const tierProblem = (tiers: readonly TierDraft[], place: number): string | undefined => {
  const above = tiers[place]?.above ?? "";
  if (!isCount(above)) return words.badTokens;
  return place > 0 && Number(above) <= Number(tiers[place - 1]?.above) ? words.badOrder : undefined;
};

interface ListFieldsProps {
  readonly model: PricedModel;
  readonly list: ListDraft;
  /** In force. */
  readonly before: PriceListView | undefined;
  readonly onChange: (list: ListDraft) => void;
}

const Tiers = ({ model, list, before, onChange }: ListFieldsProps) => {
  const set = (place: number, change: Partial<TierDraft>): void => {
    onChange({ ...list, tiers: list.tiers.map((tier, at) => (at === place ? { ...tier, ...change } : tier)) });
  };
  return (
    <>
      {list.tiers.map((tier, place) => (
        <div
          // The place is the tier: its fields are being typed.
          key={place}
          className="flex flex-col gap-3 rounded-large border border-line p-3"
        >
          <div className="flex items-start gap-2">
            <TextField
              className="flex-1 sm:max-w-64"
              label={words.above}
              inputMode="numeric"
              error={tierProblem(list.tiers, place)}
              value={tier.above}
              onChange={(event) => {
                set(place, { above: event.currentTarget.value });
              }}
            />
            <IconButton
              label={words.removeTier}
              className="mt-6 ml-auto"
              onClick={() => {
                onChange({ ...list, tiers: list.tiers.filter((_, at) => at !== place) });
              }}
            >
              <X aria-hidden className="size-4" />
            </IconButton>
          </div>
          <RateFields
            model={model}
            rates={tier.rates}
            before={before?.tiers.find(({ above }) => String(above) === tier.above)?.rates}
            onChange={(rates) => {
              set(place, { rates });
            }}
          />
        </div>
      ))}
      <div>
        <Button
          size="small"
          icon={<Plus aria-hidden className="size-3.5" />}
          onClick={() => {
            onChange({ ...list, tiers: [...list.tiers, { above: "", rates: list.tiers.at(-1)?.rates ?? list.rates }] });
          }}
        >
          {words.addTier}
        </Button>
      </div>
    </>
  );
};

const ListFields = (props: ListFieldsProps) => {
  const { model, list, before, onChange } = props;
  if (list.rates.length === 0 && list.tiers.length === 0) return null;
  return (
    <fieldset className="flex flex-col gap-4 border-t border-line pt-4 first:border-0 first:pt-0">
      <legend className={model.lists.length === 1 ? "sr-only" : "mb-3 font-medium text-ink"}>{listTitle(list)}</legend>
      <RateFields
        model={model}
        rates={list.rates}
        before={before?.rates}
        onChange={(rates) => {
          onChange({ ...list, rates });
        }}
      />
      <Tiers {...props} />
    </fieldset>
  );
};

/** What is sent; null while something typed is no amount. A rate that is left alone stays what it is, to the last digit. */
const sentOf = (lists: readonly ListDraft[]): DraftLists | null => {
  let isWhole = true;
  const ratesOf = (rates: readonly RateDraft[]) =>
    rates.map(({ rate, text }) => {
      const nano = text === plain(rate.nano) ? rate.nano : parseMoney(text);
      isWhole &&= nano !== null;
      return { unit: rate.unit, nano: nano ?? "0" };
    });
  const sent = lists.map(({ when, rates, tiers }) => ({
    when,
    rates: ratesOf(rates),
    tiers: tiers.map((tier, place) => {
      isWhole &&= tierProblem(tiers, place) === undefined;
      return { above: Number(tier.above), rates: ratesOf(tier.rates) };
    }),
  }));
  return isWhole ? sent : null;
};

export const PriceSheet = ({ model, onClose }: { readonly model: PricedModel; readonly onClose: () => void }) => {
  const act = useAct();
  const mayChange = useMay()("PUT /console/api/admin/prices/draft");
  const [lists, setLists] = useState(() => (model.draft?.lists ?? model.lists).map(draftOf));
  const sent = sentOf(lists);
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
            <Button act="POST /console/api/admin/prices/drop" pending={act.pending} onClick={() => void drop()}>
              {words.dropOne}
            </Button>
          )}
          <Button
            act="PUT /console/api/admin/prices/draft"
            kind="primary"
            pending={act.pending}
            disabled={sent === null}
            onClick={() => void save()}
          >
            {words.save}
          </Button>
        </>
      }
    >
      {act.error !== null && <Failed error={act.error} />}
      <fieldset disabled={!mayChange} className="contents">
        {lists.map((list, place) => (
          <ListFields
            key={JSON.stringify(list.when)}
            model={model}
            list={list}
            before={model.lists.find(({ when }) => JSON.stringify(when) === JSON.stringify(list.when))}
            onChange={(changed) => {
              setLists(lists.map((one, at) => (at === place ? changed : one)));
            }}
          />
        ))}
      </fieldset>
    </Sheet>
  );
};

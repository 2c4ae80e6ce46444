/** All prices of one model: under the usual plan, above a length of prompt, by what is asked for, and under each plan. */
import type { ModelPage, ShownRate } from "../../../api/public.ts";
import { plainWords, unitName } from "../../../format/names.ts";
import { countShort } from "../../../format/number.ts";
import { mainRates, perWords, RateList } from "../../../layout/rates.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { words } from "./words.ts";

type Variant = ModelPage["variants"][number];

/** The same units as the price list of a row: columns of a table. */
const columnsOf = <Row,>(
  rates: readonly ShownRate[],
  ofRow: (row: Row) => readonly ShownRate[],
): readonly Column<Row>[] =>
  rates.map((rate) => ({
    key: rate.unit,
    title: `${unitName(rate.unit)}, ${perWords(rate)}`,
    figures: true,
    cell: (row) => {
      const own = ofRow(row).find(({ unit }) => unit === rate.unit);
      return own === undefined ? "—" : <Money nano={own.nano} />;
    },
  }));

/** { resolution: "1080p", input_video: true } → "1080p, input video". */
const whenWords = (when: Variant["when"]): string =>
  Object.entries(when)
    .map(([name, value]) =>
      value === true ? plainWords(name) : value === false ? `no ${plainWords(name)}` : String(value),
    )
    .join(", ");

export const Prices = ({ model }: { readonly model: ModelPage }) => {
  const { rates, tiers, variants, plans, list } = model;
  const main = mainRates(rates);
  const withPlans = [{ id: words.listPrice, rates: list }, ...plans];
  return (
    <Section title={words.prices} description={words.pricesText}>
      {!model.varies && (
        <div className="grid gap-4 md:grid-cols-2">
          <Card>
            {tiers[0] !== undefined && (
              <div className="mb-1 text-small font-medium text-ink-3">{words.below(countShort(tiers[0].above))}</div>
            )}
            <RateList rates={rates} />
          </Card>
          {tiers.map((tier) => (
            <Card key={tier.above}>
              <div className="mb-1 text-small font-medium text-ink-3">{words.tier(countShort(tier.above))}</div>
              <RateList rates={tier.rates} />
            </Card>
          ))}
        </div>
      )}
      {variants.length > 0 && (
        <Table
          label={words.variants}
          columns={[
            { key: "when", title: words.variant, cell: ({ when }: Variant) => whenWords(when) },
            ...columnsOf<Variant>(variants[0]?.rates ?? [], (row) => row.rates),
          ]}
          rows={variants}
          rowKey={({ when }) => JSON.stringify(when)}
          empty={null}
        />
      )}
      {plans.length > 0 && !model.varies && (
        <Table
          label={words.plans}
          columns={[
            {
              key: "plan",
              title: words.plan,
              cell: ({ id }: { id: string }) => <span className="font-medium text-ink">{id}</span>,
            },
            ...columnsOf<{ id: string; rates: readonly ShownRate[] }>(main, (row) => row.rates),
          ]}
          rows={withPlans}
          rowKey={({ id }) => id}
          empty={null}
        />
      )}
    </Section>
  );
};

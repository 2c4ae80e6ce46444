/** Rates in one line: what goes in and what comes out, each with its unit. */
import type { PriceListView } from "../../../api/operator.ts";
import { Money } from "../../../ui/exact.tsx";
import { headRates, perWords, unitName } from "../unit-words.ts";

export const RateWords = ({ rates }: { readonly rates: PriceListView["rates"] }) => {
  const shown = headRates(rates);
  if (shown.length === 0) return <span className="text-ink-3">—</span>;
  return (
    <span className="flex flex-col gap-0.5">
      {shown.map((rate) => (
        <span key={rate.unit} className="md:whitespace-nowrap">
          <Money nano={rate.nano} />{" "}
          <span className="text-small text-ink-3">
            {unitName(rate.unit).toLowerCase()}, {perWords(rate)}
          </span>
        </span>
      ))}
    </span>
  );
};

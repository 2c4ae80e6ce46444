/** A charge, line by line, at today's prices: the promise shown instead of told. */
import type { ModelLine } from "../../../api/public.ts";
import { unitName } from "../../../format/names.ts";
import { count } from "../../../format/number.ts";
import { moneyExact } from "../../../format/money.ts";
import { perWords, rateOf } from "../../../layout/rates.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { words } from "./words.ts";

/** What a turn of a coding agent uses. */
const COUNTED = [
  ["input", 1_204],
  ["cache_read", 18_432],
  ["output", 612],
] as const;

const MILLION = 1_000_000n;

/** In millionths of a nano, so that the one rounding is at the end, as in a real charge. */
const lineAmount = (counted: number, nano: string): bigint => BigInt(counted) * BigInt(nano);

const rounded = (amount: bigint): string => ((2n * amount + MILLION) / (2n * MILLION)).toString();

const Lines = ({ model }: { readonly model: ModelLine }) => {
  const lines = COUNTED.flatMap(([unit, counted]) => {
    const rate = rateOf(model.rates, unit);
    return rate === undefined ? [] : [{ unit, counted, rate, amount: lineAmount(counted, rate.nano) }];
  });
  const total = rounded(lines.reduce((sum, { amount }) => sum + amount, 0n));
  return (
    <table className="w-full">
      <caption className="pb-3 text-left font-medium text-ink">{words.receiptOf(model.id)}</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">{words.receiptUnit}</th>
          <th scope="col">{words.receiptPrice}</th>
          <th scope="col">{words.receiptAmount}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ unit, counted, rate, amount }) => (
          <tr key={unit} className="border-t border-dashed border-line-strong">
            <th scope="row" className="py-2.5 pr-4 text-left font-normal">
              <span className="text-ink">{count(counted)}</span>{" "}
              <span className="text-ink-3">{unitName(unit).toLowerCase()}</span>
            </th>
            <td className="py-2.5 pr-4 text-right whitespace-nowrap text-ink-3 max-sm:hidden">
              × <Money nano={rate.nano} /> {perWords(rate)}
            </td>
            <td className="py-2.5 text-right font-mono text-small whitespace-nowrap text-ink">
              {moneyExact(rounded(amount))}
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr className="border-t border-ink">
          <th scope="row" className="pt-3 text-left font-medium text-ink">
            {words.receiptTotal}
          </th>
          <td aria-hidden="true" className="max-sm:hidden" />
          <td className="pt-3 text-right font-mono font-medium whitespace-nowrap text-accent">{moneyExact(total)}</td>
        </tr>
      </tfoot>
    </table>
  );
};

export const Receipt = ({ model }: { readonly model: ModelLine | undefined }) => (
  <section aria-labelledby="receipt" className="grid items-center gap-10 lg:grid-cols-[1fr_1.05fr] lg:gap-14">
    <div>
      <h2 id="receipt" className="text-title font-medium text-ink">
        {words.receiptTitle}
      </h2>
      <p className="mt-3 max-w-md text-ink-2">{words.receiptText}</p>
    </div>
    <div className="min-w-0 rounded-large border border-line bg-surface px-6 py-5">
      {model === undefined ? <Skeleton className="h-44 w-full" /> : <Lines model={model} />}
      <p className="mt-4 text-small text-ink-3">{words.receiptNote}</p>
    </div>
  </section>
);

/** A few models with their prices, and the way to all. */
import { Link } from "@tanstack/react-router";

import type { ModelLine } from "../../../api/public.ts";
import { providerName } from "../../../format/names.ts";
import { countShort } from "../../../format/number.ts";
import { mainRates } from "../../../layout/rates.tsx";
import { ButtonLink } from "../../../ui/button.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { words } from "./words.ts";

/** "$2.50 in · $10.00 out". */
const Prices = ({ model }: { readonly model: ModelLine }) => {
  const [input, output] = mainRates(model.rates);
  if (input === undefined) return null;
  return (
    <>
      <Money nano={input.nano} /> <span className="text-ink-3">in</span>
      {output !== undefined && (
        <>
          <span className="px-1.5 text-ink-3">·</span>
          <Money nano={output.nano} /> <span className="text-ink-3">out</span>
        </>
      )}
    </>
  );
};

/** Models for tests are in the list, but nobody buys them. */
const sold = (models: readonly ModelLine[]): number => models.filter(({ provider }) => provider !== "sandbox").length;

export interface CatalogExcerptProps {
  readonly models: readonly ModelLine[] | undefined;
  readonly featured: readonly ModelLine[];
}

export const CatalogExcerpt = ({ models, featured }: CatalogExcerptProps) => (
  <section aria-labelledby="catalog">
    <div className="flex flex-wrap items-end justify-between gap-4">
      <div>
        <h2 id="catalog" className="text-title font-medium text-ink">
          {models === undefined ? <Skeleton className="h-8 w-72" /> : words.catalogTitle(sold(models))}
        </h2>
        <p className="mt-2 max-w-2xl text-ink-2">{words.catalogText}</p>
      </div>
      <ButtonLink to="/models">{words.all}</ButtonLink>
    </div>
    <ul className="mt-6 border-t border-line">
      {models === undefined
        ? Array.from({ length: 8 }, (_, index) => (
            <li key={index} className="border-b border-line py-3">
              <Skeleton className="h-5.5 w-full" />
            </li>
          ))
        : featured.map((model) => (
            <li key={model.id} className="border-b border-line">
              <div className="grid grid-cols-[1fr_auto] items-baseline gap-x-6 gap-y-0.5 py-3 md:grid-cols-[1.4fr_1fr_1fr_1.4fr]">
                <Link
                  to="/models/$"
                  params={{ _splat: model.id }}
                  className="truncate font-medium text-ink hover:text-accent"
                >
                  {model.id}
                </Link>
                <span className="text-ink-2 max-md:hidden">{providerName(model.provider)}</span>
                <span className="text-ink-2 max-md:hidden">
                  {model.context === null ? "" : `${countShort(model.context)} tokens`}
                </span>
                <span className="figures text-right whitespace-nowrap">
                  <Prices model={model} />
                </span>
              </div>
            </li>
          ))}
    </ul>
  </section>
);

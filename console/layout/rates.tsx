/** Prices of models for people: what a unit is sold by, and its amount. */
import type { ShownRate } from "../api/public.ts";
import { unitName } from "../format/names.ts";
import { Money } from "../ui/exact.tsx";

/** "per 1M tokens", "per image", "per second". */
export const perWords = ({ unit, per }: Pick<ShownRate, "unit" | "per">): string => {
  if (per > 1) return "per 1M tokens";
  switch (unit) {
    case "image":
      return "per image";
    case "video_second":
      return "per second";
    case "web_search":
      return "per search";
    default:
      return "per request";
  }
};

export const rateOf = (rates: readonly ShownRate[], unit: ShownRate["unit"]): ShownRate | undefined =>
  rates.find((rate) => rate.unit === unit);

/** The one or two prices that a list shows: what goes in and what comes out, or the piece. */
export const mainRates = (rates: readonly ShownRate[]): readonly ShownRate[] => {
  const [input, output] = [rateOf(rates, "input"), rateOf(rates, "output")];
  if (output !== undefined) return [input, output].filter((rate) => rate !== undefined);
  const piece = rates.find(({ unit }) =>
    ["image", "video_second", "video_token", "image_output", "audio_output", "audio_input"].includes(unit),
  );
  const one = piece ?? input ?? rates[0];
  return one === undefined ? [] : [one];
};

/** All prices of a list, one a line. */
export const RateList = ({ rates }: { readonly rates: readonly ShownRate[] }) => (
  <dl className="figures divide-y divide-line">
    {rates.map((rate) => (
      <div key={rate.unit} className="flex items-baseline justify-between gap-4 py-2">
        <dt className="text-ink-2">{unitName(rate.unit)}</dt>
        <dd className="text-right">
          <Money nano={rate.nano} className="text-ink" />{" "}
          <span className="text-small whitespace-nowrap text-ink-3">{perWords(rate)}</span>
        </dd>
      </div>
    ))}
  </dl>
);

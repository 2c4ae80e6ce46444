/** Context tiers: above so many tokens of prompt, all of a request is charged at other prices. */
import { Plus, X } from "lucide-react";

import { Button, IconButton } from "../../../ui/button.tsx";
import { TextField } from "../../../ui/field.tsx";
import type { Kind, PriceTexts, TierForm } from "./form.ts";
import { PriceFields, type Why } from "./price-fields.tsx";
import { words } from "./words.ts";

export interface TiersFieldProps {
  readonly kind: Kind;
  /** The model's own prices, which a new tier begins with. */
  readonly base: PriceTexts;
  readonly tiers: readonly TierForm[];
  readonly onChange: (tiers: readonly TierForm[]) => void;
  readonly why: Why;
}

export const TiersField = ({ kind, base, tiers, onChange, why }: TiersFieldProps) => {
  const set = (place: number, change: Partial<TierForm>): void => {
    onChange(tiers.map((tier, at) => (at === place ? { ...tier, ...change } : tier)));
  };
  return (
    <>
      <p className="text-small text-ink-3">{words.tiersText}</p>
      {why("tiers") !== undefined && <p className="text-small text-bad">{why("tiers")}</p>}
      {tiers.map((tier, place) => (
        <div
          // The place is the tier: its fields are being typed.
          key={place}
          className="flex flex-col gap-4 rounded-large border border-line p-3"
        >
          <div className="flex items-start gap-2">
            <TextField
              className="flex-1 sm:max-w-64"
              label={words.above}
              inputMode="numeric"
              error={why(`tiers.${place}.above`)}
              value={tier.above}
              onChange={(event) => {
                set(place, { above: event.currentTarget.value });
              }}
            />
            <IconButton
              label={words.removeTier}
              className="mt-6 ml-auto"
              onClick={() => {
                onChange(tiers.filter((_, at) => at !== place));
              }}
            >
              <X aria-hidden className="size-4" />
            </IconButton>
          </div>
          <PriceFields
            kind={kind}
            prices={tier.prices}
            path={`tiers.${place}.prices`}
            why={why}
            onChange={(prices) => {
              set(place, { prices });
            }}
          />
        </div>
      ))}
      <div>
        <Button
          size="small"
          icon={<Plus aria-hidden className="size-3.5" />}
          onClick={() => {
            onChange([...tiers, { above: "200000", prices: base }]);
          }}
        >
          {words.addTier}
        </Button>
      </div>
    </>
  );
};

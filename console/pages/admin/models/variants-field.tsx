/** Prices that depend on what is asked for: an image of a size, a second at a resolution. */
import { Plus, X } from "lucide-react";

import { Button, IconButton } from "../../../ui/button.tsx";
import { Field, TextField } from "../../../ui/field.tsx";
import { Select } from "../../../ui/select.tsx";
import { UNIT_IDS, unitName } from "../unit-words.ts";
import { isPiece, type Kind, type VariantForm } from "./form.ts";
import type { Why } from "./price-fields.tsx";
import { words } from "./words.ts";

/** What a variant's price is usually for. */
const firstOf = (kind: Kind): VariantForm =>
  kind === "video"
    ? { unit: "video_second", per: 1, price: "", when: "resolution=720p" }
    : { unit: "image", per: 1, price: "", when: "size=1024x1024" };

export interface VariantsFieldProps {
  readonly kind: Kind;
  readonly variants: readonly VariantForm[];
  readonly onChange: (variants: readonly VariantForm[]) => void;
  readonly why: Why;
}

const VariantFields = ({
  variant,
  place,
  why,
  set,
}: {
  readonly variant: VariantForm;
  readonly place: number;
  readonly why: Why;
  readonly set: (change: Partial<VariantForm>) => void;
}) => (
  <div className="grid flex-1 gap-3 sm:grid-cols-2">
    <Field label={words.unit}>
      <Select
        value={variant.unit}
        options={UNIT_IDS.map((value) => ({ value, label: unitName(value) }))}
        onChange={(unit) => {
          set({ unit, per: isPiece(unit) ? 1 : 1_000_000 });
        }}
      />
    </Field>
    <TextField
      label={variant.per === 1 ? words.usdEach : words.usdMillion}
      inputMode="decimal"
      error={why(`rates.${place}.price`)}
      value={variant.price}
      onChange={(event) => {
        set({ price: event.currentTarget.value });
      }}
    />
    <TextField
      className="sm:col-span-2"
      label={words.when}
      mono
      error={why(`rates.${place}.variant`)}
      value={variant.when}
      onChange={(event) => {
        set({ when: event.currentTarget.value });
      }}
    />
  </div>
);

export const VariantsField = ({ kind, variants, onChange, why }: VariantsFieldProps) => (
  <>
    <p className="text-small text-ink-3">{words.variantsText}</p>
    {why("rates") !== undefined && <p className="text-small text-bad">{why("rates")}</p>}
    {variants.map((variant, place) => (
      <div
        // The place is the variant: its fields are being typed.
        key={place}
        className="flex items-start gap-2 rounded-large border border-line p-3"
      >
        <VariantFields
          variant={variant}
          place={place}
          why={why}
          set={(change) => {
            onChange(variants.map((one, at) => (at === place ? { ...one, ...change } : one)));
          }}
        />
        <IconButton
          label={words.removeVariant}
          className="mt-6"
          onClick={() => {
            onChange(variants.filter((_, at) => at !== place));
          }}
        >
          <X aria-hidden className="size-4" />
        </IconButton>
      </div>
    ))}
    <div>
      <Button
        size="small"
        icon={<Plus aria-hidden className="size-3.5" />}
        onClick={() => {
          onChange([...variants, variants.at(-1) ?? firstOf(kind)]);
        }}
      >
        {words.addVariant}
      </Button>
    </div>
  </>
);

/** Prices of a model by unit: those that its kind wants, those that it has, and any other that one asks for. */
import { X } from "lucide-react";

import { IconButton } from "../../../ui/button.tsx";
import { Field, TextField } from "../../../ui/field.tsx";
import { Select } from "../../../ui/select.tsx";
import { isKnownUnit, UNIT_IDS, unitName, type Unit } from "../unit-words.ts";
import { isPiece, type Kind, type PriceTexts } from "./form.ts";
import { words } from "./words.ts";

/** What a model of a kind is asked for first. */
const FIRST = {
  chat: ["input", "output"],
  embedding: ["input"],
  image: ["input", "image_output"],
  video: [],
  speech: ["input", "audio_output"],
  transcription: ["input", "output"],
} as const satisfies Record<Kind, readonly Unit[]>;

const NONE = "none";

/** Why what was entered will not do, by the path of the field. */
export type Why = (path: string) => string | undefined;

export interface PriceFieldsProps {
  readonly kind: Kind;
  readonly prices: PriceTexts;
  readonly onChange: (prices: PriceTexts) => void;
  readonly why: Why;
  /** Of the prices, such as `tiers.0.prices`. */
  readonly path: string;
  /** No other units than these; absent: any. */
  readonly only?: readonly Unit[];
}

export const PriceFields = ({ kind, prices, onChange, why, path, only }: PriceFieldsProps) => {
  const first: readonly Unit[] = only ?? FIRST[kind];
  const shown = UNIT_IDS.filter((unit) => first.includes(unit) || (only === undefined && prices[unit] !== undefined));
  const others = only === undefined ? UNIT_IDS.filter((unit) => !shown.includes(unit)) : [];
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        {shown.map((unit) => (
          <div key={unit} className="flex items-start gap-1">
            <TextField
              className="flex-1"
              label={unitName(unit)}
              inputMode="decimal"
              hint={isPiece(unit) ? words.usdEach : words.usdMillion}
              error={why(`${path}.${unit}`)}
              value={prices[unit] ?? ""}
              onChange={(event) => {
                onChange({ ...prices, [unit]: event.currentTarget.value });
              }}
            />
            {!first.includes(unit) && (
              <IconButton
                label={words.removePrice(unitName(unit))}
                className="mt-6"
                onClick={() => {
                  const { [unit]: _gone, ...rest } = prices;
                  onChange(rest);
                }}
              >
                <X aria-hidden className="size-4" />
              </IconButton>
            )}
          </div>
        ))}
      </div>
      {others.length > 0 && (
        <Field label={words.addPrice} className="sm:max-w-64">
          <Select
            value={NONE}
            options={[
              { value: NONE, label: words.choose },
              ...others.map((value) => ({ value, label: unitName(value) })),
            ]}
            onChange={(unit) => {
              if (isKnownUnit(unit)) onChange({ ...prices, [unit]: "" });
            }}
          />
        </Field>
      )}
    </>
  );
};

/** One model's prices: listed, under the plan that is being changed, and what they cost. */
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";

import { operatorModelsQuery, planPreviewQuery } from "../../../api/operator.ts";
import { Combobox } from "../../../ui/combobox.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Field } from "../../../ui/field.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { perWords, unitName } from "../unit-words.ts";
import { words } from "./words.ts";

const CELL = "py-1.5 pl-3 text-right whitespace-nowrap";

export const Preview = ({ discount }: { readonly discount: string }) => {
  const models = useQuery(operatorModelsQuery);
  const onSale = models.data?.filter(({ problem }) => problem === null) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const model = chosen ?? onSale.find(({ kind }) => kind === "chat")?.id ?? "";
  const { data, error } = useQuery(planPreviewQuery(model, useDeferredValue(discount)));
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-5">
      <Field label={words.preview}>
        <Combobox
          label={words.model}
          value={model}
          none={words.noModel}
          options={onSale.map(({ id, provider }) => ({ value: id, label: id, note: provider }))}
          onChange={setChosen}
        />
      </Field>
      {data === undefined ? (
        error === null && <Skeleton className="h-40 w-full" />
      ) : (
        <table className="w-full text-small">
          <thead>
            <tr className="text-right text-ink-3">
              <th scope="col" className="py-1 text-left font-medium">
                {words.unit}
              </th>
              {[words.list, words.under, words.cost].map((title) => (
                <th key={title} scope="col" className="py-1 pl-3 font-medium">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.list.map((rate, index) => {
              const under = data.under[index] ?? rate;
              const cost = data.cost?.find(({ unit }) => unit === rate.unit);
              const isBelow = cost !== undefined && BigInt(under.nano) < BigInt(cost.nano);
              return (
                <tr key={rate.unit} className="border-t border-line">
                  <th scope="row" className="py-1.5 text-left font-normal">
                    {unitName(rate.unit)} <span className="text-ink-3">{perWords(rate)}</span>
                  </th>
                  <td className={CELL}>
                    <Money nano={rate.nano} />
                  </td>
                  <td className={CELL}>
                    <Money nano={under.nano} {...(isBelow ? { className: "text-bad" } : {})} />
                    {isBelow && <span className="block text-bad">{words.below}</span>}
                  </td>
                  <td className={CELL}>{cost === undefined ? "—" : <Money nano={cost.nano} />}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </div>
  );
};

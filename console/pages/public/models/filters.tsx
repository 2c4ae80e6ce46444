/** The line of filters above the catalogue. All of it stands in the address. */
import { LayoutGrid, Rows3, Search } from "lucide-react";

import type { ModelLine } from "../../../api/public.ts";
import { kindName, plainWords, providerName } from "../../../format/names.ts";
import { classes } from "../../../ui/classes.ts";
import { INPUT } from "../../../ui/field.tsx";
import { Select } from "../../../ui/select.tsx";
import { Tooltip } from "../../../ui/tooltip.tsx";
import { ORDERS, VIEWS, type ModelSearch, type Order, type View } from "./search.ts";
import { words } from "./words.ts";

const ALL = "all";

const SIGNS = { table: Rows3, cards: LayoutGrid } as const satisfies Record<View, unknown>;

export interface FiltersProps {
  readonly models: readonly ModelLine[];
  readonly search: ModelSearch;
  readonly onChange: (change: Partial<ModelSearch>) => void;
}

const optionsOf = (ids: Iterable<string>, all: string, name: (id: string) => string) => [
  { value: ALL, label: all },
  ...[...new Set(ids)].map((id) => ({ value: id, label: name(id) })).toSorted((a, b) => a.label.localeCompare(b.label)),
];

const Views = ({ view, onChange }: { readonly view: View; readonly onChange: (view: View) => void }) => (
  <fieldset className="flex justify-self-start overflow-hidden rounded-base border border-line-strong">
    <legend className="sr-only">{words.views}</legend>
    {VIEWS.map((one) => {
      const Sign = SIGNS[one];
      return (
        <Tooltip key={one} text={words[one]}>
          <button
            type="button"
            aria-label={words[one]}
            aria-pressed={view === one}
            onClick={() => {
              onChange(one);
            }}
            className={classes(
              "moves flex h-8.5 w-9 items-center justify-center",
              view === one ? "bg-sunken text-ink" : "text-ink-3 hover:text-ink",
            )}
          >
            <Sign aria-hidden className="size-4" />
          </button>
        </Tooltip>
      );
    })}
  </fieldset>
);

export const Filters = ({ models, search, onChange }: FiltersProps) => {
  const chosen = (value: string): string | undefined => (value === ALL ? undefined : value);
  return (
    <div className="grid grid-cols-2 items-center gap-2 sm:flex sm:flex-wrap">
      <label className="relative col-span-2 min-w-56 flex-1">
        <span className="sr-only">{words.search}</span>
        <Search aria-hidden className="pointer-events-none absolute top-2.5 left-3 size-4 text-ink-3" />
        <input
          type="search"
          value={search.q ?? ""}
          placeholder={words.search}
          onChange={(event) => {
            onChange({ q: event.currentTarget.value === "" ? undefined : event.currentTarget.value });
          }}
          className={classes(INPUT, "pl-9")}
        />
      </label>
      <Select
        label={words.kind}
        value={search.kind ?? ALL}
        options={optionsOf(
          models.map(({ kind }) => kind),
          words.allKinds,
          kindName,
        )}
        onChange={(kind) => {
          onChange({ kind: chosen(kind) });
        }}
        className="sm:!w-36"
      />
      <Select
        label={words.maker}
        value={search.maker ?? ALL}
        options={optionsOf(
          models.map(({ provider }) => provider),
          words.allMakers,
          providerName,
        )}
        onChange={(maker) => {
          onChange({ maker: chosen(maker) });
        }}
        className="sm:!w-40"
      />
      <Select
        label={words.takes}
        value={search.takes ?? ALL}
        options={optionsOf(
          models.flatMap(({ input }) => input),
          `${words.takes}: ${words.anything.toLowerCase()}`,
          (id) => `${words.takes} ${plainWords(id)}`,
        )}
        onChange={(takes) => {
          onChange({ takes: chosen(takes) });
        }}
        className="sm:!w-40"
      />
      <Select<Order>
        label={words.order}
        value={search.order ?? "catalog"}
        options={ORDERS.map((order) => ({ value: order, label: words.orders[order] }))}
        onChange={(order) => {
          onChange({ order: order === "catalog" ? undefined : order });
        }}
        className="sm:!w-48"
      />
      <Views
        view={search.view ?? "table"}
        onChange={(view) => {
          onChange({ view: view === "table" ? undefined : view });
        }}
      />
    </div>
  );
};

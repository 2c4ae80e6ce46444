/** Which models a list shows: by name, kind, and one thing more that the list knows of them. All of it is in the address. */
import type { ReactNode } from "react";

import { Select, type SelectOption } from "../../ui/select.tsx";
import { TextField } from "../../ui/field.tsx";

const words = { search: "Find a model", kind: "Kind", allKinds: "All kinds", show: "Show", all: "All models" } as const;
const ALL = "all";

export interface ModelSearch {
  readonly q?: string;
  readonly kind?: string;
  readonly show?: string;
}

/** Whether a model is of the kind and the name that are looked for. @param names all that it is known by */
export const isFound = (kind: string, names: readonly string[], search: ModelSearch): boolean => {
  const text = search.q?.toLowerCase() ?? "";
  return (
    (text === "" || names.some((name) => name.toLowerCase().includes(text))) &&
    (search.kind === undefined || search.kind === kind)
  );
};

/** An address with one of its filters changed. @param value undefined: it is taken away */
export const withFilter = <Search extends ModelSearch>(
  search: Search,
  name: keyof ModelSearch,
  value: string | undefined,
): Omit<Search, keyof ModelSearch> & ModelSearch => {
  const { [name]: _before, ...rest } = search;
  return value === undefined ? rest : { ...rest, [name]: value };
};

export interface ModelFiltersProps {
  readonly search: ModelSearch;
  /** Of all models that there are; repeated ones count once. */
  readonly kinds: readonly string[];
  readonly shows: readonly SelectOption<string>[];
  readonly onChange: (name: keyof ModelSearch, value: string | undefined) => void;
  readonly actions?: ReactNode;
}

export const ModelFilters = ({ search, kinds, shows, onChange, actions }: ModelFiltersProps) => {
  const { q = "", kind = ALL, show = ALL } = search;
  const set = (name: keyof ModelSearch, value: string): void => {
    onChange(name, value === "" || value === ALL ? undefined : value);
  };
  return (
    <div className="flex flex-wrap items-end gap-3">
      <TextField
        className="min-w-48 flex-1 sm:max-w-72"
        label={words.search}
        value={q}
        onChange={(event) => {
          set("q", event.currentTarget.value);
        }}
      />
      <Select
        label={words.kind}
        className="!w-36"
        value={kind}
        options={[
          { value: ALL, label: words.allKinds },
          ...[...new Set(kinds)].sort().map((value) => ({ value, label: value })),
        ]}
        onChange={(value) => {
          set("kind", value);
        }}
      />
      <Select
        label={words.show}
        className="!w-40"
        value={show}
        options={[{ value: ALL, label: words.all }, ...shows]}
        onChange={(value) => {
          set("show", value);
        }}
      />
      {actions !== undefined && <div className="sm:ml-auto">{actions}</div>}
    </div>
  );
};

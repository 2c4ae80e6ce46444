/** Which models the list shows; all of it is in the address. */
import { getRouteApi } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { PricedModel } from "../../../api/operator.ts";
import { Select } from "../../../ui/select.tsx";
import { TextField } from "../../../ui/field.tsx";
import type { PricesSearch } from "../operator-search.ts";
import { words } from "./words.ts";

const route = getRouteApi("/admin/prices");

/** The models that an address asks for. */
export const filtered = (items: readonly PricedModel[], { q, kind, show }: PricesSearch): readonly PricedModel[] => {
  const text = q?.toLowerCase() ?? "";
  return items.filter(
    (item) =>
      (text === "" || item.model.toLowerCase().includes(text) || item.provider.toLowerCase().includes(text)) &&
      (kind === undefined || item.kind === kind) &&
      (show !== "draft" || item.draft !== null),
  );
};

const ALL = "all";

export const Filters = ({
  items,
  actions,
}: {
  readonly items: readonly PricedModel[];
  readonly actions: ReactNode;
}) => {
  const { q = "", kind, show } = route.useSearch();
  const navigate = route.useNavigate();
  const set = (name: "q" | "kind" | "show", value: string): void => {
    void navigate({
      search: ({ [name]: _before, ...rest }) => (value === "" || value === ALL ? rest : { ...rest, [name]: value }),
      replace: true,
      resetScroll: false,
    });
  };
  const kinds = [...new Set(items.map((item) => item.kind))].sort();
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
        value={kind ?? ALL}
        options={[{ value: ALL, label: words.allKinds }, ...kinds.map((value) => ({ value, label: value }))]}
        onChange={(value) => {
          set("kind", value);
        }}
      />
      <Select
        label={words.show}
        className="!w-40"
        value={show ?? ALL}
        options={[
          { value: ALL, label: words.showAll },
          { value: "draft", label: words.showDraft },
        ]}
        onChange={(value) => {
          set("show", value);
        }}
      />
      <div className="sm:ml-auto">{actions}</div>
    </div>
  );
};

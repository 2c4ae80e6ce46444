/** Which models the list shows; all of it is in the address. */
import { getRouteApi } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { PricedModel } from "../../../api/operator.ts";
import { isFound, ModelFilters, withFilter } from "../model-filters.tsx";
import type { PricesSearch } from "../operator-search.ts";
import { words } from "./words.ts";

const route = getRouteApi("/admin/prices");

/** The models that an address asks for. */
export const filtered = (items: readonly PricedModel[], search: PricesSearch): readonly PricedModel[] =>
  items.filter(
    (item) =>
      isFound(item.kind, [item.model, item.provider], search) && (search.show !== "draft" || item.draft !== null),
  );

export const Filters = ({
  items,
  actions,
}: {
  readonly items: readonly PricedModel[];
  readonly actions: ReactNode;
}) => {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <ModelFilters
      search={search}
      kinds={items.map(({ kind }) => kind)}
      shows={[{ value: "draft", label: words.showDraft }]}
      onChange={(name, value) =>
        void navigate({ search: (before) => withFilter(before, name, value), replace: true, resetScroll: false })
      }
      actions={actions}
    />
  );
};

/** Every model there is: on sale or not, where it goes, what is left of its price. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Plus } from "lucide-react";

import { operatorModelsQuery, type ModelRow } from "../../../api/operator.ts";
import { Allowed } from "../../../ui/allowed.tsx";
import { Button } from "../../../ui/button.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Page } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { isFound, ModelFilters, withFilter } from "../model-filters.tsx";
import type { ModelsSearch } from "../operator-search.ts";
import { RateWords } from "../prices/rate-words.tsx";
import { marginWords } from "../unit-words.ts";
import { AddModel } from "./add.tsx";
import { ModelSheet } from "./details.tsx";
import { ModelState } from "./state.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/admin/models");

const COLUMNS: readonly Column<ModelRow>[] = [
  {
    key: "model",
    title: words.model,
    cell: ({ id, provider, source }) => (
      <>
        <span className="block font-medium break-all text-ink">{id}</span>
        <span className="block text-small text-ink-3">
          {provider}
          {source !== "catalogue" && ` · ${source === "own" ? words.own : words.changed}`}
        </span>
      </>
    ),
  },
  { key: "state", title: words.state, cell: ({ problem }) => <ModelState problem={problem} /> },
  { key: "kind", title: words.kind, wide: true, cell: ({ kind }) => <span className="text-ink-2">{kind}</span> },
  {
    key: "routes",
    title: words.routes,
    wide: true,
    cell: ({ candidates }) => (
      <span className="text-ink-2">
        {candidates.length === 0 ? "—" : candidates.map(({ upstream }) => upstream).join(", ")}
      </span>
    ),
  },
  { key: "price", title: words.price, cell: ({ rates }) => <RateWords rates={rates} /> },
  {
    key: "margin",
    title: words.margin,
    figures: true,
    wide: true,
    cell: ({ marginBp }) => (
      <span className={marginBp !== null && marginBp < 0 ? "text-bad" : ""}>{marginWords(marginBp)}</span>
    ),
  },
];

const matches = (model: ModelRow, search: ModelsSearch): boolean =>
  isFound(model.kind, [model.id, model.provider, ...model.aliases], search) &&
  (search.show === undefined || (model.problem === null) === (search.show === "sale"));

export const ModelsPage = () => {
  const { data, error, refetch } = useQuery(operatorModelsQuery);
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const rows = data?.filter((model) => matches(model, search));
  const close = (): void => {
    void navigate({ search: ({ model: _model, add: _add, ...rest }) => rest, resetScroll: false });
  };
  return (
    <Page
      title={words.title}
      description={words.text}
      actions={
        <Button
          act="POST /console/api/admin/models"
          icon={<Plus aria-hidden className="size-4" />}
          onClick={() => void navigate({ search: (before) => ({ ...before, add: true as const }), resetScroll: false })}
        >
          {words.add}
        </Button>
      }
    >
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      <ModelFilters
        search={search}
        kinds={data?.map(({ kind }) => kind) ?? []}
        shows={[
          { value: "sale", label: words.onSale },
          { value: "off", label: words.notOnSale },
        ]}
        onChange={(name, value) =>
          void navigate({ search: (before) => withFilter(before, name, value), replace: true, resetScroll: false })
        }
      />
      <Table
        failed={error !== null}
        label={words.title}
        columns={COLUMNS}
        rows={rows}
        rowKey={({ id }) => id}
        openKey={search.model}
        onOpen={({ id }) => {
          void navigate({ search: (before) => ({ ...before, model: id }), resetScroll: false });
        }}
        empty={
          <Empty
            title={words.none}
            action={<Button onClick={() => void navigate({ search: {} })}>{words.clear}</Button>}
          />
        }
      />
      {search.model !== undefined && <ModelSheet key={search.model} id={search.model} onClose={close} />}
      {search.add === true && (
        <Allowed act="POST /console/api/admin/models">
          <AddModel onClose={close} />
        </Allowed>
      )}
    </Page>
  );
};

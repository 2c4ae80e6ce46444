/** The catalogue: every model that can be called, filtered by what stands in the address. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { modelsQuery, plansQuery, type ModelLine } from "../../../api/public.ts";
import { kindName, plainWords, providerName } from "../../../format/names.ts";
import { countShort } from "../../../format/number.ts";
import { mainRates, perWords } from "../../../layout/rates.tsx";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Notice, Page } from "../../../ui/page.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { Filters } from "./filters.tsx";
import { found, type ModelSearch } from "./search.ts";
import { words } from "./words.ts";

const route = getRouteApi("/public/models/");

const Name = ({ model }: { readonly model: ModelLine }) => (
  <span className="flex min-w-0 items-center gap-1.5">
    <span className="truncate font-medium text-ink">{model.id}</span>
    <CopyButton text={model.id} what="model id" />
    {model.status !== "live" && <Badge>{model.status}</Badge>}
  </span>
);

/** Under the name, where there is no room for columns: what it costs is what is looked for. */
const NarrowPrice = ({ model }: { readonly model: ModelLine }) => (
  <span className="figures flex flex-wrap gap-x-1.5 text-small text-ink-3 md:hidden">
    {mainRates(model.rates).map((rate, index, all) => (
      <span key={rate.unit}>
        {model.varies && `${words.from} `}
        <Money nano={rate.nano} className="text-ink-2" />{" "}
        {all.length === 1 ? perWords(rate) : index === 0 ? words.narrowIn : words.narrowOut}
      </span>
    ))}
  </span>
);

const Price = ({ model, which }: { readonly model: ModelLine; readonly which: 0 | 1 }) => {
  const rates = mainRates(model.rates);
  // One price alone stands in the last column.
  const rate = rates.length === 1 ? rates[which - 1] : rates[which];
  if (rate === undefined) return <span className="text-ink-3">—</span>;
  return (
    <span>
      {model.varies && <span className="text-small text-ink-3">{words.from} </span>}
      <Money nano={rate.nano} />
      {rate.per === 1 && <span className="text-small text-ink-3"> {perWords(rate)}</span>}
    </span>
  );
};

const COLUMNS: readonly Column<ModelLine>[] = [
  {
    key: "model",
    title: words.model,
    cell: (model) => (
      <>
        <Name model={model} />
        <NarrowPrice model={model} />
      </>
    ),
  },
  { key: "maker", title: words.maker, wide: true, cell: ({ provider }) => providerName(provider) },
  { key: "kind", title: words.kind, wide: true, cell: ({ kind }) => kindName(kind) },
  {
    key: "context",
    title: words.context,
    figures: true,
    wide: true,
    cell: ({ context }) => (context === null ? <span className="text-ink-3">—</span> : countShort(context)),
  },
  {
    key: "input",
    title: `${words.input} / 1M`,
    figures: true,
    wide: true,
    cell: (model) => <Price model={model} which={0} />,
  },
  {
    key: "output",
    title: `${words.out} / 1M`,
    figures: true,
    wide: true,
    cell: (model) => <Price model={model} which={1} />,
  },
];

const Card = ({ model, onOpen }: { readonly model: ModelLine; readonly onOpen: () => void }) => (
  <li className="flex min-w-0 flex-col gap-3 rounded-large border border-line bg-surface p-5">
    <div className="min-w-0">
      <button
        type="button"
        onClick={onOpen}
        className="block max-w-full truncate rounded-small text-left font-medium text-ink hover:text-accent"
      >
        {model.id}
      </button>
      <div className="text-small text-ink-3">
        {providerName(model.provider)} · {kindName(model.kind)}
        {model.context !== null && ` · ${countShort(model.context)} tokens`}
      </div>
    </div>
    <div className="flex flex-wrap gap-1.5">
      {model.input.map((name) => (
        <Badge key={name}>{plainWords(name)}</Badge>
      ))}
    </div>
    <dl className="figures mt-auto border-t border-line pt-3">
      {mainRates(model.rates).map((rate, index) => (
        <div key={rate.unit} className="flex justify-between gap-3">
          <dt className="text-ink-3">{index === 0 && mainRates(model.rates).length > 1 ? words.input : words.out}</dt>
          <dd>
            {model.varies && <span className="text-small text-ink-3">{words.from} </span>}
            <Money nano={rate.nano} /> <span className="text-small text-ink-3">{perWords(rate)}</span>
          </dd>
        </div>
      ))}
    </dl>
  </li>
);

const Shown = ({
  models,
  search,
  onOpen,
}: {
  readonly models: readonly ModelLine[] | undefined;
  readonly search: ModelSearch;
  readonly onOpen: (model: ModelLine) => void;
}) => {
  const navigate = useNavigate();
  const rows = models === undefined ? undefined : found(models, search);
  const empty = (
    <Empty
      title={words.none}
      action={<Button onClick={() => void navigate({ to: "/models", search: {} })}>{words.reset}</Button>}
    >
      {words.noneText}
    </Empty>
  );
  if (search.view === "cards")
    return rows?.length === 0 ? (
      empty
    ) : (
      <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        {rows === undefined
          ? Array.from({ length: 9 }, (_, index) => <Skeleton key={index} className="h-44" />)
          : rows.map((model) => (
              <Card
                key={model.id}
                model={model}
                onOpen={() => {
                  onOpen(model);
                }}
              />
            ))}
      </ul>
    );
  return (
    <Table
      label={words.title}
      columns={COLUMNS}
      rows={rows}
      rowKey={({ id }) => id}
      onOpen={onOpen}
      empty={empty}
      footer={rows === undefined ? "" : words.found(rows.length)}
      skeletonRows={14}
    />
  );
};

export const ModelsPage = () => {
  const search = route.useSearch();
  const navigate = useNavigate();
  const models = useQuery(modelsQuery);
  const plans = useQuery(plansQuery);
  const plan = plans.data?.find(({ isDefault }) => isDefault)?.id ?? null;
  const isPlayed = models.data?.some(({ sandbox, provider }) => sandbox && provider !== "sandbox") === true;
  return (
    <Page title={words.title} description={words.description(plan)}>
      {isPlayed && <Notice>{words.sandbox}</Notice>}
      <div className="flex flex-col gap-4">
        <Filters
          models={models.data ?? []}
          search={search}
          onChange={(change) => void navigate({ to: "/models", search: { ...search, ...change }, replace: true })}
        />
        {models.error === null ? (
          <Shown
            models={models.data}
            search={search}
            onOpen={({ id }) => void navigate({ to: "/models/$", params: { _splat: id } })}
          />
        ) : (
          <Failed error={models.error} retry={() => void models.refetch()} />
        )}
      </div>
    </Page>
  );
};

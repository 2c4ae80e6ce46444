/** The line of filters above the requests. All of it stands in the address. */
import { useQuery } from "@tanstack/react-query";

import { requestChoicesQuery } from "../../../api/operate.ts";
import { OUTCOME_IDS, outcomeWords } from "../../../format/outcomes.ts";
import { Button } from "../../../ui/button.tsx";
import { Select, type SelectOption } from "../../../ui/select.tsx";
import { SPANS, type RequestsSearch } from "../customers-search.ts";
import { SearchBox } from "../search-box.tsx";
import { words } from "./words.ts";

const ALL = "all";
const STATUSES = ["2", "4", "5", "0"] as const;

export const NO_FILTERS = {
  span: undefined,
  account: undefined,
  model: undefined,
  upstream: undefined,
  outcome: undefined,
  status: undefined,
  id: undefined,
} as const satisfies Partial<RequestsSearch>;

export const isFiltered = (search: RequestsSearch): boolean =>
  Object.keys(NO_FILTERS).some((name) => search[name as keyof typeof NO_FILTERS] !== undefined);

const orAll = (value: string): string | undefined => (value === ALL ? undefined : value);

/** A name that is in the address but was not used lately is offered too. */
const named = (names: readonly string[], own: string | undefined): readonly SelectOption<string>[] =>
  [...new Set([...names, ...(own === undefined ? [] : [own])])].map((name) => ({ value: name, label: name }));

export interface FiltersProps {
  readonly search: RequestsSearch;
  readonly onChange: (change: Partial<RequestsSearch>) => void;
}

export const Filters = ({ search, onChange }: FiltersProps) => {
  const { data } = useQuery(requestChoicesQuery);
  return (
    <search aria-label={words.filters} className="flex flex-wrap items-center gap-2">
      <Select
        label={words.span}
        value={search.span ?? ALL}
        options={[
          { value: ALL, label: words.allTime },
          ...SPANS.map((span) => ({ value: span, label: words.spans[span] })),
        ]}
        onChange={(value) => {
          onChange({ span: SPANS.find((span) => span === value) });
        }}
        className="!w-36"
      />
      <Select
        label={words.model}
        value={search.model ?? ALL}
        options={[{ value: ALL, label: words.allModels }, ...named(data?.models ?? [], search.model)]}
        onChange={(model) => {
          onChange({ model: orAll(model) });
        }}
        className="!w-40"
      />
      <Select
        label={words.upstream}
        value={search.upstream ?? ALL}
        options={[{ value: ALL, label: words.allUpstreams }, ...named(data?.upstreams ?? [], search.upstream)]}
        onChange={(upstream) => {
          onChange({ upstream: orAll(upstream) });
        }}
        className="!w-36"
      />
      <Select
        label={words.outcome}
        value={search.outcome ?? ALL}
        options={[
          { value: ALL, label: words.allOutcomes },
          ...OUTCOME_IDS.map((id) => ({ value: id, label: outcomeWords(id).label, hint: id })),
        ]}
        onChange={(value) => {
          onChange({ outcome: OUTCOME_IDS.find((id) => id === value) });
        }}
        className="!w-36"
      />
      <Select
        label={words.status}
        value={search.status === undefined ? ALL : String(search.status)}
        options={[
          { value: ALL, label: words.allStatuses },
          ...STATUSES.map((status) => ({ value: status, label: words.statuses[status] })),
        ]}
        onChange={(value) => {
          onChange({ status: value === ALL ? undefined : Number(value) });
        }}
        className="!w-32"
      />
      <SearchBox
        label={words.account}
        placeholder={words.accountHint}
        value={search.account ?? ""}
        onChange={(text) => {
          onChange({ account: text === "" ? undefined : text });
        }}
        className="min-w-36 flex-1"
      />
      <SearchBox
        label={words.id}
        placeholder={words.id}
        value={search.id ?? ""}
        onChange={(text) => {
          onChange({ id: text === "" ? undefined : text });
        }}
        className="min-w-36 flex-1"
      />
      {isFiltered(search) && (
        <Button
          kind="quiet"
          onClick={() => {
            onChange(NO_FILTERS);
          }}
        >
          {words.reset}
        </Button>
      )}
    </search>
  );
};

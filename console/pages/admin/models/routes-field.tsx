/** Where a model can be had, in order: upstream, name there, priority, weight, cost. */
import { useQuery } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";

import { upstreamsQuery, type ModelDetail, type ModelEdit } from "../../../api/operator.ts";
import { Button, IconButton } from "../../../ui/button.tsx";
import { Field, TextField } from "../../../ui/field.tsx";
import { Select } from "../../../ui/select.tsx";
import type { Why } from "./price-fields.tsx";
import { words } from "./words.ts";

export interface RouteDraft {
  readonly upstream: string;
  readonly model: string;
  readonly priority: string;
  readonly weight: string;
  readonly costInput: string;
  readonly costOutput: string;
  /** Costs of other units, which stay as they are. */
  readonly otherCosts: Readonly<Record<string, string>>;
}

type SentRoute = NonNullable<ModelEdit["routes"]>[number];

export const draftsOf = ({ routes }: ModelDetail): RouteDraft[] =>
  routes.map(({ upstream, model, priority, weight, cost }) => {
    const { input = "", output = "", ...otherCosts } = cost ?? {};
    return {
      upstream,
      model,
      priority: String(priority),
      weight: String(weight),
      costInput: input,
      costOutput: output,
      otherCosts,
    };
  });

/** Units that follow others where nobody says more: they are worked out again from what is sent. */
const sentCost = (
  { costInput, costOutput, otherCosts }: RouteDraft,
  before: RouteDraft | undefined,
): SentRoute["cost"] => {
  if (costInput.trim() === "" && costOutput.trim() === "") return undefined;
  const isSame = before !== undefined && before.costInput === costInput && before.costOutput === costOutput;
  return {
    ...(isSame ? otherCosts : {}),
    ...(costInput.trim() === "" ? {} : { input: costInput.trim() }),
    ...(costOutput.trim() === "" ? {} : { output: costOutput.trim() }),
  };
};

export const sentRoutes = (drafts: readonly RouteDraft[], before: readonly RouteDraft[]): SentRoute[] =>
  drafts.map((draft, index) => {
    const cost = sentCost(draft, before[index]);
    return {
      upstream: draft.upstream,
      model: draft.model.trim(),
      priority: Number(draft.priority),
      weight: Number(draft.weight),
      ...(cost === undefined ? {} : { cost }),
    };
  });

interface RoutesFieldProps {
  /** Why what was entered will not do, by the path of the field. */
  readonly why: Why;
  readonly routes: readonly RouteDraft[];
  readonly onChange: (routes: RouteDraft[]) => void;
}

const FIGURES = ["priority", "weight", "costInput", "costOutput"] as const;
/** What they are called where they are sent to. */
const PATHS = { priority: "priority", weight: "weight", costInput: "cost.input", costOutput: "cost.output" } as const;

interface RouteFieldsProps {
  /** By the path within the route. */
  readonly why: Why;
  readonly route: RouteDraft;
  readonly upstreams: readonly string[];
  readonly set: (changes: Partial<RouteDraft>) => void;
  readonly onRemove: () => void;
}

const RouteFields = ({ route, upstreams, set, onRemove, why }: RouteFieldsProps) => (
  <div className="flex flex-col gap-3 rounded-large border border-line p-3">
    <div className="flex items-end gap-2">
      <Field label={words.upstream} className="flex-1" error={why("upstream")}>
        <Select
          value={route.upstream}
          options={upstreams.map((value) => ({ value, label: value }))}
          onChange={(upstream) => {
            set({ upstream });
          }}
        />
      </Field>
      <TextField
        className="flex-1"
        label={words.name}
        mono
        error={why("model")}
        value={route.model}
        onChange={(event) => {
          set({ model: event.currentTarget.value });
        }}
      />
      <IconButton label={words.removeRoute} className="mb-0.5" onClick={onRemove}>
        <X aria-hidden className="size-4" />
      </IconButton>
    </div>
    <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
      {FIGURES.map((name) => (
        <TextField
          key={name}
          label={words[name]}
          inputMode="decimal"
          error={why(PATHS[name])}
          value={route[name]}
          onChange={(event) => {
            set({ [name]: event.currentTarget.value });
          }}
        />
      ))}
    </div>
  </div>
);

export const RoutesField = ({ routes, onChange, why }: RoutesFieldProps) => {
  const { data } = useQuery(upstreamsQuery);
  const upstreams = data?.items.map(({ id }) => id) ?? [];
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-5 first:border-0 first:pt-0">
      <div>
        <div className="font-medium text-ink">{words.candidates}</div>
        <p className="text-small text-ink-3">
          {words.routeHint} {words.costHint}
        </p>
      </div>
      {routes.map((route, index) => (
        <RouteFields
          // The place is the route: its fields are being typed.
          key={index}
          route={route}
          upstreams={upstreams}
          why={(path) => why(`routes.${index}.${path}`)}
          set={(changes) => {
            onChange(routes.map((one, place) => (place === index ? { ...one, ...changes } : one)));
          }}
          onRemove={() => {
            onChange(routes.filter((_, place) => place !== index));
          }}
        />
      ))}
      <div>
        <Button
          size="small"
          icon={<Plus aria-hidden className="size-3.5" />}
          onClick={() => {
            onChange([
              ...routes,
              {
                upstream: upstreams[0] ?? "",
                model: "",
                priority: String(routes.length + 1),
                weight: "1",
                costInput: "",
                costOutput: "",
                otherCosts: {},
              },
            ]);
          }}
        >
          {words.addRoute}
        </Button>
      </div>
    </div>
  );
};

/** What the catalogue shows, as it stands in the address; and the models that are left by it. Pure. */
import { z } from "zod/mini";

import type { ModelLine } from "../../../api/public.ts";
import { providerName } from "../../../format/names.ts";
import { mainRates } from "../../../layout/rates.tsx";

export const ORDERS = ["catalog", "cheap", "dear", "context"] as const;
export type Order = (typeof ORDERS)[number];
export const VIEWS = ["table", "cards"] as const;
export type View = (typeof VIEWS)[number];

/** Absent members are the usual ones, so that addresses stay short. */
export const modelSearch = z.object({
  q: z.catch(z.optional(z.string()), undefined),
  kind: z.catch(z.optional(z.string()), undefined),
  maker: z.catch(z.optional(z.string()), undefined),
  takes: z.catch(z.optional(z.string()), undefined),
  order: z.catch(z.optional(z.enum(ORDERS)), undefined),
  view: z.catch(z.optional(z.enum(VIEWS)), undefined),
});
export type ModelSearch = z.output<typeof modelSearch>;

const lastPrice = (model: ModelLine): bigint => BigInt(mainRates(model.rates).at(-1)?.nano ?? "0");

/** Every word must be in the name, an id's part or the maker. */
const matches = (model: ModelLine, words: readonly string[]): boolean => {
  const text = `${model.id} ${providerName(model.provider)}`.toLowerCase();
  return words.every((word) => text.includes(word));
};

const SORTS: Readonly<Record<Order, ((a: ModelLine, b: ModelLine) => number) | null>> = {
  catalog: null,
  cheap: (a, b) => Number(lastPrice(a) - lastPrice(b)),
  dear: (a, b) => Number(lastPrice(b) - lastPrice(a)),
  context: (a, b) => (b.context ?? 0) - (a.context ?? 0),
};

/** The models that a search leaves, in its order. Models for tests are shown only to who asks for them. */
export const found = (models: readonly ModelLine[], search: ModelSearch): readonly ModelLine[] => {
  const words = (search.q ?? "").toLowerCase().split(" ").filter(Boolean);
  const isAsked = search.maker === "sandbox" || words.some((word) => "sandbox".startsWith(word));
  const left = models.filter(
    (model) =>
      (isAsked || model.provider !== "sandbox") &&
      (search.kind === undefined || model.kind === search.kind) &&
      (search.maker === undefined || model.provider === search.maker) &&
      (search.takes === undefined || model.input.includes(search.takes)) &&
      matches(model, words),
  );
  const sort = SORTS[search.order ?? "catalog"];
  return sort === null ? left : left.toSorted(sort);
};

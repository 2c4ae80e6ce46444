/** What the addresses of the operator's first screens may say; anything else is left out. */

const DAY_MS = 86_400_000;

/** The ranges that the overview offers, in milliseconds. */
export const RANGES = { "24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS } as const;
export type RangeName = keyof typeof RANGES;

const MAX_TEXT = 200;

type Search = Record<string, unknown>;

const isRange = (value: unknown): value is RangeName => typeof value === "string" && Object.hasOwn(RANGES, value);

/** The texts of these names that the address has. A number is what the router made of digits. */
const textsIn = <Name extends string>(search: Search, names: readonly Name[]): Partial<Record<Name, string>> => {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = search[name];
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text === "string" && text !== "" && text.length <= MAX_TEXT) found[name] = text;
  }
  return found;
};

export interface OverviewSearch {
  readonly range?: RangeName;
  readonly by?: "margin";
}

export const overviewSearch = (search: Search): OverviewSearch => ({
  ...(isRange(search["range"]) ? { range: search["range"] } : {}),
  ...(search["by"] === "margin" ? { by: "margin" } : {}),
});

export interface UpstreamsSearch {
  /** The one that is open. */
  readonly upstream?: string;
  /** A new one is being made. */
  readonly add?: true;
}

export const upstreamsSearch = (search: Search): UpstreamsSearch => ({
  ...textsIn(search, ["upstream"]),
  ...(search["add"] === true ? { add: true } : {}),
});

export interface ModelsSearch {
  readonly model?: string;
  readonly q?: string;
  readonly kind?: string;
  /** `sale`: only what is on sale; `off`: only what is not. */
  readonly show?: string;
  readonly add?: true;
}

export const modelsSearch = (search: Search): ModelsSearch => ({
  ...textsIn(search, ["model", "q", "kind", "show"]),
  ...(search["add"] === true ? { add: true } : {}),
});

export interface PricesSearch {
  readonly model?: string;
  readonly q?: string;
  readonly kind?: string;
  /** `draft`: only what is drafted. */
  readonly show?: string;
  readonly tab?: string;
}

export const pricesSearch = (search: Search): PricesSearch => textsIn(search, ["model", "q", "kind", "show", "tab"]);

export interface PlansSearch {
  readonly plan?: string;
  readonly add?: true;
}

export const plansSearch = (search: Search): PlansSearch => ({
  ...textsIn(search, ["plan"]),
  ...(search["add"] === true ? { add: true } : {}),
});

/** What anybody may ask. */
import { queryOptions } from "@tanstack/react-query";

import type { MoneyUnit } from "../format/money.ts";
import { answered, api } from "./client.ts";

/** The house: read once, before the first screen. */
export interface Storefront {
  readonly name: string;
  /** Null: our own mark. */
  readonly logoUrl: string | null;
  readonly unit: MoneyUnit;
  /** Who may make an account. */
  readonly registration: "open" | "invite" | "closed";
  /** Base URLs by protocol, as clients want them. */
  readonly baseUrls: { readonly openai: string; readonly anthropic: string; readonly gemini: string };
  readonly keyPrefix: string;
  readonly support: string | null;
  readonly oauthProviders: readonly string[];
}

export const storefrontQuery = queryOptions({
  queryKey: ["public", "storefront"],
  queryFn: async (): Promise<Storefront> => await answered(api.GET("/console/api/public/storefront")),
  staleTime: 300_000,
});

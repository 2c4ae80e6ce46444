/** What the overview shows, as it stands in the address. */
import { z } from "zod/mini";

export const RANGES = ["24h", "7d", "30d"] as const;
export const SPLITS = ["model", "key"] as const;

export const overviewSearch = z.object({
  range: z.catch(z.optional(z.enum(RANGES)), undefined),
  split: z.catch(z.optional(z.enum(SPLITS)), undefined),
});
export type OverviewSearch = z.output<typeof overviewSearch>;

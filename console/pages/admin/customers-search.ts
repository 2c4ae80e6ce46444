/** What the addresses of the screens about customers may say; anything else is left out. */
import { z } from "zod/mini";

import { OUTCOME_IDS } from "../../format/outcomes.ts";

const text = z.catch(z.optional(z.string().check(z.maxLength(200))), undefined);
const flag = z.catch(z.optional(z.literal(true)), undefined);

export const accountsSearch = z.object({
  q: text,
  state: z.catch(z.optional(z.enum(["open", "frozen", "owing"])), undefined),
  add: flag,
});
export type AccountsSearch = z.output<typeof accountsSearch>;

export const ACCOUNT_TABS = ["entries", "keys", "people", "requests"] as const;
export const accountSearch = z.object({ tab: z.catch(z.optional(z.enum(ACCOUNT_TABS)), undefined) });

export const SPANS = ["1h", "24h", "7d", "30d"] as const;

export const requestsSearch = z.object({
  span: z.catch(z.optional(z.enum(SPANS)), undefined),
  account: text,
  model: text,
  upstream: text,
  outcome: z.catch(z.optional(z.enum(OUTCOME_IDS)), undefined),
  status: z.catch(z.optional(z.int().check(z.minimum(0), z.maximum(5))), undefined),
  id: text,
  cursor: text,
  direction: z.catch(z.optional(z.enum(["older", "newer"])), undefined),
  /** The request that is open beside the list. */
  request: text,
});
export type RequestsSearch = z.output<typeof requestsSearch>;

export const tasksSearch = z.object({ show: z.catch(z.optional(z.literal("ended")), undefined) });

export const peopleSearch = z.object({ q: text, staff: flag, person: text, invite: flag });
export type PeopleSearch = z.output<typeof peopleSearch>;

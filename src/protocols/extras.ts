/** What a client that asked for it (`x-farthing-usage: cost`) finds in the usage object beside its dialect's own members. */
import type { JsonObject } from "./canonical.ts";
import type { Settled } from "./protocol.ts";

export const extrasOf = ({ cost, dropped = [] }: Settled): JsonObject =>
  cost === undefined ? {} : { cost, ...(dropped.length === 0 ? {} : { dropped }) };

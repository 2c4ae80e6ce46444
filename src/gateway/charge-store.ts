/** One charge with all that explains it: the request's row, the price row of its snapshot, and what was given back since. */
import type { Database } from "../db/connect.ts";
import { findPrice } from "../ledger/price-store.ts";
import { listRefunds } from "../ledger/refund-store.ts";
import { explain, type Explanation } from "../usage/explain.ts";
import { findRequest } from "../usage/store.ts";

/** @param accountId when given, requests of other accounts are not found. @returns undefined when there is no such request */
export const findCharge = async (
  { kysely }: Database,
  requestId: string,
  accountId?: number,
): Promise<Explanation | undefined> => {
  const record = await findRequest(kysely, requestId, accountId);
  if (record === undefined) return undefined;
  const price = record.priceId === null ? null : ((await findPrice(kysely, record.priceId)) ?? null);
  return explain(record, price, await listRefunds(kysely, requestId));
};

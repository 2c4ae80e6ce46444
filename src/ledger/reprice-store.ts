/** Every charge computed again from its request's usage and the price row of its snapshot, to the last nano (I-8). Changes nothing. */
import type { Database } from "../db/connect.ts";
import { firstRequestId, requestIdText, requestPeriod, requestTime } from "../id.ts";
import { formatNano, MoneyError, type Nano } from "../money.ts";
import type { PriceRow } from "../price.ts";
import { UNITS, type Unit, type Usage } from "../unit.ts";
import { isCharged, type Outcome } from "./outcome.ts";
import { toPriceRow } from "./price-store.ts";
import { costsOf } from "./settlement.ts";
import { inSnapshot, type Read, type Row } from "./snapshot-store.ts";

/** A request whose stored amounts are not those that its usage and price give. */
export interface Difference {
  readonly requestId: string;
  /** Of its account. */
  readonly accountId: number;
  readonly posted: Nano;
  /** Null where nothing can be computed. */
  readonly recomputed: Nano | null;
  readonly detail: string;
}

export interface RepriceReport {
  readonly requests: number;
  /** When the oldest and the newest request began of those that were looked at, in milliseconds since the Unix epoch; null: none. */
  readonly from: number | null;
  readonly to: number | null;
  /** At most `MAX_DIFFERENCES`. */
  readonly differences: readonly Difference[];
}

/** Requests that are in memory at a time. */
const PAGE_ROWS = 5_000;
/** Enough to see what is wrong; a broken database must not fill the memory. */
export const MAX_DIFFERENCES = 1_000;

const usageOf = (row: Row): Usage => {
  const usage: Partial<Record<Unit, number>> = {};
  for (const unit of UNITS) {
    const count = row[unit];
    if (typeof count === "bigint") usage[unit] = Number(count);
  }
  return usage;
};

type Prices = ReadonlyMap<bigint, PriceRow>;

/** What is wrong with a request's amounts; null when nothing is. */
const recompute = (row: Row, prices: Prices): Pick<Difference, "recomputed" | "detail"> | null => {
  const [posted, absorbed, hold] = [row["posted"], row["absorbed"], row["hold"]] as [bigint, bigint, bigint];
  const [num, den] = [row["multiplier_num"] ?? 1n, row["multiplier_den"] ?? 1n] as [bigint, bigint];
  const exact = (row["exact"] as bigint | null) ?? posted + absorbed;
  const priceId = row["price_id"] as bigint | null;
  if (priceId === null)
    return exact + posted + absorbed + hold === 0n ? null : { recomputed: null, detail: "amounts without a price" };
  const price = prices.get(priceId);
  if (price === undefined) return { recomputed: null, detail: "no price row" };
  try {
    const costs = costsOf({ row: price, multiplier: { num, den }, planId: null }, usageOf(row));
    const recomputed = !isCharged(row["outcome"] as Outcome) ? 0n : costs.amount < hold ? costs.amount : hold;
    if (costs.exact === exact && recomputed === posted && costs.amount - recomputed === absorbed) return null;
    return { recomputed, detail: `recomputed ${formatNano(recomputed)}, posted ${formatNano(posted)}` };
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error;
    return { recomputed: null, detail: error.message };
  }
};

const readPrices = async (read: Read): Promise<Prices> => {
  const prices = new Map<bigint, PriceRow>();
  for (const row of await read("select * from price"))
    prices.set(row["id"] as bigint, toPriceRow(row as unknown as Parameters<typeof toPriceRow>[0]));
  return prices;
};

const PAGE = "select * from request where (period, id) > ($1, $2) order by period, id limit ";

/** Recomputes within a snapshot. @param since milliseconds since the Unix epoch; 0 for everything there is */
export const repriceIn = async (read: Read, since: number): Promise<RepriceReport> => {
  const prices = await readPrices(read);
  const differences: Difference[] = [];
  const first = firstRequestId(since);
  let at: readonly [bigint, Uint8Array] | undefined =
    since === 0 ? [-1n, first] : [BigInt(requestPeriod(first)), first];
  let [requests, from, to]: [number, number | null, number | null] = [0, null, null];
  while (at !== undefined && differences.length < MAX_DIFFERENCES) {
    const page: Row[] = await read(`${PAGE}${PAGE_ROWS}`, ...at);
    for (const row of page) {
      const id = row["id"] as Uint8Array;
      const time = requestTime(id);
      from = from === null || time < from ? time : from;
      to = to === null || time > to ? time : to;
      const wrong = recompute(row, prices);
      if (wrong === null) continue;
      const [posted, accountId] = [row["posted"] as bigint, Number(row["account_id"])];
      differences.push({ requestId: requestIdText(id), accountId, posted, ...wrong });
    }
    requests += page.length;
    const last = page.at(-1);
    at = last === undefined ? undefined : [last["period"] as bigint, last["id"] as Uint8Array];
  }
  return { requests, from, to, differences: differences.slice(0, MAX_DIFFERENCES) };
};

/** Recomputes every charge since a moment, in time proportional to their number; meant for a process of its own. */
export const reprice = (database: Database, since = 0): Promise<RepriceReport> =>
  inSnapshot(database, (read) => repriceIn(read, since));

/** Keys as their owners see them: with what was spent through each and when it was last used. */
import type { Queries } from "../db/connect.ts";
import type { Nano } from "../money.ts";
import { findKey, listInfos, type KeyInfo } from "./store.ts";

const HOUR_MS = 3_600_000;
/** How far back the last use is looked for. */
export const USE_SEEN_DAYS = 90;
const HOURS_SEEN = USE_SEEN_DAYS * 24;

export interface KeyDetail extends KeyInfo {
  /** Of the budget, in the running period where it has periods; 0 without a budget. */
  readonly spent: Nano;
  /** What running requests may still take out of the budget. */
  readonly held: Nano;
  /** When the running period of the budget ends; milliseconds since the Unix epoch. */
  readonly budgetUntil: number | null;
  /** The begin of the hour of its last request; null: none in USE_SEEN_DAYS. */
  readonly lastHourAt: number | null;
}

export interface KeyPage {
  readonly accountId: number;
  /** Keys older than the one with this id; null: from the newest on. */
  readonly before: number | null;
  readonly limit: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

const lastHours = async (queries: Queries, accountId: number, now: number): Promise<ReadonlyMap<bigint, bigint>> => {
  const rows = await queries
    .selectFrom("rollup")
    .select(["key_id", ({ fn }) => fn.max<bigint>("hour").as("hour")])
    .where("account_id", "=", BigInt(accountId))
    .where("hour", ">=", BigInt(Math.floor(now / HOUR_MS) - HOURS_SEEN))
    .groupBy("key_id")
    .execute();
  return new Map(rows.map(({ key_id: id, hour }) => [id, hour]));
};

const withUse = async (
  queries: Queries,
  infos: readonly KeyInfo[],
  { accountId, now }: Pick<KeyPage, "accountId" | "now">,
): Promise<readonly KeyDetail[]> => {
  if (infos.length === 0) return [];
  const facts = await queries
    .selectFrom("api_key")
    .select(["id", "spent", "leased", "budget_until"])
    .where(
      "id",
      "in",
      infos.map(({ id }) => BigInt(id)),
    )
    .execute();
  const byId = new Map(facts.map((row) => [row.id, row]));
  const hours = await lastHours(queries, accountId, now);
  return infos.map((info) => {
    const row = byId.get(BigInt(info.id));
    const hour = hours.get(BigInt(info.id));
    const until = row?.budget_until ?? null;
    return {
      ...info,
      spent: info.budget === null ? 0n : (row?.spent ?? 0n),
      held: row?.leased ?? 0n,
      budgetUntil: until === null ? null : Number(until),
      lastHourAt: hour === undefined ? null : Number(hour) * HOUR_MS,
    };
  });
};

/** A page of an account's keys, newest first. */
export const listDetails = async (queries: Queries, page: KeyPage): Promise<readonly KeyDetail[]> =>
  await withUse(queries, await listInfos(queries, page), page);

/** One key of an account; undefined when it has none of this id. */
export const findDetail = async (
  queries: Queries,
  { publicId, accountId, now }: { readonly publicId: string; readonly accountId: number; readonly now: number },
): Promise<KeyDetail | undefined> => {
  const info = await findKey(queries, publicId);
  if (info?.accountId !== accountId) return undefined;
  const [detail] = await withUse(queries, [info], { accountId, now });
  return detail;
};

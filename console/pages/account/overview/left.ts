/** How long a balance lasts. Pure. */
import type { OverviewRange } from "../../../api/usage.ts";

const RANGE_HOURS = { "24h": 24, "7d": 7 * 24, "30d": 30 * 24 } as const satisfies Record<OverviewRange, number>;

/** Whole hours that a balance lasts at the pace of a range; null where nothing was spent. */
export const hoursLeft = (balanceNano: string, spendNano: string, range: OverviewRange): bigint | null => {
  const spend = BigInt(spendNano);
  return spend <= 0n ? null : (BigInt(balanceNano) * BigInt(RANGE_HOURS[range])) / spend;
};

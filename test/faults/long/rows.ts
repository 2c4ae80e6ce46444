/** The long rows of the fault matrix: real processes, a real PostgreSQL and a real Redis, and load while they fail. */
import { clockRows } from "./clock.ts";
import { diskRows } from "./disk.ts";
import { failpointRows } from "./failpoints.ts";
import { killRows } from "./kill.ts";
import { networkRows } from "./network.ts";
import { postgresRows } from "./postgres.ts";
import { redisRows } from "./redis.ts";
import type { LongRow } from "./row.ts";

export const LONG_ROWS: readonly LongRow[] = [
  ...failpointRows,
  ...killRows,
  ...postgresRows,
  ...diskRows,
  ...redisRows,
  ...networkRows,
  ...clockRows,
];

/** What an error of SQLite means for the one who asked: wait, give up the row, give up the process. Pure. */

/**
 * - `busy`: another connection holds the write lock; nothing happened, ask again.
 * - `constraint`: a rule of the schema refused a row; the statement was undone.
 * - `full`: no room on the disk; the transaction was undone.
 * - `fsync`: a flush failed; what reached the disk is unknown and the process must end.
 * - `io`: any other failure of the file below.
 * - `other`: not the file's fault, or not an error of SQLite.
 */
export type SqliteFault = "busy" | "constraint" | "full" | "fsync" | "io" | "other";

const PRIMARY = 0xff;
const SQLITE_IOERR_FSYNC = 1_034;
const SQLITE_IOERR_DIR_FSYNC = 1_290;

const PRIMARY_FAULTS: Readonly<Record<number, SqliteFault>> = {
  5: "busy",
  6: "busy",
  8: "io",
  10: "io",
  11: "io",
  13: "full",
  14: "io",
  19: "constraint",
  26: "io",
};

/** The kind of anything that a statement threw. */
export const sqliteFault = (error: unknown): SqliteFault => {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return "other";
  if (error.errcode === SQLITE_IOERR_FSYNC || error.errcode === SQLITE_IOERR_DIR_FSYNC) return "fsync";
  return PRIMARY_FAULTS[error.errcode & PRIMARY] ?? "other";
};

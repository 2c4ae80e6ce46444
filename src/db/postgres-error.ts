/** What an error of PostgreSQL, or of the way to it, means for the one who asked. Pure. */
import { table } from "../table.ts";

/**
 * - `busy`: a lock was not granted in time, or the server chose this transaction to break a deadlock; nothing happened, ask again.
 * - `constraint`: a rule of the schema refused a row; the transaction is undone.
 * - `full`: no room on the server's disk; the transaction is undone.
 * - `away`: the server is not there, not yet, not any more or not answering. The connection is lost, and whether a commit that was
 *   under way took place is unknown.
 * - `other`: the statement's own fault, or not an error of the database.
 */
export type PostgresFault = "busy" | "constraint" | "full" | "away" | "other";

/** SQLSTATEs that are not what the rest of their class is. */
const STATES = table<PostgresFault>({
  "40001": "busy", // serialization_failure
  "40P01": "busy", // deadlock_detected
  "55P03": "busy", // lock_not_available: lock_timeout
  "57014": "busy", // query_canceled: statement_timeout
  "53100": "full", // disk_full
  "53300": "away", // too_many_connections
  "57P01": "away", // admin_shutdown
  "57P02": "away", // crash_shutdown
  "57P03": "away", // cannot_connect_now: starting up or shutting down
  "57P05": "away", // idle_session_timeout
  "25P03": "away", // idle_in_transaction_session_timeout
  "25006": "away", // read_only_sql_transaction: a standby that has not taken over yet
  P0001: "constraint", // raised by a trigger of the schema
});
/** The class of a SQLSTATE is its first two characters. */
const CLASSES = table<PostgresFault>({
  "08": "away", // connection exceptions
  "22": "constraint", // a value that does not fit its column
  "23": "constraint",
  "58": "full", // system_error, io_error: the server's disk
});
/** The client library gives these no code. */
const LOST = [
  "Connection terminated",
  "Query read timeout",
  "timeout exceeded when trying to connect",
  "timeout expired",
  "Client has encountered a connection error and is not queryable",
  "Client was closed and is not queryable",
  "Cannot use a pool after calling end on the pool",
] as const;
const SQLSTATE_LENGTH = 5;

/** The kind of anything that a statement or a connection threw. */
export const postgresFault = (error: unknown): PostgresFault => {
  if (!(error instanceof Error)) return "other";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const isFromServer = code.length === SQLSTATE_LENGTH && "severity" in error;
  if (isFromServer) return STATES[code] ?? CLASSES[code.slice(0, 2)] ?? "other";
  // The system's: ECONNREFUSED, ECONNRESET, ENOTFOUND, ENOENT of a socket …
  if ("syscall" in error || error instanceof AggregateError) return "away";
  return LOST.some((text) => error.message.startsWith(text)) ? "away" : "other";
};

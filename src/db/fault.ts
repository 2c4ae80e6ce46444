/** What an error of either database means, for those who do not ask which one it is. */
import { postgresFault } from "./postgres-error.ts";
import { sqliteFault } from "./sqlite-error.ts";

/** A lock was not granted in time: nothing was changed, and the same may be tried again. */
export const isBusy = (error: unknown): boolean => sqliteFault(error) === "busy" || postgresFault(error) === "busy";

/** The server of the database was lost: what was under way may have been done. Never so on SQLite. */
export const isAway = (error: unknown): boolean => postgresFault(error) === "away";

/** Recordings that cannot pass, each for a defect of its own. At most 1 % of the rows, and a row that passes must leave. */

type Run = "same" | "translated";

const ROWS: readonly { readonly file: string; readonly runs: readonly Run[]; readonly reason: string }[] = [];

/** Why a recording is not expected to pass, or undefined. */
export const explained = (file: string, run: Run): string | undefined =>
  ROWS.find((row) => row.file === file && row.runs.includes(run))?.reason;

/** One call to one candidate, as the ledger stores it and the history shows it. Pure. */

export interface Attempt {
  readonly upstream: string;
  readonly model: string;
  /** HTTP status, or null when none was received. */
  readonly status: number | null;
  /** `ok`, or the catalogue code of its failure. */
  readonly result: string;
  readonly durationMs: number;
}

/** Attempts as stored: a list of lists, since their names would take more room than all else in the row; null when there are none. */
export const packAttempts = (attempts: readonly Attempt[]): string | null =>
  attempts.length === 0
    ? null
    : JSON.stringify(
        attempts.map(({ upstream, model, status, result, durationMs }) => [
          upstream,
          model,
          status,
          result,
          durationMs,
        ]),
      );

/** The inverse of `packAttempts`. */
export const unpackAttempts = (text: string | null): readonly Attempt[] => {
  if (text === null) return [];
  const rows = JSON.parse(text) as [string, string, number | null, string, number][];
  return rows.map(([upstream, model, status, result, durationMs]) => ({ upstream, model, status, result, durationMs }));
};

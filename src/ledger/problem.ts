/** What the ledger tells whoever runs it. */

/** Something an operator must know; nothing is thrown for it. */
export interface LedgerProblem {
  /**
   * - `row_refused`: the schema refused a settlement; the operator absorbs it and its account is frozen.
   * - `unpriceable_usage`: a usage could not be priced; nothing was charged.
   * - `unpriced_unit`: a usage held units without a price; they were charged by the rule of decision 0016.
   * - `commit_failed`: the database is full, failing or away; settlements are queued.
   * - `lease_lost`: the database took back what this process had not returned in time; settlements under it are absorbed.
   * - `renewal_failed`: the database did not answer a heartbeat.
   */
  readonly kind:
    | "row_refused"
    | "unpriceable_usage"
    | "unpriced_unit"
    | "commit_failed"
    | "lease_lost"
    | "renewal_failed";
  readonly requestId: string | null;
  readonly error: unknown;
}

export interface BooksOptions {
  /** After each commit: how many settlements it held. */
  readonly onBatch?: (settlements: number) => void;
  readonly onProblem?: (problem: LedgerProblem) => void;
  /** The state of the disk is unknown, or the ledger contradicts itself: the process must end. */
  readonly onFatal: (error: unknown) => void;
}

/** Long lists as streams: page after page, never more than one of them in memory. */

/** Rows that one page of an export reads. */
const PAGE_ROWS = 1_000;

export interface Pages<Row> {
  /** The rows after a row, in order; the first ones without it. */
  readonly read: (after: Row | null, limit: number) => Promise<readonly Row[]>;
  readonly write: (rows: readonly Row[]) => string;
  /** Comes first. */
  readonly head: string;
  /** Rows after which it ends. */
  readonly most: number;
  /** Ends it early: the reader has gone. */
  readonly signal: AbortSignal;
}

/** The pieces of an export: whole lines all. */
export async function* piecesOf<Row>({ read, write, head, most, signal }: Pages<Row>): AsyncGenerator<string> {
  yield head;
  let last: Row | null = null;
  for (let left = most; left > 0 && !signal.aborted;) {
    const limit = Math.min(PAGE_ROWS, left);
    const rows: readonly Row[] = await read(last, limit);
    if (rows.length > 0) yield write(rows);
    last = rows.at(-1) ?? null;
    left -= rows.length;
    if (rows.length < limit) return;
  }
}

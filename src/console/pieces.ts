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
}

/** The pieces of an export: whole lines all. */
export async function* piecesOf<Row>({ read, write, head, most }: Pages<Row>): AsyncGenerator<string> {
  yield head;
  let last: Row | null = null;
  for (let left = most; left > 0;) {
    const limit = Math.min(PAGE_ROWS, left);
    const rows: readonly Row[] = await read(last, limit);
    if (rows.length > 0) yield write(rows);
    last = rows.at(-1) ?? null;
    left -= rows.length;
    if (rows.length < limit) return;
  }
}

/**
 * The pieces of a file as long as there is somebody to take them: a reader who has gone, or a server that must stop, ends the queries
 * behind them. It ends by throwing, so that the body is cut: one that ends well is taken for a whole file.
 */
export async function* unbroken(lines: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  for await (const piece of lines) {
    signal.throwIfAborted();
    yield piece;
    signal.throwIfAborted();
  }
}

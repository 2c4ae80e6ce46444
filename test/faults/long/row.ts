/** What a long row of the fault matrix is. */

export interface LongRow {
  /** The row of the matrix that it plays. */
  readonly id: string;
  /** What is done, and on what; unique. */
  readonly name: string;
  /** @returns figures, in one line @throws when what must hold does not; `Skipped` where this machine cannot play it */
  run(options: RowOptions): Promise<string>;
}

export interface RowOptions {
  /** How often something is killed. */
  readonly kills: number;
  /** Streams at once. */
  readonly streams: number;
}

/** This machine lacks what a row needs; it is said, and counted as a failure nowhere but in words. */
export class Skipped extends Error {
  override readonly name = "Skipped";
}

/** What waits for a commit: settlements, which wait for ever; those who want a hold, who do not; and rejections, which may be dropped. */
import { errors } from "../errors.ts";
import type { Batch, Settling, Waiting } from "./commit.ts";
import type { Lease } from "./lease.ts";
import type { RequestRow } from "./store.ts";

/** Rows of one commit: more would keep the event loop longer than a few milliseconds. */
export const MAX_BATCH = 512;
/** Settlements that may wait for a database that is away; beyond it nobody is admitted. Every one of them is kept. */
const MAX_SETTLING = 10_000;
const MAX_WAITING = 10_000;
const MAX_REJECTIONS = 5_000;

export class Queue {
  #settling: Settling[] = [];
  #waiting: Waiting[] = [];
  #rejections: RequestRow[] = [];
  /** Rejections that were not recorded: too many at once, or refused by the schema. */
  dropped = 0;

  /** Nobody more may be admitted. */
  get isFull(): boolean {
    return this.#settling.length >= MAX_SETTLING;
  }

  get isEmpty(): boolean {
    return this.#settling.length + this.#waiting.length + this.#rejections.length === 0;
  }

  /** Those for whom somebody waits. */
  get count(): number {
    return this.#settling.length + this.#waiting.length;
  }

  isWaitedFor(lease: Lease): boolean {
    return this.#waiting.some(({ hold }) => hold.lease === lease);
  }

  settle(settling: Settling): void {
    this.#settling.push(settling);
  }

  /** @returns false when too many wait */
  wait(waiting: Waiting): boolean {
    if (this.#waiting.length >= MAX_WAITING) return false;
    this.#waiting.push(waiting);
    return true;
  }

  /** @returns false when there are too many */
  reject(row: RequestRow): boolean {
    if (this.#rejections.length >= MAX_REJECTIONS) return false;
    this.#rejections.push(row);
    return true;
  }

  /** The next commit's share of it. Who extends a hold that has ended meanwhile is refused. */
  take(returning: readonly Lease[]): Batch {
    const batch: Batch = {
      settling: this.#settling.slice(0, MAX_BATCH),
      waiting: this.#waiting.filter(({ hold }) => hold.state === "open"),
      rejections: this.#rejections,
      returning,
    };
    this.#settling = this.#settling.slice(MAX_BATCH);
    for (const { hold, refuse } of this.#waiting)
      if (hold.state !== "open") refuse(errors.internal(new Error("the hold ended while it was being extended")));
    this.#waiting = [];
    this.#rejections = [];
    return batch;
  }

  /** What was taken comes first again. */
  putBack({ settling, waiting, rejections }: Batch): void {
    this.#settling = [...settling, ...this.#settling];
    this.#waiting = [...waiting, ...this.#waiting];
    this.#rejections = [...rejections, ...this.#rejections];
  }

  /** The first settlements, taken out. */
  takeSettling(count: number): readonly Settling[] {
    const first = this.#settling.slice(0, count);
    this.#settling = this.#settling.slice(first.length);
    return first;
  }

  /** The first rejections are given up. */
  drop({ rejections }: Batch): void {
    this.dropped += rejections.length;
    this.#rejections = this.#rejections.slice(rejections.length);
  }

  /** Some of those of which nobody knows whether they are committed. */
  uncertain(): readonly Settling[] {
    return this.#settling.filter(({ uncertain }) => uncertain).slice(0, MAX_BATCH);
  }

  /** Of those that were asked for, the ones that are still to be committed. @returns true when others are in doubt */
  decide(asked: readonly Settling[], open: readonly Settling[]): boolean {
    const known = new Set(asked);
    for (const each of open) each.uncertain = false;
    this.#settling = [...open, ...this.#settling.filter((each) => !known.has(each))];
    return this.#settling.some(({ uncertain }) => uncertain);
  }

  /** Refuses those who have waited since then, or longer. @param late monotonic milliseconds */
  expire(late: number): void {
    const expired = this.#waiting.filter(({ since }) => since <= late);
    this.#waiting = this.#waiting.filter(({ since }) => since > late);
    for (const waiting of expired) waiting.refuse(errors.ledgerUnavailable());
  }

  refuseWaiting(cause?: unknown): void {
    for (const each of this.#waiting.splice(0)) each.refuse(errors.ledgerUnavailable(cause));
  }

  /** Nothing will be committed any more. */
  refuseAll(cause: unknown): void {
    this.refuseWaiting(cause);
    for (const settling of this.#settling.splice(0)) settling.reject(errors.ledgerUnavailable(cause));
  }
}

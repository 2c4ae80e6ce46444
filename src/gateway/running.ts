/**
 * The streams that run in this process, by the key that they run on: what a freeze or a revocation ends in the middle (E116). What was
 * delivered until then is charged; requests that are answered whole are let end, since nothing of them has been delivered.
 */

/** Which of these keys may not spend any more: frozen, revoked, or of a frozen account. */
export type FindStopped = (keyIds: readonly number[]) => Promise<readonly number[]>;

export interface RunningOrder {
  readonly findStopped: FindStopped;
  /** Monotonic milliseconds. */
  now(): number;
  /** A look on its own that failed; the next change is looked at again. */
  failed(error: unknown): void;
}

export interface RunningStream {
  readonly keyId: number;
  /** When its request came in, in the same milliseconds. */
  readonly receivedAt: number;
  /** Ends it; called at most once. */
  readonly end: () => void;
}

export class RunningStreams {
  readonly #order: RunningOrder;
  readonly #byKey = new Map<number, Set<RunningStream>>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(order: RunningOrder) {
    this.#order = order;
  }

  /** @returns what takes it off the list again */
  enter(stream: RunningStream): () => void {
    const { keyId } = stream;
    const streams = this.#byKey.get(keyId) ?? new Set<RunningStream>();
    this.#byKey.set(keyId, streams.add(stream));
    // Its key was read before a change that has been looked at already.
    if (stream.receivedAt <= this.#lookedAt)
      this.#endStopped([keyId]).catch((error: unknown) => {
        this.#order.failed(error);
      });
    return () => {
      streams.delete(stream);
      if (streams.size === 0 && this.#byKey.get(keyId) === streams) this.#byKey.delete(keyId);
    };
  }

  /** Ends what may not go on, after keys or accounts were changed. @throws what `findStopped` throws */
  async look(): Promise<void> {
    this.#lookedAt = this.#order.now();
    const keyIds = [...this.#byKey.keys()];
    if (keyIds.length > 0) await this.#endStopped(keyIds);
  }

  async #endStopped(keyIds: readonly number[]): Promise<void> {
    for (const keyId of await this.#order.findStopped(keyIds)) {
      const streams = this.#byKey.get(keyId) ?? [];
      this.#byKey.delete(keyId);
      for (const { end } of streams) end();
    }
  }
}

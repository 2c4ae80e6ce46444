/**
 * The live tail: requests as they are committed, by whatever process. While somebody listens the database is asked once a second for
 * each account that is listened to; while nobody does, nothing happens at all.
 *
 * A request's id has the time at which it began, so one that took long appears behind others: every look goes back over a window and
 * leaves out what was told already.
 */
import { firstRequestId, requestIdBytes, requestTime } from "../id.ts";
import type { RequestLine } from "./figures.ts";

/** How often is looked. */
export const LOOK_MS = 1_000;
/** How far back: a request that ran for longer is not told. */
export const WINDOW_MS = 10 * 60_000;
/** Most requests that one look tells, the newest; on an account with more of them in a window, long ones may be missed. */
export const MOST_TOLD = 200;
/** Listeners of one process, and accounts that they listen to. */
export const MOST_LISTENERS = 200;

/** Where requests are. */
export interface TailSource {
  /** Ids of the newest requests of an account, or of all (null), from an id on, newest first. */
  ids(accountId: number | null, from: Uint8Array, limit: number): Promise<readonly string[]>;
  /** Requests by their ids, newest first. */
  lines(ids: readonly string[]): Promise<readonly RequestLine[]>;
}

/** Told of new requests, oldest first; the same request once. */
export type Listener = (requests: readonly RequestLine[]) => void;

export interface TailOptions {
  readonly source: TailSource;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Something to log: the database could not be asked. It is asked again at the next look. */
  readonly failed: (error: unknown) => void;
  readonly lookMs?: number;
}

/** What one account's listeners were told of; null until it is known what there was before. */
interface Channel {
  readonly listeners: Set<Listener>;
  told: Set<string> | null;
  timer: NodeJS.Timeout | null;
}

/** There are as many listeners as there may be. */
export class TailFull extends Error {
  override readonly name = "TailFull";
}

export class RequestTail {
  readonly #options: TailOptions;
  readonly #channels = new Map<number | null, Channel>();
  #listeners = 0;

  constructor(options: TailOptions) {
    this.#options = options;
  }

  /**
   * Tells of requests that are committed from now on.
   * @param accountId null: of all accounts, for operators
   * @param since the id of the last request that the listener was told of: what began after it, in the window, is told first; null: none
   * @returns what ends it
   * @throws TailFull
   */
  listen(accountId: number | null, since: string | null, listener: Listener): () => void {
    if (this.#listeners >= MOST_LISTENERS) throw new TailFull(`more than ${MOST_LISTENERS} listeners`);
    this.#listeners++;
    const channel = this.#channels.get(accountId) ?? { listeners: new Set(), told: null, timer: null };
    this.#channels.set(accountId, channel);
    // One that is heard twice is two.
    const own: Listener = (requests) => {
      listener(requests);
    };
    channel.listeners.add(own);
    if (channel.timer === null) this.#schedule(accountId, channel, 0);
    if (since !== null) void this.#catchUp(accountId, since, () => channel.listeners.has(own), own);
    return () => {
      if (!channel.listeners.delete(own)) return;
      this.#listeners--;
      if (channel.listeners.size > 0) return;
      if (channel.timer !== null) clearTimeout(channel.timer);
      this.#channels.delete(accountId);
    };
  }

  /** What somebody missed who comes back. */
  async #catchUp(accountId: number | null, since: string, isThere: () => boolean, listener: Listener): Promise<void> {
    const lines = await this.#asked(async (source) => {
      const missed = (await source.ids(accountId, this.#window(), MOST_TOLD)).filter((id) => id > since);
      return missed.length === 0 ? [] : await source.lines(missed);
    });
    if (lines !== null && lines.length > 0 && isThere()) listener(lines.toReversed());
  }

  #schedule(accountId: number | null, channel: Channel, inMs: number): void {
    channel.timer = setTimeout(() => {
      void this.#round(accountId, channel);
    }, inMs);
    channel.timer.unref();
  }

  async #round(accountId: number | null, channel: Channel): Promise<void> {
    const lines = await this.#asked(async (source) => {
      const seen = await source.ids(accountId, this.#window(), MOST_TOLD);
      const { told } = channel;
      const fresh = told === null ? [] : seen.filter((id) => !told.has(id));
      // Kept as long as it can be seen again: what was pushed out of the look by newer ones stays known.
      channel.told = new Set([...(told ?? []), ...seen].filter((id) => this.#isInWindow(id)));
      return fresh.length === 0 ? [] : await source.lines(fresh);
    });
    if (lines !== null && lines.length > 0) for (const listener of channel.listeners) listener(lines.toReversed());
    if (channel.listeners.size > 0) this.#schedule(accountId, channel, this.#options.lookMs ?? LOOK_MS);
  }

  /** Null while the database is away. */
  async #asked<T>(ask: (source: TailSource) => Promise<T>): Promise<T | null> {
    try {
      return await ask(this.#options.source);
    } catch (error) {
      this.#options.failed(error);
      return null;
    }
  }

  #window(): Uint8Array {
    return firstRequestId(this.#options.now() - WINDOW_MS);
  }

  #isInWindow(id: string): boolean {
    const bytes = requestIdBytes(id);
    return bytes !== null && requestTime(bytes) >= this.#options.now() - WINDOW_MS;
  }
}

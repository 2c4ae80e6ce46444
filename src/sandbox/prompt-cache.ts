/** Prefixes of prompts that the sandbox has seen, so that prompt caching can be tried: bounded, in memory, least recently used out. */
import type { Ttl } from "./ask.ts";

const MAX_PREFIXES = 10_000;
const LIFETIME_MS = { "5m": 5 * 60_000, "1h": 60 * 60_000 } as const satisfies Record<Ttl, number>;

interface Entry {
  readonly ttl: Ttl;
  readonly until: number;
}

export class PromptCache {
  readonly #now: () => number;
  /** By digest, least recently used first. */
  readonly #entries = new Map<string, Entry>();

  /** @param now milliseconds of any steady clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether the prefix is known. A hit lives on for its whole lifetime again. */
  read(digest: string): boolean {
    const entry = this.#entries.get(digest);
    if (entry === undefined) return false;
    if (entry.until <= this.#now()) {
      this.#entries.delete(digest);
      return false;
    }
    this.write(digest, entry.ttl);
    return true;
  }

  write(digest: string, ttl: Ttl): void {
    this.#entries.delete(digest);
    this.#entries.set(digest, { ttl, until: this.#now() + LIFETIME_MS[ttl] });
    if (this.#entries.size <= MAX_PREFIXES) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

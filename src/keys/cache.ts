/**
 * Keys in memory, so that a request with a known key costs no query. Bounded; read again when the database was changed by others.
 *
 * What was known before such a change stands in for as long as the database cannot be asked: a change shortly before it went away
 * must not refuse everybody. How much may then still be spent is bounded by the leases, which end by themselves (§9.2 c).
 */
import { hashKey, isWellFormedKey, type KeyRecord } from "./key.ts";

const MAX_KNOWN = 100_000;
/** Well-formed keys that do not exist; far fewer, since only somebody guessing makes them. */
const MAX_UNKNOWN = 10_000;

/** Reads a key by the SHA-256 of its text. */
export type LoadKey = (hash: Uint8Array) => Promise<KeyRecord | undefined>;

/** Adds to a map and forgets its oldest entry when that makes it too large. */
const remember = <V>(map: Map<string, V>, max: number, entry: { readonly name: string; readonly value: V }): void => {
  if (map.size >= max) {
    const oldest = map.keys().next();
    if (oldest.done !== true) map.delete(oldest.value);
  }
  map.set(entry.name, entry.value);
};

export class KeyCache {
  readonly #load: LoadKey;
  readonly #known = new Map<string, KeyRecord>();
  /** As it was before the last change; for when it cannot be read again. */
  readonly #before = new Map<string, KeyRecord>();
  readonly #unknown = new Map<string, true>();
  readonly #loading = new Map<string, Promise<KeyRecord | undefined>>();
  #generation = 0;

  constructor(load: LoadKey) {
    this.#load = load;
  }

  /** The key with this text, from memory or from the database; undefined when there is none. Its status is not judged here. */
  find(key: string): KeyRecord | undefined | Promise<KeyRecord | undefined> {
    if (!isWellFormedKey(key)) return undefined;
    const hash = hashKey(key);
    // The name is the hash: the text of a key is not kept in memory either.
    const name = Buffer.from(hash).toString("latin1");
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (this.#unknown.has(name)) return undefined;
    const loading = this.#loading.get(name);
    if (loading !== undefined) return loading;
    const promise = this.#fetch(name, hash);
    this.#loading.set(name, promise);
    return promise;
  }

  /** Everything is to be read again: called when keys or accounts may have changed. Loads under way are not remembered. */
  clear(): void {
    this.#generation++;
    for (const [name, value] of this.#known) remember(this.#before, MAX_KNOWN, { name, value });
    this.#known.clear();
    this.#unknown.clear();
    this.#loading.clear();
  }

  async #fetch(name: string, hash: Uint8Array): Promise<KeyRecord | undefined> {
    const generation = this.#generation;
    try {
      const record = await this.#load(hash);
      if (generation !== this.#generation) {
        // Read before the change, or after it: nobody knows. It is good enough to stand in.
        if (record !== undefined) remember(this.#before, MAX_KNOWN, { name, value: record });
        return record;
      }
      this.#before.delete(name);
      if (record === undefined) remember(this.#unknown, MAX_UNKNOWN, { name, value: true });
      else remember(this.#known, MAX_KNOWN, { name, value: record });
      return record;
    } catch (error) {
      const before = this.#before.get(name);
      if (before === undefined) throw error;
      return before;
    } finally {
      if (generation === this.#generation) this.#loading.delete(name);
    }
  }
}

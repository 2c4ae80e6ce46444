/**
 * Where conversations go, so that they find their prompt in a provider's cache again.
 *
 * The first choice is a rendezvous hash by weight: every node makes the same one without asking, and when an upstream is added or
 * goes, only the conversations that belong to it move. Where a conversation was served elsewhere, because its first choice was
 * away, that is remembered for as long as the cache there is warm.
 */

export const AFFINITY = {
  /** How long a provider's cache of prompts is taken to last after its last use; five minutes is what most promise. */
  warmMs: 300_000,
  /** Conversations remembered; the longest unused are forgotten first. */
  most: 50_000,
} as const;

/** What may be chosen. */
export interface Weighted {
  readonly id: string;
  readonly weight: number;
}

/** 32-bit FNV-1a with a final mix: cheap, well spread, and the same everywhere. */
const hash32 = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/** Uniform in (0, 1), from the two texts alone. */
const draw = (key: string, id: string): number => (hash32(`${id}\n${key}`) + 0.5) / 2 ** 32;

/** The choices in the order in which a conversation prefers them: each comes first for its weight's share of all conversations. */
export const rendezvous = <Choice extends Weighted>(key: string, choices: readonly Choice[]): Choice[] =>
  choices
    .map((choice) => ({ choice, score: -choice.weight / Math.log(draw(key, choice.id)) }))
    .sort((a, b) => b.score - a.score)
    .map(({ choice }) => choice);

/** Which upstream last served a conversation. Pure state; time is passed in, in monotonic milliseconds. */
export class Affinity {
  readonly #served = new Map<string, { readonly upstream: string; readonly until: number }>();

  /** The upstream whose cache is warm for the conversation, if any. */
  warm(key: string, now: number): string | undefined {
    const found = this.#served.get(key);
    return found !== undefined && found.until > now ? found.upstream : undefined;
  }

  /** An upstream has served the conversation. */
  served(key: string, upstream: string, now: number): void {
    // Written anew so that the order of the map is that of last use.
    this.#served.delete(key);
    if (this.#served.size >= AFFINITY.most) {
      const [oldest] = this.#served.keys();
      if (oldest !== undefined) this.#served.delete(oldest);
    }
    this.#served.set(key, { upstream, until: now + AFFINITY.warmMs });
  }
}

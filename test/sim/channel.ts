/**
 * The channel between a primary and one worker, in memory: it carries what a real one does, plain data in its order, each message after
 * some turns. Channels of several workers overtake each other; messages of one do not. What is lost is lost with a process.
 */
import type { Port } from "../../src/cluster/link.ts";

/** Most turns that a message takes when nothing stands still: of one that is fast, and of one that is not. */
const MOST_TURNS = [2, 8] as const;

const WORD = 2 ** 32;

/** Numbers that look like chance and are the same for the same seed (mulberry32). @returns one below `below`, a whole number */
export const chanceOf = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / WORD) * below);
  };
};

export type Chance = ReturnType<typeof chanceOf>;

/** One direction of a channel. */
export class Pipe {
  readonly #chance: Chance;
  #waiting: { readonly due: number; readonly message: unknown }[] = [];
  #heard: (message: unknown) => void = () => undefined;
  #ended: (() => void) | null = null;
  #turn = 0;
  #stalledUntil = 0;
  #isTurning = false;
  #isClosed = false;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  onMessage(heard: (message: unknown) => void): void {
    this.#heard = heard;
  }

  /** Who sends into a closed one is not told. */
  send(message: unknown): void {
    if (this.#isClosed) return;
    const turns = 1 + this.#chance(MOST_TURNS[this.#chance(MOST_TURNS.length)] ?? 1);
    const due = Math.max(this.#waiting.at(-1)?.due ?? 0, this.#turn + turns);
    this.#waiting.push({ due, message: structuredClone(message) });
    this.#count();
  }

  /** Nothing arrives for so many turns, or for ever: then all of it at once. */
  stall(turns: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#turn + turns);
    this.#count();
  }

  /** What was kept back arrives. */
  resume(): void {
    this.#stalledUntil = 0;
    this.#count();
  }

  /** Nothing more is sent; of what is under way the first so many messages arrive, and then it is said that this was all. */
  end(kept: number, ended: () => void): void {
    this.#isClosed = true;
    this.#waiting = this.#waiting.slice(0, kept);
    this.#stalledUntil = 0;
    this.#ended = ended;
    this.#count();
  }

  /** Nothing arrives any more. */
  cut(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#ended = null;
  }

  get length(): number {
    return this.#waiting.length;
  }

  #count(): void {
    const isStill = this.#waiting.length === 0 && this.#ended === null && this.#turn >= this.#stalledUntil;
    if (this.#isTurning || isStill || this.#stalledUntil === Infinity) return;
    this.#isTurning = true;
    setImmediate(() => {
      this.#isTurning = false;
      this.#turn++;
      if (this.#turn >= this.#stalledUntil) this.#deliver();
      this.#count();
    });
  }

  #deliver(): void {
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined || first.due > this.#turn) break;
      this.#waiting.shift();
      this.#heard(first.message);
    }
    const ended = this.#ended;
    if (ended === null || this.#waiting.length > 0) return;
    this.#ended = null;
    ended();
  }
}

export const portOf = (to: Pipe, from: Pipe): Port => ({
  send: (message) => {
    to.send(message);
  },
  onMessage: (heard) => {
    from.onMessage(heard);
  },
});

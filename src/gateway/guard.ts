/** Keeps a stream within its hold: extends the hold as output is shown, and says when it is used up (DESIGN 3.8). */
import type { HoldToken } from "../hold.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { ReplyStream } from "../protocols/protocol.ts";
import { STREAM_STEP, shownTokens, type Bound } from "./estimate.ts";

/** The hold is extended when less than this many tokens of it are left. */
const RESERVE = STREAM_STEP / 2;
/** What a reply may exceed its hold by where the provider knows of no cap so low: the estimator's error, not a gift. */
const UNTOLD_TOLERANCE = 1.25;
/**
 * The same where the provider was sent that very cap. Prose has up to five bytes per token and indented code up to sixteen, so only
 * a provider that ignores the cap gets this far; a reply that keeps to it must never be cut.
 */
const TOLD_TOLERANCE = 4;
/** Bytes of output between two looks, so that most chunks cost one comparison. */
const LOOK_BYTES = 4_096;

export class HoldGuard {
  readonly #ledger: Ledger;
  readonly #hold: HoldToken;
  readonly #bound: Bound;
  readonly #cap: number;
  readonly #choices: number;
  #held: number;
  #exhausted = false;
  #asking = false;
  #nextLook = LOOK_BYTES;
  #seen = 0;

  /** @param limits per choice: output tokens that were asked of the provider (`cap`), and that the hold covers now (`held`). */
  constructor(ledger: Ledger, hold: HoldToken, bound: Bound, limits: { cap: number; held: number; choices: number }) {
    this.#ledger = ledger;
    this.#hold = hold;
    this.#bound = bound;
    this.#cap = limits.cap;
    this.#choices = limits.choices;
    this.#held = limits.held;
  }

  /** Whether the stream may go on. @param bytes of the reply since the last call. */
  covers(stream: ReplyStream, bytes: number): boolean {
    this.#seen += bytes;
    if (this.#seen < this.#nextLook) return true;
    this.#nextLook = this.#seen + LOOK_BYTES;
    const shown = shownTokens(stream.reading()) / this.#choices;
    if (shown + RESERVE > this.#held && this.#held < this.#cap && !this.#exhausted) this.#extend(shown);
    if (this.#held >= this.#cap) return shown <= this.#held * TOLD_TOLERANCE;
    return !this.#exhausted || shown <= this.#held * UNTOLD_TOLERANCE;
  }

  /** A provider that sends in bursts may be several steps ahead. */
  #extend(shown: number): void {
    if (this.#asking) return;
    const steps = Math.ceil((shown + RESERVE - this.#held) / STREAM_STEP);
    const tokens = Math.min(steps * STREAM_STEP, this.#cap - this.#held);
    const answer = this.#ledger.extend(this.#hold, this.#bound.step(tokens));
    if (typeof answer === "boolean") this.#extended(answer, tokens);
    else {
      this.#asking = true;
      answer.then(
        (granted) => {
          this.#extended(granted, tokens);
        },
        () => {
          this.#extended(false, tokens);
        },
      );
    }
  }

  #extended(granted: boolean, tokens: number): void {
    this.#asking = false;
    if (granted) this.#held += tokens;
    else this.#exhausted = true;
  }
}

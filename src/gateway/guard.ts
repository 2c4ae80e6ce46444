/** Keeps a stream within its hold: extends the hold as output is shown, and says when it is used up (DESIGN 3.8). */
import type { HoldToken } from "../hold.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { ReplyStream } from "../protocols/protocol.ts";
import { STREAM_STEP, shownTokens, type Bound } from "./estimate.ts";

/** The hold is extended when less than this many tokens of it are left. */
const RESERVE = STREAM_STEP / 2;
/** What a provider may exceed a cap by before it is cut: the estimator's error, not the customer's gift. */
const TOLERANCE = 1.25;
/** Bytes of output between two looks, so that most chunks cost one comparison. */
const LOOK_BYTES = 4_096;

export class HoldGuard {
  readonly #ledger: Ledger;
  readonly #hold: HoldToken;
  readonly #bound: Bound;
  readonly #cap: number;
  #held: number;
  #exhausted = false;
  #asking = false;
  #nextLook = LOOK_BYTES;
  #seen = 0;

  /** @param cap output tokens that were asked of the provider; @param held output tokens that the hold covers now. */
  constructor(ledger: Ledger, hold: HoldToken, bound: Bound, limits: { cap: number; held: number }) {
    this.#ledger = ledger;
    this.#hold = hold;
    this.#bound = bound;
    this.#cap = limits.cap;
    this.#held = limits.held;
  }

  /** Whether the stream may go on. @param bytes of the reply since the last call. */
  covers(stream: ReplyStream, bytes: number): boolean {
    this.#seen += bytes;
    if (this.#seen < this.#nextLook) return true;
    this.#nextLook = this.#seen + LOOK_BYTES;
    const shown = shownTokens(stream.reading());
    if (shown + RESERVE > this.#held && this.#held < this.#cap && !this.#exhausted) this.#extend();
    if (this.#held < this.#cap && !this.#exhausted) return true;
    return shown <= this.#held * TOLERANCE;
  }

  #extend(): void {
    if (this.#asking) return;
    const tokens = Math.min(STREAM_STEP, this.#cap - this.#held);
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

/** One attempt that is several calls to its provider: all of them answer, or the attempt has failed and the rest is called off. */
import { errors } from "../errors.ts";
import { UpstreamBroken, type FetchedMedia, type Shares, type WholeReply } from "../protocols/protocol.ts";
import { Attempt, type AttemptOrder, type AttemptResult, type Flight } from "./attempt.ts";

/** What each call has in common with the others. */
export type ShareOrder = Omit<AttemptOrder, "relay" | "outgoing" | "downstream">;

export class SharedAttempt implements Flight {
  readonly result: Promise<AttemptResult>;
  readonly #order: ShareOrder;
  readonly #shares: Shares;
  readonly #media: FetchedMedia | undefined;
  readonly #running = new Set<Attempt>();
  readonly #replies: (WholeReply | undefined)[] = [];
  readonly #finish: (result: AttemptResult) => void;
  #started = 0;
  #ended: "cancelled" | "stopped" | undefined;
  #over = false;

  /** @param media what the request's addresses hold */
  constructor(order: ShareOrder, shares: Shares, media?: FetchedMedia) {
    this.#order = order;
    this.#media = media;
    this.#shares = shares;
    const { promise, resolve } = Promise.withResolvers<AttemptResult>();
    this.result = promise;
    this.#finish = resolve;
    for (let i = 0; i < shares.atOnce; i++) void this.#next();
  }

  cancel(): void {
    this.#ended ??= "cancelled";
    for (const attempt of this.#running) attempt.cancel();
  }

  stop(): void {
    this.#ended ??= "stopped";
    for (const attempt of this.#running) attempt.stop();
  }

  /** Only JSON replies are shared out: nobody was ever told to pause. */
  resume(): void {}

  async #next(): Promise<void> {
    const index = this.#started;
    const relay = this.#shares.relays[index];
    if (relay === undefined || this.#over || this.#ended !== undefined) return;
    this.#started = index + 1;
    const attempt = new Attempt({ ...this.#order, relay, outgoing: relay.request(this.#media), downstream: undefined });
    this.#running.add(attempt);
    const result = await attempt.result;
    this.#running.delete(attempt);
    if (result.kind !== "whole") return this.#fail(result);
    // Its reply may have come in the moment before the client left: the others never will.
    if (this.#ended !== undefined) return this.#fail({ kind: this.#ended, status: result.status });
    this.#replies[index] = result.reply;
    if (this.#running.size === 0 && this.#started === this.#shares.relays.length) this.#join(result.status);
    else await this.#next();
  }

  #fail(result: AttemptResult): void {
    if (this.#over) return;
    this.#over = true;
    this.#finish(result);
    for (const attempt of this.#running) attempt.cancel();
  }

  #join(status: number): void {
    if (this.#over) return;
    this.#over = true;
    const replies = this.#replies.flatMap((reply) => reply ?? []);
    try {
      this.#finish({ kind: "whole", status, reply: this.#shares.join(replies) });
    } catch (error) {
      const fault =
        error instanceof UpstreamBroken
          ? error.fault
          : { error: errors.upstreamFailed(error), retry: "uncertain" as const };
      this.#finish({ kind: "fault", status, fault, started: false });
    }
  }
}

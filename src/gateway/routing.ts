/** Where a request may go now: what is known of upstreams and conversations, asked before and told after each call. */
import type { Attempt } from "./attempt.ts";
import type { Leg, Preference } from "./plan.ts";
import { hasChoice } from "./plan.ts";
import { conversationKey } from "./conversation.ts";
import { Affinity } from "../upstreams/affinity.ts";
import type { CallEnd, Pass, Place, Traffic } from "../upstreams/traffic.ts";
import { MAX_CONCURRENT, type Upstream } from "../upstreams/upstream.ts";
import type { Call } from "../protocols/protocol.ts";
import type { Callable } from "../settings/installation.ts";

type Result = Awaited<Attempt["result"]>;

const placeOf = ({ upstream, model }: { upstream: Upstream; model: string }): Place => ({
  upstream: upstream.id,
  model,
  maxConcurrent: upstream.maxConcurrent ?? MAX_CONCURRENT,
  sandbox: upstream.sandbox,
});

/** What an attempt says of the place that it went to. Total over all ways in which one can end. */
const endOf = (result: Result): CallEnd => {
  switch (result.kind) {
    case "whole":
    case "ended":
    case "cut":
      return { kind: "ok" };
    case "cancelled":
    case "stopped":
      return { kind: "none" };
    case "fault": {
      const { fault, status } = result;
      if (fault.credential === true) return { kind: "refused" };
      // The request was at fault, and the provider was well enough to say so.
      if (fault.retry === "never") return { kind: "ok" };
      if (fault.error.code === "overloaded")
        return { kind: "busy", coolDownMs: fault.coolDown === undefined ? undefined : fault.coolDown * 1_000 };
      return { kind: status === null ? "unreachable" : "failed" };
    }
  }
};

export class Routing {
  readonly #traffic: Traffic;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #affinity = new Affinity();

  /** @param now a monotonic clock in milliseconds @param random uniform in [0, 1) */
  constructor(traffic: Traffic, now: () => number, random: () => number) {
    this.#traffic = traffic;
    this.#now = now;
    this.#random = random;
  }

  /** What decides between a model's candidates for this request. @param call a turn of a conversation; undefined for anything else */
  prefer(callable: Callable, call: Call | undefined, accountId: number): Preference {
    const random = this.#random;
    if (callable.candidates.length === 1) return { random };
    const isUp: Preference["isUp"] = (candidate) => this.#traffic.wait(placeOf(candidate)) === 0;
    // Only a cache that makes the prompt cheaper is worth going back to.
    const { base } = callable.model.price;
    const caches = base.cache_read !== undefined && base.input !== undefined && base.cache_read < base.input;
    const conversation =
      caches && call !== undefined && hasChoice(callable)
        ? conversationKey(call, accountId, callable.model.id)
        : undefined;
    if (conversation === undefined) return { random, isUp };
    return { random, isUp, conversation, warm: this.#affinity.warm(conversation, this.#now()) };
  }

  /** A request begins to be tried; `leave` when it is over. */
  enter(): void {
    this.#traffic.enter();
  }

  leave(): void {
    this.#traffic.leave();
  }

  /** Permission to call, or null: the place is ejected, cooling down or full, or there were too many retries. */
  begin(leg: Leg, retry: boolean): Pass | null {
    return this.#traffic.begin(placeOf(leg), retry);
  }

  /** How a call went; exactly once per pass. @param conversation what `prefer` knew it by */
  end(pass: Pass, result: Result, conversation: string | undefined): void {
    const end = endOf(result);
    this.#traffic.end(pass, end);
    if (end.kind === "ok" && conversation !== undefined)
      this.#affinity.served(conversation, pass.place.upstream, this.#now());
  }

  /** Gives back permission for a call that was not made after all. */
  abandon(pass: Pass): void {
    this.#traffic.end(pass, { kind: "none" });
  }

  /** Whole seconds until one of the legs may be called again, at least 1. */
  waitSeconds(legs: readonly Leg[]): number {
    const least = Math.min(...legs.map((leg) => this.#traffic.wait(placeOf(leg))));
    return Math.max(1, Math.ceil(least / 1_000));
  }
}

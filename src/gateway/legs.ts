/** Tries a request's legs in order, at most once each, until one answers or nothing may be tried any more (I-38). */
import { errors } from "../errors.ts";
import type { HoldToken } from "../hold.ts";
import type { Attempt as AttemptRow } from "../ledger/ledger.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import type { Outgoing, Relay } from "../protocols/protocol.ts";
import { relay as join } from "../protocols/relay.ts";
import { Attempt, type AttemptResult, type Downstream } from "./attempt.ts";
import type { Inference } from "./inference.ts";
import type { Leg } from "./plan.ts";
import type { Services } from "./services.ts";
import { targetOf } from "./target.ts";

export interface LegsOrder {
  readonly services: Services;
  readonly inference: Inference;
  readonly hold: HoldToken;
  /** The lowered cap, when the hold does not cover the one in force. */
  readonly lowered: number | undefined;
  readonly downstream: Downstream | undefined;
  /** Told of each leg before it is called, with what its request lost. */
  readonly onLeg: (leg: Leg, outgoing: Outgoing) => void;
}

/** What came of the last leg that was tried. */
export interface LegsResult {
  readonly result: AttemptResult;
  readonly leg: Leg;
  readonly attempts: readonly AttemptRow[];
}

/** How an attempt is named in its row. */
const codeOf = (result: AttemptResult): string => {
  switch (result.kind) {
    case "fault":
      return result.fault.error.code;
    case "cancelled":
    case "stopped":
      return result.kind;
    case "whole":
    case "ended":
    case "cut":
      return "ok";
  }
};

/** The run over a request's legs; can be cancelled when its client leaves. */
export class Legs {
  readonly #order: LegsOrder;
  readonly #attempts: AttemptRow[] = [];
  #current: Attempt | undefined;
  #ended: "cancelled" | "stopped" | undefined;

  constructor(order: LegsOrder) {
    this.#order = order;
  }

  /** The client has left. */
  cancel(): void {
    this.#ended ??= "cancelled";
    this.#current?.cancel();
  }

  /** The drain is over. */
  stop(): void {
    this.#ended ??= "stopped";
    this.#current?.stop();
  }

  resume(): void {
    this.#current?.resume();
  }

  /** @throws GatewayError when the request cannot be written for a provider: nothing was sent then. */
  async run(): Promise<LegsResult> {
    const { legs } = this.#order.inference;
    let last: LegsResult | undefined;
    for (const leg of legs) {
      if (this.#ended !== undefined) break;
      last = await this.#try(leg);
      if (last.result.kind !== "fault" || last.result.started || last.result.fault.retry === "never") break;
    }
    const result: AttemptResult = { kind: this.#ended ?? "cancelled", status: null };
    return last ?? { result, leg: legs[0], attempts: this.#attempts };
  }

  async #try(leg: Leg): Promise<LegsResult> {
    const { services, hold, downstream } = this.#order;
    const joined = this.#join(leg);
    const outgoing = joined.request();
    this.#refuseLosses(outgoing);
    this.#order.onLeg(leg, outgoing);
    const began = services.monotonicMs();
    this.#current = new Attempt({ client: services.client, hold, leg, relay: joined, outgoing, downstream });
    const result = await this.#current.result;
    this.#note(leg, result, services.monotonicMs() - began);
    return { result, leg, attempts: this.#attempts };
  }

  #join(leg: Leg): Relay {
    const { inference, lowered } = this.#order;
    const { protocol, call, ask, model, context } = inference;
    const target = targetOf({ ask, model, client: protocol.id, leg, lowered });
    return join({ from: protocol, to: PROTOCOLS[leg.surface.protocol], call, ask, target, context });
  }

  #refuseLosses(outgoing: Outgoing): void {
    if (!this.#order.inference.options.strict || outgoing.dropped.length === 0) return;
    throw errors.invalidValue(
      outgoing.dropped[0] ?? "body",
      "cannot be carried to this model's provider (x-farthing-strict)",
    );
  }

  #note(leg: Leg, result: AttemptResult, durationMs: number): void {
    const code = codeOf(result);
    if (result.kind === "fault") this.#order.services.counters.upstreamError(leg.upstream.id, code);
    this.#attempts.push({
      upstream: leg.upstream.id,
      model: leg.model,
      status: result.status,
      result: code,
      durationMs: Math.round(durationMs),
    });
  }
}

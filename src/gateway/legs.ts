/** Tries a request's legs in order, at most once each, until one answers or nothing may be tried any more (I-38). */
import { errors } from "../errors.ts";
import type { HoldToken } from "../hold.ts";
import type { Attempt as AttemptRow } from "../ledger/ledger.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import type { FetchedMedia, Outgoing, Relay } from "../protocols/protocol.ts";
import { relay as join } from "../protocols/relay.ts";
import { Attempt, type AttemptResult, type Downstream, type Flight } from "./attempt.ts";
import { fetchMedia, NO_MEDIA, type HeldMedia } from "./fetch-media.ts";
import type { Inference } from "./inference.ts";
import { soldOf } from "./operation.ts";
import type { Leg } from "./plan.ts";
import type { Services } from "./services.ts";
import { SharedAttempt } from "./shares.ts";
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

/** The hold's lease ended before anything was sent. */
const LEASE_OVER: AttemptResult = {
  kind: "fault",
  status: null,
  fault: { error: errors.ledgerUnavailable(), retry: "never" },
  started: false,
};

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
  #current: Flight | undefined;
  #ended: "cancelled" | "stopped" | undefined;
  /** Ends what is fetched for the request, where something is. */
  #leaving: AbortController | undefined;

  constructor(order: LegsOrder) {
    this.#order = order;
  }

  /** The client has left. */
  cancel(): void {
    this.#ended ??= "cancelled";
    this.#leaving?.abort();
    this.#current?.cancel();
  }

  /** The drain is over. */
  stop(): void {
    this.#ended ??= "stopped";
    this.#leaving?.abort();
    this.#current?.stop();
  }

  resume(): void {
    this.#current?.resume();
  }

  /** @throws GatewayError when the request cannot be written for a provider: nothing was sent then. */
  async run(): Promise<LegsResult> {
    const { routing } = this.#order.services;
    routing.enter();
    try {
      return await this.#tryAll();
    } finally {
      routing.leave();
    }
  }

  async #tryAll(): Promise<LegsResult> {
    const { legs, conversation } = this.#order.inference;
    const { routing } = this.#order.services;
    let last: LegsResult | undefined;
    for (const leg of legs) {
      if (this.#ended !== undefined) break;
      const pass = routing.begin(leg, last !== undefined);
      if (pass === null) continue;
      try {
        last = await this.#try(leg);
      } catch (error) {
        routing.abandon(pass);
        throw error;
      }
      routing.end(pass, last.result, conversation);
      if (last.result.kind !== "fault" || last.result.started || last.result.fault.retry === "never") break;
    }
    if (last !== undefined) return last;
    const result: AttemptResult = this.#ended === undefined ? this.#turnedAway() : { kind: this.#ended, status: null };
    return { result, leg: legs[0], attempts: this.#attempts };
  }

  /** Nobody may be called just now: the client learns at once, and when it is worth coming back. */
  #turnedAway(): AttemptResult {
    const seconds = this.#order.services.routing.waitSeconds(this.#order.inference.legs);
    const fault = { error: errors.overloaded(seconds), retry: "never" } as const;
    return { kind: "fault", status: null, fault, started: false };
  }

  #try(leg: Leg): Promise<LegsResult> {
    const joined = this.#join(leg);
    const urls = joined.addresses();
    return urls.length === 0 ? this.#call(leg, joined) : this.#callWith(leg, joined, urls);
  }

  /** The same with what stands at these addresses. @throws GatewayError */
  async #callWith(leg: Leg, joined: Relay, urls: readonly string[]): Promise<LegsResult> {
    const { media, release } = await this.#fetch(urls);
    try {
      if (this.#ended === undefined) return await this.#call(leg, joined, media);
      return { result: { kind: this.#ended, status: null }, leg, attempts: this.#attempts };
    } finally {
      release();
    }
  }

  /** What stands at these addresses; nothing once the client has left. @throws GatewayError */
  async #fetch(urls: readonly string[]): Promise<HeldMedia> {
    const { services, inference } = this.#order;
    this.#leaving = new AbortController();
    try {
      return await fetchMedia(services.fetcher, { urls, body: inference.call.json(), signal: this.#leaving.signal });
    } catch (error) {
      if (this.#ended === undefined) throw error;
      return NO_MEDIA;
    }
  }

  async #call(leg: Leg, joined: Relay, media?: FetchedMedia): Promise<LegsResult> {
    const { services, hold, downstream } = this.#order;
    const outgoing = joined.request(media);
    this.#refuseLosses(outgoing);
    this.#order.onLeg(leg, outgoing);
    // A lease may have ended while media was fetched or other legs were tried: nothing is sent that cannot be paid for (§9.2 c).
    if (!services.ledger.isLive(hold)) return { result: LEASE_OVER, leg, attempts: this.#attempts };
    const began = services.monotonicMs();
    const order = { client: services.client, hold, leg };
    this.#current =
      joined.shares === undefined
        ? new Attempt({ ...order, relay: joined, outgoing, downstream })
        : new SharedAttempt(order, joined.shares, media);
    const result = await this.#current.result;
    this.#note(leg, result, { durationMs: services.monotonicMs() - began, dropped: outgoing.dropped });
    return { result, leg, attempts: this.#attempts };
  }

  #join(leg: Leg): Relay {
    const { inference, lowered } = this.#order;
    const { protocol, call, ask, operation, model, context } = inference;
    if (operation !== null) {
      const target = { ...soldOf(model), model: leg.model, quirks: leg.surface.quirks };
      return operation.relay(leg.surface.protocol, target, context);
    }
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

  #note(
    leg: Leg,
    result: AttemptResult,
    { durationMs, dropped }: { readonly durationMs: number; readonly dropped: readonly string[] },
  ): void {
    const code = codeOf(result);
    if (result.kind === "fault") this.#order.services.counters.upstreamError(leg.upstream.id, code);
    this.#attempts.push({
      upstream: leg.upstream.id,
      model: leg.model,
      status: result.status,
      result: code,
      durationMs: Math.round(durationMs),
      ...(leg.cost === undefined ? {} : { costs: leg.cost }),
      ...(dropped.length === 0 ? {} : { dropped }),
    });
  }
}

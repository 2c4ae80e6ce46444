/** Serves a stream: everything goes on at once except the end, which waits for the charge's commit (DESIGN 3.6). */
import { errors, STREAM_FAILED } from "../errors.ts";
import type { HoldToken } from "../hold.ts";
import type { Exchange, FlatHeaders, StreamSink } from "../http/exchange.ts";
import type { Attempt as AttemptRow } from "../ledger/ledger.ts";
import type { ReplyStream, StreamFraming } from "../protocols/protocol.ts";
import type { AttemptResult, Downstream } from "./attempt.ts";
import type { Ending } from "./conclude.ts";
import { HoldGuard } from "./guard.ts";
import type { Inference } from "./inference.ts";
import { Legs } from "./legs.ts";
import { earlyHeaders } from "./reply-headers.ts";
import { loweredCap, runOrSettle } from "./serve-whole.ts";
import type { Services } from "./services.ts";
import { afterSettlement, settle, settleReply, type Ended } from "./settle.ts";

const EVENT_STREAM = "text/event-stream; charset=utf-8";

interface StreamOrder {
  readonly services: Services;
  readonly sink: StreamSink;
  readonly guard: HoldGuard;
  readonly framing: StreamFraming | undefined;
  readonly onFirstByte: () => void;
}

/** One stream on its way to the client. */
class StreamReply implements Downstream {
  readonly #services: Services;
  readonly #sink: StreamSink;
  readonly #guard: HoldGuard;
  readonly #onFirstByte: () => void;
  /** The form that the client wants its events in, where that is not as events. */
  readonly #framing: StreamFraming | undefined;
  head: FlatHeaders = [];
  firstByteAt: number | null = null;
  #pending = 0;

  constructor({ services, sink, guard, framing, onFirstByte }: StreamOrder) {
    this.#services = services;
    this.#sink = sink;
    this.#guard = guard;
    this.#framing = framing;
    this.#onFirstByte = onFirstByte;
  }

  open(): void {
    if (this.#sink.opened) return;
    this.#sink.open(200, ["content-type", this.#framing?.contentType ?? EVENT_STREAM, ...this.head]);
  }

  write(bytes: Buffer): boolean {
    if (this.firstByteAt === null) {
      this.firstByteAt = this.#services.monotonicMs();
      this.#onFirstByte();
    }
    this.open();
    this.#pending += bytes.length;
    return this.#sink.write(this.#framing?.write(bytes) ?? bytes);
  }

  /** The last events, after which the body ends. */
  end(bytes: Buffer): void {
    this.#sink.end(this.#framing?.end(bytes) ?? bytes);
  }

  /** The end of a reply that failed: an error in the words of the dialect, or no end at all where the form has none for it. */
  fail(message: string, { protocol, context }: Inference): void {
    if (this.#framing !== undefined && "cuts" in this.#framing) this.#sink.cut();
    else this.end(Buffer.from(protocol.client.streamError(message, context)));
  }

  covers(stream: ReplyStream): boolean {
    const bytes = this.#pending;
    this.#pending = 0;
    return this.#guard.covers(stream, bytes);
  }
}

const KEEP_ALIVES = new Map<string, Buffer>();
/** The same Buffer for every stream of a protocol, as the sink's timer wants it. */
const keepAliveOf = (text: string): Buffer => {
  const known = KEEP_ALIVES.get(text);
  if (known !== undefined) return known;
  const made = Buffer.from(text);
  KEEP_ALIVES.set(text, made);
  return made;
};

/** Serves a request whose hold was taken. Throws the error to answer with, after settling, while no head was sent. */
export const serveStream = async (
  services: Services,
  exchange: Exchange,
  inference: Inference,
  hold: HoldToken,
): Promise<void> => {
  const { bound, protocol, ask } = inference;
  const lowered = loweredCap(inference, hold);
  const framing = inference.operation?.framing ?? protocol.client.framing?.(inference.call);
  const { keepAlive } = framing ?? protocol.client;
  const sink = exchange.sink({ keepAlive: keepAlive === "" ? null : keepAliveOf(keepAlive) });
  const guard = new HoldGuard(services.ledger, hold, bound, {
    cap: lowered ?? bound.cap,
    held: Math.min(lowered ?? bound.held, bound.held),
    choices: ask.choices,
  });
  const reply = new StreamReply({
    services,
    sink,
    guard,
    framing,
    onFirstByte: () => {
      services.counters.firstByte(exchange.route, services.monotonicMs() - inference.receivedAt);
    },
  });
  const legs = new Legs({
    services,
    inference,
    hold,
    lowered,
    downstream: reply,
    onLeg: (leg, outgoing) => {
      if (!sink.opened) reply.head = earlyHeaders(leg, outgoing, lowered, inference.limits);
    },
  });
  exchange.onGone(() => {
    legs.cancel();
  });
  exchange.onStop(() => {
    legs.stop();
  });
  let revoked = false;
  const leave = services.running?.enter({
    keyId: inference.key.id,
    receivedAt: inference.receivedAt,
    end: () => {
      revoked = true;
      legs.stop();
    },
  });
  sink.onDrain(() => {
    legs.resume();
  });
  const headTimer = setTimeout(() => {
    reply.open();
    sink.flush();
  }, services.waits.headMs);
  // From the result on, the status of the reply is decided: a head that went out while it settles would belie the row.
  const { result, attempts } = await runOrSettle(services, inference, hold, legs).finally(() => {
    clearTimeout(headTimer);
    leave?.();
  });
  await finish({ services, exchange, inference, hold, sink, reply, attempts, revoked }, result);
};

interface Finishing {
  readonly services: Services;
  readonly exchange: Exchange;
  readonly inference: Inference;
  readonly hold: HoldToken;
  readonly sink: StreamSink;
  readonly reply: StreamReply;
  readonly attempts: readonly AttemptRow[];
  /** Its key or account was frozen while it ran (E116). */
  readonly revoked: boolean;
}

/** Settles, then sends the end that belongs to the result. */
const finish = async (work: Finishing, result: AttemptResult): Promise<void> => {
  const { sink, inference, reply } = work;
  switch (result.kind) {
    case "ended":
    case "cut": {
      const { stream } = result;
      const isCut = result.kind === "cut";
      const done = await settleReply(work.services, inference, work.hold, {
        ...endedAs(work, isCut ? "cut" : "complete", stream, 200),
        write: (settled) => (isCut ? stream.cut(settled) : stream.finish(settled)),
      });
      reply.open();
      if (!("unwritable" in done)) {
        reply.end(done.bytes);
        return;
      }
      await settleAs(work, "failed_after_output", stream, 200);
      reply.fail(STREAM_FAILED, inference);
      return;
    }
    case "fault": {
      const { error } = result.fault;
      const status = sink.opened ? 200 : work.exchange.dialect.status(error.code);
      await settleAs(work, result.started ? "failed_after_output" : "failed_before_output", result.stream, status);
      if (!sink.opened) throw afterSettlement(error);
      if (result.cut === true) {
        sink.cut();
        return;
      }
      reply.fail(STREAM_FAILED, inference);
      return;
    }
    case "stopped": {
      const error = work.revoked ? errors.keyFrozen() : errors.draining();
      const status = sink.opened ? 200 : work.exchange.dialect.status(error.code);
      // Before the provider has answered nothing was delivered.
      const isCharged = work.revoked && result.stream !== undefined;
      await settleAs(work, isCharged ? "revoked" : "gateway_failed", result.stream, status);
      if (!sink.opened) throw afterSettlement(error);
      reply.fail(error.message, inference);
      return;
    }
    case "cancelled":
      await settleAs(work, "cancelled", result.stream, sink.opened ? 200 : 0);
      return;
    case "whole": // A stream request never collects a JSON reply as its answer; attempt.ts makes it a fault.
      await settleAs(work, "gateway_failed", undefined, 500);
      sink.cut();
  }
};

const endedAs = (work: Finishing, ending: Ending, stream: ReplyStream | undefined, status: number): Ended => ({
  ending,
  reading: stream?.reading(),
  status,
  attempts: work.attempts,
  firstByteAt: work.reply.firstByteAt,
  lost: stream?.dropped,
});

const settleAs = (work: Finishing, ending: Ending, stream: ReplyStream | undefined, status: number): Promise<void> =>
  settle(work.services, work.inference, work.hold, endedAs(work, ending, stream, status));

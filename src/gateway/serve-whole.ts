/** Serves a JSON reply: attempt → settle → reply. The body leaves after its charge is committed. */
import { errors, GatewayError } from "../errors.ts";
import type { Exchange, FlatHeaders } from "../http/exchange.ts";
import { JSON_CONTENT } from "../http/reply.ts";
import type { HoldToken } from "../hold.ts";
import { UNREAD, type Ending } from "./conclude.ts";
import type { Inference } from "./inference.ts";
import { Legs, type LegsResult } from "./legs.ts";
import { earlyHeaders, lateHeaders } from "./reply-headers.ts";
import type { Services } from "./services.ts";
import { afterSettlement, settle, settleReply } from "./settle.ts";

/** Serves a request whose hold was taken. Throws the error to answer with, after settling. */
export const serveWhole = async (
  services: Services,
  exchange: Exchange,
  inference: Inference,
  hold: HoldToken,
): Promise<void> => {
  const lowered = loweredCap(inference, hold);
  /** The head of the reply, once it is known what of it could not be carried. */
  let headOf: (lost: readonly string[]) => FlatHeaders = () => [];
  const legs = new Legs({
    services,
    inference,
    hold,
    lowered,
    downstream: undefined,
    onLeg: (leg, outgoing) => {
      headOf = (lost) =>
        earlyHeaders(leg, { ...outgoing, dropped: [...outgoing.dropped, ...lost] }, lowered, inference.limits);
    },
  });
  // A client that brought an Idempotency-Key may leave: it comes back for the reply.
  if (inference.claimed === null)
    exchange.onGone(() => {
      legs.cancel();
    });
  exchange.onStop(() => {
    legs.stop();
  });
  const { result, attempts } = await runOrSettle(services, inference, hold, legs);
  const failed = async (ending: Ending, error: GatewayError): Promise<never> => {
    const status = exchange.dialect.status(error.code);
    await settle(services, inference, hold, { ending, reading: undefined, status, attempts, firstByteAt: null });
    throw afterSettlement(error);
  };
  switch (result.kind) {
    case "whole": {
      const { reply } = result;
      const done = await settleReply(services, inference, hold, {
        ending: "complete",
        reading: reply.reading,
        status: 200,
        attempts,
        firstByteAt: services.monotonicMs(),
        lost: reply.dropped,
        contentType: reply.headers?.["content-type"] ?? JSON_CONTENT,
        write: (settled) => reply.render(settled),
      });
      if ("unwritable" in done) return await failed("failed_before_output", errors.upstreamFailed(done.unwritable));
      const own = Object.entries(reply.headers ?? {}).flat();
      exchange.reply(200, done.bytes, [...headOf(reply.dropped ?? []), ...own, ...lateHeaders(inference, done)]);
      return;
    }
    case "fault":
      return await failed("failed_before_output", result.fault.error);
    case "stopped":
      return await failed("gateway_failed", errors.draining());
    case "cancelled":
    case "ended":
    case "cut":
      await settle(services, inference, hold, {
        ending: "cancelled",
        // Once the provider had answered, the prompt was consumed and is paid for (I-30).
        reading: result.status !== null && result.status >= 200 && result.status < 300 ? UNREAD : undefined,
        status: 0,
        attempts,
        firstByteAt: null,
      });
  }
};

/** The cap to send, when the hold or the caller's own limit covers less than the one in force; undefined when nothing is lowered. */
export const loweredCap = ({ bound }: Inference, hold: HoldToken): number | undefined => {
  if (hold.amount < bound.amount) return bound.affords(hold.amount);
  return bound.isLowered === true ? bound.cap : undefined;
};

/** Runs the legs; what is thrown (a request that cannot be written for the provider, a fault of ours) is settled first. */
export const runOrSettle = async (
  services: Services,
  inference: Inference,
  hold: HoldToken,
  legs: Legs,
): Promise<LegsResult> => {
  try {
    return await legs.run();
  } catch (error) {
    const refused = error instanceof GatewayError;
    await settle(services, inference, hold, {
      ending: refused ? "refused" : "gateway_failed",
      reading: undefined,
      status: refused ? 400 : 500,
      attempts: [],
      firstByteAt: null,
    });
    throw refused ? afterSettlement(error) : error;
  }
};

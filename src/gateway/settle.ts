/** Every request whose hold was taken passes here exactly once: conclusion → ledger → what the reply may say of it. */
import type { HoldToken } from "../hold.ts";
import { GatewayError } from "../errors.ts";
import type { Attempt, Receipt } from "../ledger/ledger.ts";
import type { Reading, Settled } from "../protocols/protocol.ts";
import { charge } from "../price.ts";
import { conclude, type Ending } from "./conclude.ts";
import { displayed, type Inference } from "./inference.ts";
import type { Services } from "./services.ts";

/** How long the end of a reply waits for its commit when the database is away; the settlement itself is never given up. */
const COMMIT_WAIT_MS = 2_000;

export interface Ended {
  readonly ending: Ending;
  readonly reading: Reading | undefined;
  /** HTTP status that the client got; 0 when nothing was sent. */
  readonly status: number;
  readonly attempts: readonly Attempt[];
  /** Monotonic time of the first byte sent to the client, or null. */
  readonly firstByteAt: number | null;
}

export interface SettledInference {
  readonly settled: Settled;
  /** Undefined when the commit is still under way after COMMIT_WAIT_MS. */
  readonly receipt: Receipt | undefined;
}

/** Settles a request and waits for the commit, within its bound. Never throws: an unsettled charge stays queued in the ledger. */
export const settle = async (
  services: Services,
  inference: Inference,
  hold: HoldToken,
  ended: Ended,
): Promise<SettledInference> => {
  const { ask, model, receivedAt, startedAt, protocol, unit } = inference;
  const conclusion = conclude(ended.ending, ask, model, ended.reading);
  const receipt = await within(
    COMMIT_WAIT_MS,
    services.ledger.settle(hold, {
      ...conclusion,
      model: ask.model,
      protocol: protocol.id,
      stream: ask.stream,
      status: ended.status,
      startedAt,
      firstByteMs: ended.firstByteAt === null ? null : Math.round(ended.firstByteAt - receivedAt),
      durationMs: Math.round(services.monotonicMs() - receivedAt),
      attempts: ended.attempts,
    }),
  );
  services.counters.tokens(conclusion.usage);
  if (receipt !== undefined) services.counters.charged(receipt.charge);
  const shown = receipt?.charge ?? charge(inference.snapshot, conclusion.usage);
  return {
    settled: {
      usage: conclusion.usage,
      source: conclusion.source,
      ...(inference.options.usageCost ? { cost: displayed(shown, unit) } : {}),
    },
    receipt,
  };
};

const within = async <T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } catch {
    return undefined; // The ledger has recorded the row as absorbed and frozen the account; the reply is already earned.
  } finally {
    clearTimeout(timer);
  }
};

const settledErrors = new WeakSet<GatewayError>();

/** True for an error of a request that is settled already: it is answered but leaves no second row. */
export const isSettled = (error: GatewayError): boolean => settledErrors.has(error);

/** Marks an error as belonging to a settled request. */
export const afterSettlement = (error: GatewayError): GatewayError => {
  // A maker's constant may be shared by requests, so the mark goes on a copy.
  const marked = new GatewayError(error.code, error.message, error.detail, error.cause);
  settledErrors.add(marked);
  return marked;
};

/** Every request whose hold was taken passes here exactly once: conclusion → ledger → what the reply may say of it. */
import { costed, withLost } from "../attempt.ts";
import type { HoldToken } from "../hold.ts";
import { GatewayError } from "../errors.ts";
import { endOf, type KeptReply } from "../ledger/idempotency.ts";
import type { Attempt, Receipt, Settlement } from "../ledger/ledger.ts";
import { isCharged } from "../ledger/outcome.ts";
import { MoneyError, type Nano } from "../money.ts";
import type { Reading, Settled } from "../protocols/protocol.ts";
import { charge } from "../price.ts";
import { conclude, type Conclusion, type Ending } from "./conclude.ts";
import { COMPLETION_UNITS, PROMPT_UNITS, total } from "../unit.ts";
import { displayed, type Inference } from "./inference.ts";
import { estimated } from "./estimate.ts";
import { soldOf } from "./operation.ts";
import type { Services } from "./services.ts";

/** What counts against limits of tokens: everything that the model read or wrote, from a cache or not. */
const TOKEN_UNITS = [...PROMPT_UNITS, ...COMPLETION_UNITS];

export interface Ended {
  readonly ending: Ending;
  readonly reading: Reading | undefined;
  /** HTTP status that the client got; 0 when nothing was sent. */
  readonly status: number;
  readonly attempts: readonly Attempt[];
  /** Monotonic time of the first byte sent to the client, or null. */
  readonly firstByteAt: number | null;
  /** Names of what translation left out of the reply. */
  readonly lost?: readonly string[] | undefined;
}

/** A reply that arrived whole, or is cut by its hold, and how its last bytes are written. */
export interface EndedReply extends Ended {
  /** Of a reply that is sent whole; absent for the end of a stream. */
  readonly contentType?: string;
  readonly write: (settled: Settled) => Buffer;
}

export interface SettledInference {
  readonly settled: Settled;
  /** The last bytes of the reply. */
  readonly bytes: Buffer;
  /** Undefined when the commit is still under way after the wait for it. */
  readonly receipt: Receipt | undefined;
}

/** Settles a request and waits for the commit, within its bound. Never throws: an unsettled charge stays queued in the ledger. */
export const settle = async (
  services: Services,
  inference: Inference,
  hold: HoldToken,
  ended: Ended,
): Promise<void> => {
  const { conclusion, counted } = await judged(services, inference, concluded(inference, ended));
  await catchUp(services, inference, hold, conclusion);
  await post(services, inference, hold, { ...ended, conclusion, counted, reply: null });
};

/**
 * The same for a reply, whose last bytes are written before its charge is made: bytes that cannot be written must not be paid for.
 * @returns what was thrown instead of bytes; nothing is settled then
 */
export const settleReply = async (
  services: Services,
  inference: Inference,
  hold: HoldToken,
  ended: EndedReply,
): Promise<SettledInference | { readonly unwritable: unknown }> => {
  const { options, unit } = inference;
  const conclusion = concluded(inference, ended);
  if (ended.ending !== "cut") await catchUp(services, inference, hold, conclusion);
  const settled: Settled = {
    usage: conclusion.usage,
    source: conclusion.source,
    ...(options.usageCost ? { cost: displayed(chargeToBe(inference, hold, conclusion), unit) } : {}),
  };
  let bytes: Buffer;
  try {
    bytes = ended.write(settled);
  } catch (error) {
    return { unwritable: error };
  }
  const { contentType, status } = ended;
  const reply = contentType === undefined ? null : { status, contentType, body: bytes };
  return {
    settled,
    bytes,
    receipt: await post(services, inference, hold, { ...ended, conclusion, counted: 0n, reply }),
  };
};

const concluded = ({ ask, model, operation }: Inference, { ending, reading }: Ended): Conclusion =>
  conclude(ending, reading, (seen) =>
    operation === null ? estimated(ask, model, seen) : operation.guess(soldOf(model), seen),
  );

/** A conclusion, and what of its cost counts as absorbed already. */
interface Judged {
  readonly conclusion: Conclusion;
  readonly counted: Nano;
}

/**
 * A reply that failed after output is free as long as the account has an allowance for it, and charged past it (I-36). Where nobody
 * knows in time, it is free.
 */
const judged = async (services: Services, inference: Inference, conclusion: Conclusion): Promise<Judged> => {
  const { allowances } = services;
  if (conclusion.outcome !== "upstream_failed_after_output" || allowances === undefined)
    return { conclusion, counted: 0n };
  const cost = priceOf(inference, conclusion);
  const isPast = await within(services.waits.commitMs, allowances.isPast(inference.key.accountId, cost));
  return isPast === true
    ? { conclusion: { ...conclusion, outcome: "upstream_failed_charged" }, counted: 0n }
    : { conclusion, counted: cost };
};

interface Concluded extends Ended, Judged {
  /** What is sent whole; null for anything else. */
  readonly reply: KeptReply | null;
}

/** Hands a conclusion to the ledger. @returns undefined when its commit was not known in time */
const post = async (
  services: Services,
  inference: Inference,
  hold: HoldToken,
  ended: Concluded,
): Promise<Receipt | undefined> => {
  const { ask, receivedAt, protocol, operation, claimed } = inference;
  const { conclusion, counted, firstByteAt } = ended;
  inference.admission.settle(total(conclusion.usage, TOKEN_UNITS));
  const settlement: Settlement = {
    ...conclusion,
    model: ask.model,
    protocol: operation?.id ?? protocol.id,
    stream: ask.stream,
    status: ended.status,
    firstByteMs: firstByteAt === null ? null : Math.round(firstByteAt - receivedAt),
    durationMs: Math.round(services.monotonicMs() - receivedAt),
    attempts: withLost(costed(ended.attempts, conclusion.usage), ended.lost ?? []),
  };
  const { idempotency, ledger } = services;
  const posted =
    claimed === null
      ? ledger.settle(hold, settlement)
      : idempotency.settling(endOf(conclusion.outcome, ask.stream, ended.reply), (keyEnd) =>
          ledger.settle(hold, { ...settlement, keyEnd }),
        );
  const receipt = await within(services.waits.commitMs, posted);
  services.counters.tokens(conclusion.usage);
  if (receipt !== undefined) services.counters.charged(receipt.charge);
  if (receipt !== undefined && receipt.absorbed > 0n)
    services.allowances?.add(inference.key.accountId, receipt.absorbed - counted);
  return receipt;
};

/** What a conclusion costs, whatever is held for it. */
const costOf = (inference: Inference, conclusion: Conclusion): Nano =>
  isCharged(conclusion.outcome) ? priceOf(inference, conclusion) : 0n;

/** What its usage costs, whoever pays for it. */
const priceOf = ({ snapshot }: Inference, { usage }: Conclusion): Nano => {
  try {
    return charge(snapshot, usage);
  } catch (error) {
    if (error instanceof MoneyError) return 0n; // The ledger will find the same, and reports it.
    throw error;
  }
};

/** What a settlement will post. */
const chargeToBe = (inference: Inference, hold: HoldToken, conclusion: Conclusion): Nano => {
  const amount = costOf(inference, conclusion);
  return amount < hold.amount ? amount : hold.amount;
};

/**
 * Output that no byte of a stream shows (hidden reasoning) is known only from the report at its end: the hold catches up with it, up
 * to the cap that was asked for. What the balance does not cover is absorbed, as ever.
 */
const catchUp = async (
  services: Services,
  inference: Inference,
  hold: HoldToken,
  conclusion: Conclusion,
): Promise<void> => {
  const { bound } = inference;
  // A hold below the bound had its cap lowered to fit: nobody may spend more than that.
  if (bound.held === bound.cap || hold.amount < bound.amount) return;
  const most = bound.amount + bound.step(bound.cap - bound.held);
  const cost = costOf(inference, conclusion);
  const missing = (cost < most ? cost : most) - hold.amount;
  if (missing <= 0n) return;
  const answer = services.ledger.extend(hold, missing);
  if (answer instanceof Promise) await within(services.waits.commitMs, answer);
};

/** The promise's value, or undefined when it fails or takes longer. By hand: `Promise.race` makes several promises more. */
const within = <T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds, undefined);
    const end = (value: T | undefined): void => {
      clearTimeout(timer);
      resolve(value);
    };
    promise.then(end, () => {
      end(undefined); // The ledger has recorded the row as absorbed and frozen the account; the reply is already earned.
    });
  });

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

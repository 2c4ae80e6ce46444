/**
 * Idempotency-Keys as requests bring them: read from the header, claimed before money is held, answered from what is stored (I-28,
 * docs/decisions/0030). A request without the header passes none of this.
 */
import { createHash } from "node:crypto";

import { errors, type GatewayError } from "../errors.ts";
import type { Exchange, FlatHeaders } from "../http/exchange.ts";
import { isKey, MAX_KEY_LENGTH, type KeptReply } from "../ledger/idempotency.ts";
import type { ClaimAnswer, IdempotencyKeys } from "../ledger/idempotency-keys.ts";
import type { CallRoute } from "../protocols/protocol.ts";

const HEADER = "idempotency-key";
/** The header as errors name it. */
const NAME = "Idempotency-Key";

/** Bytes that are hashed before others have their turn. */
const STEP_BYTES = 1024 * 1024;
/** Longest boundary of a form with its two dashes (RFC 2046). */
const BOUNDARY_BYTES = 72;

/** True for a request that brings a key. */
export const hasKey = ({ headers }: Pick<Exchange, "headers">): boolean => headers[HEADER] !== undefined;

/** Who asks for what, as far as a key is concerned. */
export interface KeyedOrder {
  readonly accountId: number;
  /** False: the storefront keeps no replies. */
  readonly enabled: boolean;
  /** What the path says. */
  readonly path: CallRoute | string | undefined;
  /** As it was sent. */
  readonly body: Buffer;
  /** Headers of a reply that is played again. */
  readonly headers: FlatHeaders;
}

/** A key that belongs to a request now: it must be freed, or ended by the request's settlement. */
export interface ClaimedKey {
  /** The life of this process in which the request's hold must be taken. */
  readonly epoch: number;
}

const isForm = (contentType: string | undefined): boolean =>
  contentType?.trimStart().toLowerCase().startsWith("multipart/") === true;

/**
 * The parts of a form, without what parts them: a client that asks again draws another boundary. Every other body is one part.
 * The boundary is the first line, as everywhere in such a body.
 */
const partsOf = (body: Buffer, contentType: string | undefined): Buffer[] => {
  const end = body.indexOf("\r\n");
  if (!isForm(contentType) || end < 1 || end > BOUNDARY_BYTES) return [body];
  const boundary = body.subarray(0, end);
  const parts: Buffer[] = [];
  for (let from = end; from < body.length;) {
    const next = body.indexOf(boundary, from);
    const to = next < 0 ? body.length : next;
    parts.push(body.subarray(from, to));
    from = to + boundary.length;
  }
  return parts;
};

/** SHA-256 of what is asked: what the path says, and each part of the body with its length, in small steps. */
const digestOf = async ({ headers }: Exchange, { path, body }: KeyedOrder): Promise<Uint8Array> => {
  const hash = createHash("sha256");
  for (const part of [Buffer.from(JSON.stringify(path ?? null)), ...partsOf(body, headers["content-type"])]) {
    hash.update(`${part.length}:`);
    for (let at = 0; at < part.length; at += STEP_BYTES) {
      hash.update(part.subarray(at, at + STEP_BYTES));
      if (at + STEP_BYTES < part.length) await new Promise(setImmediate);
    }
  }
  return hash.digest();
};

const readKey = ({ headers }: Exchange, { enabled }: KeyedOrder): string => {
  if (!enabled) throw errors.invalidValue(NAME, "is not offered here");
  const key = headers[HEADER];
  if (typeof key !== "string" || !isKey(key))
    throw errors.invalidValue(NAME, `must be 1 to ${MAX_KEY_LENGTH} printable ASCII characters`);
  return key;
};

const refusalOf = (answer: Exclude<ClaimAnswer, { kind: "claimed" | "replay" }>): GatewayError => {
  switch (answer.kind) {
    case "mismatch":
      return errors.idempotencyMismatch();
    case "running":
    case "raced":
      return errors.idempotencyInProgress();
    case "finished":
      return answer.how === "streamed"
        ? errors.idempotentStreamFinished(answer.requestId)
        : errors.idempotentReplyNotKept(answer.requestId);
  }
};

const replay = (exchange: Exchange, { status, contentType, body }: KeptReply, headers: FlatHeaders): void => {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  exchange.reply(status, bytes, ["content-type", contentType, "idempotent-replayed", "true", ...headers]);
};

/**
 * Claims the key of a request that brings one, or answers it with the reply that is stored for the key.
 * @throws GatewayError invalid_value, idempotency_in_progress, idempotent_stream_finished, idempotent_reply_not_kept,
 *   idempotency_mismatch, ledger_unavailable
 */
export const claimKey = async (
  keys: Pick<IdempotencyKeys, "claim">,
  exchange: Exchange,
  order: KeyedOrder,
): Promise<ClaimedKey | "replayed"> => {
  const key = readKey(exchange, order);
  const { route, requestId } = exchange;
  const asked = await digestOf(exchange, order);
  const answer = await keys.claim({ accountId: order.accountId, route, key, asked, requestId });
  if (answer.kind === "claimed") return { epoch: answer.epoch };
  if (answer.kind !== "replay") throw refusalOf(answer);
  replay(exchange, answer.reply, order.headers);
  return "replayed";
};

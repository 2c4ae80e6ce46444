/**
 * What an Idempotency-Key means: the life of its row as values, without a database (I-28, docs/decisions/0030). Pure.
 *
 * A key is claimed before money is held, and ends with its request's settlement, in the same commit. One whose request cost nobody
 * anything and gave no reply is free again; any other answers for a day.
 */
import { createHash } from "node:crypto";

import type { Outcome } from "./outcome.ts";

/** How long a key is known. */
export const KEY_LIFE_MS = 24 * 60 * 60 * 1_000;
/** Longest key in characters. */
export const MAX_KEY_LENGTH = 255;
/** How long a task may take to be begun; whatever happened to its reply after that, there will be none. */
export const BEGIN_MS = 5 * 60 * 1_000;
/** Larger replies are not kept, in bytes. */
export const MAX_REPLY_BYTES = 1024 * 1024;

/** A borrower of the ledger in one of its lives: who runs a request. */
export interface Owner {
  readonly id: string;
  readonly epoch: number;
}

/** A key as it is claimed: what is asked, and by whom it is run. */
export interface KeyClaim {
  readonly accountId: number;
  /** The route's label. */
  readonly route: string;
  readonly key: string;
  /** SHA-256 of what is asked. */
  readonly asked: Uint8Array;
  readonly requestId: string;
  readonly owner: Owner;
}

/** A reply as it was sent. */
export interface KeptReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** What is known of a key. */
export interface KeyRow {
  readonly asked: Uint8Array;
  /** The request that it was claimed for. */
  readonly requestId: string;
  readonly owner: Owner;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  readonly state: "running" | "begun" | "kept" | "unkept" | "streamed";
  /** Of `kept`, else null. */
  readonly reply: KeptReply | null;
}

/** What a key says to a request that names it. */
export type Verdict =
  /** Nothing any more. */
  | { readonly kind: "free" }
  /** It was claimed for another request body. */
  | { readonly kind: "mismatch" }
  /** Its request runs. */
  | { readonly kind: "running" }
  | { readonly kind: "replay"; readonly reply: KeptReply; readonly requestId: string }
  /** Its request has ended, and there is nothing to play. */
  | { readonly kind: "finished"; readonly how: "streamed" | "unkept"; readonly requestId: string };

/** True for a row that nobody has to ask any more. @param now milliseconds since the Unix epoch */
export const isExpired = ({ createdAt }: Pick<KeyRow, "createdAt">, now: number): boolean =>
  createdAt <= now - KEY_LIFE_MS;

/** @param row undefined where there is none; its owner lives @param asked SHA-256 of what is asked now */
export const judge = (row: KeyRow | undefined, asked: Uint8Array, now: number): Verdict => {
  if (row === undefined || isExpired(row, now)) return { kind: "free" };
  const { requestId, state, reply, createdAt } = row;
  if (Buffer.compare(row.asked, asked) !== 0) return { kind: "mismatch" };
  if (state === "running" || (state === "begun" && createdAt > now - BEGIN_MS)) return { kind: "running" };
  if (state === "kept" && reply !== null) return { kind: "replay", reply, requestId };
  return { kind: "finished", how: state === "streamed" ? "streamed" : "unkept", requestId };
};

/** What becomes of a key when its request is settled; written in the settlement's commit. */
export type KeyEnd =
  | { readonly state: "free" }
  | { readonly state: "kept"; readonly reply: KeptReply }
  /** @param hash SHA-256 of the body that was sent; null where none was */
  | { readonly state: "unkept"; readonly hash: Uint8Array | null }
  | { readonly state: "streamed" };

/** Whether a key answers for its request after this outcome: for what was charged, and for every reply that arrived whole. */
const BINDS = {
  completed: true,
  completed_no_usage: true,
  completed_zero_usage: true,
  client_cancelled: true,
  client_cancelled_preflight: false,
  upstream_failed_before_output: false,
  upstream_failed_after_output: false,
  upstream_failed_charged: true,
  empty: true,
  content_filtered: true,
  gateway_failed: false,
  rejected: false,
  crashed: false,
  revoked_midstream: true,
  cut_by_hold: true,
  task_lost: false,
} as const satisfies Record<Outcome, boolean>;

const unkept = (body: Uint8Array): KeyEnd => ({ state: "unkept", hash: createHash("sha256").update(body).digest() });

/** @param reply null for a stream, of which nothing is kept */
export const endOf = (outcome: Outcome, stream: boolean, reply: KeptReply | null): KeyEnd => {
  if (!BINDS[outcome]) return { state: "free" };
  if (stream) return { state: "streamed" };
  if (reply === null) return { state: "unkept", hash: null };
  return reply.body.length > MAX_REPLY_BYTES ? unkept(reply.body) : { state: "kept", reply };
};

/** The same end without the reply, where there is no room for it. */
export const withoutReply = (end: KeyEnd): KeyEnd => (end.state === "kept" ? unkept(end.reply.body) : end);

/** The bytes that an end holds in memory until it is committed. */
export const bytesOf = (end: KeyEnd): number => (end.state === "kept" ? end.reply.body.length : 0);

/** The columns of an ended key. */
export interface EndColumns {
  readonly state: "kept" | "unkept" | "streamed";
  readonly status: number | null;
  readonly content_type: string | null;
  readonly reply: Uint8Array | null;
  readonly reply_hash: Uint8Array | null;
}

/** Null for a key that is free: its row goes. */
export const endColumns = (end: KeyEnd): EndColumns | null => {
  if (end.state === "free") return null;
  const reply = end.state === "kept" ? end.reply : null;
  return {
    state: end.state,
    status: reply?.status ?? null,
    content_type: reply?.contentType ?? null,
    reply: reply?.body ?? null,
    reply_hash: end.state === "unkept" ? end.hash : null,
  };
};

/** True for a key that may be sent: printable ASCII. */
export const isKey = (text: string): boolean => {
  if (text === "" || text.length > MAX_KEY_LENGTH) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
};

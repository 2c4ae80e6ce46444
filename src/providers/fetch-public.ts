/**
 * Fetches what a customer names by its address, for providers that take only the content itself (D97).
 *
 * A URL is judged three times: by what it says, by every address that its name resolves to, and by what the socket is connected to.
 * The addresses that were judged are the ones connected to, so a name that resolves to another one later changes nothing. Redirects
 * are followed here, each judged like the first. Whatever a refusal is for, its error and its time are the same: nobody shall learn
 * from us what exists in the operator's network.
 */
import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { Agent, buildConnector, request } from "undici";

import { isPublicIp, isPublicUrl } from "../protocols/address.ts";
import { mediaTypeOf } from "./magic.ts";

export const FETCH_LIMITS = {
  /** Bytes of one item: what providers take of an image or a PDF. */
  bytes: 20 * 1024 * 1024,
  /** Bytes that all requests together may hold; beyond it there is no room. */
  bytesInFlight: 256 * 1024 * 1024,
  redirects: 3,
  connectMs: 3_000,
  /** Everything, from the first look-up to the last byte: less than a stream waits with its head, so that a refusal keeps its status. */
  totalMs: 8_000,
  /** A refusal is told no sooner. */
  refusalMs: 1_000,
} as const;

/** What tests change: the guard itself stays. */
export interface FetchOptions {
  readonly limits?: Partial<Readonly<Record<keyof typeof FETCH_LIMITS, number>>>;
  readonly lookup?: LookupFunction;
  /** Whether an address may be connected to. */
  readonly isAllowed?: (ip: string) => boolean;
  /** Another port to connect to than the one in the URL. */
  readonly portOf?: (port: number) => number;
}

/** What was fetched. */
export interface Fetched {
  /** Told by the content's first bytes, whatever the server says. */
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** Why nothing was fetched: it may not be; it is not there, or not what was expected; there is no room for it now. */
export type FetchFault = "refused" | "unusable" | "busy";

export class FetchFailed extends Error {
  override readonly name = "FetchFailed";
  readonly fault: FetchFault;
  constructor(fault: FetchFault) {
    super(fault);
    this.fault = fault;
  }
}

/** Ends a look-up whose name may not be connected to. */
const NOT_PUBLIC = Object.assign(new Error("not public"), { code: "ENOTPUBLIC" });

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Resolves a name and fails unless every address of it is allowed. */
const guardedLookup =
  (lookup: LookupFunction, isAllowed: (ip: string) => boolean): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = typeof found === "string" ? [{ address: found, family: 4 }] : (found ?? []);
      const [first] = addresses;
      if (error !== null || first === undefined) callback(error ?? NOT_PUBLIC, "", 0);
      else if (!addresses.every(({ address }) => isAllowed(address))) callback(NOT_PUBLIC, "", 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };

/** Connects to what is public, and to the very addresses that were judged. */
export const publicConnector = (
  { lookup = systemLookup, portOf = (port) => port, isAllowed = isPublicIp }: FetchOptions,
  connectMs: number,
): buildConnector.connector => {
  const connect = buildConnector({ timeout: connectMs, allowH2: false, lookup: guardedLookup(lookup, isAllowed) });
  return (options, callback) => {
    const port = portOf(Number(options.port) || (options.protocol === "https:" ? 443 : 80));
    connect({ ...options, port: String(port) }, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      if (isAllowed(socket.remoteAddress ?? "")) return callback(null, socket);
      socket.destroy();
      callback(NOT_PUBLIC, null);
    });
  };
};

export class PublicFetcher {
  readonly #limits: Readonly<Record<keyof typeof FETCH_LIMITS, number>>;
  readonly #agent: Agent;
  #bytesHeld = 0;

  constructor(options: FetchOptions = {}) {
    this.#limits = { ...FETCH_LIMITS, ...options.limits };
    this.#agent = new Agent({
      connect: publicConnector(options, this.#limits.connectMs),
      // No connection outlives its look-up's verdict.
      pipelining: 0,
      maxHeaderSize: 16_384,
      headersTimeout: this.#limits.totalMs,
      bodyTimeout: this.#limits.totalMs,
      maxResponseSize: this.#limits.bytes,
    });
  }

  /**
   * Fetches an image or a PDF. What it returns counts until `release`.
   * @throws FetchFailed, or the signal's reason
   */
  async load(url: string, signal: AbortSignal): Promise<Fetched> {
    const startedAt = performance.now();
    const deadline = AbortSignal.timeout(this.#limits.totalMs);
    try {
      return await this.#follow(url, AbortSignal.any([signal, deadline]));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FetchFailed && error.fault !== "refused") throw error;
      const left = this.#limits.refusalMs - (performance.now() - startedAt);
      if (left > 0) await sleep(left, undefined, { signal });
      throw new FetchFailed("refused");
    }
  }

  /** Counts out what was fetched. */
  release({ bytes }: Fetched): void {
    this.#bytesHeld -= bytes.length;
  }

  async #follow(url: string, signal: AbortSignal): Promise<Fetched> {
    let at = new URL(url);
    for (let hop = 0; hop <= this.#limits.redirects; hop++) {
      if (!isPublicUrl(at)) throw new FetchFailed("refused");
      const next = await this.#get(at, signal);
      if (!(next instanceof URL)) return next;
      at = next;
    }
    throw new FetchFailed("unusable");
  }

  /** One request: the content, or where it is said to be. */
  async #get(url: URL, signal: AbortSignal): Promise<Fetched | URL> {
    const { statusCode, headers, body } = await request(url, {
      dispatcher: this.#agent,
      signal,
      headers: { accept: "image/*, application/pdf", "accept-encoding": "identity", "user-agent": "farthing" },
    });
    // A body that is left unread says so by an error, which nobody waits for.
    body.on("error", () => undefined);
    const { location } = headers;
    if (REDIRECTS.has(statusCode) && typeof location === "string" && URL.canParse(location, url.href)) {
      body.destroy();
      return new URL(location, url);
    }
    const encoding = headers["content-encoding"] ?? "identity";
    if (statusCode !== 200 || encoding !== "identity" || Number(headers["content-length"] ?? 0) > this.#limits.bytes) {
      body.destroy();
      throw new FetchFailed("unusable");
    }
    return await this.#read(body);
  }

  async #read(body: AsyncIterable<Buffer>): Promise<Fetched> {
    const parts: Buffer[] = [];
    let size = 0;
    try {
      for await (const part of body) {
        size += part.length;
        this.#bytesHeld += part.length;
        if (size > this.#limits.bytes) throw new FetchFailed("unusable");
        if (this.#bytesHeld > this.#limits.bytesInFlight) throw new FetchFailed("busy");
        parts.push(part);
      }
      const bytes = Buffer.concat(parts, size);
      const mediaType = mediaTypeOf(bytes);
      if (mediaType === undefined) throw new FetchFailed("unusable");
      return { mediaType, bytes };
    } catch (error) {
      this.#bytesHeld -= size;
      throw error instanceof FetchFailed ? error : new FetchFailed("unusable");
    }
  }

  /** Bytes that are held now. */
  get bytesHeld(): number {
    return this.#bytesHeld;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

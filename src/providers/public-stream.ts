/**
 * Calls to addresses that a provider or a customer names, where the bytes are passed on (a finished video) or hardly matter (a
 * customer's webhook). Guarded like every fetch of the kind (fetch-public.ts); the one exception is an upstream's own address, which
 * the operator has set and which is also the only one that sees the upstream's credential.
 */
import type { Readable } from "node:stream";

import { Agent, request, type Dispatcher } from "undici";

import { isPublicUrl } from "../protocols/address.ts";
import { FetchFailed, publicConnector, type FetchOptions } from "./fetch-public.ts";

const LIMITS = {
  connectMs: 3_000,
  headersMs: 30_000,
  /** Longest silence inside a body. */
  idleMs: 30_000,
  /** Bytes of a video. */
  bytes: 4 * 1024 * 1024 * 1024,
  redirects: 3,
  connections: 64,
} as const;

/** An address that needs no guard, and what is sent there alone. */
export interface Trusted {
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Opened {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Readable;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const single = (value: string | string[] | undefined): string | undefined =>
  typeof value === "string" ? value : value?.[0];

export class PublicStreams {
  readonly #guarded: Agent;
  readonly #plain: Agent;

  constructor(options: FetchOptions = {}) {
    const limits = {
      // No connection outlives its look-up's verdict.
      pipelining: 0,
      connections: LIMITS.connections,
      maxHeaderSize: 16_384,
      headersTimeout: LIMITS.headersMs,
      bodyTimeout: LIMITS.idleMs,
      maxResponseSize: LIMITS.bytes,
    };
    this.#guarded = new Agent({ ...limits, connect: publicConnector(options, LIMITS.connectMs) });
    this.#plain = new Agent({ ...limits, connect: { timeout: LIMITS.connectMs, allowH2: false } });
  }

  /**
   * Opens what is at an address; redirects are followed, each judged like the first.
   * @throws FetchFailed refused for what is not public, unusable for anything else that is not an answer
   */
  async open(
    url: string,
    order: { headers: Readonly<Record<string, string>>; trusted: Trusted; signal: AbortSignal },
  ): Promise<Opened> {
    let at = url;
    for (let hop = 0; hop <= LIMITS.redirects; hop++) {
      if (!URL.canParse(at)) throw new FetchFailed("unusable");
      const target = new URL(at);
      const answer = await this.#get(target, order);
      const { location } = answer.headers;
      if (!REDIRECTS.has(answer.statusCode) || single(location) === undefined) {
        const headers = Object.fromEntries(
          Object.entries(answer.headers).map(([name, value]) => [name, single(value)]),
        );
        return { status: answer.statusCode, headers, body: answer.body };
      }
      answer.body.on("error", () => undefined);
      answer.body.destroy();
      const next = single(location) ?? "";
      if (!URL.canParse(next, target.href)) throw new FetchFailed("unusable");
      at = new URL(next, target).href;
    }
    throw new FetchFailed("unusable");
  }

  async #get(
    target: URL,
    { headers, trusted, signal }: Parameters<PublicStreams["open"]>[1],
  ): Promise<Dispatcher.ResponseData> {
    const isTrusted = target.origin === trusted.origin;
    if (!isTrusted && !isPublicUrl(target)) throw new FetchFailed("refused");
    try {
      return await request(target, {
        dispatcher: isTrusted ? this.#plain : this.#guarded,
        signal,
        headers: { "accept-encoding": "identity", ...headers, ...(isTrusted ? trusted.headers : {}) },
      });
    } catch {
      signal.throwIfAborted();
      throw new FetchFailed("unusable");
    }
  }

  /**
   * Posts to a customer's own address, without following redirects. @returns the status, whatever it is
   * @param signal ends it early @throws FetchFailed
   */
  async post(
    url: string,
    body: string,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<number> {
    if (!URL.canParse(url) || !isPublicUrl(new URL(url))) throw new FetchFailed("refused");
    try {
      const answer = await request(url, {
        method: "POST",
        dispatcher: this.#guarded,
        headersTimeout: LIMITS.connectMs * 2,
        headers: { "content-type": "application/json", "user-agent": "farthing", ...headers },
        body,
        ...(signal === undefined ? {} : { signal }),
      });
      answer.body.on("error", () => undefined);
      answer.body.destroy();
      return answer.statusCode;
    } catch {
      throw new FetchFailed("unusable");
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#guarded.destroy(), this.#plain.destroy()]);
  }
}

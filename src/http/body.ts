/**
 * Reads request bodies, bounded in bytes, in time and in what all of them together may hold.
 *
 * Memory is counted when bytes arrive, not when a length is promised: promises are free for an attacker. A body that came in one
 * piece is handed on as that piece.
 */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

import { errors, type GatewayError } from "../errors.ts";
import { Crowd, type Member, OUTSIDE } from "./crowd.ts";
import type { BodyRule } from "./exchange.ts";
import type { Limits } from "./limits.ts";

/** The client broke its upload off: nothing can be answered and nothing went wrong here. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";
  constructor() {
    super("the client has gone");
  }
}

type BodyLimits = Pick<Limits, "bodyBytes" | "bodyMs" | "bodyBytesPerSecond" | "bodyGraceMs" | "bodyBytesInFlight">;

/** How often uploads are looked at; also the precision of their deadlines. */
const SWEEP_MS = 1_000;
const JSON_TYPE = "application/json";
const NOTHING = Buffer.alloc(0);

/** `application/json`, alone or with a UTF-8 charset; parameters of other names are ignored (D87). */
export const isJsonType = (value: string | undefined): boolean => {
  if (value === JSON_TYPE) return true;
  if (value === undefined) return false;
  const [type = "", ...parameters] = value.toLowerCase().split(";");
  if (type.trim() !== JSON_TYPE) return false;
  return parameters.every((parameter) => {
    const [name = "", charset = ""] = parameter.split("=");
    if (name.trim() !== "charset") return true;
    const bare = charset.trim().replaceAll('"', "");
    return bare === "utf-8" || bare === "utf8";
  });
};

/** True when a request announces a body. */
export const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers["transfer-encoding"] !== undefined ||
  (headers["content-length"] !== undefined && headers["content-length"] !== "0");

/** The one encoding that is unpacked. */
const PACKED = "gzip";

/** True when a body comes as gzip. */
export const isPacked = (headers: IncomingHttpHeaders): boolean => headers["content-encoding"] === PACKED;

/** The announced length in bytes; undefined for a chunked body. The parser has checked that it is a number. */
export const announcedBytes = (headers: IncomingHttpHeaders): number | undefined => {
  const length = headers["content-length"];
  return length === undefined ? undefined : Number(length);
};

/** What can be said of a body before it is read; undefined when it may come. */
export const refuseBody = (
  headers: IncomingHttpHeaders,
  rule: BodyRule,
  limitBytes: number,
): GatewayError | undefined => {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity" && encoding !== PACKED) return errors.unsupportedEncoding();
  if (rule.media === "json" && !isJsonType(headers["content-type"])) return errors.unsupportedMedia();
  const announced = announcedBytes(headers);
  if (announced !== undefined && announced > limitBytes) return errors.requestTooLarge(limitBytes);
  return undefined;
};

/** One upload under way. */
class Upload implements Member {
  readonly promise: Promise<Buffer>;
  readonly #intake: BodyIntake;
  readonly #req: IncomingMessage;
  readonly #limitBytes: number;
  readonly #chunks: Buffer[] = [];
  #resolve: (body: Buffer) => void = () => undefined;
  #reject: (reason: Error) => void = () => undefined;
  #done = false;
  bytes = 0;
  place = OUTSIDE;
  startedAt = performance.now();

  constructor(intake: BodyIntake, req: IncomingMessage, limitBytes: number) {
    this.#intake = intake;
    this.#req = req;
    this.#limitBytes = limitBytes;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    req.on("data", (chunk: Buffer) => {
      this.#take(chunk);
    });
    req.on("end", () => {
      this.#complete();
    });
    req.on("close", () => {
      // Also the regular end of every request: making the error (its stack) first would be a tenth of a request's cost.
      if (!this.#done) this.refuse(new ClientGone());
    });
  }

  #take(chunk: Buffer): void {
    if (this.#done) return;
    this.bytes += chunk.length;
    if (this.bytes > this.#limitBytes) {
      this.refuse(errors.requestTooLarge(this.#limitBytes));
      return;
    }
    if (!this.#intake.admit(chunk.length)) {
      this.bytes -= chunk.length;
      this.refuse(errors.overloaded(1));
      return;
    }
    this.#chunks.push(chunk);
  }

  #complete(): void {
    if (this.#done) return;
    this.#done = true;
    this.#intake.settle(this);
    const [first = NOTHING] = this.#chunks;
    this.#resolve(this.#chunks.length <= 1 ? first : Buffer.concat(this.#chunks, this.bytes));
  }

  /** Ends the upload without a body; what arrives afterwards is dropped. */
  refuse(reason: Error): void {
    if (this.#done) return;
    this.#done = true;
    this.#chunks.length = 0;
    this.#intake.settle(this);
    this.#reject(reason);
    this.#req.pause();
  }
}

/** The uploads of one server. */
export class BodyIntake {
  readonly #limits: BodyLimits;
  readonly #uploads = new Crowd<Upload>();
  #timer: NodeJS.Timeout | undefined;
  #sweptAt = 0;
  #bytesInFlight = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** Bytes of bodies that were received and not released yet. */
  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** Counts bytes in; false, and nothing counted, when they would be too many. */
  admit(bytes: number): boolean {
    if (this.#bytesInFlight + bytes > this.#limits.bodyBytesInFlight) return false;
    this.#bytesInFlight += bytes;
    return true;
  }

  /** Counts bytes out, when the request that held them is over. */
  release(bytes: number): void {
    this.#bytesInFlight -= bytes;
  }

  /**
   * Reads the whole body of a request whose head was not refused. The caller must `release` what `received` says once the
   * exchange is over, however this ends.
   */
  read(req: IncomingMessage, limitBytes: number): { readonly body: Promise<Buffer>; readonly received: () => number } {
    const upload = new Upload(this, req, limitBytes);
    this.#uploads.add(upload);
    if (this.#timer === undefined) this.#startSweeping();
    return {
      body: upload.promise,
      received: () => upload.bytes,
    };
  }

  /** Called by an upload when it has ended. */
  settle(upload: Upload): void {
    this.#uploads.delete(upload);
  }

  #startSweeping(): void {
    this.#sweptAt = performance.now();
    this.#timer = setInterval(() => {
      this.#sweep();
    }, SWEEP_MS);
    this.#timer.unref();
  }

  /** Judges uploads. A late sweep means that we stood still, not the clients: the time is given back (A20). */
  #sweep(): void {
    const now = performance.now();
    const late = now - this.#sweptAt - SWEEP_MS;
    this.#sweptAt = now;
    for (const upload of this.#uploads.now()) {
      if (late > SWEEP_MS) upload.startedAt += late;
      if (this.#isSlow(upload, now - upload.startedAt)) upload.refuse(errors.slowBody());
    }
    if (this.#uploads.size === 0) this.stop();
  }

  #isSlow(upload: Upload, elapsedMs: number): boolean {
    const { bodyMs, bodyGraceMs, bodyBytesPerSecond } = this.#limits;
    if (elapsedMs > bodyMs) return true;
    return elapsedMs > bodyGraceMs && upload.bytes * 1_000 < bodyBytesPerSecond * elapsedMs;
  }

  /** Stops the timer; it starts again with the next upload. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/**
 * The log: JSON lines on stdout, written by nobody who waits for them. When the output cannot take a line it is dropped and counted
 * (A23); serving never stops for it.
 *
 * Nothing secret can get in, by construction: there is no method that takes an object, a header or a body. Errors are reduced to
 * their name, code and stack frames, since messages quote what they stumbled over.
 *
 * By default only failures of ours and slow replies are written per request: at thousands of requests a second an access line each
 * costs more than it tells, and `/metrics` counts them all. `access: "all"` writes every one.
 */
import type { Writable } from "node:stream";
import { destination, pino, stdTimeFunctions, type Logger } from "pino";

import type { Config } from "../config.ts";
import type { GatewayError } from "../errors.ts";
import type { Exchange } from "./exchange.ts";

type Level = "fatal" | "error" | "warn" | "info" | "debug";
type Scalar = string | number | boolean | null;

export interface LogOptions {
  readonly level: Config["logLevel"];
  /** `notable`: status 500 and above, and replies that began late. */
  readonly access?: "all" | "notable";
  /** For tests; stdout when absent. */
  readonly output?: Writable;
}

export interface Log {
  /** The line of a finished request, if it deserves one. */
  request(exchange: Exchange): void;
  /** Something happened. @param name a constant; @param fields scalars that hold nothing of a caller's request */
  event(level: Level, name: string, fields?: Readonly<Record<string, Scalar>>): void;
  /** A bug: something was thrown that nobody expected. */
  fault(thrown: unknown, where: { readonly requestId: string; readonly route: string }): void;
  /** Lines lost so far. */
  readonly dropped: number;
  /** Writes what is left, for at most a second. */
  close(): Promise<void>;
}

/** A reply that begins later than this is worth a line. */
const SLOW_MS = 10_000;
/** Bytes of lines that wait for the output; beyond it lines are dropped. */
const QUEUE_BYTES = 1024 * 1024;
/** Lines are written together up to this size, or after a moment. */
const WRITE_BYTES = 4_096;
const FLUSH_MS = 500;
const CLOSE_MS = 1_000;
/** Access lines of one second: a storm of failures must not become a storm of writes. */
const ACCESS_LINES_PER_SECOND = 200;
const MAX_TEXT = 2_048;
const MAX_FRAMES = 12;

/** What may be known of a thrown value: no message, no properties. */
const factsOf = (thrown: unknown): Record<string, Scalar> => {
  if (!(thrown instanceof Error)) return { error: typeof thrown };
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : null;
  const frames = (thrown.stack ?? "")
    .split("\n")
    .filter((line) => line.startsWith("    at "))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim())
    .join(" < ");
  return { error: thrown.name.slice(0, MAX_TEXT), errorCode: code, frames: frames.slice(0, MAX_TEXT) };
};

const causeOf = (error: GatewayError | undefined): Record<string, Scalar> =>
  error?.cause === undefined ? {} : factsOf(error.cause);

const capped = (fields: Readonly<Record<string, Scalar>>): Record<string, Scalar> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? value.slice(0, MAX_TEXT) : value]),
  );

const whole = (milliseconds: number): number => Math.round(milliseconds);

/** The allowlisted fields of a request: ids, labels of closed lists and numbers. */
const requestFields = (exchange: Exchange, now: number): Record<string, Scalar> => ({
  requestId: exchange.requestId,
  method: exchange.method,
  route: exchange.route,
  status: exchange.status,
  ms: whole(now - exchange.receivedAt),
  answerMs: exchange.answeredAt === 0 ? null : whole(exchange.answeredAt - exchange.receivedAt),
  code: exchange.failure?.code ?? null,
  ...causeOf(exchange.failure),
});

const isNotable = (exchange: Exchange): boolean =>
  exchange.status >= 500 || exchange.answeredAt - exchange.receivedAt > SLOW_MS;

/** Lets so many through per second. */
class Throttle {
  readonly #limit: number;
  #second = 0;
  #passed = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  passes(now: number): boolean {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#passed = 0;
    }
    this.#passed += 1;
    return this.#passed <= this.#limit;
  }
}

const stdout = () =>
  destination({ dest: 1, sync: false, minLength: WRITE_BYTES, maxLength: QUEUE_BYTES, periodicFlush: FLUSH_MS });

class PinoLog implements Log {
  readonly #logger: Logger;
  readonly #all: boolean;
  readonly #throttle = new Throttle(ACCESS_LINES_PER_SECOND);
  readonly #close: () => Promise<void>;
  dropped = 0;

  constructor({ level, access = "notable", output }: LogOptions) {
    this.#all = access === "all";
    const options = { level, base: null, timestamp: stdTimeFunctions.isoTime } as const;
    if (output !== undefined) {
      this.#logger = pino(options, output);
      this.#close = () => Promise.resolve();
      return;
    }
    const out = stdout();
    out.on("drop", () => {
      this.dropped += 1;
    });
    // A full disk or a closed pipe: what could not be written stays queued, bounded, and is dropped from there.
    out.on("error", () => {
      this.dropped += 1;
    });
    this.#logger = pino(options, out);
    this.#close = () =>
      new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          out.destroy();
          resolve();
        };
        const timer = setTimeout(end, CLOSE_MS);
        out.flush(end);
      });
  }

  request(exchange: Exchange): void {
    const notable = isNotable(exchange);
    if (!notable && !this.#all) return;
    const now = performance.now();
    if (!this.#throttle.passes(now)) {
      this.dropped += 1;
      return;
    }
    this.#logger[exchange.status >= 500 ? "warn" : "info"](requestFields(exchange, now), "request");
  }

  event(level: Level, name: string, fields: Readonly<Record<string, Scalar>> = {}): void {
    this.#logger[level](capped(fields), name);
  }

  fault(thrown: unknown, where: { readonly requestId: string; readonly route: string }): void {
    this.#logger.error({ requestId: where.requestId, route: where.route, ...factsOf(thrown) }, "fault");
  }

  close(): Promise<void> {
    return this.#close();
  }
}

export const createLog = (options: LogOptions): Log => new PinoLog(options);

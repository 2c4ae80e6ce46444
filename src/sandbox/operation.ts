/** What the sandbox answers to calls that are no conversation: one reply, and what a failing provider makes of it. Pure. */
import type { JsonObject } from "../protocols/canonical.ts";
import { sseOf, type Dialect } from "./dialect.ts";
import type { Breakage } from "./models.ts";
import { Refusal } from "./refusal.ts";
import type { Ending } from "./spoil.ts";
import { textOf } from "./value.ts";

/** How truly usage is told. */
export type Telling = "true" | "none" | "zero" | "absurd";

/** A call, read. */
export interface Work {
  readonly model: string;
  /** @param telling how usage is told in it */
  make(telling: Telling): Made;
}

/** A reply: one body, or the events of a stream. */
export interface Made {
  readonly contentType: string;
  readonly body: Buffer | readonly string[];
}

export interface Delivery {
  readonly status: number;
  readonly contentType: string;
  readonly chunks: readonly (Buffer | string)[];
  readonly ending: Ending;
}

/** More than any call can use. */
const ABSURD = 9_999_999_999;
const JSON_TYPE = "application/json";
const EVENT_STREAM = "text/event-stream";
const PAGE = "<!doctype html><html><body><h1>Please sign in</h1></body></html>\n";

/** A count as it is told. */
export const told = (count: number, telling: Telling): number => {
  if (telling === "zero") return 0;
  return telling === "absurd" ? ABSURD : count;
};

const TELLINGS: Readonly<Partial<Record<Breakage, Telling>>> = {
  "no-usage": "none",
  "zero-usage": "zero",
  "absurd-usage": "absurd",
};

const failure = (): Refusal => new Refusal(500, "server", "Sandbox: the provider failed during the reply.");

/** A JSON reply. */
export const json = (value: JsonObject): Made => ({ contentType: JSON_TYPE, body: Buffer.from(JSON.stringify(value)) });

/** Server-sent events, each named by its type. */
export const events = (all: readonly JsonObject[]): Made => ({
  contentType: EVENT_STREAM,
  body: all.map((data) => sseOf(textOf(data["type"]), data)),
});

const half = (made: Made): readonly (Buffer | string)[] =>
  Buffer.isBuffer(made.body)
    ? [made.body.subarray(0, made.body.length >> 1)]
    : made.body.slice(0, Math.max(1, made.body.length - 1));

/** A reply, spoilt in the given way or, with null, good. */
export const deliver = (work: Work, how: Breakage | null, dialect: Dialect, requestId: string): Delivery => {
  const made = work.make((how === null ? undefined : TELLINGS[how]) ?? "true");
  const { contentType } = made;
  const error = (): string => JSON.stringify(dialect.error(failure(), requestId));
  switch (how) {
    case "html":
      return { status: 200, contentType: "text/html", chunks: [PAGE], ending: "complete" };
    case "empty":
      return { status: 200, contentType, chunks: [], ending: "complete" };
    case "error-200":
      return { status: 200, contentType: JSON_TYPE, chunks: [error()], ending: "complete" };
    case "error-event":
      if (contentType !== EVENT_STREAM)
        return { status: 500, contentType: JSON_TYPE, chunks: [error()], ending: "complete" };
      return {
        status: 200,
        contentType,
        chunks: [...half(made), dialect.errorEvent(failure(), requestId)],
        ending: "complete",
      };
    case "broken-json":
      return { status: 200, contentType, chunks: half(made), ending: "complete" };
    case "cut":
      return { status: 200, contentType, chunks: half(made), ending: "cut" };
    default:
      return {
        status: 200,
        contentType,
        chunks: Buffer.isBuffer(made.body) ? [made.body] : made.body,
        ending: "complete",
      };
  }
};

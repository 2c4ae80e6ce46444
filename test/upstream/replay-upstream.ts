/**
 * Recorded exchanges as scripts: `upstream.next(recorded(exchange))`, or `upstream.always(byHeader(exchanges))` where the caller's
 * request says which one it wants. Recordings are read from the corpus and never copied.
 */
import { bodyText, type Exchange } from "../conformance/corpus.ts";
import { reply, slices, stream, type Script } from "./script.ts";
import type { ReceivedRequest } from "./scripted-upstream.ts";

/** Numbers between 1 and `most` that are the same for the same seed (a linear congruential generator). */
const sizes = (seed: number, most: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 1 + (state % most);
  };
};

export interface RecordedOptions {
  /** Cuts the body at random places that are the same for the same seed; whole without it. */
  readonly seed?: number;
  /** Largest slice in bytes. */
  readonly most?: number;
}

/** Lines cannot stand in a header; the rest of a recorded header is sent as it is. */
const headersOf = (exchange: Exchange, type: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ "content-type": type, ...exchange.response.headers }).map(([name, value]) => [
      name,
      value.replaceAll("\r", " ").replaceAll("\n", " "),
    ]),
  );

/** The recorded answer of an exchange. */
export const recorded = (exchange: Exchange, options: RecordedOptions = {}): Script => {
  const { status, sse } = exchange.response;
  const body = Buffer.from(bodyText(exchange));
  const headers = headersOf(exchange, sse === undefined ? "application/json" : "text/event-stream");
  if (sse === undefined && options.seed === undefined) return reply(body, { status, headers });
  const pieces = options.seed === undefined ? [body] : slices(body, sizes(options.seed, options.most ?? 700));
  return stream(pieces, { status, headers });
};

/** The exchange whose file the request names in a header (`x-replay` unless told otherwise). */
export const byHeader =
  (exchanges: readonly Exchange[], header = "x-replay") =>
  (request: ReceivedRequest): Script => {
    const wanted = exchanges.find((exchange) => exchange.file === request.headers[header]);
    return wanted === undefined
      ? reply(`{"error":{"message":"no such recording"}}`, { status: 500 })
      : recorded(wanted);
  };

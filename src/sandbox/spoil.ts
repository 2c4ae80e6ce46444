/** What a failing provider makes of a good reply, after its 200. Pure; the server carries it out. */
import type { Counts } from "./count.ts";
import type { Dialect, Frame, Told, Written } from "./dialect.ts";
import type { Breakage } from "./models.ts";
import { Refusal } from "./refusal.ts";

/** Events with content that get through before a stream fails. */
const PIECES_BEFORE = 3;
/** More tokens than any model has. */
const ABSURD = 9_999_999_999;

const BROKEN_EVENT = 'data: {"id":"sandbox","choices":[{"index":0,"del\n\n';
const PAGE = "<!doctype html><html><head><title>Sandbox</title></head><body><h1>Please sign in</h1></body></html>\n";

/** How a body ends: as HTTP wants it, or with the connection closed before its end. */
export type Ending = "complete" | "cut";

export interface Body {
  readonly contentType: "application/json" | "text/html";
  readonly status: number;
  readonly text: string;
  readonly ending: Ending;
}

const USAGES: Readonly<Partial<Record<Breakage, (counts: Counts) => Told>>> = {
  "no-usage": () => null,
  "zero-usage": () => ({ input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0, thinking: 0 }),
  "absurd-usage": (counts) => ({ ...counts, input: ABSURD, output: ABSURD }),
};

/** The usage that is told in place of the true one. */
export const spoiltUsage = (counts: Counts, how: Breakage | null): Told => {
  const falsify = how === null ? undefined : USAGES[how];
  return falsify === undefined ? counts : falsify(counts);
};

const failure = (): Refusal => new Refusal(500, "server", "Sandbox: the provider failed during the reply.");

const half = (text: string): string => text.slice(0, Math.floor(text.length / 2));

const json = (status: number, text: string, ending: Ending = "complete"): Body => ({
  contentType: "application/json",
  status,
  text,
  ending,
});

/** What a breakage needs to know of the good reply. */
interface Good {
  readonly dialect: Dialect;
  readonly reply: Written;
  readonly requestId: string;
}

const wholeText = ({ dialect, reply }: Good): string => JSON.stringify(dialect.whole(reply));
const errorText = ({ dialect, requestId }: Good): string => JSON.stringify(dialect.error(failure(), requestId));

const BODIES: Readonly<Partial<Record<Breakage, (good: Good) => Body>>> = {
  html: () => ({ contentType: "text/html", status: 200, text: PAGE, ending: "complete" }),
  empty: () => json(200, ""),
  "error-200": (good) => json(200, errorText(good)),
  "error-event": (good) => json(500, errorText(good)),
  "broken-json": (good) => json(200, half(wholeText(good))),
  cut: (good) => json(200, wholeText(good), "cut"),
};

/** A JSON reply, spoilt in the given way or, with null, good. */
export const spoiltBody = (good: Good, how: Breakage | null): Body => {
  const spoil = how === null ? undefined : BODIES[how];
  return spoil === undefined ? json(200, wholeText(good)) : spoil(good);
};

/** The events of a stream up to the first few that carry content: never its end, however short the reply is. */
function* beginning(frames: Iterable<Frame>): Generator<Frame> {
  const opening: Frame[] = [];
  let pieces = 0;
  for (const frame of frames) {
    if (frame.tokens === 0 && pieces > 0) return;
    if (frame.tokens === 0) {
      opening.push(frame);
      continue;
    }
    if (pieces === 0) yield* opening;
    yield frame;
    pieces += 1;
    if (pieces === PIECES_BEFORE) return;
  }
  yield* opening.slice(0, 1);
}

interface Stream {
  readonly frames: Iterable<Frame>;
  readonly ending: Ending;
}

const last = (text: string): Frame => ({ text, tokens: 0 });

function* failing(good: Good, text: string): Generator<Frame> {
  yield* beginning(good.dialect.events(good.reply));
  yield last(text);
}

const errorEvent = ({ dialect, requestId }: Good): string => dialect.errorEvent(failure(), requestId);

const STREAMS: Readonly<Partial<Record<Breakage, (good: Good) => Stream | null>>> = {
  html: () => null,
  empty: () => ({ frames: [], ending: "complete" }),
  "error-200": (good) => ({ frames: [last(errorEvent(good))], ending: "complete" }),
  "error-event": (good) => ({ frames: failing(good, errorEvent(good)), ending: "complete" }),
  "broken-json": (good) => ({ frames: failing(good, BROKEN_EVENT), ending: "complete" }),
  cut: ({ dialect, reply }) => ({ frames: beginning(dialect.events(reply)), ending: "cut" }),
};

/** A stream, spoilt in the given way or, with null, good. Null where the reply is no stream at all. */
export const spoiltStream = (good: Good, how: Breakage | null): Stream | null => {
  const spoil = how === null ? undefined : STREAMS[how];
  return spoil === undefined ? { frames: good.dialect.events(good.reply), ending: "complete" } : spoil(good);
};

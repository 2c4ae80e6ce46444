/**
 * Requests as they come, as server-sent events. Each stream is bounded: so many of one session, so many events that wait for a slow
 * reader; it asks again and again whether its viewer may still look, and ends with the server's drain, so that neither outlives the other.
 */
import type { RequestLine } from "../usage/figures.ts";
import { TailFull, type RequestTail } from "../usage/tail.ts";
import { mayEnter, type Access } from "./access.ts";
import { problems } from "./errors.ts";
import type { Call } from "./route.ts";
import type { ConsoleServices } from "./services.ts";

/** Streams of one session, as of several tabs. */
export const MOST_PER_SESSION = 4;
/** Requests that wait for a reader who does not take them; older ones are left out, and how many is told. */
const MOST_WAITING = 500;
/** How often is looked whether the viewer may still look: a role that was taken away is felt within a minute. */
const LOOK_AGAIN_MS = 20_000;
/** How often is looked whether the server drains. */
const TICK_MS = 1_000;

/** Why a stream ends by itself: the page says so, and asks anew where that helps. */
export type LiveEnd = "signed-out" | "restart";

/** Streams of each session in this process. */
const openBySession = new Map<string, number>();

/** One event; the id lets a browser that comes back say what it knew. */
const eventOf = (name: string, data: unknown, id?: string): string =>
  `${id === undefined ? "" : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** What a stream shows. */
export interface LiveOrder {
  /** Null: all accounts. */
  readonly accountId: number | null;
  readonly access: Access;
  readonly write: (line: RequestLine) => unknown;
}

type LiveCall = Pick<Call<"user">, "services" | "viewer" | "request" | "signal">;

/** True while the viewer of a request may still see what they asked for. */
const mayStillLook = async (
  services: ConsoleServices,
  request: Request,
  { access, account }: { readonly access: Access; readonly account: string | null },
): Promise<boolean> => {
  const viewer = await services.people.viewerOf(request);
  return mayEnter(viewer, { access, stepUp: false }, { account, now: services.now() }) === "ok";
};

/** Takes a place of the session's, or says that there is none. @returns what gives it back @throws ConsoleError */
const takePlace = (sessionId: string): (() => void) => {
  const open = openBySession.get(sessionId) ?? 0;
  if (open >= MOST_PER_SESSION)
    throw problems.limited(`Only ${MOST_PER_SESSION} live views may be open at once. Close one of them.`, 10);
  openBySession.set(sessionId, open + 1);
  return () => {
    const left = (openBySession.get(sessionId) ?? 1) - 1;
    if (left > 0) openBySession.set(sessionId, left);
    else openBySession.delete(sessionId);
  };
};

/** What waits to be written. */
class Waiting {
  readonly #lines: RequestLine[] = [];
  #skipped = 0;
  #wake = (): void => undefined;

  add(lines: readonly RequestLine[]): void {
    this.#lines.push(...lines);
    const over = this.#lines.length - MOST_WAITING;
    if (over > 0) {
      this.#lines.splice(0, over);
      this.#skipped += over;
    }
    this.#wake();
  }

  take(): { readonly lines: readonly RequestLine[]; readonly skipped: number } {
    const skipped = this.#skipped;
    this.#skipped = 0;
    return { lines: this.#lines.splice(0), skipped };
  }

  wake(): void {
    this.#wake();
  }

  /** Until there is something, somebody calls, or a tick is over. */
  async next(): Promise<void> {
    if (this.#lines.length > 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TICK_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }
}

const listen = (tail: RequestTail, accountId: number | null, since: string | null, waiting: Waiting): (() => void) => {
  try {
    return tail.listen(accountId, since, (lines) => {
      waiting.add(lines);
    });
  } catch (error) {
    if (!(error instanceof TailFull)) throw error;
    throw problems.limited("Too many live views are open at the moment. Try again shortly.", 10);
  }
};

const written = (waiting: Waiting, write: LiveOrder["write"]): string => {
  const { lines, skipped } = waiting.take();
  const told = lines.map((line) => eventOf("request", write(line), line.id)).join("");
  return skipped === 0 ? told : eventOf("skipped", { count: skipped }) + told;
};

interface Stream {
  readonly call: LiveCall;
  readonly waiting: Waiting;
  readonly write: LiveOrder["write"];
  readonly isAllowed: () => Promise<boolean>;
  readonly close: () => void;
}

async function* eventsOf({ call, waiting, write, isAllowed, close }: Stream): AsyncGenerator<string> {
  const { services, signal } = call;
  try {
    yield eventOf("open", { at: services.now() });
    let askedAt = performance.now();
    while (!signal.aborted) {
      await waiting.next();
      if (!services.isServing()) {
        yield eventOf("end", { reason: "restart" satisfies LiveEnd });
        return;
      }
      if (performance.now() - askedAt >= LOOK_AGAIN_MS) {
        if (!(await isAllowed())) {
          yield eventOf("end", { reason: "signed-out" satisfies LiveEnd });
          return;
        }
        askedAt = performance.now();
      }
      const text = written(waiting, write);
      if (text !== "") yield text;
    }
  } finally {
    close();
  }
}

/**
 * The events of a call, from now on, or from the last one that the browser knows (`Last-Event-ID`).
 * @throws ConsoleError when too many streams are open
 */
export const liveEvents = (call: LiveCall, account: string | null, order: LiveOrder): AsyncIterable<string> => {
  const { services, viewer, request, signal } = call;
  const waiting = new Waiting();
  const leave = takePlace(viewer.sessionId);
  let stop: () => void;
  try {
    stop = listen(services.tail, order.accountId, request.headers.get("last-event-id"), waiting);
  } catch (error) {
    leave();
    throw error;
  }
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    stop();
    leave();
  };
  signal.addEventListener("abort", () => {
    // The generator may never have been asked for anything: then nobody else gives the place back.
    close();
    waiting.wake();
  });
  if (signal.aborted) close();
  const { access } = order;
  return eventsOf({
    call,
    waiting,
    write: order.write,
    isAllowed: () => mayStillLook(services, request, { access, account }),
    close,
  });
};

/** What a request's account may see of it: tokens and counts as text, money in nano-USD. */
const customerLine = (line: RequestLine): object => ({
  id: line.id,
  at: line.at,
  key: line.keyPublicId,
  keyName: line.keyName,
  model: line.model,
  protocol: line.protocol,
  stream: line.stream,
  status: line.status,
  outcome: line.outcome,
  spendNano: line.spend.toString(),
  inputTokens: line.tokens.input.toString(),
  cacheReadTokens: line.tokens.cacheRead.toString(),
  outputTokens: line.tokens.output.toString(),
  reasoningTokens: line.tokens.reasoning.toString(),
  durationMs: line.durationMs,
  firstByteMs: line.firstByteMs,
});

/** The same with what only who works for the installation may see. */
export const operatorLine = (line: RequestLine): object => ({
  ...customerLine(line),
  account: line.accountPublicId,
  accountName: line.accountName,
  upstream: line.upstream,
  attempts: line.attempts,
  costNano: line.cost.toString(),
  absorbedNano: line.absorbed.toString(),
});

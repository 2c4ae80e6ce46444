/** Limits in a worker: the primary decides, asked once per turn of the event loop for all requests of that turn. */
import { errors } from "../errors.ts";
import type { Admission, LimitOrder, LimitReport, Limiter, Refusal } from "../limits/limit.ts";
import { UNLIMITED } from "../limits/local.ts";
import type { Link } from "./link.ts";
import type { Decision } from "./message.ts";

/** Longest wait for the primary's word; looked at as often. */
const ANSWER_MS = 2_000;
/** Requests that may wait for it. */
const MAX_WAITING = 10_000;

interface Waiting {
  readonly since: number;
  readonly resolve: (answer: Admission | Refusal) => void;
  readonly reject: (error: Error) => void;
}

export class RemoteLimiter implements Limiter {
  /** The machine's: nobody outside it counts. */
  readonly mode = "local";
  readonly #link: Link;
  readonly #now: () => number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #timer: NodeJS.Timeout;
  #asked: [number, LimitOrder][] = [];
  #used: [number, number][] = [];
  #over: number[] = [];
  #isScheduled = false;
  #last = 0;

  /** @param now a monotonic clock in milliseconds */
  constructor(link: Link, now: () => number) {
    this.#link = link;
    this.#now = now;
    link.on("decided", (decisions) => {
      for (const [id, decision] of decisions) this.#decide(id, decision);
    });
    this.#timer = setInterval(() => {
      this.#giveUp();
    }, ANSWER_MS);
    this.#timer.unref();
  }

  /** @throws (or rejects with) GatewayError overloaded when the primary cannot count, or does not answer */
  admit(order: LimitOrder): Admission | Promise<Admission | Refusal> {
    if (order.scopes.length === 0) return UNLIMITED;
    if (this.#waiting.size >= MAX_WAITING) throw errors.overloaded(1);
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { since: this.#now(), resolve, reject });
      this.#asked.push([id, order]);
      this.#schedule();
    });
  }

  close(): Promise<void> {
    clearInterval(this.#timer);
    this.#flush();
    return Promise.resolve();
  }

  used(id: number, tokens: number): void {
    this.#used.push([id, tokens]);
    this.#schedule();
  }

  over(id: number): void {
    this.#over.push(id);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#flush();
    });
  }

  #flush(): void {
    this.#isScheduled = false;
    const [asked, used, over] = [this.#asked, this.#used, this.#over];
    if (asked.length + used.length + over.length === 0) return;
    [this.#asked, this.#used, this.#over] = [[], [], []];
    this.#link.tell("limits", { asked, used, over });
  }

  #decide(id: number, decision: Decision): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    // Whoever asked has been refused meanwhile.
    if (waiting === undefined) this.over(id);
    else if (decision.admitted === null) waiting.reject(errors.overloaded(1));
    else waiting.resolve(decision.admitted ? new RemoteGrant(this, id, decision.report) : decision);
  }

  #giveUp(): void {
    const late = this.#now() - ANSWER_MS;
    for (const [id, { since, reject }] of this.#waiting)
      if (since <= late) {
        this.#waiting.delete(id);
        reject(errors.overloaded(1));
      }
  }
}

class RemoteGrant implements Admission {
  readonly admitted = true;
  readonly report: LimitReport | null;
  readonly #limiter: RemoteLimiter;
  readonly #id: number;
  #isSettled = false;
  #isOver = false;

  constructor(limiter: RemoteLimiter, id: number, report: LimitReport | null) {
    this.#limiter = limiter;
    this.#id = id;
    this.report = report;
  }

  settle(tokens: number): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#limiter.used(this.#id, tokens);
  }

  /** What was never settled is given back there. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isSettled = true;
    this.#limiter.over(this.#id);
  }
}

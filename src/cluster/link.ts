/** Questions and news between two processes. One side's end of it; the other side has the other. */
import type { StoreFault } from "../ledger/store.ts";
import type { News, Questions } from "./message.ts";

/** Longest wait for an answer. Beyond it nobody knows whether the other side did what it was asked. */
const ANSWER_MS = 5_000;
/** Questions that may wait at once; ours are a handful. */
const MAX_WAITING = 10_000;

/** What carries messages: in their order, each once or never. */
export interface Port {
  send(message: unknown): void;
  onMessage(heard: (message: unknown) => void): void;
}

export type Answers = {
  readonly [Name in keyof Questions]?: (
    asked: Questions[Name]["asked"],
  ) => Questions[Name]["answered"] | Promise<Questions[Name]["answered"]>;
};
export type Ears = { [Name in keyof News]?: (news: News[Name]) => void };

/** What the other side did not do, and what that means for the ledger. */
export class LinkError extends Error {
  override readonly name = "LinkError";
  readonly fault: StoreFault;
  constructor(message: string, fault: StoreFault) {
    super(message);
    this.fault = fault;
  }
}

type Message =
  | { readonly ask: number; readonly name: keyof Questions; readonly body: unknown }
  | { readonly answer: number; readonly body: unknown }
  | { readonly fail: number; readonly message: string; readonly fault: StoreFault }
  | { readonly tell: keyof News; readonly body: unknown };

interface Waiting {
  readonly resolve: (body: never) => void;
  readonly reject: (error: LinkError) => void;
  readonly timer: NodeJS.Timeout;
}

const silence = (): LinkError => new LinkError("the other process does not answer", "unknown");

export class Link {
  readonly #port: Port;
  readonly #answers: Answers;
  readonly #ears: Ears = {};
  readonly #waiting = new Map<number, Waiting>();
  readonly #answerMs: number;
  #last = 0;
  #isClosed = false;

  /** @param answers to what the other side may ask */
  constructor(port: Port, answers: Answers = {}, answerMs: number = ANSWER_MS) {
    this.#port = port;
    this.#answers = answers;
    this.#answerMs = answerMs;
    port.onMessage((message) => {
      this.#hear(message as Message);
    });
  }

  /** Calls back with news of a name; one listener each. */
  on<Name extends keyof News>(name: Name, heard: (news: News[Name]) => void): void {
    (this.#ears as Record<Name, (news: News[Name]) => void>)[name] = heard;
  }

  tell<Name extends keyof News>(name: Name, news: News[Name]): void {
    if (!this.#isClosed) this.#port.send({ tell: name, body: news } satisfies Message);
  }

  /** @throws (rejects with) LinkError: what went wrong there, or `unknown` when nobody answers in time */
  ask<Name extends keyof Questions>(name: Name, asked: Questions[Name]["asked"]): Promise<Questions[Name]["answered"]> {
    if (this.#isClosed || this.#waiting.size >= MAX_WAITING) return Promise.reject(silence());
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(silence());
      }, this.#answerMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#port.send({ ask: id, name, body: asked } satisfies Message);
    });
  }

  /** The other side is gone: nothing is sent or heard any more. */
  close(): void {
    this.#isClosed = true;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(silence());
    }
    this.#waiting.clear();
  }

  #hear(message: Message): void {
    if (this.#isClosed) return;
    if ("tell" in message) (this.#ears[message.tell] as ((news: unknown) => void) | undefined)?.(message.body);
    else if ("ask" in message) void this.#answer(message.ask, message.name, message.body);
    else if ("answer" in message) this.#take(message.answer)?.resolve(message.body as never);
    else if ("fail" in message) this.#take(message.fail)?.reject(new LinkError(message.message, message.fault));
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    // An answer that comes too late is nobody's any more.
    if (waiting === undefined) return undefined;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    return waiting;
  }

  async #answer(id: number, name: keyof Questions, asked: unknown): Promise<void> {
    let reply: Message;
    try {
      const answer = this.#answers[name] as ((asked: unknown) => unknown) | undefined;
      if (answer === undefined) throw new LinkError(`nobody answers ${name}`, "fatal");
      reply = { answer: id, body: await answer(asked) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      reply = { fail: id, message, fault: error instanceof LinkError ? error.fault : "unknown" };
    }
    if (!this.#isClosed) this.#port.send(reply);
  }
}

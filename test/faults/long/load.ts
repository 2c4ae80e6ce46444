/** Clients: so many streams at once, each followed by the next, and what every one of them saw. */
import { setTimeout as sleep } from "node:timers/promises";

/** What one client saw of one request. */
export interface Seen {
  /** Empty when no head came. */
  readonly id: string;
  /** 0 when no head came. */
  readonly status: number;
  /** The error's code, of a reply that is one. */
  readonly code: string;
  /** The regular end of a stream. */
  readonly finished: boolean;
}

export interface Target {
  readonly url: string;
  readonly key: string;
}

const DOWN_PAUSE_MS = 50;
const codeOf = (text: string): string => {
  try {
    return (JSON.parse(text) as { error?: { code?: string } }).error?.code ?? "";
  } catch {
    return "";
  }
};

/** One stream of so many words. Never throws: what breaks is seen as broken. */
export const ask = async ({ url, key }: Target, words: number): Promise<Seen> => {
  let [id, status] = ["", 0];
  try {
    const reply = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: "sandbox/slow",
        stream: true,
        max_tokens: 100,
        messages: [{ role: "user", content: "word ".repeat(words) }],
      }),
    });
    id = reply.headers.get("x-request-id") ?? "";
    ({ status } = reply);
    const text = await reply.text();
    return { id, status, code: status === 200 ? "" : codeOf(text), finished: text.includes("data: [DONE]") };
  } catch {
    return { id, status, code: "", finished: false };
  }
};

export class Load {
  /** Whom to ask; null while nobody is there. */
  target: Target | null;
  readonly seen: Seen[] = [];
  readonly #words: number;
  #isOver = false;
  readonly #clients: Promise<void>[];

  /** @param words the most of a reply, 50 ms each */
  constructor(target: Target, streams: number, words: number) {
    this.target = target;
    this.#words = words;
    this.#clients = Array.from({ length: streams }, () => this.#client());
  }

  /** No more requests; resolves when those that run have ended. */
  async stop(): Promise<readonly Seen[]> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    return this.seen;
  }

  async #client(): Promise<void> {
    while (!this.#isOver) {
      const { target } = this;
      if (target === null) {
        await sleep(DOWN_PAUSE_MS);
        continue;
      }
      const seen = await ask(target, 1 + Math.floor(Math.random() * this.#words));
      this.seen.push(seen);
      if (!seen.finished) await sleep(DOWN_PAUSE_MS);
    }
  }
}

/** The connection to Redis, as limits need it: calls of our own functions, fast or not at all, and never a word of its address. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { createClient, ErrorReply } from "@redis/client";

/** For what is not on any request's way: loading the functions, asking who the server is. */
const PATIENT_MS = 2_000;
const CONNECT_MS = 2_000;
const RECONNECT_MS = 250;
/** Calls that wait for their answer, at most; more are refused at once. */
const MAX_WAITING = 10_000;

/** First words of errors that mean: wrong password, no rights, no such command or database. */
const FINAL: ReadonlySet<string> = new Set(["WRONGPASS", "NOAUTH", "NOPERM", "ERR"]);

const LIBRARY = readFileSync(path.join(import.meta.dirname, "limits.lua"), "utf8");

export type RedisFunction = "admit" | "note" | "join" | "beat" | "leave";
const NAMES = {
  admit: "farthing_admit_v1",
  note: "farthing_note_v1",
  join: "farthing_join_v1",
  beat: "farthing_beat_v1",
  leave: "farthing_leave_v1",
} as const satisfies Record<RedisFunction, string>;

/** Redis did not answer in time. */
export class RedisSlow extends Error {
  override readonly name = "RedisSlow";
}

/** The promise's value, or RedisSlow. The clock looks twice: a busy event loop must not be taken for a slow Redis. */
const within = <T>(milliseconds: number, promise: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // What has arrived meanwhile is read before this runs.
      setImmediate(() => {
        reject(new RedisSlow());
      });
    }, milliseconds);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error("Redis failed"));
      },
    );
  });

const isNumbers = (reply: unknown): reply is (number | string)[] =>
  Array.isArray(reply) && reply.every((item) => typeof item === "number" || typeof item === "string");

export class RedisConnection {
  readonly #client: ReturnType<typeof createClient>;
  #server: string | undefined;
  #refusal: string | undefined;
  #connections = 0;

  readonly #slowMs: number;

  /** @param url `redis://` or `rediss://`, credentials included. @param slowMs milliseconds after which Redis counts as out of reach */
  constructor(url: string, slowMs: number) {
    this.#slowMs = slowMs;
    this.#client = createClient({
      url,
      disableOfflineQueue: true,
      commandsQueueMaxLength: MAX_WAITING,
      socket: { connectTimeout: CONNECT_MS, reconnectStrategy: () => RECONNECT_MS },
    });
    this.#client.on("error", (error: unknown) => {
      // A connection that fails is seen by the next call; what the server itself refused is kept for the start's one clear line.
      if (error instanceof ErrorReply) this.#note(error);
    });
    this.#client.on("ready", () => {
      this.#connections++;
      this.#server = undefined;
      this.#refusal = undefined;
    });
  }

  /** Begins to connect, and connects again for ever. */
  open(): void {
    this.#client.connect().catch(() => undefined);
  }

  get ready(): boolean {
    return this.#client.isReady;
  }

  /** Number of the connection: another one may lead to another server. */
  get connections(): number {
    return this.#connections;
  }

  /** The first word of what the server refused us with, such as `WRONGPASS`; undefined when it did not. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** A name of the running server, other after each restart: a server that kept only old counters must not pass for the same. */
  async server(): Promise<string> {
    if (this.#server === undefined) {
      const info = await within(PATIENT_MS, this.#client.sendCommand<unknown>(["INFO", "server"])).catch(() => "");
      const line = typeof info === "string" ? info.split("\n").find((one) => one.startsWith("run_id:")) : undefined;
      this.#server = line?.slice("run_id:".length).trim() ?? "unnamed";
    }
    return this.#server;
  }

  /** @throws ErrorReply when the server has no functions or we may not load any; RedisSlow */
  async load(): Promise<void> {
    try {
      await within(PATIENT_MS, this.#client.sendCommand(["FUNCTION", "LOAD", "REPLACE", LIBRARY]));
    } catch (error) {
      if (error instanceof ErrorReply) this.#note(error);
      throw error;
    }
  }

  /** Keeps what will not pass by itself. */
  #note(error: ErrorReply): void {
    const word = error.message.split(" ")[0] ?? "";
    if (FINAL.has(word)) this.#refusal = word;
  }

  /** Calls a function. @throws RedisSlow, ErrorReply, or the connection's error. */
  async call(name: RedisFunction, keys: readonly string[], args: readonly string[]): Promise<(number | string)[]> {
    const command = ["FCALL", NAMES[name], String(keys.length), ...keys, ...args];
    const reply = await within(this.#slowMs, this.#client.sendCommand<unknown>(command));
    if (isNumbers(reply)) return reply;
    return typeof reply === "number" ? [reply] : [];
  }

  close(): void {
    if (this.#client.isOpen) this.#client.destroy();
  }
}

/** True for the answer of a server that does not have our functions (any more). */
export const isUnloaded = (error: unknown): boolean =>
  error instanceof ErrorReply && error.message.includes("Function not found");

const LOOK_MS = 20;

/** Asks whether limits can be counted there. @throws Error saying what is wrong, without the address */
export const probeRedis = async (url: string, waitMs: number): Promise<void> => {
  const redis = new RedisConnection(url, waitMs);
  redis.open();
  try {
    for (const until = performance.now() + waitMs; !redis.ready && performance.now() < until;) {
      if (redis.refusal !== undefined) break;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    if (redis.ready) await redis.load().catch(() => undefined);
    if (redis.refusal !== undefined) throw new Error(`the server refuses us (${redis.refusal})`);
    if (!redis.ready) throw new Error("no answer");
  } finally {
    redis.close();
  }
};

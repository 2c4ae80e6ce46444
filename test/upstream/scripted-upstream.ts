/**
 * A fake provider on raw sockets that follows a script and may break every rule of HTTP, for fault tests (groups C and D).
 *
 *   const upstream = await startScriptedUpstream();
 *   upstream.next(json({ ... }), cutAfter(stream([...]), 400, RESET));   // one script per request, in order
 *   upstream.always(SILENT);                                             // when no script is queued
 *   ... upstream.requests[0].json() ... await upstream.requests[1].left
 */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { RequestReader, type RawRequest } from "./request-reader.ts";
import { json, type Script, type Step } from "./script.ts";

export interface ReceivedRequest extends RawRequest {
  /** Empty until the whole body has come. */
  readonly body: Buffer;
  /** Number of the connection it came on, from 0. */
  readonly connection: number;
  /** Milliseconds from its head to the caller's leaving before the script was done; null if it stayed. */
  readonly leftAfterMs: number | null;
  /** Resolves when the script is done or the caller has left. */
  readonly over: Promise<"done" | "left">;
  /** The body as JSON. */
  json(): unknown;
}

/** What happens to new connections: `reset` breaks each at once, `deaf` takes it and reads nothing. */
export type Welcome = "normal" | "reset" | "deaf";

export interface ScriptedUpstream {
  /** Without `/v1`. */
  readonly baseUrl: string;
  readonly port: number;
  readonly requests: readonly ReceivedRequest[];
  /** Connections taken so far. */
  connections(): number;
  /** Queues one script for each of the next requests. */
  next(...scripts: readonly Script[]): void;
  /** What requests get when no script is queued; a 500 at first. */
  always(script: Script | ((request: ReceivedRequest) => Script)): void;
  welcome(how: Welcome): void;
  /** Waits until so many requests have come, whole. */
  received(count: number): Promise<void>;
  /** Forgets requests and queued scripts. */
  clear(): void;
  close(): Promise<void>;
}

const UNEXPECTED = json({ error: { message: "no script was queued for this request" } }, { status: 500 });

class Received implements ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rawHeaders: readonly (readonly [string, string])[];
  readonly connection: number;
  readonly over: Promise<"done" | "left">;
  readonly #since = performance.now();
  readonly #end: (how: "done" | "left") => void;
  body: Buffer = Buffer.alloc(0);
  leftAfterMs: number | null = null;
  #over = false;

  constructor(request: RawRequest, connection: number) {
    this.method = request.method;
    this.path = request.path;
    this.headers = request.headers;
    this.rawHeaders = request.rawHeaders;
    this.connection = connection;
    const { promise, resolve } = Promise.withResolvers<"done" | "left">();
    this.over = promise;
    this.#end = resolve;
  }

  json(): unknown {
    return JSON.parse(this.body.toString("utf8"));
  }

  finish(how: "done" | "left"): void {
    if (this.#over) return;
    this.#over = true;
    if (how === "left") this.leftAfterMs = performance.now() - this.#since;
    this.#end(how);
  }
}

/** Does one step. False ends the connection's use. */
const perform = async (step: Step, socket: Socket, left: AbortSignal): Promise<boolean> => {
  switch (step.do) {
    case "write":
      if (!socket.write(step.bytes) && !socket.destroyed)
        await new Promise<void>((resolve) => {
          socket.once("drain", resolve);
          left.addEventListener("abort", () => resolve(), { once: true });
        });
      return true;
    case "wait":
      await sleep(step.ms, undefined, { signal: left }).catch(() => undefined);
      return true;
    case "hang":
      await new Promise<void>((resolve) => {
        if (left.aborted) resolve();
        left.addEventListener("abort", () => resolve(), { once: true });
      });
      return false;
    case "close":
      socket.destroySoon();
      return false;
    case "reset":
      socket.resetAndDestroy();
      return false;
  }
};

const run = async (script: Script, request: Received, socket: Socket, left: AbortSignal): Promise<void> => {
  for (const step of script.steps) {
    if (left.aborted) break;
    const goesOn = await perform(step, socket, left);
    if (!goesOn && step.do !== "hang") return request.finish("done");
    if (!goesOn) break;
  }
  request.finish(left.aborted ? "left" : "done");
};

class Upstream {
  readonly server = createServer({ noDelay: true }, (socket) => this.#connected(socket));
  readonly requests: Received[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Set<() => void>();
  readonly queue: Script[] = [];
  fallback: (request: ReceivedRequest) => Script = () => UNEXPECTED;
  welcome: Welcome = "normal";
  taken = 0;
  #whole = 0;

  #connected(socket: Socket): void {
    const connection = this.taken++;
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => this.#sockets.delete(socket));
    if (this.welcome === "reset") socket.resetAndDestroy();
    else if (this.welcome === "deaf") socket.pause();
    else this.#listen(socket, connection);
  }

  #listen(socket: Socket, connection: number): void {
    const leaving = new AbortController();
    socket.once("close", () => leaving.abort());
    socket.once("end", () => leaving.abort());
    let request: Received | undefined;
    let script: Script = UNEXPECTED;
    const reader = new RequestReader({
      head: (raw) => {
        request = new Received(raw, connection);
        this.requests.push(request);
        const queued = this.queue.shift();
        script = queued ?? UNEXPECTED;
        if (queued === undefined) script = this.fallback(request);
        if (script.early === true) void run(script, request, socket, leaving.signal);
      },
      body: (body) => {
        if (request === undefined) return;
        request.body = body;
        this.#whole += 1;
        for (const wake of this.#waiting) wake();
        if (script.early !== true) void run(script, request, socket, leaving.signal);
      },
    });
    socket.on("data", (bytes) => reader.push(bytes));
  }

  async received(count: number): Promise<void> {
    while (this.#whole < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
      this.#waiting.delete(resolve);
    }
  }

  clear(): void {
    this.requests.length = 0;
    this.queue.length = 0;
    this.#whole = 0;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** Starts a scripted upstream on a free loopback port. */
export const startScriptedUpstream = async (): Promise<ScriptedUpstream> => {
  const upstream = new Upstream();
  await new Promise<void>((resolve) => {
    upstream.server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = upstream.server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    port,
    requests: upstream.requests,
    connections: () => upstream.taken,
    next: (...scripts) => {
      upstream.queue.push(...scripts);
    },
    always: (script) => {
      upstream.fallback = typeof script === "function" ? script : () => script;
    },
    welcome: (how) => {
      upstream.welcome = how;
    },
    received: (count) => upstream.received(count),
    clear: () => {
      upstream.clear();
    },
    close: () => upstream.close(),
  };
};

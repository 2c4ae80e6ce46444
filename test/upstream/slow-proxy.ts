/** A small TCP proxy that makes a network bad: latency, rate, slices, stalls, resets, cuts and half-closed ends. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Weather {
  /** Milliseconds added to each piece, either way. */
  readonly latencyMs: number;
  /** Bytes a second towards the caller; 0 is as fast as it goes. */
  readonly bytesPerSecond: number;
  /** Largest piece in bytes that is passed on at once. */
  readonly slice: number;
  /** Breaks the connection after so many bytes towards the caller. */
  readonly cutAfter: number;
}

const FAIR: Weather = { latencyMs: 0, bytesPerSecond: 0, slice: 65_536, cutAfter: Number.POSITIVE_INFINITY };

export interface SlowProxy {
  readonly port: number;
  readonly baseUrl: string;
  /** Connections taken so far. */
  connections(): number;
  /** For bytes that pass from now on. */
  set(weather: Partial<Weather>): void;
  /** Nothing passes in either direction until `resume`. */
  stall(): void;
  resume(): void;
  /** Breaks every connection with RST. */
  reset(): void;
  /** Ends the caller's side of every connection with FIN, while the other side stays open. */
  halfClose(): void;
  close(): Promise<void>;
}

class Proxy {
  readonly server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#join(client));
  readonly clients = new Set<Socket>();
  readonly all = new Set<Socket>();
  readonly #target: number;
  weather = FAIR;
  taken = 0;
  #going: Promise<void> = Promise.resolve();
  #go: () => void = () => undefined;

  constructor(target: number) {
    this.#target = target;
  }

  stall(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#go();
    this.#going = promise;
    this.#go = resolve;
  }

  resume(): void {
    this.#go();
  }

  #join(client: Socket): void {
    this.taken += 1;
    const server = connect({ port: this.#target, host: "127.0.0.1", allowHalfOpen: true });
    this.clients.add(client);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.all.add(socket);
      socket.on("error", () => other.destroy());
      socket.once("close", () => {
        this.all.delete(socket);
        this.clients.delete(socket);
        other.destroySoon();
      });
    }
    void this.#pump(client, server, () => Number.POSITIVE_INFINITY);
    void this.#pump(server, client, () => this.weather.cutAfter);
  }

  /** Passes bytes on, piece by piece, as the weather allows. */
  async #pump(from: Socket, to: Socket, limit: () => number): Promise<void> {
    let passed = 0;
    try {
      for await (const bytes of from as AsyncIterable<Buffer>) {
        for (let at = 0; at < bytes.length;) {
          const { latencyMs, bytesPerSecond, slice } = this.weather;
          const piece = bytes.subarray(at, at + Math.min(slice, limit() - passed));
          if (latencyMs > 0) await sleep(latencyMs);
          if (bytesPerSecond > 0) await sleep((1000 * piece.length) / bytesPerSecond);
          await this.#going;
          if (to.destroyed) return;
          to.write(piece);
          at += piece.length;
          passed += piece.length;
          if (passed >= limit()) {
            to.destroySoon();
            from.destroy();
            return;
          }
        }
      }
      await this.#going;
      to.end();
    } catch {
      to.destroy();
    }
  }
}

/** Starts a proxy to a port of this host. */
export const startSlowProxy = async (target: number, weather: Partial<Weather> = {}): Promise<SlowProxy> => {
  const proxy = new Proxy(target);
  proxy.weather = { ...FAIR, ...weather };
  await new Promise<void>((resolve) => {
    proxy.server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = proxy.server.address() as AddressInfo;
  return {
    port,
    baseUrl: `http://127.0.0.1:${port}`,
    connections: () => proxy.taken,
    set: (weather) => {
      proxy.weather = { ...proxy.weather, ...weather };
    },
    stall: () => {
      proxy.stall();
    },
    resume: () => {
      proxy.resume();
    },
    reset: () => {
      for (const socket of proxy.clients) socket.resetAndDestroy();
    },
    halfClose: () => {
      for (const socket of proxy.clients) socket.end();
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        proxy.server.close(() => resolve());
      });
      proxy.resume();
      for (const socket of proxy.all) socket.destroy();
      await closed;
    },
  };
};

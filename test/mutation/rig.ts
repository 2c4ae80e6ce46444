/**
 * The gateway from the hold to the last byte, in this process: the real relay, attempt, conclusion and books, with a provider and a
 * client that are a few lines each. Thousands of streams go through it in a second.
 */
import { audit } from "../../src/ledger/audit-store.ts";
import { ACCOUNT, KEY, openRig, snapshot } from "../../src/ledger/fixtures.ts";
import { UNLIMITED } from "../../src/limits/local.ts";
import type { Ledger, Receipt, Settlement } from "../../src/ledger/ledger.ts";
import { aModel } from "../../src/gateway/fixtures.ts";
import { boundOf } from "../../src/gateway/estimate.ts";
import type { Inference } from "../../src/gateway/inference.ts";
import { readCall } from "../../src/gateway/call.ts";
import type { Leg } from "../../src/gateway/plan.ts";
import { serveStream } from "../../src/gateway/serve-stream.ts";
import { WAITS, type Services } from "../../src/gateway/services.ts";
import { capFor } from "../../src/gateway/target.ts";
import type { Exchange, StreamSink } from "../../src/http/exchange.ts";
import type { KeyRecord } from "../../src/keys/key.ts";
import { newRequestId } from "../../src/id.ts";
import { PROTOCOLS } from "../../src/protocols/index.ts";
import type { ProtocolId } from "../../src/protocols/protocol.ts";
import { findProvider } from "../../src/providers/index.ts";
import type { ProviderClient, SendHandler, Sending } from "../../src/providers/send.ts";

/** More than everything that all runs together may hold, in nano-units. */
const BALANCE = 10n ** 17n;
/** A stream that is not over after this long hangs. Nothing is measured by it. */
const HANGS_MS = 20_000;

/** What one stream came to. */
export interface Outcome {
  readonly text: string;
  /** How the client's body ended, or the code of the error that it got instead of one. */
  readonly end: "ended" | "cut off" | `refused: ${string}`;
  readonly settlements: readonly Settlement[];
  readonly receipts: readonly Receipt[];
  /** Most bytes that lay with the client at once, not yet taken. */
  readonly mostWaiting: number;
}

export interface Order {
  readonly client: ProtocolId;
  readonly upstream: ProtocolId;
  readonly pieces: readonly Buffer[];
  readonly end: "end" | "reset";
  /** Most bytes that the client takes before it asks to wait; it takes everything unless told otherwise. */
  readonly window?: number;
}

export interface Rig {
  run(order: Order): Promise<Outcome>;
  /** Rows in the books, and what is wrong with them. */
  books(): Promise<{ readonly requests: number; readonly disagreements: readonly unknown[] }>;
  close(): Promise<void>;
}

const PROVIDERS: Readonly<Record<ProtocolId, string>> = {
  "openai-chat": "openai-compatible",
  "openai-responses": "openai-responses-compatible",
  anthropic: "anthropic-compatible",
  gemini: "gemini-compatible",
};

/** The smallest stream request of each dialect; chat wants to see its usage, as the others always do. */
const BODIES: Readonly<Record<ProtocolId, object>> = {
  "openai-chat": {
    model: "m",
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: "user", content: "hello" }],
  },
  "openai-responses": { model: "m", stream: true, input: "hello" },
  anthropic: { model: "m", stream: true, max_tokens: 200_000, messages: [{ role: "user", content: "hello" }] },
  gemini: { contents: [{ role: "user", parts: [{ text: "hello" }] }] },
};

const legTo = (protocol: ProtocolId): Leg => {
  const provider = findProvider(PROVIDERS[protocol]);
  const surface = provider?.surfaces.find((one) => one.protocol === protocol);
  if (provider === undefined || surface === undefined) throw new Error(`no provider speaks ${protocol}`);
  const upstream = { id: protocol, provider, baseUrl: "http://x", apiKey: "k", models: {}, enabled: true };
  return { upstream: { ...upstream, sandbox: false }, surface, model: "m" };
};

/** Lets every call through: thousands of spoilt replies in a second are no reason to leave a provider alone here. */
const OPEN_ROUTING = {
  enter: () => {},
  leave: () => {},
  begin: () => ({}),
  end: () => {},
  abandon: () => {},
  waitSeconds: () => 1,
};

const unused = (): never => {
  throw new Error("not between the hold and the last byte");
};

const HOLDER: KeyRecord = {
  id: KEY,
  publicId: `key_${KEY}`,
  name: "k",
  status: "active",
  expiresAt: null,
  rpm: null,
  tpm: null,
  concurrency: null,
  models: null,
  budget: null,
  accountId: ACCOUNT,
  accountFrozen: false,
  planId: null,
};

/** A provider that sends what it is told as fast as it is let. */
class Source implements Sending {
  readonly #order: Order;
  readonly #handler: SendHandler;
  #at = 0;
  #paused = false;
  #over = false;

  constructor(order: Order, handler: SendHandler) {
    this.#order = order;
    this.#handler = handler;
    queueMicrotask(() => {
      if (!this.#over) handler.head(200, { "content-type": "text/event-stream" });
      this.#flow();
    });
  }

  #flow(): void {
    const { pieces, end } = this.#order;
    while (!this.#over && !this.#paused) {
      const piece = pieces[this.#at++];
      if (piece !== undefined) {
        this.#handler.data(piece);
        continue;
      }
      this.#over = true;
      if (end === "end") this.#handler.end();
      else this.#handler.fail({ kind: "reset", sent: true, stale: false, code: "ECONNRESET" });
    }
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#flow();
  }

  abort(): void {
    this.#over = true;
  }
}

/** A client's end: keeps what it gets, and takes a breath when its window is full. */
class Sink implements StreamSink {
  readonly #window: number;
  readonly #chunks: Buffer[] = [];
  #drained = (): void => undefined;
  #waiting = 0;
  mostWaiting = 0;
  opened = false;
  state: "open" | "ended" | "cut off" = "open";

  constructor(window: number) {
    this.#window = window;
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }

  get closed(): boolean {
    return this.state !== "open";
  }

  get bytes(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, 0);
  }

  open(): void {
    this.opened = true;
  }

  flush(): void {
    this.opened = true;
  }

  write(chunk: Buffer): boolean {
    if (this.closed) throw new Error("a write after the end");
    this.opened = true;
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    this.mostWaiting = Math.max(this.mostWaiting, this.#waiting);
    if (this.#waiting < this.#window) return true;
    setImmediate(() => {
      this.#waiting = 0;
      this.#drained();
    });
    return false;
  }

  end(last?: Buffer): void {
    if (this.closed) throw new Error("a second end");
    if (last !== undefined) this.#chunks.push(last);
    this.state = "ended";
  }

  cut(): void {
    this.state = "cut off";
  }

  onDrain(listener: () => void): void {
    this.#drained = listener;
  }
}

const inTime = async <T>(promise: Promise<T>, what: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`hangs: ${what}`)), HANGS_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

export const startMutationRig = async (): Promise<Rig> => {
  const ledgerRig = await openRig(BALANCE);
  const { books } = ledgerRig;
  const model = aModel({ context: 2_000_000, maxOutput: 200_000, price: ledgerRig.row });
  const prices = snapshot(ledgerRig.row);

  const services = (client: object, ledger: Ledger): Services => ({
    installation: unused,
    keys: { find: unused },
    ledger,
    client: client as ProviderClient,
    fetcher: {} as Services["fetcher"],
    limiter: {} as Services["limiter"],
    idempotency: {} as Services["idempotency"],
    counters: { tokens: () => {}, charged: () => {}, upstreamError: () => {}, firstByte: () => {} },
    routing: OPEN_ROUTING as unknown as Services["routing"],
    waits: { ...WAITS, headMs: HANGS_MS, commitMs: HANGS_MS },
    epochMs: () => 1_700_000_000_000,
    monotonicMs: () => 0,
  });

  const inferenceOf = (client: ProtocolId, upstream: ProtocolId): Inference => {
    const protocol = PROTOCOLS[client];
    const route = client === "gemini" ? { model: "m", stream: true, sse: true } : undefined;
    const call = readCall(Buffer.from(JSON.stringify(BODIES[client])), {}, route);
    const ask = protocol.client.ask(call);
    const legs = [legTo(upstream)] as const;
    const requestId = newRequestId();
    return {
      requestId,
      protocol,
      key: HOLDER,
      call,
      ask,
      operation: null,
      conversation: undefined,
      model,
      legs,
      snapshot: prices,
      bound: boundOf(ask, model, prices, capFor(ask, model, client, legs)),
      context: { requestId, model: "m", created: 1_700_000_000, wantsUsage: ask.wantsUsage },
      unit: { name: "USD", symbol: "$", rate: { num: 1n, den: 1n } },
      options: { strict: false, usageCost: false, maxCost: null },
      admission: UNLIMITED,
      limits: [],
      claimed: null,
      startedAt: 1_700_000_000_000,
      receivedAt: 0,
    };
  };

  const run = async (order: Order): Promise<Outcome> => {
    const inference = inferenceOf(order.client, order.upstream);
    const { requestId, bound } = inference;
    const settlements: Settlement[] = [];
    const receipts: Receipt[] = [];
    const ledger = {
      extend: books.extend.bind(books),
      isLive: books.isLive.bind(books),
      settle: async (token: Parameters<Ledger["settle"]>[0], settlement: Settlement) => {
        settlements.push(settlement);
        const receipt = await books.settle(token, settlement);
        receipts.push(receipt);
        return receipt;
      },
    } as unknown as Ledger;
    const { amount, minimum } = bound;
    const hold = await books.hold({
      requestId,
      accountId: ACCOUNT,
      keyId: KEY,
      hasBudget: false,
      amount,
      minimum,
      snapshot: prices,
    });
    const sink = new Sink(order.window ?? Infinity);
    const exchange = {
      requestId,
      route: order.client,
      dialect: inference.protocol.client,
      sink: () => sink,
      onGone: () => {},
      onStop: () => {},
    } as unknown as Exchange;
    const client = { send: (_hold: unknown, _wire: unknown, handler: SendHandler) => new Source(order, handler) };
    const served = serveStream(services(client, ledger), exchange, inference, hold).then(
      () => (sink.state === "open" ? "cut off" : sink.state) as Outcome["end"],
      (error: unknown) => {
        const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : undefined;
        if (code === undefined) throw error;
        return `refused: ${code}` as const;
      },
    );
    const end = await inTime(served, `${order.upstream} for ${order.client}`);
    return { text: sink.text, end, settlements, receipts, mostWaiting: sink.mostWaiting };
  };

  return {
    run,
    books: async () => ({
      requests: Number((await ledgerRig.query("select count(*) as n from request"))[0]?.["n"]),
      disagreements: (await audit(ledgerRig.database)).disagreements,
    }),
    close: async () => {
      await books.close();
      await ledgerRig.database.close();
      await ledgerRig.remove();
    },
  };
};

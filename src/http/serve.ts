/** One request being served: the implementation of `Exchange`. Everything it can end by passes through `over`, once. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";

import { asGatewayError, errorRow, errors, GatewayError } from "../errors.ts";
import { type BodyIntake, ClientGone, hasBody, isPacked, refuseBody } from "./body.ts";
import { OUTSIDE } from "./crowd.ts";
import type { Drain, Running } from "./drain.ts";
import type { BodyRule, ErrorDialect, Exchange, FlatHeaders, Handler, SinkOptions, StreamSink } from "./exchange.ts";
import type { Limits } from "./limits.ts";
import { splitTarget } from "./path.ts";
import { errorHeaders, hasHeader, standardHeaders, writeReply } from "./reply.ts";
import { type Heartbeat, ResponseSink, type SinkHost } from "./stream.ts";
import { unpack } from "./unpack.ts";

/** What all exchanges of a server share. */
export interface Core {
  readonly limits: Limits;
  readonly drain: Drain;
  readonly intake: BodyIntake;
  readonly heartbeat: Heartbeat;
  readonly newRequestId: () => string;
  /** The look of errors by the raw path of a request. */
  readonly dialectOf: (path: string) => ErrorDialect;
  /** Added to every reply. */
  readonly commonHeaders: FlatHeaders;
  /** Called once per exchange, when it is over. */
  readonly onFinish: ((exchange: Exchange) => void) | undefined;
  /** Called with what a handler threw that is no GatewayError. */
  readonly onFault: ((thrown: unknown, exchange: Exchange) => void) | undefined;
}

const JSON_BODY: BodyRule = { media: "json" };
const NO_HEADERS: FlatHeaders = [];
const EMPTY = Buffer.alloc(0);

/** The unanswered requests of one connection, in their order. Answers go out in that order, whoever is ready first. */
export class Connection {
  readonly active: ServedExchange[] = [];

  leave(exchange: ServedExchange): void {
    const index = this.active.indexOf(exchange);
    if (index !== -1) this.active.splice(index, 1);
  }
}

export class ServedExchange implements Exchange, Running, SinkHost {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
  readonly receivedAt = performance.now();
  answeredAt = 0;
  status = 0;
  route = "unmatched";
  failure: GatewayError | undefined;
  keepAlive: Buffer | null = null;
  place = OUTSIDE;
  readonly #core: Core;
  readonly #connection: Connection;
  #dialect: ErrorDialect | undefined;
  #awaitsContinue: boolean;
  #received: (() => number) | undefined;
  #sink: ResponseSink | undefined;
  #gone: (() => void) | undefined;
  #stop: (() => void) | undefined;
  #over = false;
  #abandoned = false;
  #stopping = false;

  constructor(core: Core, connection: Connection, req: IncomingMessage, res: ServerResponse) {
    const target = splitTarget(req.url ?? "/");
    this.req = req;
    this.res = res;
    this.method = req.method ?? "GET";
    this.path = target.path;
    this.query = target.query;
    this.headers = req.headers;
    this.requestId = core.newRequestId();
    this.#core = core;
    this.#connection = connection;
    this.#awaitsContinue = req.headers.expect !== undefined;
    core.drain.enter(this);
    connection.active.push(this);
    res.on("close", () => {
      this.over();
    });
  }

  get limits(): Limits {
    return this.#core.limits;
  }

  get heartbeat(): Heartbeat {
    return this.#core.heartbeat;
  }

  get dialect(): ErrorDialect {
    this.#dialect ??= this.#core.dialectOf(this.path);
    return this.#dialect;
  }

  set dialect(dialect: ErrorDialect) {
    this.#dialect = dialect;
  }

  get closed(): boolean {
    return this.#over;
  }

  body(rule: BodyRule = JSON_BODY): Promise<Buffer> {
    const limitBytes = rule.limitBytes ?? this.#core.limits.bodyBytes;
    const refused = refuseBody(this.headers, rule, limitBytes);
    if (refused !== undefined) return Promise.reject(refused);
    if (this.#over) return Promise.reject(new ClientGone());
    if (!hasBody(this.headers)) return Promise.resolve(EMPTY);
    if (this.#awaitsContinue) {
      this.#awaitsContinue = false;
      this.res.writeContinue();
    }
    const { body, received } = this.#core.intake.read(this.req, limitBytes);
    this.#received = received;
    return isPacked(this.headers) ? this.#unpacked(body, received, limitBytes) : body;
  }

  /** The body as it was packed; what it grows by counts like what was received. */
  async #unpacked(packed: Promise<Buffer>, received: () => number, limitBytes: number): Promise<Buffer> {
    const body = await unpack(await packed, limitBytes);
    if (this.#over) throw new ClientGone();
    const grown = Math.max(0, body.length - received());
    if (!this.#core.intake.admit(grown)) throw errors.overloaded(1);
    this.#received = () => received() + grown;
    return body;
  }

  reply(status: number, body: string | Buffer, headers: FlatHeaders = NO_HEADERS): void {
    if (this.#over || this.res.headersSent) return;
    this.#complete(status, body, [...this.#standard(headers), ...headers], false);
  }

  fail(error: GatewayError, headers: FlatHeaders = NO_HEADERS): void {
    if (this.#over) return;
    this.failure ??= error;
    if (this.res.headersSent) {
      this.cut();
      return;
    }
    const { dialect } = this;
    const all = [...this.#standard(headers), ...errorHeaders(error), ...headers];
    this.#complete(
      dialect.status(error.code),
      dialect.error(error, this.requestId),
      all,
      errorRow(error.code).close === true,
    );
  }

  /** What every reply has. A reply that says itself how long it may be kept has that word alone. */
  #standard(own: FlatHeaders): string[] {
    const headers = standardHeaders(this.requestId, hasHeader(own, "cache-control"));
    if (this.#core.commonHeaders.length > 0) headers.push(...this.#core.commonHeaders);
    return headers;
  }

  #complete(status: number, body: string | Buffer, headers: string[], close: boolean): void {
    this.status = status;
    this.answeredAt = performance.now();
    writeReply(this.req, this.res, this.#core.limits, {
      status,
      body,
      headers,
      close: close || !this.#core.drain.accepting,
      bodyWithheld: this.#awaitsContinue && hasBody(this.headers),
    });
  }

  sink({ keepAlive }: SinkOptions): StreamSink {
    this.keepAlive = keepAlive;
    this.#sink = new ResponseSink(this);
    return this.#sink;
  }

  /** Called by the sink. */
  head(status: number, headers: string[]): void {
    this.status = status;
    this.answeredAt = performance.now();
    const all = [...this.#standard(headers), ...headers];
    if (!this.#core.drain.accepting) all.push("connection", "close");
    this.res.writeHead(status, all);
  }

  onGone(listener: () => void): void {
    if (this.#abandoned) listener();
    else this.#gone = listener;
  }

  onStop(listener: () => void): void {
    if (this.#stopping) listener();
    else this.#stop = listener;
  }

  stop(): void {
    this.#stopping = true;
    this.#stop?.();
  }

  cut(): void {
    this.req.socket.destroy();
  }

  /** The end of every exchange: the reply is out, or there is nobody left to take it. Idempotent. */
  over(): void {
    if (this.#over) return;
    this.#over = true;
    this.#abandoned = !this.res.writableFinished;
    this.#connection.leave(this);
    this.#sink?.dispose();
    if (this.#received !== undefined) this.#core.intake.release(this.#received());
    if (this.#abandoned) this.#gone?.();
    this.#core.onFinish?.(this);
    this.#core.drain.leave(this);
  }

  /** Answers what a handler threw. */
  crash(thrown: unknown): void {
    if (thrown instanceof ClientGone) {
      if (!this.#over) this.cut();
      return;
    }
    if (!(thrown instanceof GatewayError)) this.#core.onFault?.(thrown, this);
    this.fail(asGatewayError(thrown));
  }

  /** Runs the handler; nothing that it throws leaves here. */
  run(handler: Handler): void {
    try {
      const pending = handler(this);
      if (pending !== undefined)
        pending.then(undefined, (thrown: unknown) => {
          this.crash(thrown);
        });
    } catch (thrown) {
      this.crash(thrown);
    }
  }
}

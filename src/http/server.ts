/**
 * The server: raw `node:http`, every limit explicit, every answer in our own words, also those that Node would give for us.
 *
 * Order of a request: the head is checked (rim.ts), health and preflight are answered, a drain is obeyed, then the handler runs.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Server as NetServer, type AddressInfo, type Socket } from "node:net";

import { errors, type ErrorCode, type GatewayError } from "../errors.ts";
import { BodyIntake } from "./body.ts";
import { Drain } from "./drain.ts";
import type { ErrorDialect, Exchange, Handler } from "./exchange.ts";
import { answerHealth } from "./health.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { CORS_HEADERS, PREFLIGHT_HEADERS, rawErrorReply } from "./reply.ts";
import { refuseHead } from "./rim.ts";
import { Connection, type Core, ServedExchange } from "./serve.ts";
import { Heartbeat } from "./stream.ts";

export interface GatewayServerOptions {
  readonly handler: Handler;
  /** The look of errors by the raw path; must know any path, the empty one included, and must not throw. */
  readonly dialectOf: (path: string) => ErrorDialect;
  readonly newRequestId: () => string;
  readonly limits?: Partial<Limits>;
  /** Lets browsers of any origin in, without credentials. Off by default: a preflight is answered, but allows nothing. */
  readonly cors?: boolean;
  /** Why the installation cannot serve, in a word for `/readyz`; null when it can. */
  readonly unready?: () => string | null;
  /** True when new requests should be shed with E-BUSY. */
  readonly overloaded?: () => boolean;
  /** Addresses without a cap on connections; loopback when absent. Trusted proxies belong here. */
  readonly isExempt?: (address: string) => boolean;
  /** Once per request, when it is over. */
  readonly onFinish?: (exchange: Exchange) => void;
  /** A handler threw something that is no GatewayError: a bug, to be logged with its cause. */
  readonly onFault?: (thrown: unknown, exchange: Exchange) => void;
  /** A connection was refused before it had a request. */
  readonly onRefused?: (why: ErrorCode | "connections") => void;
}

/** What the server holds at this moment. */
export interface ServerLoad {
  readonly requests: number;
  readonly streams: number;
  readonly bodyBytes: number;
}

export interface GatewayServer {
  readonly node: Server;
  readonly drain: Drain;
  /** @throws the system's error, such as EADDRINUSE */
  listen(port: number, host: string): Promise<AddressInfo>;
  load(): ServerLoad;
  /** Takes no more connections; those that are open go on, idle ones too. */
  stopListening(): void;
  /** Closes every connection, asking nobody. For after the drain, and for tests. */
  close(): Promise<void>;
}

/** How often Node looks for slow headers; its own default of 30 s would make the deadline a rumour. */
const CHECK_MS = 1_000;
/** Beyond our own deadlines, for bodies that nobody reads. */
const REQUEST_SLACK_MS = 5_000;

const CONNECTION = Symbol("connection");
type Tracked = Socket & { [CONNECTION]?: Connection };

const isLoopback = (address: string): boolean =>
  address === "::1" || address.startsWith("127.") || address.startsWith("::ffff:127.");

/** The other side has left in the middle of a request: nobody to answer. */
const HANG_UPS: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "HPE_INVALID_EOF_STATE"]);

/** Node's names for what went wrong before there was a request. */
const refusalOf = (code: string | undefined): GatewayError => {
  if (code === "HPE_HEADER_OVERFLOW") return errors.headersTooLarge();
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return errors.slowBody();
  return errors.malformedHttp();
};

class Rim {
  readonly #options: GatewayServerOptions;
  readonly #core: Core;
  readonly #perAddress = new Map<string, number>();

  constructor(options: GatewayServerOptions, core: Core) {
    this.#options = options;
    this.#core = core;
  }

  request(req: IncomingMessage, res: ServerResponse): void {
    const connection = this.#connectionOf(req.socket);
    if (connection.active.length >= this.#core.limits.requestsPipelined) {
      this.#options.onRefused?.("connections");
      req.socket.destroy();
      return;
    }
    const exchange = new ServedExchange(this.#core, connection, req, res);
    const refused = refuseHead(req, this.#core.limits.headerLines);
    if (refused !== undefined) exchange.fail(refused);
    else if (!this.#answerItself(exchange)) exchange.run(this.#options.handler);
  }

  /** Health, preflight and refusals that concern the whole server. */
  #answerItself(exchange: ServedExchange): boolean {
    const { drain } = this.#core;
    if (answerHealth(exchange, drain, this.#options.unready)) return true;
    if (drain.refusing) exchange.fail(errors.draining());
    else if (exchange.method === "OPTIONS") this.#preflight(exchange);
    else if (this.#options.overloaded?.() === true) exchange.fail(errors.overloaded(1));
    else return false;
    return true;
  }

  #preflight(exchange: ServedExchange): void {
    exchange.route = "preflight";
    exchange.reply(
      204,
      "",
      this.#options.cors === true ? PREFLIGHT_HEADERS : ["allow", "GET, HEAD, POST, DELETE, OPTIONS"],
    );
  }

  #connectionOf(socket: Tracked): Connection {
    const known = socket[CONNECTION];
    if (known !== undefined) return known;
    const connection = new Connection();
    socket[CONNECTION] = connection;
    return connection;
  }

  /** Counts a connection against its address. */
  connect(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    if ((this.#options.isExempt ?? isLoopback)(address)) return;
    const open = (this.#perAddress.get(address) ?? 0) + 1;
    this.#perAddress.set(address, open);
    socket.once("close", () => {
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    });
    if (open <= this.#core.limits.connectionsPerAddress) return;
    this.#options.onRefused?.("connections");
    socket.destroy();
  }

  /** The parser gave up, or a deadline passed. @param error Node's, with its code */
  clientError(error: Error & { code?: string }, socket: Tracked): void {
    const waiting = socket[CONNECTION]?.active ?? [];
    const [current] = waiting;
    if (!socket.writable || HANG_UPS.has(error.code ?? "")) socket.destroy();
    else if (current === undefined) this.#refuse(socket, refusalOf(error.code));
    else if (waiting.length === 1 && !current.req.complete && !current.res.headersSent) {
      // The body of the only request at hand is broken: that request gets the answer.
      current.fail(refusalOf(error.code));
      socket.destroySoon();
    } else {
      // Whatever were written now would be read as part of another request's answer.
      socket.destroy();
    }
  }

  /** Answers on the bare socket. A connection that never said a word (a preconnect) is closed without one. */
  #refuse(socket: Socket, error: GatewayError): void {
    this.#options.onRefused?.(error.code);
    if (socket.bytesRead === 0) {
      socket.destroy();
      return;
    }
    socket.end(rawErrorReply(error, this.#options.dialectOf(""), this.#core.newRequestId()));
    // Unread bytes would make the kernel drop the answer on closing, so the client gets a moment.
    const timer = setTimeout(() => {
      socket.destroy();
    }, this.#core.limits.lingerMs);
    timer.unref();
    socket.once("close", () => {
      clearTimeout(timer);
    });
    socket.resume();
  }

  /** CONNECT: Node would close the connection without a word. */
  tunnel(_req: IncomingMessage, socket: Socket): void {
    this.#refuse(socket, errors.methodNotAllowed("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
  }
}

const nodeServer = (limits: Limits): Server => {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.headersMs + limits.bodyMs + REQUEST_SLACK_MS,
    connectionsCheckingInterval: CHECK_MS,
    keepAliveTimeout: limits.keepAliveMs,
    // Our own check answers with our own body.
    requireHostHeader: false,
    noDelay: true,
    insecureHTTPParser: false,
  });
  // One line more than allowed, so that an excess is seen instead of dropped.
  server.maxHeadersCount = limits.headerLines + 1;
  server.maxConnections = limits.connections;
  return server;
};

const listen = (server: Server, at: { port: number; host: string; backlog: number }): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(at, () => {
      server.off("error", reject);
      resolve(server.address() as AddressInfo);
    });
  });

/** Builds the server; it serves once `listen` is called. */
export const createGatewayServer = (options: GatewayServerOptions): GatewayServer => {
  const limits: Limits = { ...LIMITS, ...options.limits };
  const node = nodeServer(limits);
  const drain = new Drain(limits, () => {
    node.closeIdleConnections();
  });
  const core: Core = {
    limits,
    drain,
    intake: new BodyIntake(limits),
    heartbeat: new Heartbeat(limits.streamSilenceMs),
    newRequestId: options.newRequestId,
    dialectOf: options.dialectOf,
    commonHeaders: options.cors === true ? CORS_HEADERS : [],
    onFinish: options.onFinish,
    onFault: options.onFault,
  };
  const rim = new Rim(options, core);
  const onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    rim.request(req, res);
  };
  node.on("request", onRequest);
  // With these two listeners Node neither says `100 Continue` by itself nor answers other expectations.
  node.on("checkContinue", onRequest);
  node.on("checkExpectation", onRequest);
  node.on("connection", (socket: Socket) => {
    rim.connect(socket);
  });
  node.on("connect", (req: IncomingMessage, socket: Socket) => {
    rim.tunnel(req, socket);
  });
  node.on("clientError", (error: Error & { code?: string }, socket) => {
    rim.clientError(error, socket as Socket);
  });
  node.on("drop", () => {
    options.onRefused?.("connections");
  });
  return {
    node,
    drain,
    listen: (port, host) => listen(node, { port, host, backlog: limits.acceptBacklog }),
    load: () => ({ requests: drain.running, streams: core.heartbeat.streams, bodyBytes: core.intake.bytesInFlight }),
    stopListening: () => {
      // An HTTP server's own `close` would cut idle connections, and a request that is on its way through one.
      NetServer.prototype.close.call(node);
    },
    close: () =>
      new Promise((resolve) => {
        core.intake.stop();
        core.heartbeat.stop();
        node.close(() => {
          resolve();
        });
        node.closeAllConnections();
      }),
  };
};

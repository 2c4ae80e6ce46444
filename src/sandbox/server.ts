/**
 * The sandbox's HTTP server: loopback only, behind a token of this process, so that nobody else on the host uses it for free.
 *
 * It plays the provider: reads a request in its dialect, answers deterministically, and fails where the model's name says so.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { readForm } from "../http/form.ts";
import type { Json, JsonObject } from "../protocols/canonical.ts";
import { table } from "../table.ts";
import { answer } from "./answer.ts";
import { readSpeech, readTranscription } from "./audio.ts";
import { chat } from "./chat.ts";
import { countAnswer, countPrompt, tokensOf } from "./count.ts";
import type { Dialect, Frame, Written } from "./dialect.ts";
import { readEmbedContents, readEmbeddings } from "./embed.ts";
import { gemini } from "./gemini.ts";
import { messages } from "./messages.ts";
import { behaviourOf, type Behaviour, type Pace } from "./models.ts";
import { deliver, type Work } from "./operation.ts";
import { fromForm, fromJson, readPictures } from "./pictures.ts";
import { PromptCache } from "./prompt-cache.ts";
import { Refusal } from "./refusal.ts";
import { responses } from "./responses.ts";
import { spoiltBody, spoiltStream, spoiltUsage, type Ending } from "./spoil.ts";
import { bytesOf, objectOf } from "./value.ts";
import { SandboxVideos, sendVideo } from "./video.ts";

const LIMITS = {
  bodyBytes: 32 * 1024 * 1024,
  headerBytes: 16 * 1024,
  connections: 4_096,
  /** Reading a request may take this long. */
  requestMs: 60_000,
  /** Longer than the gateway keeps an idle connection, so that the gateway is the one to close. */
  keepAliveMs: 65_000,
  /** Tokens that are paced; what follows them comes at once. */
  pacedTokens: 600,
} as const;

const FAULT_HEADER = "x-sandbox-fault";
const NO_PACE: Pace = { firstByteMs: 0, tokenMs: 0 };

const DIALECTS = table<Dialect>({
  "/v1/chat/completions": chat,
  "/v1/messages": messages,
  "/v1/responses": responses,
});

/** A dialect as a path names it, with what of the request the path holds. */
interface Addressed {
  readonly dialect: Dialect;
  readonly named: JsonObject;
}

const GEMINI_MODELS = "/v1beta/models/";
const GEMINI_METHODS = ["generateContent", "streamGenerateContent"] as const;

/** A call that is no conversation, as its path names it. */
interface Operated {
  readonly dialect: Dialect;
  /** @throws Refusal */
  read(body: Buffer, contentType: string | undefined): Work | Promise<Work>;
}

const isForm = (type: string | undefined): boolean => type?.startsWith("multipart/form-data") === true;

const OPERATIONS = table<Operated>({
  "/v1/embeddings": { dialect: chat, read: (body) => readEmbeddings(parse(body)) },
  "/v1/images/generations": { dialect: chat, read: (body) => readPictures(fromJson(parse(body)), false) },
  "/v1/images/edits": {
    dialect: chat,
    read: async (body, type) =>
      readPictures(isForm(type) ? fromForm(await readForm(body, type)) : fromJson(parse(body)), true),
  },
  "/v1/audio/speech": { dialect: chat, read: (body) => readSpeech(parse(body)) },
  "/v1/audio/transcriptions": {
    dialect: chat,
    read: async (body, type) => readTranscription(await readForm(body, type)),
  },
});

/** The call of a path; undefined for a path of a conversation, or of nothing. */
const operated = (path: string): Operated | undefined => {
  const operation = OPERATIONS[path];
  if (operation !== undefined) return operation;
  const colon = path.lastIndexOf(":");
  const method = path.slice(colon + 1);
  if (!path.startsWith(GEMINI_MODELS) || (method !== "embedContent" && method !== "batchEmbedContents"))
    return undefined;
  const model = decodeURIComponent(path.slice(GEMINI_MODELS.length, colon));
  const batch = method === "batchEmbedContents";
  return { dialect: gemini, read: (body) => readEmbedContents(parse(body), model, batch) };
};

/** The dialect of a path; undefined for a path that no route has. */
const addressed = (path: string): Addressed | undefined => {
  const dialect = DIALECTS[path];
  if (dialect !== undefined) return { dialect, named: {} };
  const colon = path.lastIndexOf(":");
  const method = GEMINI_METHODS.find((name) => name === path.slice(colon + 1));
  if (!path.startsWith(GEMINI_MODELS) || method === undefined) return undefined;
  const model = decodeURIComponent(path.slice(GEMINI_MODELS.length, colon));
  return { dialect: gemini, named: { model, stream: method === "streamGenerateContent" } };
};

const faultHeader = (fault: string | undefined): Readonly<Record<string, string>> =>
  fault === undefined ? {} : { [FAULT_HEADER]: fault };

export interface Sandbox {
  /** Such as `http://127.0.0.1:40123`; the routes are below `/v1`. */
  readonly baseUrl: string;
  /** Token of this process: `Authorization: Bearer` or `x-api-key`. */
  readonly apiKey: string;
  /** Ends every connection and timer. */
  close(): Promise<void>;
}

/** One exchange while it runs. */
interface Exchange {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  readonly dialect: Dialect;
  readonly requestId: string;
  /** Fires when the client leaves. */
  readonly left: AbortSignal;
}

const readBody = async (request: http.IncomingMessage): Promise<Buffer> => {
  const tooLarge = (): Refusal =>
    new Refusal(413, "too_large", `The request is larger than ${LIMITS.bodyBytes} bytes.`);
  if (Number(request.headers["content-length"] ?? 0) > LIMITS.bodyBytes) throw tooLarge();
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > LIMITS.bodyBytes) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
};

const parse = (body: Buffer): JsonObject => {
  const refused = (): Refusal => new Refusal(400, "invalid", "We could not parse the JSON body of your request.");
  let value: Json;
  try {
    value = JSON.parse(body.toString("utf8")) as Json;
  } catch {
    throw refused();
  }
  const object = objectOf(value);
  if (object === null) throw refused();
  return object;
};

const send = (exchange: Exchange, status: number, headers: http.OutgoingHttpHeaders, text: string): void => {
  const { response, dialect, requestId } = exchange;
  if (response.headersSent || response.destroyed) return;
  // A request that was not read to its end leaves a connection that nobody can use again.
  const close = exchange.request.complete ? {} : { connection: "close" };
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": bytesOf(text),
    [dialect.requestIdHeader]: requestId,
    ...close,
    ...headers,
  });
  response.end(text);
};

const refuse = (exchange: Exchange, refusal: Refusal, headers: http.OutgoingHttpHeaders = {}): void => {
  send(exchange, refusal.status, headers, JSON.stringify(exchange.dialect.error(refusal, exchange.requestId)));
};

/** The refusal that a model's name asks for. */
const refuseAs = (exchange: Exchange, { status, refusal, message, retryAfter, customer }: Refusing): void => {
  refuse(exchange, new Refusal(status, refusal, message), {
    ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
    ...faultHeader(customer),
  });
};
type Refusing = Extract<Behaviour, { kind: "refuse" }>;

/** Closes the connection without ending the body, once what was written has left. */
const cutOff = (response: http.ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const socket = response.socket;
    if (socket === null) return resolve();
    const destroy = (): void => {
      response.destroy();
      resolve();
    };
    socket.once("close", resolve);
    socket.write("", destroy);
  });

const drained = (response: http.ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });

const writeStream = async (exchange: Exchange, frames: Iterable<Frame>, pace: Pace, ending: Ending): Promise<void> => {
  const { response, left } = exchange;
  let paced = 0;
  for (const frame of frames) {
    if (pace.tokenMs > 0 && frame.tokens > 0 && paced < LIMITS.pacedTokens) {
      paced += frame.tokens;
      await sleep(pace.tokenMs * frame.tokens, undefined, { signal: left });
    }
    if (response.destroyed) return;
    if (!response.write(frame.text)) await drained(response);
  }
  if (ending === "cut") await cutOff(response);
  else response.end();
};

const writeBody = async (exchange: Exchange, text: string, ending: Ending, head: () => void): Promise<void> => {
  const { response } = exchange;
  head();
  if (ending === "complete") {
    response.end(text);
    return;
  }
  response.write(text.slice(0, Math.floor(text.length / 2)));
  await cutOff(response);
};

class SandboxServer {
  readonly #apiKey = randomBytes(24).toString("base64url");
  readonly #cache = new PromptCache();
  readonly #videos = new SandboxVideos();
  readonly #server: http.Server;

  constructor() {
    this.#server = http.createServer(
      {
        maxHeaderSize: LIMITS.headerBytes,
        requestTimeout: LIMITS.requestMs,
        headersTimeout: LIMITS.requestMs,
        keepAliveTimeout: LIMITS.keepAliveMs,
        noDelay: true,
      },
      (request, response) => void this.#handle(request, response),
    );
    this.#server.maxConnections = LIMITS.connections;
  }

  /** @throws when no loopback port can be had. */
  async listen(): Promise<Sandbox> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject);
    this.#server.listen(0, "127.0.0.1", resolve);
    await promise;
    this.#server.off("error", reject);
    const { port } = this.#server.address() as AddressInfo;
    return { baseUrl: `http://127.0.0.1:${port}`, apiKey: this.#apiKey, close: () => this.#close() };
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const [path = ""] = (request.url ?? "").split("?");
    const leaving = new AbortController();
    response.once("close", () => leaving.abort());
    const requestId = `req_${randomBytes(12).toString("hex")}`;
    const found = addressed(path);
    const operation = operated(path);
    const dialect = (found ?? operation)?.dialect ?? chat;
    const exchange = { request, response, requestId, dialect, left: leaving.signal };
    try {
      if (this.#videos.isOpen(path)) return await this.#video(request, response, path);
      if (!this.#knows(request))
        throw new Refusal(401, "authentication", "Sandbox: this token is not of this process.");
      if (this.#videos.knows(path)) return await this.#video(request, response, path);
      if (request.method === "POST" && operation !== undefined) return await this.#operate(exchange, operation);
      if (found === undefined || request.method !== "POST")
        throw new Refusal(404, "not_found", "Sandbox: no such route.");
      await this.#answer(exchange, await readBody(request), found.named);
    } catch (error) {
      if (leaving.signal.aborted) return;
      refuse(exchange, error instanceof Refusal ? error : new Refusal(500, "server", "Sandbox: internal error."));
      // After the head nothing but the end of the connection can tell that the reply failed.
      if (!response.writableEnded) response.destroy();
    }
  }

  #knows(request: http.IncomingMessage): boolean {
    const { authorization, "x-api-key": header = request.headers["x-goog-api-key"] } = request.headers;
    const bearer = authorization?.startsWith("Bearer ") === true ? authorization.slice("Bearer ".length) : "";
    const given = Buffer.from(typeof header === "string" ? header : bearer);
    const own = Buffer.from(this.#apiKey);
    return given.length === own.length && timingSafeEqual(given, own);
  }

  async #video(request: http.IncomingMessage, response: http.ServerResponse, path: string): Promise<void> {
    const body = await readBody(request);
    const { port } = this.#server.address() as AddressInfo;
    const asked = request.method === "POST" && body.length > 0 ? parse(body) : null;
    const reply = this.#videos.answer(request.method ?? "GET", path, asked, `http://127.0.0.1:${port}`);
    sendVideo(reply, request, response);
  }

  async #operate(exchange: Exchange, operation: Operated): Promise<void> {
    const body = await readBody(exchange.request);
    const work = await operation.read(body, exchange.request.headers["content-type"]);
    const behaviour: Behaviour = behaviourOf(work.model);
    if (behaviour.kind === "refuse") {
      refuseAs(exchange, behaviour);
      return;
    }
    const { firstByteMs } = (behaviour.kind === "answer" ? behaviour.pace : undefined) ?? NO_PACE;
    if (firstByteMs > 0) await sleep(firstByteMs, undefined, { signal: exchange.left });
    const how = behaviour.kind === "break" ? behaviour.how : null;
    const { status, contentType, chunks, ending } = deliver(work, how, exchange.dialect, exchange.requestId);
    exchange.response.writeHead(status, {
      "content-type": contentType,
      [exchange.dialect.requestIdHeader]: exchange.requestId,
      ...faultHeader(behaviour.kind === "break" ? behaviour.customer : undefined),
    });
    for (const chunk of chunks)
      if (!exchange.response.destroyed && !exchange.response.write(chunk)) await drained(exchange.response);
    if (ending === "cut") await cutOff(exchange.response);
    else exchange.response.end();
  }

  async #answer(exchange: Exchange, body: Buffer, named: JsonObject): Promise<void> {
    const ask = exchange.dialect.read({ ...parse(body), ...named }, exchange.request.headers);
    const behaviour: Behaviour = behaviourOf(ask.model);
    if (behaviour.kind === "refuse") {
      refuseAs(exchange, behaviour);
      return;
    }
    const spoken = answer(ask, behaviour.kind === "answer" ? behaviour.style : "echo");
    const counts = { ...countPrompt(ask, this.#cache), ...countAnswer(spoken) };
    const how = behaviour.kind === "break" ? behaviour.how : null;
    const reply: Written = {
      ask,
      answer: spoken,
      usage: spoiltUsage(counts, how),
      seed: createHash("sha256").update(body).digest("hex").slice(0, 24),
      created: Math.floor(Date.now() / 1000),
    };
    await this.#reply(exchange, reply, behaviour);
  }

  async #reply(exchange: Exchange, reply: Written, behaviour: Exclude<Behaviour, { kind: "refuse" }>): Promise<void> {
    const { response, dialect, requestId } = exchange;
    const how = behaviour.kind === "break" ? behaviour.how : null;
    const pace = behaviour.kind === "answer" ? (behaviour.pace ?? NO_PACE) : NO_PACE;
    const fault = behaviour.kind === "break" ? behaviour.customer : undefined;
    const headers = {
      [dialect.requestIdHeader]: requestId,
      ...faultHeader(fault),
    };
    if (pace.firstByteMs > 0) await sleep(pace.firstByteMs, undefined, { signal: exchange.left });
    const stream = reply.ask.stream ? spoiltStream({ dialect, reply, requestId }, how) : null;
    if (stream !== null) {
      response.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
        ...headers,
      });
      response.flushHeaders();
      return writeStream(exchange, stream.frames, pace, stream.ending);
    }
    const { status, contentType, text, ending } = spoiltBody({ dialect, reply, requestId }, how);
    const tokens = Math.min(tokensOf(bytesOf(reply.answer.text)), LIMITS.pacedTokens);
    if (pace.tokenMs > 0) await sleep(pace.tokenMs * tokens, undefined, { signal: exchange.left });
    await writeBody(exchange, text, ending, () =>
      response.writeHead(status, { "content-type": contentType, "content-length": bytesOf(text), ...headers }),
    );
  }
}

/** Starts the sandbox on a free port of 127.0.0.1. */
export const startSandbox = (): Promise<Sandbox> => new SandboxServer().listen();

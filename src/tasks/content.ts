/** A finished video on its way to its owner: streamed, whole or in part, from where the provider keeps it (I-55). */
import { errors } from "../errors.ts";
import type { Exchange } from "../http/exchange.ts";
import { authHeaders } from "../providers/auth.ts";
import { FetchFailed } from "../providers/fetch-public.ts";
import type { Opened, Trusted } from "../providers/public-stream.ts";
import { VIDEO_APIS } from "../providers/video/index.ts";
import type { TaskServices } from "./services.ts";
import type { Task, TaskResult } from "./task.ts";
import { placeOfTask } from "./worker.ts";

const OK = 200;
const PARTIAL = 206;
const NOT_SATISFIABLE = 416;
/** Headers of the video itself that go on to the customer; the length is told by the framing. */
const FORWARDED = ["content-range", "accept-ranges", "last-modified", "etag"] as const;
const MOST_RANGE = 128;

/** The upstream's own address, and what only it may see. Nobody else is trusted. */
const trustedOf = (services: TaskServices, task: Task): Trusted => {
  const place = placeOfTask(services, task);
  if (place === undefined) return { origin: "", headers: {} };
  const { upstream, surface } = place;
  const headers = VIDEO_APIS[task.api].isGuarded ? authHeaders(surface.auth, upstream.apiKey) : {};
  return { origin: new URL(upstream.baseUrl).origin, headers };
};

const open = async (services: TaskServices, task: Task, result: TaskResult, exchange: Exchange): Promise<Opened> => {
  const leaving = new AbortController();
  exchange.onGone(() => {
    leaving.abort();
  });
  const { range } = exchange.headers;
  try {
    return await services.streams.open(result.url, {
      headers: range !== undefined && range.length <= MOST_RANGE ? { range } : {},
      trusted: trustedOf(services, task),
      signal: leaving.signal,
    });
  } catch (error) {
    if (error instanceof FetchFailed) throw errors.upstreamFailed(error);
    throw error;
  }
};

/** @throws GatewayError unknown_object for one that is not finished or not kept any more, upstream_failed */
export const sendContent = async (services: TaskServices, task: Task, exchange: Exchange): Promise<void> => {
  const { result } = task;
  if (result === null) throw errors.unknownObject("video: the task has not succeeded");
  if (services.epochMs() >= result.expiresAt) throw errors.unknownObject("video: it has expired");
  const { status, headers, body } = await open(services, task, result, exchange);
  body.on("error", () => undefined);
  if (![OK, PARTIAL, NOT_SATISFIABLE].includes(status)) {
    body.destroy();
    // The provider has thrown it away before its time.
    if (status === 403 || status === 404 || status === 410) throw errors.unknownObject("video: it has expired");
    throw errors.upstreamFailed(new Error(`content ${status}`));
  }
  const sink = exchange.sink({ keepAlive: null });
  const forwarded = FORWARDED.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [name, value];
  });
  sink.open(status, ["content-type", "video/mp4", ...forwarded]);
  sink.onDrain(() => {
    body.resume();
  });
  body.on("data", (chunk: Buffer) => {
    if (sink.closed) body.destroy();
    else if (!sink.write(chunk)) body.pause();
  });
  await new Promise<void>((resolve) => {
    body.once("end", () => {
      sink.end();
      resolve();
    });
    // A video that breaks off must not look whole.
    body.once("close", () => {
      if (!body.readableEnded) sink.cut();
      resolve();
    });
  });
};

/** One call of a route, from the request to the answer: who, may they, what do they send, what do they get. Default deny. */
import { ReadableStream as NodeStream, TextEncoderStream as NodeEncoder } from "node:stream/web";

import { enteredBy, mayEnter, type Verdict } from "./access.ts";
import { CSV, EVENTS, NOTHING, type Call, type ConsoleRoute, type CsvAnswer } from "./route.ts";
import { problems } from "./errors.ts";
import { unbroken } from "./pieces.ts";
import { readBody, readIdempotencyKey, readParams, readQuery, refuseMedia } from "./read.ts";
import { isFromOurPages, isUnsafe } from "./same-site.ts";
import type { ConsoleServices } from "./services.ts";

/** A request as the adapter hands it over. */
export interface Asked {
  readonly request: Request;
  /** Read already, and bounded. */
  readonly body: Buffer;
  /** Of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

/** The words for each verdict but `ok`. */
const REFUSALS = {
  "sign-in": problems.signIn,
  forbidden: problems.forbidden,
  missing: () => problems.missing("account"),
  "step-up": problems.stepUp,
} as const satisfies Record<Exclude<Verdict, "ok">, () => Error>;

/** @throws ConsoleError for an unsafe request of another site */
export const refuseForeign = (request: Request, publicUrl: string): void => {
  if (!isUnsafe(request.method)) return;
  const { headers } = request;
  const sender = {
    fetchSite: headers.get("sec-fetch-site"),
    origin: headers.get("origin"),
    host: headers.get("host"),
  };
  if (!isFromOurPages(sender, publicUrl)) throw problems.crossSite();
};

/** Everything checked, as the route's handler takes it. @throws ConsoleError */
const admit = async (services: ConsoleServices, route: ConsoleRoute, asked: Asked): Promise<Call> => {
  const { request, body, params, requestId, signal } = asked;
  refuseForeign(request, services.config.publicUrl);
  const viewer = await services.people.viewerOf(request);
  const account = params["account"] ?? null;
  const verdict = mayEnter(viewer, route, { account, now: services.now() });
  if (verdict !== "ok") throw REFUSALS[verdict]();
  refuseMedia(body, request.headers.get("content-type"));
  const checked = {
    services,
    viewer,
    account: viewer === null ? null : enteredBy(viewer, account),
    // The form first, whatever it is about: what is wrong with it is the same for every object.
    query: readQuery(route.query, URL.parse(request.url)?.searchParams ?? new URLSearchParams()),
    body: isUnsafe(request.method) ? readBody(route.body, body) : undefined,
    params: readParams(route.params, params),
    requestId,
    idempotencyKey: readIdempotencyKey(request.headers.get("idempotency-key")),
    request,
    headers: new Headers(),
    signal,
  };
  // `consoleRoute` ties the kinds of viewer and account to the access, which was decided above.
  return checked;
};

/** One of Node's streams where a web stream is wanted: the same thing, which two sets of types describe differently. */
const asWeb = (stream: unknown): ReadableStream<Uint8Array> => stream as ReadableStream<Uint8Array>;

const streamOf = (pieces: AsyncIterable<string>): ReadableStream<Uint8Array> =>
  asWeb(NodeStream.from(pieces).pipeThrough(new NodeEncoder()));

const respond = (route: ConsoleRoute, answer: unknown, { headers, signal }: Call): Response => {
  if (route.response === NOTHING) return new Response(null, { status: 204, headers });
  if (route.response === CSV) {
    const { fileName, lines } = answer as CsvAnswer;
    headers.set("content-type", "text/csv; charset=utf-8");
    headers.set("content-disposition", `attachment; filename="${fileName}"`);
    return new Response(streamOf(unbroken(lines, signal)), { status: route.status, headers });
  }
  if (route.response === EVENTS) {
    headers.set("content-type", "text/event-stream; charset=utf-8");
    return new Response(streamOf(answer as AsyncIterable<string>), { status: route.status, headers });
  }
  headers.set("content-type", "application/json; charset=utf-8");
  // What the schema does not name is a bug, and must not leave the house.
  return new Response(JSON.stringify(route.response.parse(answer)), { status: route.status, headers });
};

/** Serves one call. @throws ConsoleError, GatewayError, or whatever the handler throws */
export const callRoute = async (services: ConsoleServices, route: ConsoleRoute, asked: Asked): Promise<Response> => {
  const call = await admit(services, route, asked);
  return respond(route, await route.handle(call), call);
};

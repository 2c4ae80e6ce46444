/**
 * A route of the console: one value that says who may enter, what goes in and what comes out. The guard, the parser, the document and
 * the authorization matrix are all made from it, so that none of them can forget one.
 */
import type { z } from "@hono/zod-openapi";

import type { Access, AccountAccess, Entered } from "./access.ts";
import type { ConsoleServices } from "./services.ts";
import type { Viewer } from "./viewer.ts";

export const ROUTE_METHODS = ["get", "post", "put", "patch", "delete"] as const;
export type RouteMethod = (typeof ROUTE_METHODS)[number];

/** Areas in the document, and what each is for. */
export const TAGS = {
  public: "What anybody may see: the storefront, its models, plans and state.",
  me: "The signed-in person.",
  account: "One account: its keys, usage, money, people and alerts.",
  admin: "The installation.",
} as const;
export type Tag = keyof typeof TAGS;

/** A CSV file, streamed line by line. */
export const CSV = "text/csv";
/** Server-sent events: each item is one whole event. */
export const EVENTS = "text/event-stream";
/** Nothing: 204. */
export const NOTHING = "nothing";

export type ResponseShape = z.ZodType | typeof CSV | typeof EVENTS | typeof NOTHING;

export interface CsvAnswer {
  /** Ends in `.csv`; a constant, since it becomes part of a header. */
  readonly fileName: string;
  /** Pieces of whole lines (csv.ts writes them). */
  readonly lines: AsyncIterable<string>;
}

export type Answer<R extends ResponseShape> = R extends z.ZodType
  ? z.input<R>
  : R extends typeof CSV
    ? CsvAnswer
    : R extends typeof EVENTS
      ? AsyncIterable<string>
      : void;

type Out<S> = S extends z.ZodType ? z.output<S> : undefined;

/** A call for a viewer and an account of these kinds. */
interface CallOf<V, E, P, Q, B> {
  readonly services: ConsoleServices;
  readonly viewer: V;
  /** The account of the path, and what the viewer is in it. */
  readonly account: E;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly requestId: string;
  /** As sent, 1 to 255 visible characters; null when absent. */
  readonly idempotencyKey: string | null;
  /** The request itself, for its headers. Its body has been read. */
  readonly request: Request;
  /** Headers to answer with beside the usual ones, such as a cookie. */
  readonly headers: Headers;
  /** The client has left, or the server must stop. */
  readonly signal: AbortSignal;
}

/** One call of a route, everything in it checked. Calls of routes with the same kind of access are of one type. */
export type Call<A extends Access = Access, P = unknown, Q = unknown, B = unknown> = CallOf<
  A extends "public" ? Viewer | null : Viewer,
  A extends AccountAccess ? Entered : null,
  P,
  Q,
  B
>;

interface Order<A extends Access, P, Q, B, R extends ResponseShape> {
  readonly method: RouteMethod;
  /** Below `/console/api`, such as `/accounts/{account}/keys/{key}`. `{account}` is checked by the access, not by `params`. */
  readonly path: string;
  readonly access: A;
  /** Asks for a fresh proof of who one is. */
  readonly stepUp?: boolean;
  readonly tag: Tag;
  /** What it does, as a sentence. */
  readonly summary: string;
  readonly request?: {
    /** Strict objects all. Parameters of the path arrive decoded; the query as strings. */
    readonly params?: P;
    readonly query?: Q;
    readonly body?: B;
  };
  readonly response: R;
  /** 200, or 204 without an answer. */
  readonly status?: 200 | 201 | 202;
  readonly handle: (call: Call<A, Out<P>, Out<Q>, Out<B>>) => Promise<Answer<R>> | Answer<R>;
}

/** A route as the table holds it. */
export interface ConsoleRoute {
  readonly method: RouteMethod;
  readonly path: string;
  readonly access: Access;
  readonly stepUp: boolean;
  readonly tag: Tag;
  readonly summary: string;
  readonly params: z.ZodObject | undefined;
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodType | undefined;
  readonly response: ResponseShape;
  readonly status: number;
  readonly handle: (call: Call) => unknown;
}

/** Makes a route. What is left out of `request` is refused when it is sent. */
export const consoleRoute = <
  const A extends Access,
  R extends ResponseShape,
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(
  order: Order<A, P, Q, B, R>,
): ConsoleRoute => {
  const { method, path, access, tag, summary, request, response, handle } = order;
  return {
    method,
    path,
    access,
    stepUp: order.stepUp === true,
    tag,
    summary,
    params: request?.params,
    query: request?.query,
    body: request?.body,
    response,
    status: response === NOTHING ? 204 : (order.status ?? 200),
    // The guard in app.ts makes calls of exactly this kind; the table cannot say so for each of its routes.
    handle: handle as unknown as (call: Call) => unknown,
  };
};

/** A running gateway with one person of each kind, and every route of the console's API as tests call it. */
import { join, customerIn, signedIn, type CustomerIn } from "../../src/console/people/fixtures.ts";
import { openView } from "../../src/console/people/membership-store.ts";
import { ROUTES } from "../../src/console/areas.ts";
import { API_PREFIX } from "../../src/console/document.ts";
import type { ConsoleRoute } from "../../src/console/route.ts";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../gateway.ts";

/** Whoever may come: nobody, the people of an account, another customer, and those of the installation. */
export const WHO = ["anonymous", "owner", "member", "stranger", "operator", "support", "auditor", "visitor"] as const;
export type Who = (typeof WHO)[number];

export interface Rig {
  readonly gateway: TestGateway;
  /** The account of `owner` and `member`; `visitor`, of the support, has it open read-only. */
  readonly ours: CustomerIn;
  /** The account of `stranger`. */
  readonly theirs: CustomerIn;
  /** The `cookie` header of each; empty for nobody. */
  readonly cookies: Readonly<Record<Who, string>>;
  close(): Promise<void>;
}

/** @param agoMs how long ago everybody signed in */
export const openRig = async (options: TestGatewayOptions = {}, agoMs = 0): Promise<Rig> => {
  const gateway = await startTestGateway(options);
  const { database } = gateway.server;
  const ours = await customerIn(database, { agoMs });
  const theirs = await customerIn(database, { agoMs });
  const member = await signedIn(database, { agoMs });
  await join(database, { accountId: ours.accountId, personId: member.personId, role: "member" });
  const [operator, support, auditor, visitor] = [
    await signedIn(database, { role: "operator", agoMs }),
    await signedIn(database, { role: "support", agoMs }),
    await signedIn(database, { role: "auditor", agoMs }),
    await signedIn(database, { role: "support", agoMs }),
  ];
  await openView(database, {
    accountPublicId: ours.accountPublicId,
    personId: visitor.personId,
    reason: "test",
    now: Date.now(),
  });
  const cookies = {
    anonymous: "",
    owner: ours.cookie,
    member: member.cookie,
    stranger: theirs.cookie,
    operator: operator.cookie,
    support: support.cookie,
    auditor: auditor.cookie,
    visitor: visitor.cookie,
  };
  return { gateway, ours, theirs, cookies, close: () => gateway.close() };
};

/** What a route is called in a test's name. */
export const nameOf = ({ method, path }: ConsoleRoute): string => `${method.toUpperCase()} ${path}`;

/** An address of a route: its account, and an id that no object has for all other names. */
export const pathOf = ({ path }: ConsoleRoute, account: string): string =>
  `${API_PREFIX}${path.replace("{account}", account).replace(/\{[a-zA-Z]+\}/g, "nothing_0")}`;

export const isUnsafe = ({ method }: ConsoleRoute): boolean => method !== "get";
export const UNSAFE = ROUTES.filter(isUnsafe);
export const WITH_BODY = ROUTES.filter(({ body }) => body !== undefined);

export interface Sent {
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly query?: string;
  readonly account?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly code: string | undefined;
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Calls a route as a page of ours would, unless told otherwise. */
export const call = async ({ gateway, ours }: Rig, route: ConsoleRoute, sent: Sent = {}): Promise<Answered> => {
  const { url } = gateway;
  const query = sent.query === undefined ? "" : `?${sent.query}`;
  const response = await fetch(`${url}${pathOf(route, sent.account ?? ours.accountPublicId)}${query}`, {
    method: route.method.toUpperCase(),
    headers: {
      ...(isUnsafe(route) ? { origin: url, "content-type": "application/json" } : {}),
      ...(sent.cookie === undefined ? {} : { cookie: sent.cookie }),
      ...sent.headers,
    },
    ...(sent.body === undefined || !isUnsafe(route) ? {} : { body: sent.body }),
  });
  const text = await response.text();
  const { error } = (text.startsWith("{") ? JSON.parse(text) : {}) as {
    error?: { code?: string; message?: string; fields?: Record<string, string> };
  };
  return {
    status: response.status,
    headers: response.headers,
    code: error?.code,
    message: error?.message ?? "",
    fields: error?.fields ?? {},
  };
};

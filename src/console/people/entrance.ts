/**
 * What lies below `/console/auth`: a closed list of ours, each with its own schema, and behind most of them one question to the sign-in
 * library. The library's own addresses are not reachable.
 */
import { BODY_BYTES, readBody, refuseMedia } from "../read.ts";
import { problems } from "../errors.ts";
import { changeEndpoints } from "./change.ts";
import { emailEndpoints } from "./email.ts";
import { fromService, serviceEndpoints } from "./by-service.ts";
import { enterEndpoints } from "./enter.ts";
import { visitOf, type Ground, type Reply } from "./ground.ts";
import { joinEndpoints } from "./join.ts";
import { OAUTH_IDS, type OauthId } from "./oauth.ts";
import { AUTH_PATH } from "./sign-in.ts";

const ENDPOINTS = new Map(
  [...enterEndpoints, ...serviceEndpoints, ...joinEndpoints, ...changeEndpoints, ...emailEndpoints].map(
    (one) => [one.path, one] as const,
  ),
);

/** Every address of the entrance, for the tests that try them all. */
export const ENTRANCE_PATHS: readonly string[] = [...ENDPOINTS.keys()].map((path) => `${AUTH_PATH}${path}`);

/** Where another service sends a browser back to; the library's own name for it. */
const CALLBACK = "/callback/";

const headersOf = (cookies: readonly string[]): Headers => {
  const headers = new Headers({ "cache-control": "no-store" });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return headers;
};

const respond = ({ body, cookies = [] }: Reply): Response => {
  const headers = headersOf(cookies);
  headers.set("content-type", "application/json; charset=utf-8");
  return new Response(JSON.stringify(body), { status: 200, headers });
};

const callback = async (ground: Ground, request: Request, provider: OauthId): Promise<Response> => {
  const query = Object.fromEntries(URL.parse(request.url)?.searchParams ?? []);
  const { location, cookies } = await fromService(ground, await visitOf(ground, request), { provider, query });
  const headers = headersOf(cookies);
  headers.set("location", location);
  return new Response(null, { status: 302, headers });
};

/** Serves one request. @throws ConsoleError; whatever fails without being anybody's mistake */
export const serveEntrance = async (ground: Ground, request: Request): Promise<Response> => {
  const path = URL.parse(request.url)?.pathname.slice(AUTH_PATH.length) ?? "";
  const provider = OAUTH_IDS.find((id) => path === `${CALLBACK}${id}`);
  if (request.method === "GET" && provider !== undefined) return await callback(ground, request, provider);
  const endpoint = ENDPOINTS.get(path);
  if (endpoint === undefined) throw problems.missing("address of the console");
  if (request.method !== "POST") throw problems.method("POST");
  const bytes = Buffer.from(await request.arrayBuffer());
  if (bytes.length > BODY_BYTES) throw problems.tooLarge(BODY_BYTES);
  refuseMedia(bytes, request.headers.get("content-type"));
  const input = readBody(endpoint.body, bytes);
  return respond(await endpoint.run(ground, await visitOf(ground, request), input));
};

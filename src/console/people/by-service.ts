/**
 * Signing in by another service's word: there, and back. Whatever that service says of a failure, or whoever made the address that a
 * browser comes back with, none of it is repeated: what happened becomes one of our own words.
 */
import { z } from "zod";

import { ConsoleError, problems } from "../errors.ts";
import { table } from "../../table.ts";
import { begin } from "./begin.ts";
import { clearSessionCookie } from "./cookies.ts";
import { endpoint, type Endpoint } from "./endpoint.ts";
import type { Ground, Reply, Visit } from "./ground.ts";
import { ask, askAnyway, type LibraryAnswer } from "./library.ts";
import { OAUTH_IDS, type OauthId } from "./oauth.ts";

/** Where somebody goes who is in. */
const INSIDE = "/app";
const DOOR = "/sign-in";

/** Why nobody came in, as the sign-in page is told: `/sign-in?error=…`. */
const REFUSALS = ["cancelled", "closed", "unconfirmed", "disabled", "again", "away", "second-step", "failed"] as const;
type Refusal = (typeof REFUSALS)[number];

/** The library's words; whatever is not here has failed. One word for every address that is not proved, here or there: it tells nobody
 * whose address is known. */
const REFUSAL_OF = table<Refusal>({
  access_denied: "cancelled",
  login_required: "cancelled",
  interaction_required: "cancelled",
  REGISTRATION_CLOSED: "closed",
  ADDRESS_UNCONFIRMED: "unconfirmed",
  account_not_linked: "unconfirmed",
  email_not_found: "unconfirmed",
  PERSON_DISABLED: "disabled",
  state_mismatch: "again",
  state_not_found: "again",
  state_invalid: "again",
});

const doorOf = (refusal: Refusal): string => `${DOOR}?error=${refusal}`;

/** Where the library would send a browser of ours; null for anywhere else. */
const pathOf = (location: string | null, publicUrl: string): URL | null => {
  const target = location === null ? null : URL.parse(location, publicUrl);
  return target === null || target.origin !== URL.parse(publicUrl)?.origin ? null : target;
};

/** Why an answer lets nobody in; null when it does. */
const refusalOf = ({ status, location, body }: LibraryAnswer, publicUrl: string): Refusal | null => {
  if (status === 503) return "away";
  const target = status === 302 ? pathOf(location, publicUrl) : null;
  const code = target?.searchParams.get("error") ?? body["code"];
  if (typeof code === "string") return REFUSAL_OF[code] ?? "failed";
  return target?.pathname === INSIDE ? null : "failed";
};

const toService = async (
  ground: Ground,
  visit: Visit,
  { provider }: { readonly provider: OauthId },
): Promise<Reply> => {
  const body = { provider, callbackURL: INSIDE, errorCallbackURL: DOOR, disableRedirect: true };
  const nobody = { ...visit, signedIn: null };
  const question = { method: "POST", path: "/sign-in/social", body, service: provider } as const;
  const answer = await ask(ground, nobody, question);
  const { url } = answer.body;
  if (typeof url !== "string") throw problems.missing("service");
  return { body: { url }, cookies: answer.cookies };
};

export interface Return {
  /** A path of ours. */
  readonly location: string;
  readonly cookies: readonly string[];
}

/** Somebody comes back from another service. @returns where to send the browser, and its cookies */
export const fromService = async (
  ground: Ground,
  visit: Visit,
  { provider, query }: { readonly provider: OauthId; readonly query: Readonly<Record<string, string>> },
): Promise<Return> => {
  const question = { method: "GET", path: `/callback/${provider}`, query, service: provider } as const;
  const answer = await askAnyway(ground, { ...visit, signedIn: null }, question);
  const refusal = refusalOf(answer, ground.house().publicUrl);
  if (refusal !== null) return { location: doorOf(refusal), cookies: answer.cookies };
  try {
    const { cookies = [] } = await begin(ground, visit, { answer, way: "service" });
    return { location: INSIDE, cookies };
  } catch (error) {
    if (!(error instanceof ConsoleError) || error.code !== "conflict") throw error;
    return { location: doorOf("second-step"), cookies: [clearSessionCookie(ground.isSecure)] };
  }
};

export const serviceEndpoints: readonly Endpoint[] = [
  endpoint({ path: "/sign-in/service", body: z.strictObject({ provider: z.enum(OAUTH_IDS) }), run: toService }),
];

/**
 * Asks the sign-in library, as a request of our own making: its address is the configured one, its headers are those it needs, its body
 * is what a schema of ours let through. Its errors become the console's words; its answers, which hold tokens, stay here.
 */
import { ConsoleError, problems } from "../errors.ts";
import { table } from "../../table.ts";
import { withoutSession } from "./cookies.ts";
import type { Ground, Visit } from "./ground.ts";
import type { OauthId } from "./oauth.ts";
import { MIN_PASSWORD } from "./password.ts";
import { HashingBusy } from "./password-hash.ts";
import { AUTH_PATH, LIBRARY_PEER_HEADER } from "./sign-in.ts";

export interface Question {
  readonly method: "GET" | "POST";
  /** Below the library's mount, such as `/sign-in/email`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** The other service that it is about: whose answer is waited for, though not for ever. */
  readonly service?: OauthId;
}

export interface LibraryAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** `set-cookie` lines. */
  readonly cookies: readonly string[];
  /** Of a redirection. */
  readonly location: string | null;
}

const WRONG = {
  credentials: "The address or the password is not right. Try again, or choose a new password.",
  code: "This code is not right, or its time is over. Wait for the next one and try again.",
  recovery: "This recovery code is not right, or was used already. Try another one.",
  step: "This sign-in took too long or was tried too often. Begin again with your password.",
  link: "This link is not valid any more. Ask for a new one.",
  passkey: "This passkey is not known here, or the request took too long. Try again, or sign in with your password.",
  password: "The password is not right. Try again.",
} as const;

const serviceAway = (): ConsoleError =>
  new ConsoleError(
    "unavailable",
    "That service does not answer at the moment. Try again shortly, or sign in another way.",
    {
      retryAfter: SERVICE_RETRY_SECONDS,
    },
  );

const tooBusy = (): ConsoleError => problems.limited("Too many people sign in at this moment. Try again shortly.", 2);

const SERVICE_RETRY_SECONDS = 10;

/** The library's codes, as what is said of them. Whatever is not here is a failure of ours. */
const ERRORS = table<() => ConsoleError>({
  INVALID_EMAIL_OR_PASSWORD: () => problems.wrongProof(WRONG.credentials),
  INVALID_EMAIL: () => problems.wrongProof(WRONG.credentials),
  INVALID_PASSWORD: () => problems.wrongProof(WRONG.password),
  CREDENTIAL_ACCOUNT_NOT_FOUND: () => problems.conflict("You have no password yet. Choose one by 'Forgot password'."),
  EMAIL_NOT_VERIFIED: () =>
    problems.conflict(
      "This address is not confirmed yet. Follow the link in the mail that we sent, or ask for another.",
    ),
  PERSON_DISABLED: () => problems.wrongProof("This account is closed. Ask the operator."),
  REGISTRATION_CLOSED: () =>
    problems.conflict("Nobody can register here by themselves. Ask the operator for an invitation."),
  INVALID_CODE: () => problems.wrongProof(WRONG.code),
  INVALID_BACKUP_CODE: () => problems.wrongProof(WRONG.recovery),
  INVALID_TWO_FACTOR_COOKIE: () => problems.wrongProof(WRONG.step),
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: () => problems.wrongProof(WRONG.step),
  ACCOUNT_TEMPORARILY_LOCKED: () => problems.limited("Too many wrong codes. Wait a quarter of an hour.", 900),
  TOTP_NOT_ENABLED: () => problems.conflict("Codes of an app are not set up. Set them up on your profile page."),
  TWO_FACTOR_NOT_ENABLED: () => problems.conflict("Codes of an app are not set up. Set them up on your profile page."),
  TOTP_ALREADY_ENABLED: () => problems.conflict("Codes of an app are set up already. Remove them first."),
  INVALID_TOKEN: () => problems.wrongProof(WRONG.link),
  TOKEN_EXPIRED: () => problems.wrongProof(WRONG.link),
  USER_NOT_FOUND: () => problems.wrongProof(WRONG.link),
  PASSWORD_TOO_SHORT: () => problems.invalid({ password: `needs at least ${MIN_PASSWORD} characters` }),
  PASSWORD_TOO_LONG: () => problems.invalid({ password: "is too long" }),
  PASSKEY_NOT_FOUND: () => problems.wrongProof(WRONG.passkey),
  CHALLENGE_NOT_FOUND: () => problems.wrongProof(WRONG.passkey),
  AUTHENTICATION_FAILED: () => problems.wrongProof(WRONG.passkey),
  FAILED_TO_VERIFY_REGISTRATION: () => problems.wrongProof(WRONG.passkey),
  HASHING_BUSY: () => tooBusy(),
  PROVIDER_NOT_FOUND: () => problems.missing("service"),
  SERVICE_AWAY: serviceAway,
});

const readJson = async (response: Response): Promise<Record<string, unknown>> => {
  const text = await response.text();
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

/** The origin that the library is told: the configured one, and in development the one that our own page was reached by. */
const originOf = ({ isProduction, house }: Ground, { request }: Visit): string => {
  const own = URL.parse(house().publicUrl)?.origin ?? "";
  return isProduction ? own : (request.headers.get("origin") ?? own);
};

const requestOf = (ground: Ground, visit: Visit, { method, path, query, body }: Question): Request => {
  const search = query === undefined ? "" : `?${new URLSearchParams(query).toString()}`;
  const cookie = visit.signedIn === null ? withoutSession(visit.cookie, ground.isSecure) : (visit.cookie ?? "");
  const headers = new Headers({ cookie, origin: originOf(ground, visit), [LIBRARY_PEER_HEADER]: visit.peer });
  if (visit.userAgent !== null) headers.set("user-agent", visit.userAgent);
  if (method === "POST") headers.set("content-type", "application/json");
  return new Request(`${ground.house().publicUrl}${AUTH_PATH}${path}${search}`, {
    method,
    headers,
    body: method === "POST" ? JSON.stringify(body ?? {}) : null,
  });
};

/** Asks, and takes whatever comes. */
export const askAnyway = async (ground: Ground, visit: Visit, question: Question): Promise<LibraryAnswer> => {
  const response = await ground.signIn.handler(requestOf(ground, visit, question), question.service ?? null);
  return {
    status: response.status,
    body: await readJson(response),
    cookies: response.headers.getSetCookie(),
    location: response.headers.get("location"),
  };
};

/** The error that an answer stands for; null for none. */
export const errorOf = ({ status, body }: LibraryAnswer): ConsoleError | null => {
  if (status < 400) return null;
  const { code } = body;
  const known = typeof code === "string" ? ERRORS[code] : undefined;
  if (known !== undefined) return known();
  if (status < 500) return problems.wrongProof("This was not taken. Check it, and try again.");
  return problems.internal(new Error(`the sign-in library answered ${status} ${typeof code === "string" ? code : ""}`));
};

/** Asks, and throws what is refused. @throws ConsoleError */
export const ask = async (ground: Ground, visit: Visit, question: Question): Promise<LibraryAnswer> => {
  const answer = await askAnyway(ground, visit, question);
  const error = errorOf(answer);
  if (error !== null) throw error;
  return answer;
};

/** The error for a password that could not be checked because too many are. */
export const busyError = (error: unknown): unknown => (error instanceof HashingBusy ? tooBusy() : error);

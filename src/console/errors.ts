/**
 * What can go wrong in the console: one closed table, code → status, and the one body that all errors have. Each message says what
 * happened, why, and what to do next; none repeats a value that was sent.
 */
import { errorRow, type ErrorCode, type GatewayError } from "../errors.ts";
import type { ErrorDialect } from "../http/exchange.ts";

const STATUS = {
  invalid_value: 400,
  sign_in_required: 401,
  wrong_proof: 401,
  insufficient_balance: 402,
  forbidden: 403,
  step_up_required: 403,
  cross_site: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  code_used: 409,
  gone: 410,
  too_large: 413,
  unsupported_media: 415,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
} as const;

export type ConsoleErrorCode = keyof typeof STATUS;

export const CONSOLE_ERROR_CODES = Object.keys(STATUS) as readonly ConsoleErrorCode[];

export interface ConsoleErrorDetail {
  /** What is wrong with each field, by its path such as `limits.rpm`. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Seconds after which another try makes sense. */
  readonly retryAfter?: number;
  /** Methods of the `allow` header. */
  readonly allow?: string;
}

/** An error that is shown to the caller as it is. */
export class ConsoleError extends Error {
  override readonly name = "ConsoleError";
  readonly code: ConsoleErrorCode;
  readonly detail: ConsoleErrorDetail;

  /** @param message the public text; @param cause private, for the log only */
  constructor(code: ConsoleErrorCode, message: string, detail: ConsoleErrorDetail = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.detail = detail;
  }
}

/** Makers of the errors that many routes share. */
export const problems = {
  /** @param fields by path: `{ "name": "must be 1 to 64 characters" }` */
  invalid: (fields: Readonly<Record<string, string>>) =>
    new ConsoleError("invalid_value", "Some fields cannot be taken as they are. Correct them and send again.", {
      fields,
    }),
  signIn: () => new ConsoleError("sign_in_required", "Nobody is signed in, or the session has ended. Sign in again."),
  /** A password, a code, a link or a passkey that is not the right one. @param message says which, and what to do */
  wrongProof: (message: string) => new ConsoleError("wrong_proof", message),
  forbidden: () =>
    new ConsoleError("forbidden", "Your role does not allow this. Ask the account's owner or the operator."),
  stepUp: () =>
    new ConsoleError("step_up_required", "This asks for a fresh proof that it is you. Confirm it, then try again."),
  crossSite: () =>
    new ConsoleError(
      "cross_site",
      "This was sent from another site, so it was not done. Open the console and repeat it.",
    ),
  /** @param kind a constant such as `account` */
  missing: (kind: string) =>
    new ConsoleError("not_found", `There is no such ${kind} for you. Check the address, or go back to the list.`),
  method: (allow: string) =>
    new ConsoleError("method_not_allowed", `This address takes only ${allow}. Use one of them.`, { allow }),
  media: () =>
    new ConsoleError("unsupported_media", "The body must be JSON. Send it with Content-Type: application/json."),
  tooLarge: (limitBytes: number) =>
    new ConsoleError("too_large", `The request is larger than ${limitBytes} bytes. Send less at once.`),
  gone: (message: string) => new ConsoleError("gone", message),
  conflict: (message: string) => new ConsoleError("conflict", message),
  limited: (message: string, retryAfter: number) => new ConsoleError("rate_limited", message, { retryAfter }),
  unavailable: (cause?: unknown) =>
    new ConsoleError(
      "unavailable",
      "The database does not answer at the moment. Nothing was changed; try again shortly.",
      { retryAfter: 2 },
      cause,
    ),
  internal: (cause?: unknown) =>
    new ConsoleError(
      "internal",
      "Something failed here and was logged. Try again; tell the operator if it stays.",
      {},
      cause,
    ),
} as const;

/** The status of a code. */
export const statusOf = (code: ConsoleErrorCode): number => STATUS[code];

/** The body that every error of the console has. */
export const errorBody = (
  code: string,
  message: string,
  fields?: Readonly<Record<string, string>>,
): { error: { code: string; message: string; fields?: Readonly<Record<string, string>> } } => ({
  error: { code, message, ...(fields === undefined ? {} : { fields }) },
});

/** How the server's own errors (a drain, a body that is too large) look under `/console/`. */
export const CONSOLE_DIALECT: ErrorDialect = {
  error: (error: GatewayError) => JSON.stringify(errorBody(error.code, error.message)),
  status: (code: ErrorCode) => errorRow(code).status,
};

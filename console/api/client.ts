/** The one way to the console's API: typed by the document that the server generates (schema.d.ts), errors as one class. */
import createClient from "openapi-fetch";

import type { paths } from "./schema.d.ts";

/** What the API refused, in its own words; safe to be shown. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** A constant such as `step_up_required`. */
  readonly code: string;
  /** What is wrong with each field, by its path. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, fields: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });

interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string; readonly fields?: Record<string, string> };
}

const asError = (status: number, body: unknown): ApiError => {
  const error = (body as ErrorBody | undefined)?.error;
  return new ApiError(
    status,
    error?.code ?? "unknown",
    error?.message ?? "The server did not answer as it should. Try again.",
    error?.fields,
  );
};

/**
 * The data of a call, or its error thrown.
 * @throws ApiError with the API's words; with code `offline` when the server could not be reached
 */
export const answered = async <T>(
  call: Promise<{ readonly data?: T; readonly error?: unknown; readonly response: Response }>,
): Promise<T> => {
  let result: Awaited<typeof call>;
  try {
    result = await call;
  } catch {
    throw new ApiError(0, "offline", "The server cannot be reached. Check your connection and try again.");
  }
  if (!result.response.ok) throw asError(result.response.status, result.error);
  return result.data as T;
};

/** What is wrong with one field, of the error of a form. */
export const fieldError = (error: unknown, field: string): string | undefined =>
  error instanceof ApiError ? error.fields[field] : undefined;

/** A fresh name for one act that moves money: sent again with each retry of it, never for another. */
export const newIdempotencyKey = (): string => crypto.randomUUID();

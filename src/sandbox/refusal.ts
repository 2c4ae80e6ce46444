/** What the sandbox refuses, as a provider would: thrown while reading a request and rendered in the request's dialect. */
import type { RefusalKind } from "./models.ts";

export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly kind: RefusalKind;
  readonly param: string | null;

  /** @param message the text that the provider's error body shows. */
  constructor(status: number, kind: RefusalKind, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.kind = kind;
    this.param = param;
  }
}

/** A 400. */
export const invalid = (message: string, param: string | null = null): Refusal =>
  new Refusal(400, "invalid", message, param);

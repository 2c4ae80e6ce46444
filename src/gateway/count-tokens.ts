/**
 * Counting a prompt's tokens before it is sent: an estimate of our own, for any model, free, outside the request limits (a coding
 * agent asks for three dozen counts at once) and without a row. No provider is called: a shared provider key has limits too.
 */
import type { Handler } from "../http/exchange.ts";
import type { CallRoute, Protocol } from "../protocols/protocol.ts";
import { readCall } from "./call.ts";
import { promptEstimate } from "./estimate.ts";
import { resolveModel } from "./inference.ts";
import { authenticate } from "./pipeline.ts";
import type { Services } from "./services.ts";

/** What of a count is the protocol's own. */
export interface CountDialect {
  readonly protocol: Protocol;
  /** The reply's body. */
  readonly write: (tokens: number) => object;
  /** The request to count, where the body only holds it. */
  readonly request?: (body: Buffer) => Buffer;
}

/** @param route what the path says, where the protocol says it there */
export const countTokens =
  (services: Services, { protocol, write, request }: CountDialect, route?: CallRoute): Handler =>
  async (exchange) => {
    const installation = services.installation();
    const key = await authenticate(services, exchange);
    const body = await exchange.body({ media: "json" });
    const ask = protocol.client.ask(readCall(request?.(body) ?? body, exchange.headers, route));
    resolveModel({ installation, key, ask, operation: null });
    exchange.reply(200, JSON.stringify(write(promptEstimate(ask.content))));
  };

/** Our own reply headers, `x-farthing-*`, as flat name/value lists. Pure. */
import { toldNames } from "../attempt.ts";
import type { FlatHeaders } from "../http/exchange.ts";
import type { Outgoing } from "../protocols/protocol.ts";
import { displayed, type Inference } from "./inference.ts";
import type { Leg } from "./plan.ts";
import type { SettledInference } from "./settle.ts";

/** What is known before the reply begins. @param limits what is to be said of the request's limits */
export const earlyHeaders = (
  leg: Leg,
  outgoing: Outgoing,
  lowered: number | undefined,
  limits: FlatHeaders,
): FlatHeaders => {
  const headers: string[] = [...limits];
  if (lowered !== undefined) headers.push("x-farthing-max-tokens", String(lowered));
  if (outgoing.dropped.length > 0) headers.push("x-farthing-dropped", toldNames(outgoing.dropped).join(","));
  if (leg.upstream.sandbox) headers.push("x-farthing-sandbox", "true");
  return headers;
};

/** What is known once the request is settled; streams have sent their head by then. */
export const lateHeaders = (inference: Inference, { settled, receipt }: SettledInference): FlatHeaders => {
  const headers = ["x-farthing-usage-source", settled.source];
  if (receipt === undefined) return headers;
  const { unit } = inference;
  headers.push(
    "x-farthing-cost",
    displayed(receipt.charge, unit),
    "x-farthing-balance",
    displayed(receipt.balance, unit),
  );
  return headers;
};

/**
 * Money that an operator moves by hand: entries of an account, and refunds of charges. Each has a reason and an Idempotency-Key: pressed
 * twice, or by two operators who have seen the same, it is one entry (E114).
 */
import { z } from "@hono/zod-openapi";

import { credit, debit } from "../../ledger/credit-store.ts";
import { refund } from "../../ledger/refund-store.ts";
import { TransferRefused, type Counterpart, type Posting } from "../../ledger/transfer.ts";
import { problems } from "../errors.ts";
import { consoleRoute, type Call, type ConsoleRoute } from "../route.ts";
import { line, nano, nanoText, positiveNano, publicId, requestId } from "../values.ts";
import { actorOf } from "../viewer.ts";
import { accountOf, MAX_REASON } from "./accounts-routes.ts";

/** What an entry is booked against. */
const FUNDS = ["payment", "promo", "adjustment"] as const;
const COUNTERPARTS = {
  payment: "payments",
  promo: "promo",
  adjustment: "adjustments",
} as const satisfies Record<(typeof FUNDS)[number], Counterpart>;

/** Longest key of a client: with what stands before it, it fits the ledger's 255 characters. */
const MAX_KEY = 160;

/** The ledger's name of a client's key. @throws ConsoleError without one: nothing that moves money is sent without it */
const keyOf = ({ idempotencyKey }: Pick<Call, "idempotencyKey">, scope: string): string => {
  if (idempotencyKey === null || idempotencyKey.length > MAX_KEY)
    throw problems.invalid({ "Idempotency-Key": `is required, with 1 to ${MAX_KEY} characters` });
  return `console:${scope}:${idempotencyKey}`;
};

/** What the ledger refuses, in its own words: amounts and rules, and nothing of anybody else. */
const refusing = async <T>(act: Promise<T>): Promise<T> => {
  try {
    return await act;
  } catch (error) {
    if (error instanceof TransferRefused) throw problems.conflict(error.message);
    throw error;
  }
};

const postingShape = z.strictObject({
  transfer: z.string(),
  balanceNano: nano,
  /** True when this was done before: nothing was moved now. */
  replayed: z.boolean(),
  /** What of a debit is collected later, as running requests return it; the account is frozen until then. */
  pendingNano: nano,
});

const shown = ({ transferId, balance, replayed, pending }: Posting): z.input<typeof postingShape> => ({
  transfer: String(transferId),
  balanceNano: nanoText(balance),
  replayed,
  pendingNano: nanoText(pending ?? 0n),
});

const entry = consoleRoute({
  method: "post",
  path: "/admin/accounts/{account}/entries",
  access: "admin:write",
  stepUp: true,
  tag: "admin",
  summary: "Credit or debit an account, with a reason. Needs an Idempotency-Key.",
  request: {
    params: z.strictObject({ account: publicId }),
    body: z.strictObject({
      direction: z.enum(["credit", "debit"]),
      fund: z.enum(FUNDS),
      amountNano: positiveNano,
      reason: line(MAX_REASON),
    }),
  },
  response: postingShape,
  status: 201,
  handle: async (call) => {
    const { services, viewer, params, body } = call;
    const key = keyOf(call, params.account);
    const { id: accountId } = await accountOf(call, params.account);
    // What was given is spent first: there is no taking back a part of it under its own name.
    if (body.direction === "debit" && body.fund === "promo")
      throw problems.invalid({ fund: "of a debit is a payment or an adjustment" });
    const order = {
      accountId,
      amount: BigInt(body.amountNano),
      reason: body.reason,
      actor: actorOf(viewer),
      idempotencyKey: key,
      counterpart: COUNTERPARTS[body.fund],
    };
    const act = body.direction === "credit" ? credit : debit;
    const posting = await refusing(act(services.database, order));
    await services.refresh();
    return shown(posting);
  },
});

const giveBack = consoleRoute({
  method: "post",
  path: "/admin/requests/{request}/refund",
  access: "admin:write",
  stepUp: true,
  tag: "admin",
  summary: "Give a charge back, or a part of it; never more than it. Needs an Idempotency-Key.",
  request: {
    params: z.strictObject({ request: requestId }),
    body: z.strictObject({ amountNano: positiveNano.nullable(), reason: line(MAX_REASON) }),
  },
  response: postingShape,
  status: 201,
  handle: async (call) => {
    const { services, viewer, params, body } = call;
    const order = {
      requestId: params.request,
      amount: body.amountNano === null ? null : BigInt(body.amountNano),
      reason: body.reason,
      actor: actorOf(viewer),
      idempotencyKey: keyOf(call, params.request),
    };
    return shown(await refusing(refund(services.database, order)));
  },
});

export const moneyRoutes: readonly ConsoleRoute[] = [entry, giveBack];

/**
 * Ways around the till, as they were found in others: a route that asks for no money (b43), one that is gated and never charged (b44),
 * a payment that anybody may declare (b26), counts that pay the customer (b27). On both databases.
 */
import { createHmac } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startTestGateway, type TestGateway } from "../gateway.ts";
import { provision } from "../provision.ts";
import { CHARGED_CALLS, CHARGED_ROUTES, send, type ChargedCall, type Kind } from "./calls.ts";

/** The sandbox's own model of each kind. */
const MODELS: Readonly<Record<Kind, string>> = {
  chat: "sandbox/echo",
  embedding: "sandbox/embedding",
  image: "sandbox/image",
  speech: "sandbox/speech",
  transcription: "sandbox/transcription",
  video: "sandbox/video",
};

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ credit: "100" });
});
afterAll(() => gateway.close());

const rows = CHARGED_CALLS.map((call) => [call.route, call] as const);
const ask = (call: ChargedCall, key: string): Promise<Response> =>
  send(gateway.url, call, MODELS[call.kind], { authorization: `Bearer ${key}` });
const requestsOf = (accountId: number): Record<string, unknown>[] =>
  gateway.query("select posted, outcome from request where account_id = ?", accountId);

it("b43, b44: no call that is charged is left out here", () => {
  expect(CHARGED_CALLS.map(({ route }) => route).sort()).toEqual([...CHARGED_ROUTES].sort());
});

describe("b43: without money nothing is served", () => {
  it.each(rows)("%s", async (_route, call) => {
    const broke = await provision(gateway.server, { credit: "0.000000001" });
    const reply = await ask(call, broke.key);
    expect(reply.status, await reply.text()).toBe(402);
    for (const row of requestsOf(broke.accountId)) expect(row).toMatchObject({ posted: 0n });
    expect(gateway.query("select count(*) as n from task where account_id = ?", broke.accountId)).toEqual([{ n: 0n }]);
  });
});

describe("b44: what is served is charged, once", () => {
  it.each(rows)("%s", async (_route, call) => {
    const customer = await provision(gateway.server, { credit: "20" });
    const reply = await ask(call, customer.key);
    expect(reply.status, await reply.text()).toBe(200);
    await expect.poll(() => requestsOf(customer.accountId), { timeout: 20_000 }).toHaveLength(1);
    const [row] = requestsOf(customer.accountId);
    expect(row).toMatchObject({ outcome: "completed" });
    expect(row?.["posted"]).toBeGreaterThan(0n);
    const [{ balance } = {}] = gateway.query("select balance from account where id = ?", customer.accountId);
    expect(balance).toBe(20_000_000_000n - (row?.["posted"] as bigint));
  });
});

describe("b26: a payment is nothing that a message can declare", () => {
  const event = JSON.stringify({
    id: "evt_1",
    type: "checkout.session.completed",
    data: { object: { payment_status: "paid", amount_total: 100_000, client_reference_id: "acc_1" } },
  });
  const at = Math.floor(Date.now() / 1_000);
  /** Signed with the empty secret that an unset variable is. */
  const forged = {
    "content-type": "application/json",
    "stripe-signature": `t=${at},v1=${createHmac("sha256", "").update(`${at}.${event}`).digest("hex")}`,
    "btcpay-sig": `sha256=${createHmac("sha256", "").update(event).digest("hex")}`,
  };

  it.each([
    "/webhook",
    "/webhooks/stripe",
    "/api/stripe/webhook",
    "/api/user/epay/notify?trade_status=TRADE_SUCCESS&money=1000",
    "/v1/payments/webhook",
    "/console/api/webhooks/stripe",
    "/console/api/payments/stripe",
    "/console/auth/stripe/webhook",
  ])("%s takes none", async (path) => {
    const transfers = () => gateway.query("select count(*) as n from transfer");
    const before = transfers();
    const reply = await fetch(gateway.url + path, { method: "POST", headers: forged, body: event });
    // What asks for a page of ours says so first.
    expect([403, 404], await reply.text()).toContain(reply.status);
    expect(transfers()).toEqual(before);
  });
});

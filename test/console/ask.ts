/** A charged request, for tests that look at what is shown of it. */
import { credit } from "../../src/ledger/credit-store.ts";
import { createKey, NO_LIMITS } from "../../src/keys/store.ts";
import { parseNano } from "../../src/money.ts";
import type { TestGateway } from "../gateway.ts";

const keys = new WeakMap<TestGateway, Map<number, string>>();

/** A key of an account with money; made once. */
const keyOf = async (gateway: TestGateway, accountId: number): Promise<string> => {
  const known = keys.get(gateway) ?? new Map<number, string>();
  keys.set(gateway, known);
  const before = known.get(accountId);
  if (before !== undefined) return before;
  const { database } = gateway.server;
  const order = { accountId, reason: "test", actor: "test", idempotencyKey: null };
  await credit(database, { ...order, amount: parseNano("5") });
  const format = { prefix: "sk-test-", length: 30 };
  const { key } = await createKey(database, { accountId, name: "test", format, limits: NO_LIMITS, actor: "test" });
  await gateway.server.refresh();
  known.set(accountId, key);
  return key;
};

/** One chat with the sandbox. @param accountId who pays; the gateway's own account when absent @returns the request's id */
export const chat = async (gateway: TestGateway, accountId?: number): Promise<string> => {
  const key = accountId === undefined ? gateway.key : await keyOf(gateway, accountId);
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "sandbox/echo", messages: [{ role: "user", content: "hello" }] }),
  });
  await response.text();
  if (response.status !== 200) throw new Error(`the chat was refused with ${response.status}`);
  return response.headers.get("x-request-id") ?? "";
};

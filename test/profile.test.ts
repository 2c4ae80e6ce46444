/** What the holder of a key is told of the account and the key, and what the holder of a key that is no good is told everywhere. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { setFrozen } from "../src/accounts/store.ts";
import { createKey, NO_LIMITS, setKeyStatus, type KeyLimits } from "../src/keys/store.ts";
import { credit, debit } from "../src/ledger/credit-store.ts";
import { parseNano } from "../src/money.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";
import { provision } from "./provision.ts";

type Loose = Record<string, ReturnType<JSON["parse"]>>;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({
    config: {
      storefront: {
        unit: { name: "credits", per: "usd", rate: 4 },
        support: "help@example.com",
        billingUrl: "https://example.com/billing",
      },
      plans: [{ id: "basic", discount: "0%", rpm: 200, tpm: 1_000_000, default: true }],
    },
  });
});
afterAll(() => gateway.close());

const keyOf = async (accountId: number, limits: Partial<KeyLimits>) => {
  const made = await createKey(gateway.server.database, {
    accountId,
    name: "limited",
    format: { prefix: "sk-" },
    limits: { ...NO_LIMITS, ...limits },
    actor: "test",
  });
  await gateway.server.refresh();
  return made;
};

const get = async (path: string, key: string) => {
  const reply = await fetch(gateway.url + path, { headers: { "x-api-key": key } });
  return { status: reply.status, body: (await reply.json()) as Loose };
};

const BODY = JSON.stringify({ model: "sandbox/echo", max_tokens: 20, messages: [{ role: "user", content: "hi" }] });
const post = (path: string, key: string) =>
  fetch(gateway.url + path, {
    method: "POST",
    headers: { "x-api-key": key, "content-type": "application/json" },
    body: BODY,
  });

describe("GET /v1/profile", () => {
  it("tells balance, plan, limits and where to top up", async () => {
    const { body } = await get("/v1/profile", gateway.key);
    expect(body).toEqual({
      username: "test",
      key_name: "test",
      key_id: expect.stringMatching(/^key_/) as string,
      plan: "basic",
      unit: "credits",
      balance: "40",
      credits: 40,
      budget: null,
      expires_at: null,
      models: null,
      limits: {
        key: { rpm: null, tpm: null, concurrency: null },
        account: { rpm: 200, tpm: 1_000_000, concurrency: null },
      },
      billing_url: "https://example.com/billing",
      support: "help@example.com",
    });
  });

  it("tells what a key of its own limits has left (I-16)", async () => {
    const { accountId } = await provision(gateway.server, { credit: "5" });
    const expiresAt = Date.parse("2099-01-01T00:00:00Z");
    const { key } = await keyOf(accountId, {
      budget: parseNano("2"),
      rpm: 9,
      models: ["sandbox/echo"],
      expiresAt,
    });
    const reply = await post("/v1/messages", key);
    expect(reply.status).toBe(200);
    await reply.text();
    const cost = parseNano(reply.headers.get("x-farthing-cost") ?? "");
    expect(cost).toBeGreaterThan(0n);
    const { body } = await get("/v1/profile", key);
    expect(body).toMatchObject({
      key_name: "limited",
      budget: { limit: "8", spent: reply.headers.get("x-farthing-cost") },
      expires_at: "2099-01-01T00:00:00.000Z",
      models: ["sandbox/echo"],
      limits: { key: { rpm: 9 }, account: { rpm: 200 } },
    });
    expect(parseNano(body["budget"].left)).toBe(parseNano("8") - cost);
  });
});

describe("a key that is no good", () => {
  const PATHS = ["/v1/profile", "/v1/usage", "/v1/models", "/v1/models/info"];

  /** Status and code of every answer that the key gets. */
  const answers = async (key: string): Promise<Set<string>> => {
    const seen = new Set<string>();
    for (const path of PATHS) {
      const { status, body } = await get(path, key);
      seen.add(`${status} ${body["error"]?.code}`);
    }
    const reply = await post("/v1/chat/completions", key);
    seen.add(`${reply.status} ${((await reply.json()) as Loose)["error"].code}`);
    expect(reply.headers.get("x-should-retry")).toBe("false");
    return seen;
  };
  const asAnthropic = async (key: string): Promise<unknown> => {
    const reply = await post("/v1/messages", key);
    const { error } = (await reply.json()) as Loose;
    return [reply.status, error.type];
  };

  it("frozen: 403 everywhere, until it is thawed", async () => {
    const { accountId } = await provision(gateway.server, { credit: "1" });
    const { key, publicId } = await keyOf(accountId, {});
    const set = async (status: "frozen" | "active"): Promise<void> => {
      await setKeyStatus(gateway.server.database, { publicId, status, actor: "test" });
      await gateway.server.refresh();
    };
    await set("frozen");
    expect([...(await answers(key))]).toEqual(["403 key_disabled"]);
    expect(await asAnthropic(key)).toEqual([403, "permission_error"]);
    await set("active");
    expect((await get("/v1/profile", key)).status).toBe(200);
  });

  it("of a frozen account: 403 everywhere", async () => {
    const { publicId, key } = await provision(gateway.server, { credit: "1" });
    await setFrozen(gateway.server.database, { publicId, frozen: true, reason: "test", actor: "test" });
    await gateway.server.refresh();
    expect([...(await answers(key))]).toEqual(["403 key_disabled"]);
  });

  it("of an account that is frozen for a pending debit: 403, but for the profile, which says so (§9.2 f)", async () => {
    const { accountId, key } = await provision(gateway.server, { credit: "1" });
    const order = { accountId, amount: 3_000_000_000n, reason: "test", actor: "test", idempotencyKey: null };
    await debit(gateway.server.database, { ...order, mayOwe: true }, 0);
    await gateway.server.refresh();
    const { status, body } = await get("/v1/profile", key);
    expect([status, body["balance"], body["pending_debit"]]).toEqual([200, "0", "8"]);
    expect((await get("/v1/usage", key)).status).toBe(403);
    await credit(gateway.server.database, { ...order, amount: 2_500_000_000n });
    await vi.waitFor(
      async () => {
        expect((await get("/v1/usage", key)).status).toBe(200);
      },
      { timeout: 10_000 },
    );
    expect((await get("/v1/profile", key)).body).toMatchObject({ balance: "2" });
  });

  it("expired or revoked: 401 everywhere, like one that never was (§9.7, E-KEY)", async () => {
    const { accountId } = await provision(gateway.server, { credit: "1" });
    const expired = await keyOf(accountId, { expiresAt: Date.now() - 1 });
    expect([...(await answers(expired.key))]).toEqual(["401 invalid_api_key"]);
    expect(await asAnthropic(expired.key)).toEqual([401, "authentication_error"]);
    const revoked = await keyOf(accountId, {});
    await setKeyStatus(gateway.server.database, { publicId: revoked.publicId, status: "revoked", actor: "test" });
    await gateway.server.refresh();
    expect([...(await answers(revoked.key))]).toEqual(["401 invalid_api_key"]);
  });
});

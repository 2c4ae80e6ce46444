/** What the command line changes is effective on the running server within its poll: keys, accounts, money, prices (DESIGN §5). */
import { writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { requestIdBytes } from "../../src/id.ts";
import { startGateway, type GatewayProcess } from "../client.ts";

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  expect(await gateway.cli("audit")).toMatchObject({ disagreements: [] });
  gateway.process.kill("SIGINT");
  await gateway.stop();
});

/** The promised second. A poll is five times as quick, so this is a wait that must be enough, not a measurement. */
const SECOND = 1_000;
const aSecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SECOND));

const newKey = async (
  credit: readonly string[] = ["--credit", "10"],
): Promise<{ account: string; key: string; keyId: string }> => {
  const account = (await gateway.cli("account", "create", "--name", "control", ...credit)) as { id: string };
  const made = (await gateway.cli("key", "create", "--account", account.id)) as { key: string; id: string };
  return { account: account.id, key: made.key, keyId: made.id };
};

const ask = (key: string, fields: object = {}): Promise<Response> =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: "sandbox/echo",
      max_tokens: 300,
      messages: [{ role: "user", content: "hi" }],
      ...fields,
    }),
  });

/** Status and code of a request. */
const answer = async (key: string): Promise<string> => {
  const reply = await ask(key);
  const { error } = (await reply.json()) as { error?: { code: string } };
  return error === undefined ? String(reply.status) : `${reply.status} ${error.code}`;
};

describe("effective within a second", () => {
  it("a key that is frozen, thawed, revoked", async () => {
    const { key, keyId } = await newKey();
    expect(await answer(key)).toBe("200");
    await gateway.cli("key", "freeze", keyId);
    await aSecond();
    expect(await answer(key)).toBe("403 key_disabled");
    await gateway.cli("key", "thaw", keyId);
    await aSecond();
    expect(await answer(key)).toBe("200");
    await gateway.cli("key", "revoke", keyId);
    await aSecond();
    expect(await answer(key)).toBe("401 invalid_api_key");
  });

  it("an account that is frozen and thawed", async () => {
    const { account, key } = await newKey();
    await gateway.cli("account", "freeze", account, "--reason", "test");
    await aSecond();
    expect(await answer(key)).toBe("403 key_disabled");
    await gateway.cli("account", "thaw", account, "--reason", "test");
    await aSecond();
    expect(await answer(key)).toBe("200");
  });

  it.concurrent.each([
    ["a key that is frozen", (_account: string, keyId: string) => ["key", "freeze", keyId]],
    ["a key that is revoked", (_account: string, keyId: string) => ["key", "revoke", keyId]],
    ["an account that is frozen", (account: string) => ["account", "freeze", account, "--reason", "test"]],
  ])("E116: %s ends its streams; what was delivered is charged, and another's goes on", async (_what, freeze) => {
    const [one, other] = [await newKey(), await newKey()];
    // Words of 50 ms each: more than a minute, of which a little is heard.
    const slow = (words: number) => ({
      model: "sandbox/slow",
      stream: true,
      max_tokens: 2_000,
      messages: [{ role: "user", content: "word ".repeat(words) }],
    });
    const ending = await ask(one.key, slow(1_500));
    const going = await ask(other.key, slow(100));
    await gateway.cli(...freeze(one.account, one.keyId));
    const text = await ending.text();
    expect(text).not.toContain("[DONE]");
    expect(text).toContain("This API key is disabled.");
    expect(await going.text()).toContain("[DONE]");
    const reader = gateway.reader();
    const rowOf = (reply: Response) =>
      reader.query("select * from request where id = ?", requestIdBytes(reply.headers.get("x-request-id") ?? ""))[0];
    const row = rowOf(ending);
    expect(row).toMatchObject({ outcome: "revoked_midstream", source: "estimated" });
    expect(row?.["posted"]).toBeGreaterThan(0n);
    expect(row?.["posted"]).toBeLessThan(row?.["hold"] as bigint);
    expect(rowOf(going)).toMatchObject({ outcome: "completed" });
    await reader.close();
  });

  it("a credit to an empty account", async () => {
    const { account, key } = await newKey([]);
    expect(await answer(key)).toBe("402 insufficient_balance");
    await gateway.cli("credit", account, "1", "--reason", "test");
    await aSecond();
    expect(await answer(key)).toBe("200");
  });

  it("prices and a plan's discount, by apply", async () => {
    const { key } = await newKey();
    const cost = async (): Promise<number> =>
      Number((await ask(key, { model: "priced" })).headers.get("x-farthing-cost"));
    const apply = async (input: string, discount: string): Promise<void> => {
      const file = path.join(gateway.dataDir, "control.yaml");
      const prices = { input, output: input };
      const routes = [{ upstream: "sandbox", model: "sandbox/echo", priority: 1, weight: 1 }];
      const models = [{ id: "priced", kind: "chat", context: 8_000, maxOutput: 4_000, prices, routes }];
      writeFileSync(file, JSON.stringify({ models, plans: [{ id: "all", discount, default: true }] }));
      await gateway.cli("apply", file);
      await aSecond();
    };
    await apply("1", "0%");
    const before = await cost();
    expect(before).toBeGreaterThan(0);
    await apply("10", "0%");
    expect(await cost()).toBeCloseTo(before * 10, 12);
    await apply("10", "50%");
    expect(await cost()).toBeCloseTo(before * 5, 12);
  });
});

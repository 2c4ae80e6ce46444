/** Group D of the fault matrix, credentials: one rule for where a key may stand, and one answer to all that are none. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { mintKey } from "../../src/keys/key.ts";
import { DIALECTS } from "../client-dialects.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { PROTOCOL_IDS } from "../upstream/four-upstreams.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(async () => {
  expect(gateway.server.books.open().count).toBe(0);
  await gateway.close();
});

describe("D90 credentials", () => {
  const ask = async (headers: Record<string, string>, query = ""): Promise<number> => {
    const reply = await fetch(`${gateway.url}/v1/models${query}`, { headers });
    await reply.arrayBuffer();
    return reply.status;
  };

  it("takes the key wherever a client puts it", async () => {
    expect(await ask({ authorization: `Bearer ${gateway.key}` })).toBe(200);
    expect(await ask({ authorization: `bearer ${gateway.key}` })).toBe(200);
    expect(await ask({ "x-api-key": gateway.key })).toBe(200);
    expect(await ask({ "x-goog-api-key": gateway.key })).toBe(200);
    expect(await ask({}, `?key=${gateway.key}`)).toBe(200);
  });

  it("refuses two different ones, and none", async () => {
    expect(await ask({ authorization: `Bearer ${gateway.key}`, "x-api-key": `${gateway.key}x` })).toBe(401);
    expect(await ask({ authorization: `Bearer ${gateway.key}`, "x-api-key": gateway.key })).toBe(200);
    expect(await ask({})).toBe(401);
    expect(await ask({ "x-api-key": "" })).toBe(401);
    expect(await ask({ authorization: "Bearer" })).toBe(401);
  });
});

describe.each(PROTOCOL_IDS)("D91 a key that is none, in %s", (dialect) => {
  const ask = async (headers: Record<string, string>) => {
    const { request, text, errorOf } = DIALECTS[dialect];
    const { path, body } = request("sandbox/echo", [text("hi")]);
    const reply = await fetch(gateway.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    return { error: errorOf(await reply.json(), reply.status), retry: reply.headers.get("x-should-retry") };
  };
  const WORDS = { anthropic: "authentication_error", gemini: "UNAUTHENTICATED" } as const;
  const wordOf = (code: string): string => (dialect === "anthropic" || dialect === "gemini" ? WORDS[dialect] : code);

  it.each([
    ["SQL", "' OR 1=1--"],
    ["a bad check", "sk-far-000000000000000000000000000000000000"],
    ["a good check of a key that does not exist", mintKey({ prefix: "sk-far-" })],
    ["eight thousand letters", `sk-far-${"k".repeat(8_000)}`],
    ["a prototype", "__proto__"],
  ])("%s is the same 401", async (_name, key) => {
    const { error, retry } = await ask({ authorization: `Bearer ${key}` });
    expect(error).toEqual({ status: 401, message: "Invalid API key.", word: wordOf("invalid_api_key") });
    expect(retry).toBe("false");
  });

  it("D90 none at all, an empty one, a bare scheme", async () => {
    for (const headers of [{}, { "x-api-key": "" }, { authorization: "Bearer" }, { authorization: "Bearer  " }]) {
      const { error, retry } = await ask(headers);
      expect(error).toMatchObject({ status: 401, word: wordOf("missing_api_key") });
      expect(retry).toBe("false");
    }
  });

  it("D90 two different ones", async () => {
    const { error } = await ask({
      authorization: `Bearer ${gateway.key}`,
      "x-api-key": mintKey({ prefix: "sk-far-" }),
    });
    expect(error).toMatchObject({ status: 401, word: wordOf("invalid_api_key") });
  });
});

it("keeps 402 exact: balance, required and affordable max_tokens are in the error", async () => {
  const poor = await startTestGateway({ credit: "0.0001" });
  try {
    const body = { model: "sandbox/echo", max_tokens: 4000, messages: [{ role: "user", content: "x".repeat(500) }] };
    const reply = await fetch(`${poor.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${poor.key}` },
      body: JSON.stringify(body),
    });
    expect(reply.status).toBe(402);
    const { error } = (await reply.json()) as { error: Record<string, unknown> };
    expect(error).toMatchObject({
      type: "insufficient_quota",
      code: "insufficient_balance",
      param: null,
      balance: "0.0001",
    });
    expect(Number(error["required"])).toBeGreaterThan(0.0001);
    expect(error["affordable_max_tokens"]).toBe(0);
  } finally {
    await poor.close();
  }
});

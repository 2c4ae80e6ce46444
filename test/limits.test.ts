/** Request limits as a client meets them: refused with a truthful wait, in its dialect, before any money is held. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startTestGateway, type TestGateway } from "./gateway.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ config: { plans: [{ id: "tiny", discount: "0%", rpm: 3, default: true }] } });
});
afterAll(async () => {
  await gateway.close();
});

const ask = (path: string): Promise<Response> =>
  fetch(gateway.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}` },
    body: JSON.stringify({ model: "sandbox/echo", max_tokens: 10, messages: [{ role: "user", content: "hi" }] }),
  });

describe("a plan's requests per minute (I-80, I-81)", () => {
  it("admits the limit and refuses the next in both dialects, holding and charging nothing", async () => {
    for (let i = 0; i < 3; i++) expect((await ask("/v1/chat/completions")).status).toBe(200);
    const paid = gateway.balance();
    for (const [path, type] of [
      ["/v1/chat/completions", "requests"],
      ["/v1/messages", "rate_limit_error"],
    ] as const) {
      const refused = await ask(path);
      expect(refused.status).toBe(429);
      const wait = Number(refused.headers.get("retry-after"));
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(61);
      expect(Number(refused.headers.get("retry-after-ms"))).toBe(wait * 1000);
      expect(refused.headers.get("x-should-retry")).toBe("true");
      expect(await refused.json()).toMatchObject({ error: { type } });
    }
    expect(gateway.balance()).toBe(paid);
    expect(gateway.server.books.open().count).toBe(0);
    // A refusal leaves its row, so that the customer can see it (I-30).
    const [row] = gateway.query("select count(*) as n from request where outcome = 'rejected' and status = 429");
    expect(row?.["n"]).toBe(2n);
  });
});

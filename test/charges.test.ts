/** `GET /v1/charges/{id}`: one charge explained to who paid it and to nobody else; plans and refunds take effect on a running server. */
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { runCommandLine } from "../src/cli/main.ts";
import { formatAt, parseRational } from "../src/money.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";
import { provision } from "./provision.ts";

const RATE = "0.3";
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({
    credit: "100",
    config: {
      storefront: { unit: { name: "credits", per: "usd", rate: RATE } },
      plans: [
        { id: "basic", discount: "70%", default: true },
        { id: "pro", price: "19", once: true, discount: "80%" },
      ],
    },
  });
});
afterAll(() => gateway.close());

const ask = (key = gateway.key): Promise<Response> =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "sandbox/echo", messages: [{ role: "user", content: "hello there" }] }),
  });
const charge = (id: string, key = gateway.key): Promise<Response> =>
  fetch(`${gateway.url}/v1/charges/${id}`, { headers: { authorization: `Bearer ${key}` } });

interface Charge {
  readonly lines: readonly { readonly unit: string; readonly count: number; readonly amount: string }[];
  readonly price: { readonly id: number; readonly valid_from: string };
  readonly attempts: readonly object[];
  readonly [name: string]: unknown;
}

describe("a charge", () => {
  it("is shown line by line, in the storefront's unit, without a word of upstreams (I-7, I-8)", async () => {
    const reply = await ask();
    const id = reply.headers.get("x-request-id") ?? "";
    const shown = (await (await charge(id)).json()) as Charge;
    const { posted, input, output, price_id: priceId } = await gateway.row(id);
    const text = formatAt(posted as bigint, parseRational(RATE));
    expect(shown).toMatchObject({
      object: "charge",
      id,
      model: "sandbox/echo",
      outcome: "completed",
      usage_source: "reported",
      currency: "credits",
      plan: "basic",
      multiplier: "0.3",
      charged: text,
      exact: text,
      absorbed: "0",
      refunded: "0",
      refunds: [],
      usage: { input: Number(input), output: Number(output) },
    });
    expect(reply.headers.get("x-farthing-cost")).toBe(text);
    expect(shown.price.id).toBe(Number(priceId));
    expect(shown.lines.map(({ unit, count }) => [unit, count])).toEqual([
      ["input", Number(input)],
      ["output", Number(output)],
    ]);
    expect(shown.attempts).toEqual([{ result: "ok", duration_ms: expect.any(Number) as number }]);
    expect(JSON.stringify(shown)).not.toContain("upstream");
  });

  it("of another account, of nobody, or of no request at all is a 404", async () => {
    const id = (await ask()).headers.get("x-request-id") ?? "";
    const other = await provision(gateway.server, { credit: "1" });
    for (const answer of [await charge(id, other.key), await charge("req_none"), await charge(`${id}x`)])
      expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining("No such charge") as string]);
    expect((await fetch(`${gateway.url}/v1/charges/${id}`)).status).toBe(401);
    expect((await charge(id)).status).toBe(200);
  });
});

describe("from the command line, beside the running server", () => {
  const run = async (...args: string[]): Promise<Record<string, unknown>> => {
    const env = { FARTHING_DATA: gateway.dataDir, LOG_LEVEL: "silent", ...gateway.storage };
    let out = "";
    const cwd = path.dirname(gateway.dataDir);
    const terminal = { env, cwd, out: (text: string) => (out += text), err: (text: string) => (out += text) };
    expect(await runCommandLine([...args, "--json"], terminal), out).toBe(0);
    return JSON.parse(out) as Record<string, unknown>;
  };

  it("a plan is bought once, and the next requests have its price within a second (I-41)", async () => {
    const before = gateway.balance();
    expect(await run("plan", "buy", gateway.publicId, "pro")).toMatchObject({ plan: "pro", charged: "19" });
    expect(await run("plan", "buy", gateway.publicId, "pro")).toMatchObject({ charged: "0" });
    expect(before - gateway.balance()).toBe(19_000_000_000n);
    let plan: unknown;
    for (const until = Date.now() + 1_000; plan !== "pro" && Date.now() < until;)
      plan = (await gateway.row((await ask()).headers.get("x-request-id") ?? ""))["plan_id"];
    expect(plan).toBe("pro");
  });

  it("a refund is shown with its charge", async () => {
    const id = (await ask()).headers.get("x-request-id") ?? "";
    const { posted } = await gateway.row(id);
    const before = gateway.balance();
    expect(await run("refund", id, "--reason", "poor answer")).toMatchObject({ request: id, replayed: false });
    expect(gateway.balance() - before).toBe(posted);
    const shown = (await (await charge(id)).json()) as Charge;
    expect(shown).toMatchObject({ refunded: shown["charged"], refunds: [{ reason: "poor answer" }] });
    expect(await run("explain", id)).toMatchObject({ refunds: [{ reason: "poor answer" }] });
    expect(await run("audit")).toMatchObject({ ok: true });
  });
});

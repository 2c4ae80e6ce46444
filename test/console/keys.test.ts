/** Keys in the console: made, shown once, changed, frozen, replaced, revoked; by the rules of the command line, and effective at once. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Browser, customerIn, join, signedIn, type CustomerIn } from "../../src/console/people/fixtures.ts";
import { credit } from "../../src/ledger/credit-store.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";

let gateway: TestGateway;
let owner: CustomerIn;
let browser: Browser;
let keys: string;
beforeAll(async () => {
  gateway = await startTestGateway();
  owner = await customerIn(gateway.server.database);
  browser = new Browser(gateway.url).take(owner.cookie);
  keys = `/console/api/accounts/${owner.accountPublicId}/keys`;
  const { accountId } = owner;
  const order = { accountId, amount: 5_000_000_000n, reason: "t", actor: "t", idempotencyKey: null } as const;
  await credit(gateway.server.database, order);
});
afterAll(() => gateway.close());

const ask = (key: string, model = "sandbox/echo"): Promise<Response> =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] }),
  });

interface Made {
  readonly id: string;
  readonly secret: string;
}

const create = async (body: object): Promise<Made> => {
  const answer = await browser.send(keys, { name: "One", ...body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  const { key, secret } = answer.body as unknown as { key: { id: string }; secret: string };
  return { id: key.id, secret };
};

describe("keys in the console", () => {
  it("a new key works at once, is shown once, and is a line of the log and a letter", async () => {
    const made = await create({ name: "Laptop", rpm: 7, models: ["sandbox/echo"] });
    expect((await ask(made.secret)).status).toBe(200);
    expect((await ask(made.secret, "sandbox/tools")).status).toBe(403);
    const list = await browser.get(keys);
    expect(list.body["items"]).toMatchObject([
      { id: made.id, name: "Laptop", state: "active", rpm: 7, models: ["sandbox/echo"], budget: null },
    ]);
    expect(JSON.stringify(list.body)).not.toContain(made.secret.slice(0, -4));
    expect(gateway.query("select actor from audit_log where action = 'key.create' and object = ?", made.id)).toEqual([
      { actor: `user:${owner.personId}` },
    ]);
  });

  it.each([
    [{ name: "" }, "name"],
    [{ name: "a\nb" }, "name"],
    [{ models: ["no-such-model"] }, "models"],
    [{ expiresAt: 1 }, "expiresAt"],
    [{ budgetPeriod: "day" }, "budgetPeriod"],
    [{ budgetNano: "0" }, "budgetNano"],
    [{ rpm: 0 }, "rpm"],
    [{ admin: true }, "admin"],
  ])("refuses %j", async (body, field) => {
    const answer = await browser.send(keys, { name: "X", ...body });
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.body.error?.fields ?? {})).toEqual([field]);
  });

  it("a frozen key is refused, a thawed one works, a revoked one stays revoked", async () => {
    const { id, secret } = await create({});
    expect((await browser.send(`${keys}/${id}/freeze`, {})).body).toMatchObject({ state: "frozen" });
    expect((await ask(secret)).status).toBe(403);
    expect((await browser.send(`${keys}/${id}/thaw`, {})).body).toMatchObject({ state: "active" });
    expect((await ask(secret)).status).toBe(200);
    expect((await browser.send(`${keys}/${id}/revoke`, {})).body).toMatchObject({ state: "revoked" });
    expect((await ask(secret)).status).toBe(401);
    expect((await browser.send(`${keys}/${id}/thaw`, {})).status).toBe(409);
    expect((await browser.send(`${keys}/${id}`, { name: "Y" }, { method: "PATCH" })).status).toBe(409);
  });

  it("a budget can be changed, never below what is spent, and never given or taken (I-16)", async () => {
    const { id, secret } = await create({ budgetNano: "1000000000" });
    expect((await ask(secret)).status).toBe(200);
    const change = (body: object) => browser.send(`${keys}/${id}`, body, { method: "PATCH" });
    expect((await change({ budgetNano: "1" })).body.error?.fields).toHaveProperty("budgetNano");
    const raised = await change({ budgetNano: "2000000000", rpm: 3, name: "New name" });
    expect(raised.body).toMatchObject({ name: "New name", rpm: 3, budget: { limitNano: "2000000000" } });
    const [row] = gateway.query("select spent from api_key where public_id = ?", id);
    expect((raised.body["budget"] as { spentNano: string }).spentNano).toBe(String(row?.["spent"]));
    const plain = await create({});
    const given = await browser.send(`${keys}/${plain.id}`, { budgetNano: "5" }, { method: "PATCH" });
    expect(given.body.error?.fields).toHaveProperty("budgetNano");
  });

  it("rotation makes a key like the old one, which ends at its time; without overlap at once", async () => {
    const old = await create({ rpm: 9, budgetNano: "1000000000" });
    expect((await ask(old.secret)).status).toBe(200);
    const rotated = await browser.send(`${keys}/${old.id}/rotate`, { overlapHours: 24 });
    expect(rotated.status).toBe(201);
    const { key, secret } = rotated.body as unknown as {
      key: { rpm: number; budget: { limitNano: string } };
      secret: string;
    };
    const [row] = gateway.query("select spent, expires_at from api_key where public_id = ?", old.id);
    expect(key).toMatchObject({ rpm: 9, budget: { limitNano: String(1_000_000_000n - (row?.["spent"] as bigint)) } });
    expect(Number(row?.["expires_at"])).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    expect((await ask(old.secret)).status).toBe(200);
    expect((await ask(secret)).status).toBe(200);
    await browser.send(`${keys}/${old.id}/rotate`, { overlapHours: 0 });
    expect((await ask(old.secret)).status).toBe(401);
  });

  it("asks for a fresh proof before a key is shown", async () => {
    const late = await customerIn(gateway.server.database, { agoMs: 6 * 60_000 });
    const answer = await new Browser(gateway.url)
      .take(late.cookie)
      .send(`/console/api/accounts/${late.accountPublicId}/keys`, { name: "X" });
    expect([answer.status, answer.body.error?.code]).toEqual([403, "step_up_required"]);
  });

  it("a member makes keys; a stranger finds none, and no account either (F121)", async () => {
    const { database } = gateway.server;
    const member = await signedIn(database);
    await join(database, { accountId: owner.accountId, personId: member.personId, role: "member" });
    expect((await new Browser(gateway.url).take(member.cookie).send(keys, { name: "Mine" })).status).toBe(201);
    const other = await customerIn(database);
    const stranger = new Browser(gateway.url).take(other.cookie);
    const { id } = await create({});
    expect((await stranger.get(keys)).status).toBe(404);
    const own = `/console/api/accounts/${other.accountPublicId}/keys`;
    for (const act of ["freeze", "revoke"]) expect((await stranger.send(`${own}/${id}/${act}`, {})).status).toBe(404);
    expect((await stranger.send(`${own}/${id}/rotate`, { overlapHours: 1 })).status).toBe(404);
    expect((await stranger.send(`${own}/${id}`, { name: "Z" }, { method: "PATCH" })).status).toBe(404);
  });
});

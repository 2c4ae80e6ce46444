/** Alerts end to end: told once for each crossing however many look, armed again when it is over, posted, signed, and given up. */
import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { addMessage } from "../../src/console/alerts/delivery-store.ts";
import { deliverDue, lookAtAll, ROUND_MS, type AlertServices } from "../../src/console/alerts/rounds.ts";
import { Browser, customerIn, join, signedIn, type CustomerIn } from "../../src/console/people/fixtures.ts";
import type { Letter } from "../../src/console/services.ts";
import { credit, debit } from "../../src/ledger/credit-store.ts";
import { PublicStreams } from "../../src/providers/public-stream.ts";
import { makeSecretBox } from "../../src/secret.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const DOLLAR = 1_000_000_000n;

interface Posted {
  readonly signature: string;
  readonly body: string;
}

let gateway: TestGateway;
let receiver: Server;
let streams: PublicStreams;
const posted: Posted[] = [];
let status = 200;
const letters: Letter[] = [];
/** A clock of our own: far ahead, so that the server's own rounds have nothing to do. */
let now = Date.now() + 365 * 86_400_000;

beforeAll(async () => {
  gateway = await startTestGateway({ env: { FARTHING_SECRET: SECRET } });
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      posted.push({ signature: String(request.headers["x-farthing-signature"]), body });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const { port } = receiver.address() as AddressInfo;
  streams = new PublicStreams({
    lookup: (_name, options, done) => {
      if (options.all === true) done(null, [{ address: "127.0.0.1", family: 4 }]);
      else done(null, "127.0.0.1", 4);
    },
    isAllowed: () => true,
    portOf: () => port,
  });
});
afterAll(async () => {
  await streams.close();
  await new Promise((resolve) => receiver.close(resolve));
  await gateway.close();
});
beforeEach(() => {
  posted.length = 0;
  letters.length = 0;
  status = 200;
  now += 86_400_000;
});

const services = (): AlertServices => ({
  database: gateway.server.database,
  config: { publicUrl: "https://gate.example", production: false } as AlertServices["config"],
  engine: { box: makeSecretBox(SECRET) } as AlertServices["engine"],
  log: gateway.server.log,
  installation: () => gateway.server.installation(),
  now: () => now,
  mail: { isOn: true, send: async (letter: Letter) => void letters.push(letter) },
  streams,
});

/** A round of several servers at once, and all deliveries that are due. */
const round = async (): Promise<void> => {
  now += ROUND_MS;
  const took = await Promise.all([lookAtAll(services()), lookAtAll(services()), lookAtAll(services())]);
  expect(took.filter(Boolean)).toHaveLength(1);
  while ((await deliverDue(services())) > 0);
};

interface Owner extends CustomerIn {
  readonly browser: Browser;
  readonly api: string;
}

const newOwner = async (): Promise<Owner> => {
  const customer = await customerIn(gateway.server.database);
  const api = `/console/api/accounts/${customer.accountPublicId}/alerts`;
  return { ...customer, browser: new Browser(gateway.url).take(customer.cookie), api };
};

const move = (act: typeof credit | typeof debit, accountId: number, amount: bigint) =>
  act(gateway.server.database, { accountId, amount, reason: "t", actor: "t", idempotencyKey: null });

const watch = ({ browser, api, personId }: Owner, rule: object) =>
  browser.send(`${api}/rules`, { people: [personId], webhook: false, enabled: true, ...rule });

const hook = async ({ browser, api }: Owner): Promise<string> => {
  const answer = await browser.send(
    `${api}/webhook`,
    { url: "http://hook.example/in", newSecret: true },
    { method: "PUT" },
  );
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return String(answer.body["secret"]);
};

describe("alerts", () => {
  it("a crossing is told once, whoever looks and however often; over, and again, it is told again", async () => {
    const owner = await newOwner();
    await move(credit, owner.accountId, 10n * DOLLAR);
    expect((await watch(owner, { kind: "low_balance", amountNano: String(5n * DOLLAR) })).status).toBe(201);
    await round();
    expect(letters).toEqual([]);
    await move(debit, owner.accountId, 6n * DOLLAR);
    for (let rounds = 0; rounds < 3; rounds++) await round();
    expect(letters.map(({ to }) => to)).toEqual([owner.email]);
    expect(letters[0]?.text).toContain("The balance is $4, below $5.");
    await move(credit, owner.accountId, 6n * DOLLAR);
    await round();
    await move(debit, owner.accountId, 6n * DOLLAR);
    await round();
    expect(letters).toHaveLength(2);
  });

  it("each key that reaches its budget is told of, and not again before its next period", async () => {
    const owner = await newOwner();
    const keys = owner.api.replace(/alerts$/, "keys");
    const made = await owner.browser.send(keys, { name: "K", budgetNano: String(DOLLAR), budgetPeriod: "day" });
    const { id } = made.body["key"] as { id: string };
    await watch(owner, { kind: "key_budget", percent: 80 });
    const spend = (spent: bigint) =>
      gateway.server.database.transaction(async (queries) => {
        await queries.updateTable("api_key").set({ spent }).where("public_id", "=", id).execute();
      });
    await round();
    await spend((DOLLAR * 4n) / 5n);
    await round();
    await spend(DOLLAR);
    await round();
    expect(letters).toHaveLength(1);
    await spend(0n);
    await round();
    await spend(DOLLAR);
    await round();
    expect(letters).toHaveLength(2);
    await spend(0n);
  });

  it("an event is posted with a signature that verifies, and the same id in each attempt", async () => {
    const owner = await newOwner();
    const secret = await hook(owner);
    await watch(owner, { kind: "low_balance", amountNano: "1000", people: [], webhook: true });
    status = 503;
    await round();
    status = 204;
    now += 10_000;
    await deliverDue(services());
    expect(posted).toHaveLength(2);
    const [first, second] = posted as [Posted, Posted];
    expect(second.body).toBe(first.body);
    const [t, mac] = second.signature.split(",").map((part) => part.split("=")[1] ?? "");
    expect(mac).toBe(createHmac("sha256", secret).update(`${t}.${second.body}`).digest("hex"));
    expect(JSON.parse(second.body)).toMatchObject({ type: "alert.low_balance", account: owner.accountPublicId });
    const list = (await owner.browser.get(owner.api)).body;
    expect(list["deliveries"]).toMatchObject([{ channel: "webhook", state: "delivered", tries: 2, status: 204 }]);
    expect(JSON.stringify(list)).not.toContain(secret);
    const [stored] = gateway.query("select secret from alert_webhook where account_id = ?", owner.accountId);
    expect(String(stored?.["secret"])).not.toContain(secret.slice(-20));
  });

  it("is given up after four tries, and switched off after five deliveries; its owners are told", async () => {
    const owner = await newOwner();
    await hook(owner);
    status = 500;
    const rule = { kind: "low_balance", amountNano: String(DOLLAR), people: [], webhook: true };
    await watch(owner, rule);
    for (let crossing = 0; crossing < 5; crossing++) {
      await round();
      for (const pause of [10_000, 60_000, 600_000]) {
        now += pause;
        await deliverDue(services());
      }
      await move(credit, owner.accountId, 2n * DOLLAR);
      await round();
      await move(debit, owner.accountId, 2n * DOLLAR);
    }
    expect(posted).toHaveLength(20);
    expect(letters.map(({ to, subject }) => [to, subject.startsWith("Your webhook was switched off")])).toEqual([
      [owner.email, true],
    ]);
    expect((await owner.browser.get(owner.api)).body["webhook"]).toMatchObject({ disabledAt: expect.any(Number) });
    expect((await owner.browser.send(`${owner.api}/webhook/test`, {})).status).toBe(409);
    await round();
    expect(posted).toHaveLength(20);
  });

  it("one test is on its way at a time; the last 50 deliveries are kept", async () => {
    const owner = await newOwner();
    await hook(owner);
    const { accountId } = owner;
    const message = { accountId, event: "test", channel: "webhook", target: null, body: "{}" } as const;
    for (let tests = 0; tests < 55; tests++) await addMessage(gateway.server.database, message, now);
    expect((await owner.browser.send(`${owner.api}/webhook/test`, {})).status).toBe(409);
    while ((await deliverDue(services())) > 0);
    expect(posted).toHaveLength(55);
    expect((await owner.browser.send(`${owner.api}/webhook/test`, {})).status).toBe(204);
    expect((await owner.browser.get(owner.api)).body["deliveries"]).toHaveLength(50);
    const rows = gateway.query("select count(*) as n from alert_delivery where account_id = ?", accountId);
    expect(Number(rows[0]?.["n"])).toBe(50);
  });

  it.each([
    [{ kind: "low_balance" }, "amountNano"],
    [{ kind: "key_budget" }, "percent"],
    [{ kind: "daily_spend", amountNano: "5" }, "factor"],
    [{ kind: "low_balance", amountNano: "5", people: [] }, "people"],
    [{ kind: "low_balance", amountNano: "5", people: ["usr_00000000000000000000000000"] }, "people"],
  ])("refuses the rule %j", async (rule, field) => {
    const answer = await watch(await newOwner(), rule);
    expect([answer.status, Object.keys(answer.body.error?.fields ?? {})]).toEqual([400, [field]]);
  });

  it.each(["http://127.0.0.1/", "https://localhost/x", "ftp://example.com/", "https://example.com:444/"])(
    "refuses the address %s (D97)",
    async (url) => {
      const owner = await newOwner();
      const answer = await owner.browser.send(`${owner.api}/webhook`, { url, newSecret: true }, { method: "PUT" });
      expect(answer.body.error?.fields).toHaveProperty("url");
    },
  );

  it("who has left the account is told nothing more; members read and do not change", async () => {
    const owner = await newOwner();
    const { database } = gateway.server;
    const member = await signedIn(database);
    await join(database, { accountId: owner.accountId, personId: member.personId, role: "member" });
    await watch(owner, { kind: "low_balance", amountNano: "1", people: [owner.personId, member.personId] });
    const theirs = new Browser(gateway.url).take(member.cookie);
    expect((await theirs.get(owner.api)).status).toBe(200);
    expect((await theirs.send(`${owner.api}/rules`, {})).status).toBe(403);
    await database.transaction(async (queries) => {
      await queries.deleteFrom("membership").where("person_id", "=", member.personId).execute();
    });
    await round();
    expect(letters.map(({ to }) => to)).toEqual([owner.email]);
  });
});

/** Upstreams, models and plans in the console: the same rows as the configuration file writes, which keeps what was changed by hand. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";

import { loadCatalog } from "../../src/catalog/load.ts";
import { Browser, signedIn, type SomebodyIn } from "../../src/console/people/fixtures.ts";
import { makeSecretBox } from "../../src/secret.ts";
import { applyFile } from "../../src/settings/apply.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";

const API = "/console/api/admin";
const SECRET = "6f1c0d2b9e8a7f3c5d4e1b0a9c8d7e6f";
/** Nothing that the API answers, logs or exports may hold it (F127). */
const CANARY = "sk-canary-0123456789abcdefWXYZ";

const FILE = {
  upstreams: [{ id: "lab", provider: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", maxConcurrent: 50 }],
  models: [
    {
      id: "lab-model",
      kind: "chat",
      context: 8_000,
      maxOutput: 1_000,
      prices: { input: "2", output: "4" },
      routes: [{ upstream: "lab", model: "lab-1", cost: { input: "1", output: "3" } }],
    },
  ],
  plans: [{ id: "basic", discount: "10%", default: true }],
};

interface Heard {
  readonly path: string;
  readonly key: string;
  readonly body: string;
}

/** A provider that answers as it is told, and remembers what it heard. */
class FakeProvider {
  status = 200;
  reply = "";
  readonly heard: Heard[] = [];
  readonly #server: Server = createServer((request: IncomingMessage, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const key = request.headers.authorization ?? "";
      this.heard.push({ path: request.url ?? "", key, body: Buffer.concat(parts).toString() });
      response.writeHead(this.status, { "content-type": "application/json" }).end(this.reply);
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

let gateway: TestGateway;
let operator: SomebodyIn;
let browser: Browser;
let provider: FakeProvider;
let baseUrl: string;
beforeAll(async () => {
  gateway = await startTestGateway({ config: FILE, env: { FARTHING_SECRET: SECRET } });
  operator = await signedIn(gateway.server.database, { role: "operator" });
  browser = new Browser(gateway.url).take(operator.cookie);
  provider = new FakeProvider();
  baseUrl = await provider.listen();
});
afterAll(async () => {
  await provider.close();
  await gateway.close();
});

const apply = (file: object) =>
  applyFile(gateway.server.database, makeSecretBox(SECRET), {
    text: stringify(file),
    env: {},
    catalog: loadCatalog(),
    actor: "cli",
  });

const itemOf = async (path: string, id: string): Promise<Record<string, unknown> | undefined> => {
  const { body } = await browser.get(`${API}/${path}`);
  return (body["items"] as Record<string, unknown>[]).find((item) => item["id"] === id);
};

const edit = (path: string, body: object) => browser.send(`${API}/${path}`, body, { method: "PATCH" });

const ANSWER = JSON.stringify({
  id: "x",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "OK" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 },
});

describe("an upstream", () => {
  it("is added with its key sealed, of which nothing comes back but its end (F127)", async () => {
    const body = {
      id: "own",
      provider: "openai-compatible",
      baseUrl,
      apiKey: CANARY,
      models: { "lab-model": "own-1" },
    };
    expect((await browser.send(`${API}/upstreams`, body)).status).toBe(201);
    const item = await itemOf("upstreams", "own");
    expect(item).toMatchObject({ state: "on", usable: true, key: { last4: "WXYZ" }, models: { "lab-model": "own-1" } });
    expect(JSON.stringify((await browser.get(`${API}/upstreams`)).body)).not.toContain(CANARY);
    const [row] = gateway.query("select data from config_object where kind = 'upstream' and id = 'own'");
    expect(JSON.stringify(row)).not.toContain(CANARY);
    expect(
      gateway.query("select actor, detail from audit_log where action = 'upstream.created' and object = 'own'"),
    ).toEqual([{ actor: `user:${operator.personId}`, detail: expect.not.stringContaining("canary") as string }]);
    expect((await browser.send(`${API}/upstreams`, body)).status).toBe(409);
  });

  it.each([
    ["the metadata address of a cloud (D97)", { baseUrl: "http://169.254.169.254/v1" }, "baseUrl"],
    ["an address with a password", { baseUrl: "https://a:b@example.com" }, "baseUrl"],
    ["no address where the provider has none", { provider: "openai-compatible" }, "baseUrl"],
    ["no key where the provider asks for one", { provider: "openai" }, "apiKey"],
    ["a key with a line break", { apiKey: "a\nb", baseUrl: "https://example.com" }, "apiKey"],
    ["a deadline of a day", { baseUrl: "https://example.com", timeouts: { wholeMs: 86_400_000 } }, "timeouts.wholeMs"],
    ["a field that is none", { baseUrl: "https://example.com", host: "x" }, "host"],
  ])("is refused with %s", async (_name, fields, place) => {
    const body = { id: "wrong", provider: "openai-compatible", ...fields };
    const answer = await browser.send(`${API}/upstreams`, body);
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { fields: { [place]: expect.any(String) as string } } },
    });
    expect(await itemOf("upstreams", "wrong")).toBeUndefined();
  });

  it("keeps what was changed by hand when the file is applied again, until the file says something new", async () => {
    expect((await edit("upstreams/lab", { maxConcurrent: 7 })).status).toBe(200);
    expect((await apply(FILE)).changes).toEqual([]);
    expect(await itemOf("upstreams", "lab")).toMatchObject({ maxConcurrent: 7 });
    const [lab] = FILE.upstreams;
    await apply({ ...FILE, upstreams: [{ ...lab, maxConcurrent: 60 }] });
    await gateway.server.refresh();
    expect(await itemOf("upstreams", "lab")).toMatchObject({ maxConcurrent: 60 });
    expect(await itemOf("upstreams", "own")).toMatchObject({ state: "on" });
    await apply(FILE);
  });

  it("that drains is called for nothing new, and is there for what runs; switched off it is gone", async () => {
    const state = (to: string) => browser.send(`${API}/upstreams/lab/state`, { state: to });
    const candidates = (): string[] => {
      const found = gateway.server.installation().resolve("lab-model");
      return found.kind === "callable" ? found.callable.candidates.map(({ upstream }) => upstream.id) : [];
    };
    expect(candidates()).toEqual(["lab"]);
    expect((await state("draining")).status).toBe(200);
    expect(candidates()).not.toContain("lab");
    expect(gateway.server.installation().upstreams.get("lab")?.draining).toBe(true);
    expect(await itemOf("upstreams", "lab")).toMatchObject({ state: "draining" });
    await state("off");
    expect(gateway.server.installation().upstreams.get("lab")).toBeUndefined();
    expect((await apply(FILE)).changes).toEqual([]);
    expect(await itemOf("upstreams", "lab")).toMatchObject({ state: "off" });
    await state("on");
    expect(candidates()).toEqual(["lab"]);
  });

  it("never sends a stored key to another address", async () => {
    const moved = await edit("upstreams/own", { baseUrl: "https://elsewhere.example.com" });
    expect(moved).toMatchObject({ status: 400, body: { error: { fields: { apiKey: expect.any(String) as string } } } });
    const order = { provider: "openai-compatible", baseUrl: "http://127.0.0.1:9", upstream: "own", model: "m" };
    expect((await browser.send(`${API}/upstream-tests`, order)).status).toBe(400);
  });
});

describe("a test call", () => {
  const test = (fields: object = {}) =>
    browser.send(`${API}/upstream-tests`, {
      provider: "openai-compatible",
      baseUrl,
      apiKey: CANARY,
      model: "m-1",
      ...fields,
    });

  it("is a real request in the provider's protocol, with the key as it was typed or as it is stored", async () => {
    Object.assign(provider, { status: 200, reply: ANSWER });
    expect(await test()).toMatchObject({ status: 200, body: { problem: null, status: 200, model: "m-1" } });
    const { path, key, body } = provider.heard.at(-1) ?? { path: "", key: "", body: "{}" };
    expect([path, key]).toEqual(["/v1/chat/completions", `Bearer ${CANARY}`]);
    expect(JSON.parse(body)).toMatchObject({ model: "m-1", max_tokens: 32 });
    await test({ apiKey: undefined, upstream: "own" });
    expect(provider.heard.at(-1)?.key).toBe(`Bearer ${CANARY}`);
  });

  it.each([
    [401, `{"error":{"message":"Incorrect API key provided: ${CANARY}"}}`, "key_refused"],
    [404, '{"error":{"message":"no such model at host-7.internal"}}', "not_found"],
    [429, '{"error":{"message":"slow down"}}', "busy"],
    [500, "secret host-7.internal", "refused"],
    [302, "", "refused"],
    [200, "<html>login</html>", "not_understood"],
  ])("tells of a %i what kind it is, and no word of the provider's (B37)", async (status, reply, problem) => {
    Object.assign(provider, { status, reply });
    const answer = await test();
    expect(answer).toMatchObject({ status: 200, body: { problem, status } });
    expect(JSON.stringify(answer.body)).not.toMatch(/canary|host-7|login/);
  });

  it("of a port where nobody listens says so", async () => {
    expect((await test({ baseUrl: "http://127.0.0.1:9" })).body).toMatchObject({
      problem: "unreachable",
      status: null,
    });
  });

  it("lists the provider's models, and knows ours among them", async () => {
    const data = [{ id: "gpt-4o" }, { id: "deepseek/deepseek-chat" }, { id: "with blank" }, { id: 7 }, {}];
    Object.assign(provider, { status: 200, reply: JSON.stringify({ data }) });
    const answer = await browser.send(`${API}/upstream-models`, { provider: "openai-compatible", baseUrl });
    expect(answer.body["problem"]).toBeNull();
    expect((answer.body["items"] as { name: string }[]).map(({ name }) => name)).toEqual([
      "deepseek/deepseek-chat",
      "gpt-4o",
    ]);
    expect(answer.body["items"]).toContainEqual({ name: "gpt-4o", model: "gpt-4o" });
  });
});

describe("a model", () => {
  const at = (id: string): string => `model?id=${encodeURIComponent(id)}`;

  it("is hidden and offered again", async () => {
    expect((await edit(at("sandbox/echo"), { hidden: true })).status).toBe(200);
    expect(gateway.server.installation().resolve("sandbox/echo").kind).toBe("unknown");
    expect(await itemOf("models", "sandbox/echo")).toMatchObject({
      hidden: true,
      problem: "hidden",
      source: "changed",
    });
    await edit(at("sandbox/echo"), { hidden: null });
    expect(gateway.server.installation().resolve("sandbox/echo").kind).toBe("callable");
  });

  it("shows what is left of its price by what its route costs", async () => {
    expect(await itemOf("models", "lab-model")).toMatchObject({ source: "own", marginBp: 2_500, problem: null });
  });

  it("takes routes, names and limits; what does not make sense is refused", async () => {
    const routes = [
      { upstream: "lab", model: "lab-2", priority: 2, weight: 3 },
      { upstream: "own", model: "own-1" },
    ];
    expect((await edit(at("lab-model"), { routes, aliases: ["lm"], rpm: 9 })).status).toBe(200);
    expect((await browser.get(`${API}/${at("lab-model")}`)).body).toMatchObject({
      candidates: [
        { upstream: "own", priority: 1 },
        { upstream: "lab", name: "lab-2", weight: 3 },
      ],
      aliases: ["lm"],
      rpm: 9,
    });
    const nowhere = await edit(at("lab-model"), { routes: [{ upstream: "none", model: "x" }] });
    expect(nowhere).toMatchObject({ status: 400, body: { error: { code: "invalid_value" } } });
    expect((await edit(at("no-such"), { rpm: 1 })).status).toBe(404);
  });

  it("of one's own is on sale at once", async () => {
    const body = { id: "mine/new", kind: "chat", context: 1_000, maxOutput: 100, prices: { input: "1", output: "2" } };
    const routes = [{ upstream: "own", model: "own-2" }];
    expect((await browser.send(`${API}/models`, { ...body, routes })).status).toBe(201);
    expect(gateway.server.installation().resolve("mine/new").kind).toBe("callable");
    expect((await browser.send(`${API}/models`, { ...body, routes })).status).toBe(409);
  });

  /** What of it is kept, in the words of the file. */
  const entryOf = async (id: string): Promise<Record<string, unknown>> =>
    (await browser.get(`${API}/${at(id)}`)).body["entry"] as Record<string, unknown>;
  const fieldsOf = (answer: { readonly body: object }): Record<string, string> | undefined =>
    (answer.body as { error?: { fields?: Record<string, string> } }).error?.fields;

  it("of one's own says all that the file can say", async () => {
    const said = {
      kind: "chat",
      provider: "us",
      status: "legacy",
      replacement: "lab-model",
      replyModel: "full",
      aliases: ["fuller"],
      context: 200_000,
      maxOutput: 8_000,
      defaultMaxTokens: 1_000,
      modalities: { input: ["text", "image"], output: ["text"] },
      capabilities: ["tools", "web_search"],
      upstream: { protocol: "openai-chat", model: "full-1" },
      prices: {
        input: "2",
        cache_read: "0.2",
        cache_write_5m: "2.5",
        cache_write_1h: "4",
        output: "10",
        web_search: "10000",
      },
      tiers: [{ above: 100_000, prices: { input: "4", output: "20", web_search: "10000" } }],
      rates: [],
      rounding: { scale: 6 },
      routes: [{ upstream: "own", model: "full-1", priority: 1, weight: 1 }],
      rpm: 60,
      tpm: 1_000_000,
      concurrency: 4,
    };
    expect((await browser.send(`${API}/models`, { id: "full", ...said })).status).toBe(201);
    expect(await entryOf("full")).toMatchObject(said);
    const found = gateway.server.installation().resolve("full");
    expect(found.kind === "callable" ? found.callable.model : null).toMatchObject({
      price: { base: { cache_read: 200_000_000n, cache_write_1h: 4_000_000_000n }, rounding: { scale: 6 } },
      tiers: [{ above: 100_000, price: { cache_read: 4_000_000_000n } }],
      defaultMaxTokens: 1_000,
    });
    const film = {
      id: "film",
      kind: "video",
      routes: [],
      duration: { min: 4, max: 12, default: 4 },
      resolutions: ["720p"],
      rates: [{ unit: "video_second", per: 1, price: "0.10", variant: { resolution: "720p", audio: true } }],
    };
    expect((await browser.send(`${API}/models`, film)).status).toBe(201);
    expect(await entryOf("film")).toMatchObject({ duration: film.duration, resolutions: ["720p"], rates: film.rates });
  });

  it.each([
    [{ tiers: [{ above: 10, prices: { input: "x" } }] }, "tiers.0.prices.input"],
    [
      {
        tiers: [
          { above: 10, prices: {} },
          { above: 5, prices: {} },
        ],
      },
      "tiers",
    ],
    [{ rates: [{ unit: "image", per: 1, price: "1000", variant: {} }] }, "rates.0.price"],
    [{ prices: { tokens: "1" } }, "prices.tokens"],
    [{ rounding: { scale: 10 } }, "rounding.scale"],
    [{ context: null }, "context"],
    [{ routes: [{ upstream: "none", model: "m" }] }, "routes.0.upstream"],
  ])("says of %j where it is wrong", async (wrong, field) => {
    const body = {
      id: "wrong",
      kind: "chat",
      context: 10,
      maxOutput: 10,
      prices: { input: "1", output: "1" },
      routes: [],
    };
    const answer = await browser.send(`${API}/models`, { ...body, ...wrong });
    expect(answer.status).toBe(400);
    expect(Object.keys(fieldsOf(answer) ?? {})).toContain(field);
    expect((await browser.get(`${API}/${at("wrong")}`)).status).toBe(404);
  });

  it("keeps prices that are in force, and takes those that nobody has paid yet", async () => {
    const body = { id: "painter", kind: "image", context: 1_000, maxOutput: 100 };
    const rates = [{ unit: "image", per: 1, price: "0.04", variant: { size: "small" } }];
    const routes = [{ upstream: "own", model: "p" }];
    expect((await browser.send(`${API}/models`, { ...body, rates, routes })).status).toBe(201);
    const dearer = await edit(at("painter"), { rates: [{ ...rates[0], price: "0.05" }] });
    expect([dearer.status, Object.keys(fieldsOf(dearer) ?? {})]).toEqual([400, ["rates"]]);
    // Another size has no history; the one that has keeps its price.
    const both = [...rates, { unit: "image", per: 1, price: "0.08", variant: { size: "large" } }];
    expect((await edit(at("painter"), { rates: both })).status).toBe(200);
    expect((await entryOf("painter"))["rates"]).toEqual(both);
    // What it can do beyond has no price, so it is not sold until that has one.
    const chat = {
      id: "talker",
      kind: "chat",
      context: 1_000,
      maxOutput: 100,
      prices: { input: "1", output: "2" },
      routes,
    };
    expect((await browser.send(`${API}/models`, chat)).status).toBe(201);
    expect((await edit(at("talker"), { capabilities: ["web_search"] })).status).toBe(200);
    expect((await browser.get(`${API}/${at("talker")}`)).body).toMatchObject({
      published: true,
      problem: "unpriced",
      unpriced: ["web_search"],
    });
    const prices = { ...chat.prices, web_search: "10000" };
    expect((await edit(at("talker"), { prices: { ...prices, input: "3" } })).status).toBe(400);
    // A class of the cache is charged as input until it has a price of its own: that is a change as well.
    expect((await edit(at("talker"), { prices: { ...prices, cache_read: "0.1" } })).status).toBe(400);
    expect((await edit(at("talker"), { prices, tiers: [{ above: 500, prices }] })).status).toBe(400);
    expect((await edit(at("talker"), { prices })).status).toBe(200);
    expect((await browser.get(`${API}/${at("talker")}`)).body).toMatchObject({ problem: null, unpriced: [] });
  });
});

describe("a plan", () => {
  it("is added and changed; a new default takes it over; accounts are counted", async () => {
    const body = { id: "pro", discount: "30%", price: "19", rpm: 500, default: true };
    expect((await browser.send(`${API}/plans`, body)).status).toBe(201);
    const { defaultPlan } = gateway.server.installation();
    expect(defaultPlan).toMatchObject({ id: "pro", multiplier: { num: 7n, den: 10n }, fee: 19_000_000_000n });
    expect(await itemOf("plans", "basic")).toMatchObject({ isDefault: false, accounts: 0 });
    expect(await itemOf("plans", "pro")).toMatchObject({ isDefault: true, accounts: 1, feeNano: "19000000000" });
    expect((await edit("plans/pro", { price: null, rpm: null, enabled: false })).status).toBe(200);
    expect(gateway.server.installation().plans.has("pro")).toBe(false);
    expect((await edit("plans/none", { rpm: 1 })).status).toBe(404);
    expect((await edit("plans/pro", { discount: "130%" })).status).toBe(400);
  });

  it("shows what a model costs under it, to the nano", async () => {
    const { body } = await browser.get(`${API}/plan-preview?model=lab-model&discount=33%25`);
    const under = (body["under"] as { unit: string; nano: string }[]).find(({ unit }) => unit === "input");
    expect(under?.nano).toBe("1340000000");
    expect((body["cost"] as { unit: string; nano: string }[] | null)?.[0]).toBeUndefined();
  });
});

describe("the overview", () => {
  it("answers for a range, and refuses one that is none", async () => {
    const now = Date.now();
    const { body } = await browser.get(`${API}/overview?fromAt=${now - 86_400_000}&toAt=${now}`);
    expect(body).toMatchObject({ bucket: "hour", now: { requests: 0, revenueNano: "0" }, activeAccounts: 0 });
    expect((await browser.get(`${API}/overview?fromAt=${now}&toAt=${now - 1}`)).status).toBe(400);
    expect((await browser.get(`${API}/attention`)).body).toMatchObject({ frozen: 0, failures: [] });
  });
});

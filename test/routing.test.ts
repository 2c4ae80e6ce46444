/** Which upstream a request goes to: ejection, cool-down, bulkhead, retries and warm caches, through HTTP (I-38, B24–B61). */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import { CIRCUIT } from "../src/upstreams/circuit.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";
import { CHARGE, completion, PRICES, THEIR_MODEL } from "./upstream/chat.ts";
import { json, SILENT, type Script } from "./upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "./upstream/scripted-upstream.ts";

const NAMES = ["a", "b", "c"] as const;
const FAILS = json({ error: { message: "no" } }, { status: 500 });
const SYSTEM = "You answer in one word. ".repeat(300);

let gateway: TestGateway;
const upstreams: ScriptedUpstream[] = [];

const start = async (): Promise<void> => {
  const model = (id: string, names: readonly string[], priority: (index: number) => number) => ({
    id,
    kind: "chat",
    context: 1_000_000,
    maxOutput: 4_096,
    prices: { ...PRICES, cache_read: "0.1" },
    routes: names.map((upstream, index) => ({ upstream, model: THEIR_MODEL, priority: priority(index), weight: 1 })),
  });
  gateway = await startTestGateway({
    credit: "1000",
    server: { ejects: true },
    config: {
      upstreams: NAMES.map((id, index) => ({
        id,
        provider: "openai-compatible",
        apiKey: "k",
        baseUrl: `${upstreams[index]?.baseUrl}/v1`,
        ...(id === "c" ? { maxConcurrent: 2 } : {}),
      })),
      models: [
        model("solo", ["a"], () => 1),
        model("narrow", ["c"], () => 1),
        model("pair", ["a", "b"], (index) => index + 1),
        model("equal", NAMES, () => 1),
      ],
    },
  });
};

beforeAll(async () => {
  for (const _ of NAMES) upstreams.push(await startScriptedUpstream());
});
afterEach(async () => {
  await gateway.close();
  for (const upstream of upstreams) upstream.clear();
});
afterAll(async () => {
  await Promise.all(upstreams.map((upstream) => upstream.close()));
});

const at = (name: (typeof NAMES)[number]): ScriptedUpstream => {
  const found = upstreams[NAMES.indexOf(name)];
  if (found === undefined) throw new Error(name);
  return found;
};
const always = (scripts: Partial<Record<(typeof NAMES)[number], Script>>): void => {
  for (const name of NAMES) at(name).always(scripts[name] ?? json(completion()));
};
const counts = (): number[] => upstreams.map(({ requests }) => requests.length);

const send = (model: string, messages: readonly object[] = [{ role: "user", content: "hi" }]): Promise<Response> =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages, max_tokens: 16 }),
  });

describe("an upstream that fails", () => {
  it("is left alone after so many failures; the client is told at once when to come back (B59, B60)", async () => {
    await start();
    always({ a: FAILS });
    for (let i = 0; i < CIRCUIT.consecutive; i++) expect((await send("solo")).status).toBe(502);
    const refused = await send("solo");
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(CIRCUIT.firstOpenMs / 1_000);
    expect(counts()).toEqual([CIRCUIT.consecutive, 0, 0]);
  });

  it("is called no more where another answers, and is probed back", async () => {
    await start();
    always({ a: FAILS });
    for (let i = 0; i < CIRCUIT.consecutive + 3; i++) expect((await send("pair")).status).toBe(200);
    expect(counts()).toEqual([CIRCUIT.consecutive, CIRCUIT.consecutive + 3, 0]);
    always({});
    await new Promise((resolve) => setTimeout(resolve, CIRCUIT.firstOpenMs + 50));
    for (let i = 0; i < 3; i++) expect((await send("pair")).status).toBe(200);
    expect(counts()[0]).toBe(CIRCUIT.consecutive + 3);
  });

  it("is cooled down for as long as it asks; without another, the client is asked for the same (B34)", async () => {
    await start();
    const busy = json({ error: { message: "slow down" } }, { status: 429, headers: { "retry-after": "7" } });
    always({ a: busy });
    expect((await send("pair")).status).toBe(200);
    expect((await send("pair")).status).toBe(200);
    expect(counts()).toEqual([1, 2, 0]);
    const refused = await send("solo");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "7"]);
  });

  it("costs few retries however many requests there are (I-38, B59)", async () => {
    await start();
    always({ a: FAILS, b: FAILS });
    const answers = await Promise.all(Array.from({ length: 100 }, () => send("pair")));
    expect(answers.every(({ status }) => status >= 500)).toBe(true);
    expect(counts()[1]).toBeLessThanOrEqual(20);
  });
});

describe("a hold whose lease has ended", () => {
  it("sends nothing, costs nothing, and closes no circuit (§9.2 c)", async () => {
    await start();
    always({});
    const isLive = vi.spyOn(gateway.server.books, "isLive").mockReturnValue(false);
    const before = gateway.balance();
    for (let i = 0; i < CIRCUIT.consecutive; i++) expect((await send("pair")).status).toBe(503);
    expect(counts()).toEqual([0, 0, 0]);
    isLive.mockRestore();
    expect((await send("solo")).status).toBe(200);
    expect(before - gateway.balance()).toBe(CHARGE);
  });
});

describe("an upstream that is slow", () => {
  it("takes no more calls than it may, and the rest of the models do not notice (B61)", async () => {
    await start();
    always({ c: SILENT });
    const leaving = new AbortController();
    const stuck = [1, 2].map(() =>
      fetch(`${gateway.url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "narrow", messages: [{ role: "user", content: "hi" }] }),
        signal: leaving.signal,
      }).catch(() => undefined),
    );
    await at("c").received(2);
    expect((await send("narrow")).status).toBe(503);
    expect((await send("solo")).status).toBe(200);
    leaving.abort();
    await Promise.all(stuck);
    expect(counts()).toEqual([1, 0, 2]);
  });
});

describe("a conversation", () => {
  const turns = (name: number, count: number): object[] => [
    { role: "system", content: `${SYSTEM} It is turn ${count}.` },
    ...Array.from({ length: count }, (_, index) => [
      { role: "user", content: `conversation ${name}, turn ${index}` },
      { role: "assistant", content: "yes" },
    ]).flat(),
    { role: "user", content: "and now?" },
  ];
  /** The upstream that a request of this conversation reached last. */
  const place = (name: number): number =>
    upstreams.findIndex(({ requests }) => requests.at(-1)?.body.includes(`conversation ${name},`) === true);

  it("stays where its prompt is cached, and all upstreams get their share", async () => {
    await start();
    always({});
    const first: number[] = [];
    let stayed = 0;
    for (let name = 0; name < 60; name++)
      for (let turn = 1; turn <= 5; turn++) {
        upstreams.forEach((upstream) => {
          upstream.clear();
        });
        expect((await send("equal", turns(name, turn))).status).toBe(200);
        if (turn === 1) first.push(place(name));
        else if (place(name) === first[name]) stayed++;
      }
    expect(stayed).toBe(60 * 4);
    for (const index of [0, 1, 2]) expect(first.filter((each) => each === index).length).toBeGreaterThan(5);
  });

  it("moves when its upstream is away, and stays where it went while that cache is warm", async () => {
    await start();
    always({});
    await send("equal", turns(1, 1));
    const home = place(1);
    upstreams[home]?.always(json({ error: { message: "busy" } }, { status: 429, headers: { "retry-after": "1" } }));
    expect((await send("equal", turns(1, 2))).status).toBe(200);
    upstreams[home]?.clear();
    const other = place(1);
    expect(other).not.toBe(home);
    always({});
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    upstreams[other]?.clear();
    expect((await send("equal", turns(1, 3))).status).toBe(200);
    expect(place(1)).toBe(other);
  });
});

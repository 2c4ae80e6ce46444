/** Waiting: for a provider that is silent (§9.7, B31), and for a database that is locked or full (A12, A14, DESIGN 3.6). */
import { DatabaseSync } from "node:sqlite";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { databaseFile } from "../../src/config.ts";
import { audit } from "../../src/ledger/audit-store.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { provision } from "../provision.ts";
import { CHARGE, completion, goodStream, PRICES, TEXT } from "../upstream/chat.ts";
import { dataEvents, json, stream, wait, type Script } from "../upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterEach(() => {
  upstream.clear();
});
afterAll(() => upstream.close());

/** @param waits in milliseconds, far below the usual ones. */
const start = (waits: { headMs?: number; commitMs?: number }): Promise<TestGateway> =>
  startTestGateway({
    credit: "10",
    server: { waits, limits: { streamSilenceMs: 50 } },
    config: {
      upstreams: [
        { id: "chat", provider: "openai-compatible", apiKey: "x", baseUrl: `${upstream.baseUrl}/v1` },
        { id: "other", provider: "openai-compatible", apiKey: "x", baseUrl: `${upstream.baseUrl}/other` },
        { id: "claude", provider: "anthropic-compatible", apiKey: "x", baseUrl: upstream.baseUrl },
      ],
      models: Object.entries({ chat: ["chat"], pair: ["chat", "other"], claude: ["claude"] }).map(
        ([id, upstreams]) => ({
          id,
          kind: "chat",
          context: 100_000,
          maxOutput: 4_096,
          prices: PRICES,
          routes: upstreams.map((name, index) => ({ upstream: name, model: "m", priority: index + 1, weight: 1 })),
        }),
      ),
    },
  });

const post = (gateway: TestGateway, fields: object, key = gateway.key): Promise<Response> =>
  fetch(`${gateway.url}${"model" in fields && fields.model === "claude" ? "/v1/messages" : "/v1/chat/completions"}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "chat", max_tokens: 100, messages: [{ role: "user", content: "hello" }], ...fields }),
  });

const idOf = (reply: Response): string => reply.headers.get("x-request-id") ?? "";

/** The ledger's own connection. These tests break SQLite's file; those of PostgreSQL are in test/postgres.test.ts. */
const sqliteOf = ({ server: { database } }: TestGateway): DatabaseSync => {
  if (database.kind !== "sqlite") throw new Error("not on SQLite");
  return database.sqlite;
};

describe("a silent provider (§9.7)", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await start({ headMs: 50 });
  });
  afterAll(async () => {
    expect((await audit(gateway.server.database)).disagreements).toEqual([]);
    await gateway.close();
  });

  const late = (script: Script): Script => ({ ...script, steps: [wait(600), ...script.steps] });

  it("B31: a stream gets its head and keep-alives, then its tokens, and is charged normally", async () => {
    upstream.next(late(goodStream()));
    const reply = await post(gateway, { stream: true });
    expect(reply.status).toBe(200);
    const text = await reply.text();
    expect(text.startsWith(": keep-alive\n\n")).toBe(true);
    expect(text).toContain("[DONE]");
    expect(await gateway.row(idOf(reply))).toMatchObject({ outcome: "completed", status: 200n, posted: CHARGE });
  });

  it("a stream whose provider then fails gets E-STREAM, and its row says 200", async () => {
    for (const model of ["chat", "claude"]) {
      upstream.next(late(json({ error: { message: "x" } }, { status: 500 })));
      const reply = await post(gateway, { model, stream: true });
      expect(reply.status).toBe(200);
      const text = await reply.text();
      expect(text).toContain(model === "claude" ? "event: ping" : ": keep-alive");
      expect(text).toContain(model === "claude" ? "event: error" : '"upstream_stream_error"');
      const row = await gateway.row(idOf(reply));
      expect(row).toMatchObject({ outcome: "upstream_failed_before_output", status: 200n, posted: 0n });
    }
  });

  it("another candidate may still answer after the head", async () => {
    upstream.next(late(json({ error: { message: "x" } }, { status: 500 })), goodStream());
    const reply = await post(gateway, { model: "pair", stream: true });
    expect(await reply.text()).toContain("[DONE]");
    expect(await gateway.row(idOf(reply))).toMatchObject({ outcome: "completed", posted: CHARGE });
    expect(upstream.requests.map(({ path }) => path)).toEqual(["/v1/chat/completions", "/other/chat/completions"]);
  });

  it("a JSON reply waits for its true status", async () => {
    upstream.next(late(json({ error: { message: "x" } }, { status: 500 })), late(json(completion())));
    expect((await post(gateway, {})).status).toBe(502);
    expect((await post(gateway, {})).status).toBe(200);
  });
});

describe("a database that is away", () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await start({ commitMs: 100 });
    // From here on the account has a lease with slack, so that its holds come from memory.
    upstream.next(json(completion()));
    expect((await post(gateway, {})).status).toBe(200);
  });
  afterEach(async () => {
    expect(gateway.server.books.open().count).toBe(0);
    expect((await audit(gateway.server.database)).disagreements).toEqual([]);
    await gateway.close();
  });

  /** Ten replies, JSON and streams, while nothing can be written: all of them arrive, none of them is committed yet. */
  const tenReplies = async (): Promise<string[]> => {
    const ids: string[] = [];
    for (let i = 0; i < 10; i++) {
      const streams = i % 2 === 0;
      upstream.next(streams ? goodStream() : json(completion()));
      const reply = await post(gateway, {
        stream: streams,
        stream_options: streams ? { include_usage: true } : undefined,
      });
      expect(reply.status).toBe(200);
      expect(reply.headers.get("x-farthing-cost")).toBeNull();
      expect(await reply.text()).toContain('"completion_tokens":20');
      ids.push(idOf(reply));
    }
    return ids;
  };

  /** Small rows still fit into pages that are there already. The last of these replies is the first whose row did not. */
  const repliesUntilFull = async (): Promise<string[]> => {
    const ids: string[] = [];
    for (;;) {
      upstream.next(json(completion()));
      const reply = await post(gateway, {});
      expect(reply.status).toBe(200);
      ids.push(idOf(reply));
      if (reply.headers.get("x-farthing-cost") === null) return ids;
    }
  };

  /** Every one of them is charged, once. */
  const chargedOnce = async (ids: readonly string[]): Promise<void> => {
    for (const id of ids) expect(await gateway.row(id)).toMatchObject({ outcome: "completed", posted: CHARGE });
    const charges = gateway.query("select count(*) as n from request where outcome = 'completed'");
    expect(charges).toEqual([{ n: BigInt(ids.length + 1) }]);
    expect(gateway.balance()).toBe(10_000_000_000n - CHARGE * BigInt(ids.length + 1));
  };

  it("A14 locked: replies are not held up, who needs a lease is refused, and all is charged once it is free", async () => {
    const newcomer = await provision(gateway.server, { credit: "1" });
    // In memory before the lock, as the key of a request that came a moment ago.
    await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${newcomer.key}` } });
    const other = new DatabaseSync(databaseFile(gateway));
    other.exec("begin immediate");
    const ids = await tenReplies();
    const refused = await post(gateway, {}, newcomer.key);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("2");
    expect(await refused.json()).toMatchObject({ error: { code: "ledger_unavailable" } });
    expect(upstream.requests).toHaveLength(11);
    expect(gateway.query("select count(*) as n from request")).toEqual([{ n: 1n }]);
    other.exec("rollback");
    other.close();
    await chargedOnce(ids);
  });

  it("A12 full: the same, and it recovers by itself when there is room again", async () => {
    const sqlite = sqliteOf(gateway);
    const pages = Number(sqlite.prepare("pragma page_count").get()?.["page_count"]);
    sqlite.exec("create table filler (bytes blob) strict");
    sqlite.exec(`pragma max_page_count = ${pages + 8}`);
    // Free places inside pages are no disk that is full: use them up.
    expect(() => {
      for (const size of [4_000, 400, 40]) for (;;) sqlite.prepare("insert into filler values (zeroblob(?))").run(size);
    }).toThrow("full");
    const ids = await repliesUntilFull();
    const committed = ids.length;
    ids.push(...(await tenReplies()));
    const rows = gateway.query("select count(*) as n from request");
    sqlite.exec("pragma max_page_count = 1000000");
    await chargedOnce(ids);
    expect(rows).toEqual([{ n: BigInt(committed) }]);
  });

  it("A12: a key that cannot be read is a 503, not a 500 and not a 401", async () => {
    const newcomer = await provision(gateway.server, { credit: "1" });
    const sqlite = sqliteOf(gateway);
    sqlite.exec("alter table api_key rename to api_key_away");
    const refused = await post(gateway, {}, newcomer.key);
    sqlite.exec("alter table api_key_away rename to api_key");
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: "ledger_unavailable" } });
    upstream.next(json(completion()));
    expect((await post(gateway, {}, newcomer.key)).status).toBe(200);
  });

  it("a client that leaves while its settlement waits is charged for what it got, once", async () => {
    const other = new DatabaseSync(databaseFile(gateway));
    other.exec("begin immediate");
    upstream.next(stream(dataEvents(TEXT), { after: [wait(10_000)] }));
    const reply = await post(gateway, { stream: true });
    const id = idOf(reply);
    const reader = reply.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await upstream.requests.at(-1)?.over;
    other.exec("rollback");
    other.close();
    const row = await gateway.row(id);
    expect(row["outcome"]).toBe("client_cancelled");
    // 45 estimated tokens of output, and the prompt.
    expect(row["posted"]).toBeGreaterThan(225_000n);
  });
});

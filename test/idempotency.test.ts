/** Idempotency-Key through HTTP, in every dialect and on both databases: one charge, and the same answer to whoever asks again (I-28). */
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI, { ConflictError, toFile, UnprocessableEntityError } from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { drawPng } from "../src/sandbox/png.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";
import { provision } from "./provision.ts";
import { startArkDouble, type ArkDouble } from "./tasks/ark-double.ts";
import { CHARGE, completion, goodStream, PRICES, THEIR_MODEL } from "./upstream/chat.ts";
import { json, wait, type Script } from "./upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "./upstream/scripted-upstream.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

let gateway: TestGateway;
let upstream: ScriptedUpstream;
let ark: ArkDouble;
let next = 0;
/** A key that no other test has used. */
const fresh = (): string => `key ${next++}`;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  ark = await startArkDouble();
  const route = { upstream: "lab", model: THEIR_MODEL };
  gateway = await startTestGateway({
    credit: "100",
    config: {
      upstreams: [
        { id: "lab", provider: "openai-compatible", apiKey: "x", baseUrl: `${upstream.baseUrl}/v1` },
        { id: "ark", provider: "bytedance", apiKey: "x", baseUrl: ark.url },
      ],
      models: [{ id: "lab", kind: "chat", context: 4_000_000, maxOutput: 4_096, prices: PRICES, routes: [route] }],
    },
  });
});
afterEach(() => {
  upstream.clear();
});
afterAll(async () => {
  expect(gateway.server.books.open()).toEqual({ count: 0, sum: 0n });
  await gateway.close();
  await upstream.close();
  await ark.close();
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** OpenAI's code, Anthropic's type, Google's status. */
  readonly word: string | undefined;
}

interface Options {
  /** Null sends no header. */
  readonly key?: string | null;
  readonly customer?: string;
  readonly signal?: AbortSignal;
  readonly url?: string;
}

const post = async (path: string, body: unknown, options: Options = {}): Promise<Answer> => {
  const { key = null, customer = gateway.key, signal, url = gateway.url } = options;
  const reply = await fetch(url + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${customer}`,
      ...(key === null ? {} : { "idempotency-key": key }),
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
  const bytes = Buffer.from(await reply.arrayBuffer());
  const failed = reply.status >= 400 ? bytes.toString() : "{}";
  const { error } = JSON.parse(failed) as { error?: { code?: unknown; type?: string; status?: string } };
  const word = typeof error?.code === "string" ? error.code : (error?.status ?? error?.type);
  return { status: reply.status, headers: reply.headers, bytes, word };
};

const CHAT = "/v1/chat/completions";
const chat = (model: string, text = "hello", more: object = {}) => ({
  model,
  max_tokens: 50,
  messages: [{ role: "user", content: text }],
  ...more,
});
const lab = (text = "hello", more: object = {}) => chat("lab", text, more);

const rows = (): bigint =>
  gateway.query("select count(*) as rows from request where posted > 0")[0]?.["rows"] as bigint;
const keyRow = (key: string) => gateway.query("select * from idempotency where key = ?", key)[0];
const requestIdOf = ({ headers }: Answer): string => headers.get("x-request-id") ?? "";
const late = (milliseconds: number): Script => {
  const script = json(completion());
  return { ...script, steps: [wait(milliseconds), ...script.steps] };
};

interface Row {
  readonly path: string;
  readonly body: (text: string) => object;
  /** In the dialect's words. */
  readonly inProgress: string;
  readonly mismatch: string;
  readonly finished: string;
  /** The same as a stream; null where there is none. */
  readonly stream: ((text: string) => readonly [path: string, body: object]) | null;
}

const OPENAI = {
  inProgress: "idempotency_in_progress",
  mismatch: "idempotency_mismatch",
  finished: "idempotent_stream_finished",
};
const streamed =
  (path: string, body: (text: string) => object) =>
  (text: string): readonly [string, object] => [path, { ...body(text), stream: true }];
const openai = (path: string, body: (text: string) => object): Row => ({
  path,
  body,
  ...OPENAI,
  stream: streamed(path, body),
});

const messages = (text: string) => chat("sandbox/echo", text);
const GEMINI = "/v1beta/models/sandbox/echo";
const contents = (text: string) => ({ contents: [{ role: "user", parts: [{ text }] }] });
const DIALECTS: Readonly<Record<string, Row>> = {
  "Chat Completions": openai(CHAT, (text) => chat("sandbox/echo", text)),
  "legacy completions": openai("/v1/completions", (prompt) => ({ model: "sandbox/echo", prompt, max_tokens: 50 })),
  Responses: openai("/v1/responses", (input) => ({ model: "sandbox/echo", input })),
  Messages: {
    path: "/v1/messages",
    body: messages,
    inProgress: "conflict_error",
    mismatch: "invalid_request_error",
    finished: "conflict_error",
    stream: streamed("/v1/messages", messages),
  },
  Gemini: {
    path: `${GEMINI}:generateContent`,
    body: contents,
    inProgress: "ABORTED",
    mismatch: "INVALID_ARGUMENT",
    finished: "ABORTED",
    stream: (text) => [`${GEMINI}:streamGenerateContent?alt=sse`, contents(text)],
  },
  Cursor: openai("/cursor/v1/chat/completions", (text) => ({
    model: "sandbox/echo",
    input: [{ role: "user", content: text }],
  })),
  embeddings: {
    path: "/v1/embeddings",
    body: (input) => ({ model: "sandbox/embedding", input }),
    ...OPENAI,
    stream: null,
  },
};

/** Those that have streams: what a stream is asked for, and the word for one that is over. */
const STREAMS = Object.entries(DIALECTS).flatMap(([name, { stream, finished }]) =>
  stream === null ? [] : [[name, stream, finished] as const],
);

describe.each(Object.entries(DIALECTS))("%s with a key", (_name, { path, body, mismatch }) => {
  it("is charged once and answered with the same bytes, whatever is asked between", async () => {
    const key = fresh();
    const before = { rows: rows(), balance: gateway.balance() };
    const first = await post(path, body("hello"), { key });
    expect(first.status).toBe(200);
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    const after = { rows: rows(), balance: gateway.balance() };
    expect(after.rows).toBe(before.rows + 1n);
    expect(after.balance).toBeLessThan(before.balance);

    const other = await post(path, body("something else"), { key });
    expect([other.status, other.word]).toEqual([422, mismatch]);
    expect(other.headers.get("x-should-retry")).toBe("false");

    const again = await post(path, body("hello"), { key });
    expect(again.status).toBe(200);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.headers.get("content-type")).toBe(first.headers.get("content-type"));
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect(requestIdOf(again)).not.toBe(requestIdOf(first));
    expect({ rows: rows(), balance: gateway.balance() }).toEqual(after);
  });
});

it.each(STREAMS)("%s as a stream is not played again: 409 names the request", async (_name, stream, finished) => {
  const key = fresh();
  const [at, streaming] = stream("hello");
  const first = await post(at, streaming, { key });
  expect(first.headers.get("content-type")).toContain("text/event-stream");
  const charged = rows();
  const again = await post(at, streaming, { key });
  expect([again.status, again.word]).toEqual([409, finished]);
  expect(again.bytes.toString()).toContain(`(${requestIdOf(first)})`);
  expect(again.headers.get("x-should-retry")).toBe("false");
  expect(rows()).toBe(charged);
});

describe("while the first request runs", () => {
  it.each([
    ["OpenAI", CHAT, lab(), "idempotency_in_progress"],
    ["Anthropic", "/v1/messages", lab(), "conflict_error"],
    ["Gemini", "/v1beta/models/lab:generateContent", contents("hello"), "ABORTED"],
  ])("another gets 409 and when to come back, in the words of %s", async (_name, path, body, word) => {
    upstream.always(late(300));
    const key = fresh();
    const running = post(path, body, { key });
    await upstream.received(1);
    const second = await post(path, body, { key });
    expect([second.status, second.word]).toEqual([409, word]);
    expect(second.headers.get("retry-after")).toBe("1");
    expect(second.headers.get("x-should-retry")).toBe("true");
    expect((await running).status).toBe(200);
    expect((await post(path, body, { key })).headers.get("idempotent-replayed")).toBe("true");
    expect(upstream.requests).toHaveLength(1);
  });

  it("E109: of 50 at once one is sent and charged; the others get 409, and the stored reply afterwards", async () => {
    upstream.always(late(500));
    const key = fresh();
    const before = { rows: rows(), balance: gateway.balance() };
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(CHAT, lab("crowd"), { key })));
    // Who came late got the reply already.
    for (const { status } of answers) expect([200, 409]).toContain(status);
    const firsts = answers.filter(({ headers, status }) => status === 200 && !headers.has("idempotent-replayed"));
    expect(firsts).toHaveLength(1);
    expect(upstream.requests).toHaveLength(1);
    expect(before.balance - gateway.balance()).toBe(CHARGE);
    const [won] = firsts;
    const replayed = await Promise.all(Array.from({ length: 50 }, () => post(CHAT, lab("crowd"), { key })));
    for (const { status, bytes } of replayed) expect([status, bytes.equals(won?.bytes ?? bytes)]).toEqual([200, true]);
    expect(upstream.requests).toHaveLength(1);
    expect(rows()).toBe(before.rows + 1n);
  });

  it("its client may leave: it comes back for the reply", async () => {
    upstream.always(late(300));
    const key = fresh();
    const leaving = new AbortController();
    const gone = post(CHAT, lab("patience"), { key, signal: leaving.signal });
    await upstream.received(1);
    leaving.abort();
    await expect(gone).rejects.toMatchObject({ name: "AbortError" });
    let again: Answer;
    do again = await post(CHAT, lab("patience"), { key });
    while (again.status === 409);
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([200, "true"]);
    expect(upstream.requests).toHaveLength(1);
  });
});

describe("a key is free again", () => {
  const BAD = { status: 500 };
  it.each<[string, () => void, object, number]>([
    ["after a failure of the provider", () => upstream.next(json({ error: {} }, BAD)), lab("later"), 502],
    [
      "after a request that the provider refused",
      () => upstream.next(json({ error: {} }, { status: 400 })),
      lab("later"),
      400,
    ],
    ["after a request for which the balance is not enough", () => undefined, lab("x".repeat(3_000_000)), 402],
    ["after a model that does not exist", () => undefined, chat("no-such-model"), 404],
  ])("%s", async (_what, prepare, body, status) => {
    const key = fresh();
    const { key: customer } = await provision(gateway.server, { credit: "0.5" });
    prepare();
    upstream.always(json(completion()));
    expect((await post(CHAT, body, { key, customer })).status).toBe(status);
    expect(keyRow(key)).toBeUndefined();
    const good = await post(CHAT, lab("another"), { key, customer });
    expect([good.status, good.headers.get("idempotent-replayed")]).toEqual([200, null]);
  });

  it("after a stream that failed, which cost nothing", async () => {
    const key = fresh();
    upstream.next({ ...goodStream(), steps: [...goodStream().steps.slice(0, 2), { do: "reset" }] });
    const before = rows();
    await post(CHAT, lab("s", { stream: true }), { key });
    expect(rows()).toBe(before);
    upstream.always(goodStream());
    const again = await post(CHAT, lab("s", { stream: true }), { key });
    expect([again.status, rows()]).toEqual([200, before + 1n]);
  });

  it("a day later", async () => {
    upstream.always(json(completion()));
    const key = fresh();
    await post(CHAT, lab("first day"), { key });
    const charged = rows();
    await gateway.server.database.kysely
      .updateTable("idempotency")
      .set({ created_at: Date.now() - DAY_MS - 1_000 })
      .where("key", "=", key)
      .execute();
    const again = await post(CHAT, lab("second day"), { key });
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([200, null]);
    expect(rows()).toBe(charged + 1n);
  });
});

describe("a key means nothing elsewhere", () => {
  it("to another account, not even that it exists", async () => {
    upstream.always(json(completion()));
    const key = fresh();
    const { key: customer } = await provision(gateway.server, { credit: "1" });
    await post(CHAT, lab("mine"), { key });
    for (const text of ["mine", "theirs"]) {
      const theirs = await post(CHAT, lab(text), { key: `${key}${text}`, customer });
      expect([theirs.status, theirs.headers.get("idempotent-replayed")]).toEqual([200, null]);
    }
    const same = await post(CHAT, lab("theirs"), { key, customer });
    expect([same.status, same.headers.get("idempotent-replayed")]).toEqual([200, null]);
  });

  it("on another route; but under another mount and on a mistaken path the route is the same", async () => {
    upstream.always(json(completion()));
    const key = fresh();
    await post(CHAT, lab("a"), { key });
    expect((await post("/v1/messages", lab("a"), { key })).headers.get("idempotent-replayed")).toBeNull();
    expect((await post(`/v1${CHAT}`, lab("a"), { key })).headers.get("idempotent-replayed")).toBe("true");
  });

  it("to another model or method in a path of Gemini's, which is part of what is asked", async () => {
    const key = fresh();
    await post("/v1beta/models/sandbox/echo:generateContent", contents("a"), { key });
    const other = await post("/v1beta/models/sandbox/thinking:generateContent", contents("a"), { key });
    expect(other.status).toBe(422);
  });
});

describe("what is not kept", () => {
  it("a reply above 1 MiB: 409 names the request, whose hash is stored", async () => {
    const key = fresh();
    const choices = [
      { index: 0, message: { role: "assistant", content: "x".repeat(1_100_000) }, finish_reason: "stop" },
    ];
    upstream.always(json({ ...completion(), choices }));
    const first = await post(CHAT, lab("large"), { key });
    expect(first.status).toBe(200);
    const again = await post(CHAT, lab("large"), { key });
    expect([again.status, again.word]).toEqual([409, "idempotent_reply_not_kept"]);
    expect(again.bytes.toString()).toContain(requestIdOf(first));
    expect(keyRow(key)).toMatchObject({ state: "unkept", reply: null });
    expect(upstream.requests).toHaveLength(1);
  });

  it("anything of a request without the header", async () => {
    upstream.always(json(completion()));
    const before = gateway.query("select count(*) as rows from idempotency");
    await post(CHAT, lab("plain"));
    await post(CHAT, lab("plain"));
    expect(gateway.query("select count(*) as rows from idempotency")).toEqual(before);
    expect(upstream.requests).toHaveLength(2);
  });
});

describe("a key that is none", () => {
  it.each([
    ["of 256 characters", "k".repeat(256), 400],
    ["that is empty", "", 400],
    ["of 255 characters", "~".repeat(255), 200],
  ])("%s", async (_what, key, status) => {
    upstream.always(json(completion()));
    const answer = await post(CHAT, lab("k"), { key });
    expect(answer.status).toBe(status);
    if (status === 400) expect(answer.bytes.toString()).toContain("Idempotency-Key: must be 1 to 255");
  });
});

describe("official clients", () => {
  /** What the SDK does for providers that take the header: a key for each call, the same for its retries. */
  class KeyedOpenAI extends OpenAI {
    protected override idempotencyHeader = "Idempotency-Key";
  }

  it("openai: a key of the caller's, or one of its own that its retries repeat", async () => {
    const client = new KeyedOpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 2 });
    const idempotencyKey = fresh();
    const order = { model: "lab", max_tokens: 5, messages: [{ role: "user" as const, content: "sdk" }] };
    upstream.always(json(completion()));
    const first = await client.chat.completions.create(order, { idempotencyKey }).withResponse();
    const again = await client.chat.completions.create(order, { idempotencyKey }).withResponse();
    expect(again.data).toEqual(first.data);
    expect(again.response.headers.get("idempotent-replayed")).toBe("true");
    const other = client.chat.completions.create({ ...order, max_tokens: 6 }, { idempotencyKey });
    await expect(other).rejects.toBeInstanceOf(UnprocessableEntityError);

    upstream.clear();
    upstream.next(json({ error: {} }, { status: 500 }));
    expect((await client.chat.completions.create(order)).choices).toHaveLength(1);
    const stream = await client.chat.completions.create(
      { ...order, model: "sandbox/echo", stream: true },
      { idempotencyKey: `${idempotencyKey} s` },
    );
    for await (const chunk of stream) expect(chunk.object).toBe("chat.completion.chunk");
    await expect(
      client.chat.completions.create(
        { ...order, model: "sandbox/echo", stream: true },
        { idempotencyKey: `${idempotencyKey} s` },
      ),
    ).rejects.toBeInstanceOf(ConflictError);
  });

  it("openai: waits for the request that runs, and gets its reply", async () => {
    const client = new KeyedOpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 5 });
    const idempotencyKey = fresh();
    const order = { model: "lab", messages: [{ role: "user" as const, content: "two at once" }] };
    upstream.always(late(300));
    const [one, two] = await Promise.all([1, 2].map(() => client.chat.completions.create(order, { idempotencyKey })));
    expect(two).toEqual(one);
    expect(upstream.requests).toHaveLength(1);
  });

  it("openai: forms, of which each try draws another boundary", async () => {
    const client = new KeyedOpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
    const idempotencyKey = fresh();
    const picture = drawPng({ text: "x", width: 16, height: 16 });
    const edit = async (prompt: string) => {
      const image = await toFile(picture, "one.png", { type: "image/png" });
      return await client.images.edit({ model: "gpt-image-2", prompt, image }, { idempotencyKey }).withResponse();
    };
    const first = await edit("a farthing");
    const again = await edit("a farthing");
    expect([again.response.headers.get("idempotent-replayed"), again.data]).toEqual(["true", first.data]);
    await expect(edit("a penny")).rejects.toBeInstanceOf(UnprocessableEntityError);
  });

  it("anthropic and google: by their own options for headers", async () => {
    const headers = { "Idempotency-Key": fresh() };
    const anthropic = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 });
    const order = { model: "sandbox/echo", max_tokens: 20, messages: [{ role: "user" as const, content: "hi" }] };
    const first = await anthropic.messages.create(order, { headers });
    expect(await anthropic.messages.create(order, { headers })).toEqual(first);

    const google = new GoogleGenAI({ apiKey: gateway.key, httpOptions: { baseUrl: gateway.url, headers } });
    const asked = { model: "sandbox/echo", contents: "hi" };
    const before = rows();
    const texts = [await google.models.generateContent(asked), await google.models.generateContent(asked)];
    expect(texts[0]?.text).toBe(texts[1]?.text);
    expect(rows()).toBe(before + 1n);
  });
});

describe("a task with a key", () => {
  const VIDEOS = "/v1/videos/generations";
  const video = { model: "sandbox/video", prompt: "Two cats", duration: 5 };
  const tasks = (): bigint => gateway.query("select count(*) as rows from task")[0]?.["rows"] as bigint;

  it("is begun once, of many at once too, and its creation is answered with the same bytes", async () => {
    const key = fresh();
    const before = tasks();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(VIDEOS, video, { key })));
    for (const { status } of answers) expect([200, 409]).toContain(status);
    const [first, ...more] = answers.filter(
      ({ status, headers }) => status === 200 && !headers.has("idempotent-replayed"),
    );
    expect(more).toEqual([]);
    expect(tasks()).toBe(before + 1n);
    const again = await post("/v1/video/generations", video, { key });
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([200, "true"]);
    expect(again.bytes.toString()).toBe(first?.bytes.toString());
    expect((await post(VIDEOS, { ...video, prompt: "Two dogs" }, { key })).status).toBe(422);
    expect(tasks()).toBe(before + 1n);
  });

  it("that was refused leaves its key free", async () => {
    const { key: customer } = await provision(gateway.server, { credit: "0.01" });
    const key = fresh();
    const before = tasks();
    expect((await post(VIDEOS, video, { key, customer })).status).toBe(402);
    expect((await post(VIDEOS, { ...video, duration: -7 }, { key, customer })).status).toBe(400);
    expect([keyRow(key), tasks()]).toEqual([undefined, before]);
  });

  it("that its provider refused has ended, and leaves its key free", async () => {
    const film = { ...video, model: "doubao-seedance-2-0-fast-260128" };
    const key = fresh();
    const before = tasks();
    ark.onCreate = (_job, response) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { code: "InvalidParameter", message: "no" } }));
      return false;
    };
    expect((await post(VIDEOS, film, { key })).status).toBe(400);
    expect([keyRow(key), tasks()]).toEqual([undefined, before + 1n]);
    ark.onCreate = () => true;
    expect((await post(VIDEOS, film, { key })).status).toBe(200);
    expect(keyRow(key)).toMatchObject({ state: "kept" });
  });
});

describe("a storefront that keeps no replies", () => {
  it("refuses the header, so that nobody relies on it", async () => {
    const plain = await startTestGateway({ config: { storefront: { idempotency: false } } });
    const options = { url: plain.url, customer: plain.key };
    const refused = await post(CHAT, chat("sandbox/echo"), { ...options, key: "k" });
    expect([refused.status, refused.word]).toEqual([400, "invalid_value"]);
    expect((await post(CHAT, chat("sandbox/echo"), options)).status).toBe(200);
    await plain.close();
  });
});

/** Embeddings through the whole gateway: official clients of both dialects onto providers of both; what is charged; what is refused. */
import { monitorEventLoopDelay } from "node:perf_hooks";

import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { vectorOf } from "../src/sandbox/embed.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";
import { json, reply as script } from "./upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "./upstream/scripted-upstream.ts";

const MODEL = { kind: "embedding", context: 8192, prices: { input: "1" } } as const;
const TEXTS = ["the first text", "and the second, which is longer"];

let upstream: ScriptedUpstream;
let gateway: TestGateway;
let openai: OpenAI;
let google: GoogleGenAI;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  const baseUrl = upstream.baseUrl;
  gateway = await startTestGateway({
    config: {
      upstreams: [
        { id: "one", provider: "openai-compatible", baseUrl, apiKey: "k" },
        { id: "two", provider: "gemini-compatible", baseUrl, apiKey: "k" },
      ],
      models: [
        { id: "e-openai", ...MODEL, routes: [{ upstream: "one", model: "theirs" }] },
        { id: "e-gemini", ...MODEL, routes: [{ upstream: "two", model: "theirs" }] },
      ],
    },
  });
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
  google = new GoogleGenAI({ apiKey: gateway.key, httpOptions: { baseUrl: gateway.url } });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const post = (path: string, body: object): Promise<Response> =>
  fetch(gateway.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** Nano-units for so many tokens at $1 per million. */
const price = (tokens: number): bigint => BigInt(tokens) * 1_000n;

const length = (vector: readonly number[]): number => Math.hypot(...vector);

describe("the sandbox's embeddings, through the official clients", () => {
  it.each(["sandbox/embedding", "text-embedding-3-small", "gemini-embedding-001"])(
    "%s: OpenAI's client gets the same vectors as base64 (its default) and as numbers",
    async (model) => {
      const packed = await openai.embeddings.create({ model, input: TEXTS, dimensions: 8 });
      const plain = await openai.embeddings.create({ model, input: TEXTS, dimensions: 8, encoding_format: "float" });
      expect(plain.data.map(({ index }) => index)).toEqual([0, 1]);
      expect(plain.data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
      plain.data.forEach(({ embedding }, i) => {
        expect(length(embedding)).toBeCloseTo(1, 5);
        const same = [...(packed.data[i]?.embedding ?? [])];
        expect(Float32Array.from(same)).toEqual(Float32Array.from(embedding));
      });
      expect([plain.model, plain.usage.prompt_tokens]).toEqual([model, packed.usage.prompt_tokens]);
    },
  );

  it.each(["sandbox/embedding", "text-embedding-3-small", "gemini-embedding-001"])(
    "%s: Google's client gets them too",
    async (model) => {
      const { embeddings = [] } = await google.models.embedContent({
        model,
        contents: TEXTS,
        config: { outputDimensionality: 8 },
      });
      const plain = await openai.embeddings.create({ model, input: TEXTS, dimensions: 8, encoding_format: "float" });
      expect(embeddings.map(({ values }) => values)).toEqual(plain.data.map(({ embedding }) => embedding));
    },
  );

  it("answers :embedContent, alone", async () => {
    const reply = await post("/v1beta/models/sandbox/embedding:embedContent", { content: { parts: [{ text: "hi" }] } });
    const body = (await reply.json()) as { embedding: { values: number[] }; usageMetadata: object };
    expect(body.embedding.values).toHaveLength(16);
    expect(body.usageMetadata).toEqual({ promptTokenCount: 1 });
  });

  it("takes token ids where the provider does, and says so where it does not", async () => {
    const ids = { input: [[1, 2, 3], [4]] };
    expect((await post("/v1/embeddings", { model: "text-embedding-3-small", ...ids })).status).toBe(200);
    const reply = await post("/v1/embeddings", { model: "gemini-embedding-001", ...ids });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: { param: "input" } });
  });

  it("charges the tokens that the provider counts", async () => {
    const before = gateway.balance();
    const reply = await post("/v1/embeddings", { model: "sandbox/embedding", input: "x".repeat(400) });
    expect(before - gateway.balance()).toBe(price(100));
    const row = await gateway.row(reply.headers.get("x-request-id") ?? "");
    expect(row).toMatchObject({ protocol: "embeddings", outcome: "completed", input: 100n, source: "reported" });
    expect(reply.headers.get("x-farthing-cost")).toBe("0.0001");
  });
});

/** A provider's vectors: as many as were asked for. */
const openaiReply = (count: number, usage?: object): object => ({
  object: "list",
  data: Array.from({ length: count }, (_, index) => ({ object: "embedding", index, embedding: [index, -1.5e-3] })),
  model: "theirs-001",
  ...(usage === undefined ? {} : { usage }),
});

describe("onto a provider of OpenAI's dialect", () => {
  it("bytes pass, but for the model's names", async () => {
    upstream.clear();
    const usage = { prompt_tokens: 7, total_tokens: 7, extra: null };
    upstream.always(json(openaiReply(1, usage)));
    const sent = '{"input": "a\\u0041", "user":"u" ,"model":"e-openai","custom_field":1}';
    const reply = await fetch(`${gateway.url}/v1/embeddings`, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
      body: sent,
    });
    expect(upstream.requests[0]?.path).toBe("/embeddings");
    expect(upstream.requests[0]?.body.toString()).toBe(sent.replace("e-openai", "theirs"));
    expect(await reply.text()).toBe(JSON.stringify(openaiReply(1, usage)).replace("theirs-001", "e-openai"));
  });

  it("carries Gemini's batch, and names what it could not (taskType)", async () => {
    upstream.clear();
    upstream.always(json(openaiReply(2, { prompt_tokens: 5, total_tokens: 5 })));
    const requests = TEXTS.map((text) => ({
      model: "models/e-openai",
      content: { parts: [{ text }] },
      taskType: "CLUSTERING",
    }));
    const reply = await post("/v1beta/models/e-openai:batchEmbedContents", { requests });
    expect(upstream.requests[0]?.json()).toEqual({ model: "theirs", input: TEXTS, encoding_format: "float" });
    expect(reply.headers.get("x-farthing-dropped")).toBe("taskType");
    expect(await reply.json()).toEqual({
      embeddings: [{ values: [0, -0.0015] }, { values: [1, -0.0015] }],
      usageMetadata: { promptTokenCount: 5 },
    });
  });

  it.each([
    ["nothing", undefined, "estimated", 3n],
    ["what cannot be", { prompt_tokens: 99_999_999, total_tokens: 99_999_999 }, "estimated", 3n],
    ["less than nothing", { prompt_tokens: -4 }, "estimated", 3n],
    ["only a total (Voyage)", { total_tokens: 9 }, "reported", 9n],
  ])("charges where it reports %s", async (_name, usage, source, input) => {
    upstream.always(json(openaiReply(1, usage)));
    const reply = await post("/v1/embeddings", { model: "e-openai", input: "ten bytes." });
    expect(await gateway.row(reply.headers.get("x-request-id") ?? "")).toMatchObject({ source, input });
  });

  it.each([
    ["too few vectors", json(openaiReply(1)), 502],
    ["an error within a 200", json({ error: { message: "secret host 10.0.0.1", code: "overloaded" } }), 503],
    ["no JSON at all", json("[}"), 502],
    ["a list", json([1, 2]), 502],
    ["its own error", json({ error: { message: "secret" } }, { status: 500 }), 502],
  ])("charges nothing for %s (I-33)", async (_name, script, status) => {
    upstream.always(script);
    const before = gateway.balance();
    const reply = await post("/v1/embeddings", { model: "e-openai", input: TEXTS });
    expect(reply.status).toBe(status);
    expect(await reply.text()).not.toContain("secret");
    expect(gateway.balance()).toBe(before);
  });
});

describe("onto a provider of Gemini's dialect", () => {
  const values = (count: number): object[] => Array.from({ length: count }, (_, i) => ({ values: [i, 0.25] }));

  it("Gemini's bytes pass, but for the model's name within a batch", async () => {
    upstream.clear();
    upstream.always(json({ embeddings: values(1) }));
    const request = { content: { parts: [{ text: "a" }] }, taskType: "CLUSTERING", extra: 1 };
    const reply = await post("/v1beta/models/e-gemini:batchEmbedContents", {
      requests: [{ model: "models/e-gemini", ...request }],
    });
    expect(upstream.requests[0]?.path).toBe("/v1beta/models/theirs:batchEmbedContents");
    expect(upstream.requests[0]?.json()).toEqual({ requests: [{ model: "models/theirs", ...request }] });
    expect(await reply.text()).toBe(JSON.stringify({ embeddings: values(1) }));
  });

  it("shares out what is more than one call takes, and joins it in order", async () => {
    const input = Array.from({ length: 250 }, (_, i) => String(i));
    for (const encoding_format of ["float", "base64"] as const) {
      const reply = await openai.embeddings.create({
        model: "gemini-embedding-001",
        input,
        dimensions: 4,
        encoding_format,
      });
      const vectors = reply.data.map(({ embedding }) =>
        typeof embedding === "string"
          ? [...new Float32Array(new Uint8Array(Buffer.from(embedding, "base64")).buffer)]
          : embedding,
      );
      // The sandbox refuses more than 100 of Gemini's dialect at once, as Google does.
      expect(vectors.map((vector) => Float32Array.from(vector))).toEqual(input.map((text) => vectorOf(text, 4)));
      expect(reply.usage).toEqual({ prompt_tokens: 250, total_tokens: 250 });
    }
  });

  it("charges nothing when one of the calls fails, and calls the others off", async () => {
    upstream.clear();
    let calls = 0;
    upstream.always(() => (++calls === 2 ? json({ error: {} }, { status: 500 }) : json({ embeddings: values(100) })));
    const before = gateway.balance();
    const reply = await post("/v1/embeddings", { model: "e-gemini", input: Array.from({ length: 900 }, () => "x") });
    expect(reply.status).toBe(502);
    expect(gateway.balance()).toBe(before);
    const row = await gateway.row(reply.headers.get("x-request-id") ?? "");
    expect(row).toMatchObject({ outcome: "upstream_failed_before_output", posted: 0n });
  });
});

describe("bad requests", () => {
  it.each([
    ["no input", { model: "e-openai" }, "input"],
    ["an empty list", { model: "e-openai", input: [] }, "input"],
    ["a number", { model: "e-openai", input: 4 }, "input"],
    ["a list of kinds", { model: "e-openai", input: ["a", 1] }, "input"],
    ["a list of nothing", { model: "e-openai", input: [null] }, "input"],
    ["a list of what is neither text nor token", { model: "e-openai", input: [false, {}] }, "input"],
    ["2,049 inputs", { model: "e-openai", input: Array.from({ length: 2_049 }, () => "a") }, "input"],
    ["dimensions of no number", { model: "e-openai", input: "a", dimensions: "8" }, "dimensions"],
    ["no dimensions", { model: "e-openai", input: "a", dimensions: 0 }, "dimensions"],
    ["an unknown encoding", { model: "e-openai", input: "a", encoding_format: "hex" }, "encoding_format"],
    ["a chat model", { model: "gpt-4o", input: "a" }, "model"],
    ["an image model", { model: "gpt-image-2", input: "a" }, "model"],
  ])("%s is a 400 that names the field", async (_name, body, param) => {
    const reply = await post("/v1/embeddings", body);
    expect([reply.status, ((await reply.json()) as { error: { param: string } }).error.param]).toEqual([400, param]);
  });

  it.each([
    ["no content", {}],
    ["an image", { content: { parts: [{ inlineData: { mimeType: "image/png", data: "AA==" } }] } }],
  ])("Gemini: %s is a 400 in its dialect", async (_name, body) => {
    const reply = await post("/v1beta/models/e-gemini:embedContent", body);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: { code: 400, status: "INVALID_ARGUMENT" } });
  });

  it("refuses a body above its bound, and a stranger", async () => {
    const large = await post("/v1/embeddings", { model: "e-openai", input: "x".repeat(9 * 1024 * 1024) });
    expect(large.status).toBe(413);
    const stranger = await fetch(`${gateway.url}/v1/embeddings`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(stranger.status).toBe(401);
  });

  it("an empty balance buys nothing", async () => {
    const poor = await startTestGateway({ credit: "0.000001" });
    const reply = await fetch(`${poor.url}/v1/embeddings`, {
      method: "POST",
      headers: { authorization: `Bearer ${poor.key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "sandbox/embedding", input: "x".repeat(4_000) }),
    });
    expect(reply.status).toBe(402);
    expect(((await reply.json()) as { error: object }).error).not.toHaveProperty("affordable_max_tokens");
    await poor.close();
  });
});

describe("the sandbox's faults", () => {
  it.each([
    ["fault-402", 402],
    ["fault-429", 429],
    ["fault-500", 500],
    ["fault-502", 502],
    ["fault-503", 503],
    ["fault-504", 504],
    ["upstream-cut", 502],
    ["upstream-html", 502],
    ["upstream-empty", 502],
    ["upstream-broken-json", 502],
    ["upstream-error-200", 502],
  ])("sandbox/%s is a %d, and free", async (name, status) => {
    const before = gateway.balance();
    const reply = await post("/v1/embeddings", { model: `sandbox/${name}`, input: "a" });
    await reply.text();
    expect([reply.status, gateway.balance()]).toEqual([status, before]);
  });
});

/** 2,048 vectors of 1,536 numbers, as a provider writes them: some 20 MB. */
const largeReply = (): string => {
  const vector = JSON.stringify(
    Array.from({ length: 1_536 }, (_, i) => Math.sin(i)).map((value) => Number(value.toFixed(6))),
  );
  const data = Array.from({ length: 2_048 }, (_, i) => `{"object":"embedding","index":${i},"embedding":${vector}}`);
  return `{"object":"list","data":[${data.join()}],"model":"theirs","usage":{"prompt_tokens":9,"total_tokens":9}}`;
};

it("lets others have their turn while 2,048 vectors come and go", async () => {
  upstream.always(script(largeReply()));
  const input = Array.from({ length: 2_048 }, (_, i) => `input ${i}`);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let turns = 0;
  const turn = setInterval(() => turns++, 1);
  delay.enable();
  const reply = await post("/v1/embeddings", { model: "e-openai", input });
  expect(reply.status).toBe(200);
  clearInterval(turn);
  delay.disable();
  // For whoever looks: the longest that anybody waited. Machines differ, so nothing is asserted of it.
  console.info(`event loop: ${turns} turns, longest delay ${Math.round(delay.max / 1e6)} ms`);
  expect(turns).toBeGreaterThan(0);
  const { data } = (await reply.json()) as { data: { embedding: number[] }[] };
  expect(data.map(({ embedding }) => embedding.length)).toEqual(Array.from({ length: 2_048 }, () => 1_536));
  expect(await gateway.row(reply.headers.get("x-request-id") ?? "")).toMatchObject({ input: 9n, outcome: "completed" });
});

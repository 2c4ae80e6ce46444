/** Seed 003 on its preset: every documented request, address, unit of billing and moment of charging. */
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, expect } from "vitest";

import { cost, formatNano, ONE, parseNano, type Rounding } from "../../src/money.ts";
import type { TestGateway } from "../gateway.ts";
import { provision } from "../provision.ts";
import { json } from "../upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";
import { ROWS } from "./cheapmodel.rows.ts";
import { booksAgree, checklist, post, send, startStorefront, type Answer } from "./storefront.ts";

const { shows, complete } = checklist(ROWS);

let gateway: TestGateway;
/** The same preset in front of providers whose replies the test decides. */
let priced: TestGateway;
let provider: ScriptedUpstream;

beforeAll(async () => {
  gateway = await startStorefront("cheapmodel");
  provider = await startScriptedUpstream();
  const { baseUrl } = provider;
  priced = await startStorefront("cheapmodel", {
    changes: {
      upstreams: [
        { id: "openai", provider: "openai", baseUrl, apiKey: "k" },
        { id: "google", provider: "google", baseUrl, apiKey: "k" },
      ],
      models: [
        {
          id: "by-the-piece",
          kind: "image",
          rates: [{ unit: "image", per: 1, price: "0.04", variant: { size: "1024x1024" } }],
          routes: [{ upstream: "openai", model: "theirs" }],
        },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await priced.close();
  await provider.close();
});

const HELLO = "Hello from cheapmodel";
const MESSAGES = [{ role: "user" as const, content: HELLO }];
const openai = (key = gateway.key): OpenAI => new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
const get = (path: string, key = gateway.key): Promise<Answer> =>
  send(gateway.url + path, { headers: { authorization: `Bearer ${key}` } });

shows("the key format", () => {
  expect(gateway.key).toMatch(/^sk-cm-[0-9A-Za-z]{36}$/);
});

shows("the quick start", async () => {
  const response = await openai().chat.completions.create({ model: "gpt-5.5", messages: MESSAGES });
  expect(response.choices[0]?.message.content).toContain(HELLO);
});

const GEMINI = { contents: [{ role: "user", parts: [{ text: HELLO }] }] };

shows("one token, one balance, every format", async () => {
  const { key, accountId } = await provision(gateway.server, { credit: "1" });
  for (const [path, body] of [
    ["/v1/chat/completions", { model: "gpt-5.5", messages: MESSAGES }],
    ["/v1/messages", { model: "claude-sonnet-4-6", max_tokens: 64, messages: MESSAGES }],
    ["/v1beta/models/gemini-3.8-flash:generateContent", GEMINI],
    ["/v1/embeddings", { model: "text-embedding-3-small", input: HELLO }],
    ["/v1/images/generations", { model: "nano-banana-2", prompt: HELLO }],
    ["/v1/audio/speech", { model: "sandbox/speech", voice: "alloy", input: HELLO }],
  ] as const) {
    const answer = await post(gateway.url + path, key, body);
    expect([path, answer.status]).toEqual([path, 200]);
  }
  const { data, totals } = (await get("/v1/usage?totals=true", key)).json() as {
    data: readonly { readonly protocol: string; readonly amount: string }[];
    totals: { readonly amount: string };
  };
  expect(data.map(({ amount }) => parseNano(amount) > 0n)).toEqual(data.map(() => true));
  expect(new Set(data.map(({ protocol }) => protocol))).toEqual(
    new Set(["openai-chat", "anthropic", "gemini", "embeddings", "images", "speech"]),
  );
  const [row] = gateway.query("select balance from account where id = ?", accountId);
  expect(row?.["balance"]).toBe(parseNano("1") - parseNano(totals.amount));
});

shows("the model list", async () => {
  const { data } = (await get("/v1/models")).json() as { data: { id: string }[] };
  const ids = data.map(({ id }) => id);
  for (const id of ["gpt-5.5", "claude-sonnet-4-6", "gemini-3.8-flash", "text-embedding-3-small"])
    expect([id, ids.includes(id)]).toEqual([id, true]);
  const asGoogle = await send(`${gateway.url}/v1beta/models?pageSize=1000`, {
    headers: { "x-goog-api-key": gateway.key },
  });
  expect(asGoogle.text).toContain("models/gemini-3.8-flash");
});

shows("images by OpenAI's SDK", async () => {
  const drawn = await openai().images.generate({ model: "gpt-image-1.5", prompt: "a farthing", size: "1024x1024" });
  expect(Buffer.from(drawn.data?.[0]?.b64_json ?? "", "base64").toString("latin1", 1, 4)).toBe("PNG");
});

shows("embeddings by OpenAI's SDK", async () => {
  const { data, usage } = await openai().embeddings.create({ model: "text-embedding-3-small", input: [HELLO, "b"] });
  expect([data.length, usage.total_tokens > 0]).toEqual([2, true]);
});

shows("responses and speech by OpenAI's SDK", async () => {
  const response = await openai().responses.create({ model: "gpt-5.5", input: HELLO });
  expect(response.output_text).toContain(HELLO);
  const spoken = await openai().audio.speech.create({ model: "sandbox/speech", voice: "alloy", input: HELLO });
  expect((await spoken.arrayBuffer()).byteLength).toBeGreaterThan(0);
});

shows("messages at the documented address", async () => {
  const body = { model: "claude-sonnet-4-6", max_tokens: 64, messages: MESSAGES };
  // The table calls the endpoint itself a base URL, to which tools append it once more.
  for (const path of ["/v1/messages", "/v1/messages/v1/messages"]) {
    const answer = await post(gateway.url + path, gateway.key, body);
    expect([answer.status, answer.json()]).toMatchObject([200, { type: "message", role: "assistant" }]);
  }
});

shows("messages by Anthropic's SDK", async () => {
  for (const baseURL of [gateway.url, `${gateway.url}/v1/messages`]) {
    const client = new Anthropic({ baseURL, apiKey: null, authToken: gateway.key, maxRetries: 0 });
    const message = await client.messages.create({ model: "claude-sonnet-4-6", max_tokens: 64, messages: MESSAGES });
    expect(message.stop_reason).toBe("end_turn");
  }
});

shows("generateContent at the documented address", async () => {
  const answer = await post(`${gateway.url}/v1beta/models/gemini-3.8-flash:generateContent`, gateway.key, GEMINI);
  expect(answer.json()).toMatchObject({
    candidates: [{ content: { role: "model" }, finishReason: "STOP" }],
    usageMetadata: { totalTokenCount: expect.any(Number) as number },
  });
});

shows("generateContent by Google's SDK", async () => {
  // The SDK adds the version itself; who gives it the documented base URL sends it twice.
  for (const baseUrl of [gateway.url, `${gateway.url}/v1beta`]) {
    const client = new GoogleGenAI({ apiKey: gateway.key, httpOptions: { baseUrl } });
    const reply = await client.models.generateContent({ model: "gemini-3.8-flash", contents: HELLO });
    expect(reply.text).toContain(HELLO);
  }
});

const completion = (usage: object) =>
  json({
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "yes" }, finish_reason: "stop" }],
    usage,
  });
/** What a request of which the provider counts this costs, in nano-units. */
const costOf = async (usage: object): Promise<bigint> => {
  provider.next(completion(usage));
  const answer = await post(`${priced.url}/v1/chat/completions`, priced.key, { model: "gpt-5.5", messages: MESSAGES });
  expect(answer.status).toBe(200);
  return parseNano(answer.headers.get("x-farthing-cost") ?? "");
};

shows("prices are the marketplace's", async () => {
  const info = (await get("/v1/models/info/gpt-5.5")).json();
  expect(info).toMatchObject({ prices: { rates: { input: "5", output: "30", cache_read: "0.5" } } });
  expect(await costOf({ prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 })).toBe(
    10n * 5_000n + 20n * 30_000n,
  );
});

shows("cache hits at their own price, all else as input", async () => {
  const usage = { prompt_tokens: 100, completion_tokens: 1, total_tokens: 101 };
  const hit = { ...usage, prompt_tokens_details: { cached_tokens: 60 } };
  expect(await costOf(hit)).toBe(40n * 5_000n + 60n * 500n + 30_000n);
  // Nobody has said that anything was cached.
  expect(await costOf(usage)).toBe(100n * 5_000n + 30_000n);
});

const PICTURE = { created: 1, data: [{ b64_json: "iVBORw0KGgo=" }] };

shows("images by provider-reported usage", async () => {
  provider.next(
    json({
      ...PICTURE,
      usage: {
        input_tokens: 50,
        output_tokens: 1_056,
        total_tokens: 1_106,
        input_tokens_details: { text_tokens: 50, image_tokens: 0 },
      },
    }),
  );
  const body = { model: "gpt-image-1.5", prompt: "a farthing", size: "1024x1024" };
  const answer = await post(`${priced.url}/v1/images/generations`, priced.key, body);
  expect([answer.status, answer.status === 200 ? "" : answer.text]).toEqual([200, ""]);
  expect(parseNano(answer.headers.get("x-farthing-cost") ?? "")).toBe(50n * 5_000n + 1_056n * 32_000n);
});

shows("images by the piece", async () => {
  provider.next(json(PICTURE));
  const body = { model: "by-the-piece", prompt: "a farthing", size: "1024x1024" };
  const answer = await post(`${priced.url}/v1/images/generations`, priced.key, body);
  expect([answer.status, answer.headers.get("x-farthing-cost")]).toEqual([200, "0.04"]);
});

/** The published price rows of a family of models. */
const rowsOf = (family: string) =>
  gateway.query("select model, base, rounding from price where model like ?", `${family}%`).map((row) => ({
    model: String(row["model"]),
    base: JSON.parse(String(row["base"])) as { video_token?: string; video_second?: string },
    rounding: JSON.parse(String(row["rounding"])) as Rounding,
  }));

shows("video prices are rounded to two decimals", () => {
  for (const family of ["doubao-seedance-2", "happyhorse-1"]) {
    const rows = rowsOf(family);
    expect(rows.length).toBeGreaterThan(0);
    for (const { model, rounding } of rows) expect([model, rounding]).toEqual([model, { scale: 2, mode: "half_up" }]);
  }
  // The documents' own examples (I-6): 5 s of 720p by Seedance fast; an edit of 6.62 s by Happy Horse.
  const fast = rowsOf("doubao-seedance-2-0-fast-260128 ").find(({ base }) => base.video_token === "5.6");
  expect(fast).toBeDefined();
  expect(formatNano(cost({ video_token: 108_900 }, { video_token: parseNano("5.6") }, ONE, fast?.rounding))).toBe(
    "0.61",
  );
  const edit = rowsOf("happyhorse-1.0-video-edit ").find(({ base }) => base.video_second !== undefined);
  for (const [exact, posted] of [
    ["0.004", "0"],
    ["0.005", "0.01"],
    ["0.015", "0.02"],
    ["0.125", "0.13"],
    ["1.005", "1.01"],
    ["0.995", "1"],
    ["1.8536", "1.85"],
  ] as const) {
    const perMillion = { video_token: parseNano(exact) * 1_000_000n };
    expect(formatNano(cost({ video_token: 1 }, perMillion, ONE, edit?.rounding))).toBe(posted);
  }
});

const SEEDANCE = {
  model: "doubao-seedance-2-0-fast-260128",
  prompt: "Two cats run and playfully chase each other",
  size: "9:16",
  duration: -1,
  generate_audio: true,
  watermark: false,
};

interface VideoTask {
  readonly id: string;
  readonly status: string;
}

/** Submits a video task and waits for its end. */
const video = async (body: object, path = "/video/v1/video/generations", key = gateway.key): Promise<VideoTask> => {
  const made = await post(gateway.url + path, key, body);
  expect([made.status, made.status < 300 ? "" : made.text]).toEqual([200, ""]);
  const { id } = made.json() as VideoTask;
  const look = async (): Promise<VideoTask> => (await get(`${path}/${id}`, key)).json() as VideoTask;
  await expect
    .poll(async () => (await look()).status, { timeout: 20_000, interval: 200 })
    .toMatch(/^(succeeded|failed)$/);
  return look();
};

interface Spent {
  readonly amount: string;
  readonly usage: { readonly video_token?: number; readonly video_second?: number };
}

/** The one charge of an account that has made one request. */
const chargeOf = async (key: string): Promise<Spent | undefined> =>
  ((await get("/v1/usage", key)).json() as { data: readonly Spent[] }).data[0];

shows("the video example", async () => {
  expect(await video(SEEDANCE)).toMatchObject({ status: "succeeded" });
});

shows("both video addresses answer alike", async () => {
  const paths = ["/v1/video/generations", "/v1/video/video/generations", "/v1/videos/generations"];
  for (const made of await Promise.all(paths.map((path) => video({ ...SEEDANCE, duration: 4 }, path))))
    expect(made).toMatchObject({ status: "succeeded" });
});

shows("Seedance takes references of every kind", async () => {
  const references = {
    images: ["https://example.com/a.png"],
    videos: ["https://example.com/a.mp4"],
    audios: ["https://example.com/a.mp3"],
  };
  expect(await video({ ...SEEDANCE, duration: 4, ...references })).toMatchObject({ status: "succeeded" });
});

shows("what Seedance costs", async () => {
  const { key } = await provision(gateway.server, { credit: "20" });
  await video({ ...SEEDANCE, duration: 5 }, "/v1/videos/generations", key);
  const spent = await chargeOf(key);
  const tokens = spent?.usage.video_token ?? 0;
  expect(tokens).toBeGreaterThan(0);
  const exact = { video_token: parseNano("5.6") };
  expect(spent?.amount).toBe(formatNano(cost({ video_token: tokens }, exact, ONE, { scale: 2, mode: "half_up" })));
});

const HORSES = [
  ["happyhorse-1.0-t2v", {}],
  ["happyhorse-1.0-i2v", { image: "https://example.com/a.png" }],
  ["happyhorse-1.0-r2v", { images: ["https://example.com/a.png", "https://example.com/b.png"] }],
  ["happyhorse-1.0-video-edit", { videos: ["https://example.com/a.mp4"] }],
] as const;

shows("Happy Horse's four modes", async () => {
  const ends = HORSES.map(([model, references]) =>
    video({ model, prompt: "a horse", resolution: "720P", ...references }),
  );
  for (const end of await Promise.all(ends)) expect(end).toMatchObject({ status: "succeeded" });
});

shows("what Happy Horse costs", async () => {
  const spent = async (resolution: string): Promise<Spent | undefined> => {
    const { key } = await provision(gateway.server, { credit: "20" });
    await video({ model: "happyhorse-1.0-t2v", prompt: "a horse", resolution, duration: 5 }, undefined, key);
    return chargeOf(key);
  };
  const [small, large] = await Promise.all([spent("720P"), spent("1080P")]);
  // Five seconds at $0.14 and at $0.24.
  expect(small).toMatchObject({ amount: "0.7", usage: { video_second: 5 } });
  expect(large).toMatchObject({ amount: "1.2", usage: { video_second: 5 } });
});

shows("a video that fails costs nothing", async () => {
  const { key, accountId } = await provision(gateway.server, { credit: "20" });
  const end = await video({ ...SEEDANCE, model: "sandbox/video-failed" }, undefined, key);
  expect(end.status).toBe("failed");
  expect(gateway.query("select balance from account where id = ?", accountId)[0]?.["balance"]).toBe(parseNano("20"));
});

complete();
booksAgree(() => [gateway, priced]);

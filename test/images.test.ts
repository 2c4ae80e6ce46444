/** Images through the whole gateway: the official client onto OpenAI's models and Gemini's; by the piece and by tokens; faults. */
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { drawPng } from "../src/sandbox/png.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";
import { json, stream } from "./upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "./upstream/scripted-upstream.ts";

const PROMPT = "a farthing on a table";
const PICTURE = drawPng({ text: PROMPT, width: 16, height: 16 });
const BASE64 = PICTURE.toString("base64");
const SIGNATURE = "89504e470d0a1a0a";

let upstream: ScriptedUpstream;
let gateway: TestGateway;
let openai: OpenAI;
/** Without any provider: the sandbox plays them all. */
let sandboxed: TestGateway;
let client: OpenAI;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  const baseUrl = upstream.baseUrl;
  const tokens = { input: "5", cache_read: "1.25", image_input: "8", image_output: "30" };
  gateway = await startTestGateway({
    credit: "1000",
    config: {
      upstreams: [
        { id: "one", provider: "openai-compatible", baseUrl, apiKey: "k" },
        { id: "two", provider: "gemini-compatible", baseUrl, apiKey: "k" },
        { id: "three", provider: "openai", baseUrl, apiKey: "k" },
      ],
      models: [
        { id: "i-openai", kind: "image", prices: tokens, routes: [{ upstream: "one", model: "theirs" }] },
        { id: "i-official", kind: "image", prices: tokens, routes: [{ upstream: "three", model: "theirs" }] },
        {
          id: "i-gemini",
          kind: "image",
          prices: { ...tokens, output: "12" },
          routes: [{ upstream: "two", model: "theirs" }],
        },
        {
          id: "i-piece",
          kind: "image",
          rates: [
            { unit: "image", per: 1, price: "0.04", variant: { size: "1024x1024", quality: "high" } },
            { unit: "image", per: 1, price: "0.02", variant: { size: "1024x1024" } },
          ],
          routes: [{ upstream: "one", model: "theirs" }],
        },
        {
          id: "i-flat",
          kind: "image",
          context: 65_536,
          maxOutput: 32_768,
          upstream: { protocol: "gemini", model: "theirs" },
          prices: { image: "30000" },
          routes: [{ upstream: "two", model: "theirs" }],
        },
      ],
    },
  });
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
  sandboxed = await startTestGateway();
  client = new OpenAI({ baseURL: `${sandboxed.url}/v1`, apiKey: sandboxed.key, maxRetries: 0 });
});
afterAll(async () => {
  await sandboxed.close();
  await gateway.close();
  await upstream.close();
});

const post = (path: string, body: object): Promise<Response> =>
  fetch(gateway.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const generate = (body: object): Promise<Response> => post("/v1/images/generations", { prompt: PROMPT, ...body });
const requestOf = (): unknown => upstream.requests[0]?.json();
const idOf = (reply: Response): string => reply.headers.get("x-request-id") ?? "";

const isPng = (base64: string | undefined): boolean =>
  Buffer.from(base64 ?? "", "base64").toString("hex", 0, 8) === SIGNATURE;

/** What spending so much per million tokens of each unit costs, in nano-units. */
const tokensCost = (...parts: readonly (readonly [count: number, rate: number])[]): bigint =>
  parts.reduce((sum, [count, rate]) => sum + BigInt(count) * BigInt(rate * 1_000), 0n);

const openaiReply = { created: 1, background: "opaque", data: [{ b64_json: BASE64 }], size: "1024x1024" };
const USAGE = {
  input_tokens: 60,
  input_tokens_details: { image_tokens: 40, text_tokens: 20 },
  output_tokens: 1_100,
  output_tokens_details: { image_tokens: 1_056, text_tokens: 44 },
  total_tokens: 1_160,
};
const geminiReply = (extra: object = {}): object => ({
  candidates: [
    {
      content: {
        role: "model",
        parts: [
          { inlineData: { mimeType: "image/png", data: "AAAA" }, thought: true },
          { text: "Here." },
          { inlineData: { mimeType: "image/png", data: BASE64 } },
          { inlineData: { mimeType: "image/png", data: "BBBB" }, thought: true },
        ],
      },
      finishReason: "STOP",
      index: 0,
    },
  ],
  usageMetadata: {
    promptTokenCount: 12,
    candidatesTokenCount: 1_150,
    thoughtsTokenCount: 200,
    totalTokenCount: 1_362,
    candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1_120 }],
  },
  ...extra,
});

describe("through the official client, from the sandbox", () => {
  it.each(["gpt-image-2", "nano-banana-pro", "nano-banana-2", "sandbox/image", "sandbox/echo"])(
    "%s draws",
    async (model) => {
      const before = sandboxed.balance();
      const { data, usage } = await client.images.generate({ model, prompt: PROMPT, n: 2, size: "1024x1024" });
      expect(data?.map(({ b64_json }) => isPng(b64_json))).toEqual([true, true]);
      expect(usage?.output_tokens).toBeGreaterThanOrEqual(2 * 1_120);
      expect(sandboxed.balance()).toBeLessThan(before);
    },
  );

  it.each(["gpt-image-2", "nano-banana-pro"])("%s edits what it is given, as a form", async (model) => {
    const image = [
      await toFile(PICTURE, "one.png", { type: "image/png" }),
      await toFile(PICTURE, "two.png", { type: "image/png" }),
    ];
    const { data, usage } = await client.images.edit({ model, prompt: PROMPT, image });
    expect(isPng(data?.[0]?.b64_json)).toBe(true);
    expect(usage?.input_tokens).toBeGreaterThan(2 * 85);
  });

  it.each(["gpt-image-2", "nano-banana-pro"])("%s: url is an address that holds the bytes", async (model) => {
    const { data } = await client.images.generate({ model, prompt: PROMPT, response_format: "url" });
    expect(data?.[0]?.url?.startsWith("data:image/png;base64,iVBOR")).toBe(true);
    expect(data?.[0]?.b64_json).toBeUndefined();
  });

  it("streams drafts, then the image with its usage, whose charge is committed by then", async () => {
    const before = sandboxed.balance();
    const types: string[] = [];
    let output = 0;
    for await (const event of await client.images.generate({
      model: "gpt-image-2",
      prompt: PROMPT,
      stream: true,
      partial_images: 2,
    })) {
      types.push(event.type);
      expect(isPng(event.b64_json)).toBe(true);
      if (event.type === "image_generation.completed") output = event.usage.output_tokens;
    }
    expect(types).toEqual([
      "image_generation.partial_image",
      "image_generation.partial_image",
      "image_generation.completed",
    ]);
    expect(before - sandboxed.balance()).toBe(tokensCost([6, 5], [output, 30]));
  });

  it("streams one event from a model that has no drafts", async () => {
    const types: string[] = [];
    for await (const event of await client.images.generate({ model: "nano-banana-pro", prompt: PROMPT, stream: true }))
      types.push(event.type);
    expect(types).toEqual(["image_generation.completed"]);
  });
});

describe("onto a provider of OpenAI's dialect", () => {
  it("bytes pass, but for the model's name, and the counts become units", async () => {
    upstream.clear();
    upstream.always(json({ ...openaiReply, usage: USAGE }));
    const before = gateway.balance();
    const reply = await generate({ model: "i-openai", size: "1024x1024", moderation: "low", unknown: [1] });
    expect(upstream.requests[0]?.path).toBe("/images/generations");
    expect(upstream.requests[0]?.json()).toEqual({
      prompt: PROMPT,
      model: "theirs",
      size: "1024x1024",
      moderation: "low",
      unknown: [1],
    });
    expect(await reply.text()).toBe(JSON.stringify({ ...openaiReply, usage: USAGE }));
    // Text that came out has no price of its own: the dearest of its side (decision 0016).
    expect(before - gateway.balance()).toBe(tokensCost([20, 5], [40, 8], [1_056, 30], [44, 30]));
    expect(await gateway.row(idOf(reply))).toMatchObject({
      protocol: "images",
      input: 20n,
      image_input: 40n,
      image_output: 1_056n,
      output: 44n,
    });
  });

  it("response_format goes no further than to who refuses it", async () => {
    upstream.always(json(openaiReply));
    for (const [model, sent] of [
      ["i-official", undefined],
      ["i-openai", "url"],
    ] as const) {
      upstream.clear();
      const reply = await generate({ model, response_format: "url" });
      const { response_format: asked } = requestOf() as { response_format?: string };
      expect(asked).toBe(sent);
      expect(await reply.json()).toMatchObject({ data: [{ url: `data:image/png;base64,${BASE64}` }] });
    }
  });

  it("a form arrives as a form, each file as it was", async () => {
    upstream.clear();
    upstream.always(json({ ...openaiReply, usage: USAGE }));
    const name = 'quo"te\r\n.png';
    await openai.images.edit({
      model: "i-official",
      prompt: PROMPT,
      image: await toFile(PICTURE, name, { type: "image/png" }),
      mask: await toFile(PICTURE, "mask.png", { type: "image/png" }),
      response_format: "b64_json",
    });
    const [request] = upstream.requests;
    const form = await new Response(new Uint8Array(request?.body ?? []), {
      headers: { "content-type": request?.headers["content-type"] ?? "" },
    }).formData();
    expect([...form.keys()].sort()).toEqual(["image", "mask", "model", "prompt"]);
    expect(form.get("model")).toBe("theirs");
    const file = form.get("image") as File;
    expect(Buffer.from(await file.arrayBuffer()).equals(PICTURE)).toBe(true);
  });

  it.each([
    ["no usage", undefined, "estimated", { image_output: 1_056n }],
    ["an absurd one", { input_tokens: 1, output_tokens: 99_999_999 }, "estimated", { image_output: 1_056n }],
    ["wrong words", { input_tokens: -1, output_tokens: 4 }, "estimated", { image_output: 1_056n }],
  ])("charges a plain image for %s", async (_name, usage, source, units) => {
    upstream.always(json({ ...openaiReply, usage }));
    const reply = await generate({ model: "i-openai" });
    expect(await gateway.row(idOf(reply))).toMatchObject({ source, ...units });
  });

  it.each([
    ["nothing drawn", json({ created: 1, data: [] }), 502],
    [
      "an error within a 200",
      json({ error: { message: "secret", type: "image_generation_user_error", code: "moderation_blocked" } }),
      400,
    ],
    [
      "a refusal",
      json(
        { error: { message: "secret", type: "image_generation_user_error", code: "moderation_blocked" } },
        { status: 400 },
      ),
      400,
    ],
    ["no JSON", json("{"), 502],
    ["a failure", json({}, { status: 500 }), 502],
    ["a stream that breaks off", stream(['event: x\ndata: {"type":"image_generation.partial_image"}\n\n']), 502],
  ])("%s costs nothing (I-33)", async (_name, script, status) => {
    upstream.always(script);
    const before = gateway.balance();
    const reply = await generate({ model: "i-openai" });
    expect([reply.status, (await reply.text()).includes("secret"), gateway.balance()]).toEqual([status, false, before]);
  });

  it("a stream that breaks off after a draft ends in an error and costs nothing", async () => {
    upstream.always(
      stream([
        'event: image_generation.partial_image\ndata: {"type":"image_generation.partial_image","b64_json":"AA"}\n\n',
      ]),
    );
    const before = gateway.balance();
    const reply = await generate({ model: "i-openai", stream: true });
    expect(await reply.text()).toContain('"error":');
    expect(gateway.balance()).toBe(before);
  });
});

describe("onto a provider of Gemini's dialect", () => {
  it("asks for shape and size, once for each image, and adds the counts up", async () => {
    upstream.clear();
    upstream.always(json(geminiReply()));
    const before = gateway.balance();
    const reply = await generate({
      model: "i-gemini",
      n: 3,
      size: "1792x1024",
      quality: "hd",
      background: "transparent",
    });
    expect(upstream.requests).toHaveLength(3);
    expect(upstream.requests[0]?.path.endsWith("/models/theirs:generateContent")).toBe(true);
    expect(upstream.requests[2]?.json()).toMatchObject({
      contents: [{ role: "user", parts: [{ text: PROMPT }] }],
      generationConfig: {
        responseModalities: ["TEXT", "IMAGE"],
        imageConfig: { aspectRatio: "16:9", imageSize: "2K" },
      },
    });
    expect(reply.headers.get("x-farthing-dropped")).toBe("background");
    const body = (await reply.json()) as { data: object[]; usage: object };
    expect(body.data).toEqual([{ b64_json: BASE64 }, { b64_json: BASE64 }, { b64_json: BASE64 }]);
    expect(body.usage).toMatchObject({
      input_tokens: 36,
      output_tokens: 3 * 1_350,
      output_tokens_details: { image_tokens: 3_360 },
    });
    expect(before - gateway.balance()).toBe(tokensCost([36, 5], [3_360, 30], [3 * 230, 12]));
  });

  it("carries images by their bytes", async () => {
    upstream.clear();
    upstream.always(json(geminiReply()));
    await openai.images.edit({
      model: "i-gemini",
      prompt: PROMPT,
      image: await toFile(PICTURE, "a.png", { type: "image/png" }),
    });
    const url = `data:image/png;base64,${BASE64}`;
    await post("/v1/images/edits", { model: "i-gemini", prompt: PROMPT, images: [{ image_url: url }] });
    for (const request of upstream.requests)
      expect(request.json()).toMatchObject({
        contents: [{ parts: [{ text: PROMPT }, { inlineData: { mimeType: "image/png", data: BASE64 } }] }],
      });
  });

  it.each([
    ["a refused prompt", { candidates: [], promptFeedback: { blockReason: "SAFETY" } }, 400],
    ["a refused image", { candidates: [{ finishReason: "IMAGE_SAFETY", index: 0 }] }, 400],
    ["words alone", { candidates: [{ content: { parts: [{ text: "no" }] }, finishReason: "STOP" }] }, 502],
  ])("%s costs nothing", async (_name, extra, status) => {
    upstream.always(json(geminiReply(extra)));
    const before = gateway.balance();
    const reply = await generate({ model: "i-gemini", n: 2 });
    expect([reply.status, gateway.balance()]).toEqual([status, before]);
  });
});

describe("by the piece (decision 0034)", () => {
  it.each([
    ["its own variant", { size: "1024x1024", quality: "high" }, 2, 80_000_000n],
    ["the variant with fewer words", { size: "1024x1024", quality: "low" }, 1, 20_000_000n],
  ])("charges %s", async (_name, asked, n, charge) => {
    upstream.always(
      json({ created: 1, data: Array.from({ length: n }, () => ({ url: "https://example.com/i.png" })) }),
    );
    const before = gateway.balance();
    const reply = await generate({ model: "i-piece", n, ...asked });
    expect(reply.status).toBe(200);
    expect(before - gateway.balance()).toBe(charge);
    const row = await gateway.row(idOf(reply));
    expect(row).toMatchObject({ image: BigInt(n), outcome: "completed", source: "reported" });
    const [price] = gateway.query("select model, base from price where id = ?", Number(row["price_id"]));
    expect(price?.["model"]).toContain("i-piece {");
  });

  it("refuses what no variant prices, before anything is held (I-43)", async () => {
    const reply = await generate({ model: "i-piece", size: "512x512" });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: { param: "size" } });
  });

  it("one price for all, whatever tokens are counted", async () => {
    upstream.always(json(geminiReply()));
    const before = gateway.balance();
    const reply = await generate({ model: "i-flat", n: 2 });
    expect(await reply.json()).not.toHaveProperty("usage");
    expect(before - gateway.balance()).toBe(60_000_000n);
  });

  it("such a model cannot be talked to: a conversation counts what it does not price", async () => {
    const reply = await post("/v1/chat/completions", {
      model: "i-flat",
      messages: [{ role: "user", content: "draw" }],
    });
    expect(reply.status).toBe(400);
    expect(await reply.text()).toContain("POST /v1/images/generations");
  });
});

describe("bad requests", () => {
  it.each([
    ["no prompt", { prompt: "" }, "prompt"],
    ["11 images", { n: 11 }, "n"],
    ["no images", { n: 0 }, "n"],
    ["two in a stream", { n: 2, stream: true }, "n"],
    ["an unknown form", { response_format: "png" }, "response_format"],
    ["a size of no text", { size: 4 }, "size"],
    ["a chat model", { model: "gpt-4o" }, "model"],
    ["an address in our network", { images: [{ image_url: "http://169.254.169.254/" }] }, "images[0]"],
    ["a file of the provider's", { images: [{ file_id: "file-1" }] }, "images[0].file_id"],
  ])("%s is a 400 that names the field", async (_name, change, param) => {
    const reply = await generate({ model: "i-openai", ...change });
    expect([reply.status, ((await reply.json()) as { error: { param: string } }).error.param]).toEqual([400, param]);
  });

  const form = (type: string, body: string): Promise<Response> =>
    fetch(`${gateway.url}/v1/images/edits`, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.key}`, "content-type": type },
      body,
    });

  it.each([
    ["another type", "text/plain", "x", 415],
    ["no boundary", "multipart/form-data", "x", 400],
    [
      "a form that never ends",
      "multipart/form-data; boundary=b",
      '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nx',
      400,
    ],
    [
      "an edit without an image",
      "multipart/form-data; boundary=b",
      '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\ni-openai\r\n--b\r\ncontent-disposition: form-data; name="prompt"\r\n\r\nx\r\n--b--\r\n',
      400,
    ],
  ])("a form: %s", async (_name, type, body, status) => {
    const reply = await form(type, body);
    expect(reply.status).toBe(status);
    expect(await reply.json()).toHaveProperty("error.message");
  });

  it("more than 16 images are too many", async () => {
    const image = await Promise.all(
      Array.from({ length: 18 }, (_, i) => toFile(PICTURE, `${i}.png`, { type: "image/png" })),
    );
    await expect(openai.images.edit({ model: "i-openai", prompt: PROMPT, image })).rejects.toMatchObject({
      status: 400,
    });
  });
});

describe("the sandbox's faults", () => {
  it.each([
    ["fault-402", 402],
    ["fault-429", 429],
    ["fault-500", 500],
    ["fault-502", 502],
    ["fault-504", 504],
    ["upstream-cut", 502],
    ["upstream-html", 502],
    ["upstream-empty", 502],
    ["upstream-error-200", 502],
  ])("sandbox/%s is a %d, and free", async (name, status) => {
    const before = gateway.balance();
    const reply = await generate({ model: `sandbox/${name}` });
    await reply.text();
    expect([reply.status, gateway.balance()]).toEqual([status, before]);
  });

  it("a client that leaves is not charged for what nobody drew", async () => {
    const before = gateway.balance();
    const leaving = new AbortController();
    const asked = openai.images.generate({ model: "sandbox/slow", prompt: PROMPT, n: 2 }, { signal: leaving.signal });
    setTimeout(() => leaving.abort(), 100);
    await expect(asked).rejects.toThrow("aborted");
    expect(gateway.balance()).toBe(before);
  });
});

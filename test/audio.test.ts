/** Speech and transcriptions through the whole gateway, with the official client: bytes, events, texts; what is charged; faults. */
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { wavOf } from "../src/sandbox/wav.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";
import { json, reply as scripted, stream, RESET } from "./upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "./upstream/scripted-upstream.ts";

const TEXT = "Every cent is provable.";
const SOUND = wavOf(TEXT);

let upstream: ScriptedUpstream;
let gateway: TestGateway;
let openai: OpenAI;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  const routes = [{ upstream: "one", model: "theirs" }];
  gateway = await startTestGateway({
    config: {
      upstreams: [{ id: "one", provider: "openai-compatible", baseUrl: upstream.baseUrl, apiKey: "k" }],
      models: [
        { id: "s-tokens", kind: "speech", prices: { input: "1", audio_output: "10" }, routes },
        { id: "s-calls", kind: "speech", prices: { request: "15000" }, routes },
        { id: "t-tokens", kind: "transcription", prices: { input: "1", audio_input: "4", output: "5" }, routes },
        { id: "t-calls", kind: "transcription", prices: { request: "6000" }, routes },
        { id: "unpriced", kind: "speech", prices: { input: "1" }, routes },
      ],
    },
  });
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const speak = (body: object): Promise<Response> =>
  fetch(`${gateway.url}/v1/audio/speech`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify({ input: TEXT, voice: "alloy", ...body }),
  });
const idOf = (reply: Response): string => reply.headers.get("x-request-id") ?? "";
const file = () => toFile(SOUND, "said.wav", { type: "audio/wav" });
const bytesOf = async (reply: Response): Promise<Buffer> => Buffer.from(await reply.arrayBuffer());

describe("speech", () => {
  it("of the sandbox is a real WAV file, charged by its tokens before its last byte", async () => {
    const before = gateway.balance();
    const reply = await openai.audio.speech.create({
      model: "sandbox/speech",
      input: TEXT,
      voice: "alloy",
      response_format: "wav",
    });
    expect(reply.headers.get("content-type")).toBe("audio/wav");
    expect((await bytesOf(reply)).equals(SOUND)).toBe(true);
    // 6 tokens of text at $1, 23 of sound at $10.
    expect(before - gateway.balance()).toBe(6_000n + 230_000n);
  });

  it("comes as events to who asks for them", async () => {
    const reply = await speak({ model: "sandbox/speech", stream_format: "sse" });
    expect(reply.headers.get("content-type")).toContain("text/event-stream");
    const text = await reply.text();
    expect(text.match(/^data: /gm)).toHaveLength(4);
    expect(text).toContain('"type":"speech.audio.done"');
    expect(await gateway.row(idOf(reply))).toMatchObject({ protocol: "speech", audio_output: 23n, source: "reported" });
  });

  it("asks a provider for events where they alone tell the count, and unpacks them", async () => {
    upstream.clear();
    const events = [Buffer.from("one"), Buffer.from("two")].map((audio) => ({
      type: "speech.audio.delta",
      audio: audio.toString("base64"),
    }));
    const done = { type: "speech.audio.done", usage: { input_tokens: 7, output_tokens: 90, total_tokens: 97 } };
    upstream.always(
      stream([...events, done].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)),
    );
    const before = gateway.balance();
    const reply = await speak({ model: "s-tokens", instructions: "softly" });
    expect((await bytesOf(reply)).toString()).toBe("onetwo");
    expect(upstream.requests[0]?.json()).toEqual({
      input: TEXT,
      voice: "alloy",
      model: "theirs",
      instructions: "softly",
      stream_format: "sse",
    });
    expect(before - gateway.balance()).toBe(7_000n + 900_000n);
  });

  it("of a provider that sends bytes all the same is charged by its length", async () => {
    upstream.always(scripted(Buffer.alloc(16_000, 1), { headers: { "content-type": "audio/mpeg" } }));
    const reply = await speak({ model: "s-tokens" });
    expect((await bytesOf(reply)).length).toBe(16_000);
    expect(await gateway.row(idOf(reply))).toMatchObject({
      source: "estimated",
      audio_output: 21n,
      outcome: "completed_no_usage",
    });
  });

  it("by the call: bytes pass, and are not asked for as events", async () => {
    upstream.clear();
    upstream.always(scripted("ID3 sound", { headers: { "content-type": "audio/mpeg" } }));
    const before = gateway.balance();
    const reply = await speak({ model: "s-calls" });
    expect(await reply.text()).toBe("ID3 sound");
    expect(upstream.requests[0]?.json()).not.toHaveProperty("stream_format");
    expect(before - gateway.balance()).toBe(15_000_000n);
    expect(await gateway.row(idOf(reply))).toMatchObject({ request: 1n, outcome: "completed" });
  });

  it.each([
    ["an error", json({ error: { message: "secret" } }, { status: 500 }), 502],
    ["an error within a 200", json({ error: { message: "secret", code: "overloaded" } }), 503],
    ["a page", scripted("<html>secret", { headers: { "content-type": "text/html" } }), 502],
    ["no sound at all", scripted("", { headers: { "content-type": "audio/mpeg" } }), 502],
  ])("%s costs nothing (I-33)", async (_name, script, status) => {
    upstream.always(script);
    const before = gateway.balance();
    const reply = await speak({ model: "s-calls" });
    expect([reply.status, (await reply.text()).includes("secret"), gateway.balance()]).toEqual([status, false, before]);
  });

  it("sound that breaks off is broken off, and costs nothing (B41)", async () => {
    upstream.always(
      stream(["first piece", "second piece", "third piece"], {
        headers: { "content-type": "audio/mpeg" },
        gapMs: 20,
        after: [RESET],
      }),
    );
    const before = gateway.balance();
    const reply = await speak({ model: "s-calls" });
    expect(reply.status).toBe(200);
    await expect(reply.arrayBuffer()).rejects.toThrow("terminated");
    expect(await gateway.row(idOf(reply))).toMatchObject({ outcome: "upstream_failed_after_output", posted: 0n });
    expect(gateway.balance()).toBe(before);
  });

  it.each([
    ["no text", { input: "" }, 400, "input"],
    ["too long a text", { input: "x".repeat(4_097) }, 400, "input"],
    ["an unknown form", { response_format: "midi" }, 400, "response_format"],
    ["too fast", { speed: 9 }, 400, "speed"],
    ["a chat model", { model: "gpt-4o" }, 400, "model"],
    ["a model without a price for its sound (I-43)", { model: "unpriced" }, 404, "model"],
  ])("%s is refused", async (_name, change, status, param) => {
    const reply = await speak({ model: "s-calls", ...change });
    expect([reply.status, ((await reply.json()) as { error: { param: string } }).error.param]).toEqual([status, param]);
  });

  it.each([
    ["fault-402", 402],
    ["fault-429", 429],
    ["fault-504", 504],
    ["upstream-html", 502],
    ["upstream-empty", 502],
  ])("sandbox/%s is a %d, and free", async (name, status) => {
    const before = gateway.balance();
    const reply = await speak({ model: `sandbox/${name}` });
    await reply.text();
    expect([reply.status, gateway.balance()]).toEqual([status, before]);
  });
});

describe("transcriptions", () => {
  const model = "sandbox/transcription";

  it("of the sandbox in each form, with the same charge where it is counted", async () => {
    const heard = async (run: () => Promise<unknown>): Promise<bigint> => {
      const before = gateway.balance();
      await run();
      return before - gateway.balance();
    };
    const whole = await heard(async () => {
      const { text, usage } = await openai.audio.transcriptions.create({ model, file: await file() });
      expect(text).toContain(`${SOUND.length} bytes`);
      expect(usage?.type).toBe("tokens");
    });
    const text = await heard(async () => {
      expect(await openai.audio.transcriptions.create({ model, file: await file(), response_format: "text" })).toMatch(
        /^A sound of/,
      );
    });
    const streamed = await heard(async () => {
      let said = "";
      for await (const event of await openai.audio.transcriptions.create({ model, file: await file(), stream: true }))
        if (event.type === "transcript.text.delta") said += event.delta;
        else if (event.type === "transcript.text.done") expect(event.text).toBe(said);
    });
    expect([text, streamed]).toEqual([whole, whole]);
    expect(whole).toBeGreaterThan(0n);
    for (const form of ["verbose_json", "srt", "vtt"] as const) {
      const said = await openai.audio.transcriptions.create({ model, file: await file(), response_format: form });
      expect(typeof said === "string" ? said : said.text).toContain("A sound of");
    }
  });

  it("the form arrives with its file as it was, and the provider's count is charged", async () => {
    upstream.clear();
    const usage = {
      type: "tokens",
      input_tokens: 14,
      input_token_details: { text_tokens: 4, audio_tokens: 10 },
      output_tokens: 5,
      total_tokens: 19,
    };
    upstream.always(json({ text: "hello", usage }));
    const before = gateway.balance();
    const said = await openai.audio.transcriptions.create({
      model: "t-tokens",
      file: await file(),
      prompt: "a word",
      temperature: 0,
    });
    expect(said).toEqual({ text: "hello", usage });
    const [request] = upstream.requests;
    const form = await new Response(new Uint8Array(request?.body ?? []), {
      headers: { "content-type": request?.headers["content-type"] ?? "" },
    }).formData();
    expect(Object.fromEntries([...form].filter(([name]) => name !== "file"))).toEqual({
      model: "theirs",
      prompt: "a word",
      temperature: "0",
    });
    expect(Buffer.from(await (form.get("file") as File).arrayBuffer()).equals(SOUND)).toBe(true);
    expect(before - gateway.balance()).toBe(4_000n + 40_000n + 25_000n);
  });

  it.each([
    ["seconds, which are tokens", { type: "duration", seconds: 9 }, "reported", 90n],
    ["nothing", undefined, "estimated", BigInt(Math.ceil((SOUND.length / 16_000) * 10))],
    [
      "what cannot be",
      { input_tokens: 1e12, output_tokens: 1 },
      "estimated",
      BigInt(Math.ceil((SOUND.length / 16_000) * 10)),
    ],
  ])("charges where it reports %s", async (_name, usage, source, audio) => {
    upstream.always(json({ text: "hello", usage }));
    const { response } = await openai.audio.transcriptions
      .create({ model: "t-tokens", file: await file() })
      .withResponse();
    expect(await gateway.row(idOf(response))).toMatchObject({ protocol: "transcriptions", source, audio_input: audio });
  });

  it("a stream of a server that knows none is one event", async () => {
    upstream.always(json({ text: "hello" }));
    const types: string[] = [];
    const sound = await file();
    for await (const event of await openai.audio.transcriptions.create({ model: "t-calls", file: sound, stream: true }))
      types.push(event.type);
    expect(types).toEqual(["transcript.text.done"]);
  });

  it("by the call, as subtitles", async () => {
    upstream.always(scripted("1\n00:00 --> 00:01\nhello\n", { headers: { "content-type": "text/plain" } }));
    const before = gateway.balance();
    const { data, response } = await openai.audio.transcriptions
      .create({ model: "t-calls", file: await file(), response_format: "srt" })
      .withResponse();
    expect(data).toContain("hello");
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(before - gateway.balance()).toBe(6_000_000n);
  });

  it.each([
    ["no transcript", json({ words: [] })],
    ["no JSON", scripted("hello")],
    ["an error", json({ error: {} }, { status: 500 })],
  ])("%s costs nothing (I-33)", async (_name, script) => {
    upstream.always(script);
    const before = gateway.balance();
    await expect(openai.audio.transcriptions.create({ model: "t-calls", file: await file() })).rejects.toMatchObject({
      status: 502,
    });
    expect(gateway.balance()).toBe(before);
  });

  it("refuses what is no form, no file, two files, or another form of text", async () => {
    const post = (form: FormData): Promise<Response> =>
      fetch(`${gateway.url}/v1/audio/transcriptions`, {
        method: "POST",
        headers: { authorization: `Bearer ${gateway.key}` },
        body: form,
      });
    const formOf = (fields: Readonly<Record<string, string>>, files: number): FormData => {
      const form = new FormData();
      for (const [name, value] of Object.entries({ model: "t-calls", ...fields })) form.append(name, value);
      for (let i = 0; i < files; i++) form.append("file", new Blob([new Uint8Array(SOUND)]), `${i}.wav`);
      return form;
    };
    for (const form of [
      formOf({}, 0),
      formOf({}, 2),
      formOf({ response_format: "x" }, 1),
      formOf({ stream: "maybe" }, 1),
      formOf({ model: "" }, 1),
    ])
      expect((await post(form)).status).toBe(400);
    const jsonBody = await fetch(`${gateway.url}/v1/audio/transcriptions`, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
      body: "{}",
    });
    expect(jsonBody.status).toBe(415);
  });
});

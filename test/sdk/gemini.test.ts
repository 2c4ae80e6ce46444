/** The official Google client against the running gateway, with models of all upstream protocols behind it. */
import {
  ApiError,
  FunctionCallingConfigMode,
  GoogleGenAI,
  ThinkingLevel,
  type Content,
  type FunctionCall,
  type PartListUnion,
} from "@google/genai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { TestGateway } from "../gateway.ts";
import { echoOf, FAILED, failing, PROTOCOL_IDS, startFourUpstreams } from "../upstream/four-upstreams.ts";

let gateway: TestGateway;
let ai: GoogleGenAI;

const clientOf = (apiKey: string): GoogleGenAI => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gateway.url } });

beforeAll(async () => {
  gateway = await startFourUpstreams();
  ai = clientOf(gateway.key);
});
afterAll(async () => {
  await gateway.close();
});

const WEATHER = {
  name: "get_weather",
  description: "The weather of a city.",
  parametersJsonSchema: {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
};
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

describe.each(PROTOCOL_IDS)("google client in front of %s", (protocol) => {
  const model = echoOf(protocol);

  it("answers plainly and charges exactly the tariff (I-4, I-39)", async () => {
    const before = gateway.balance();
    const reply = await ai.models.generateContent({ model, contents: "Hello, Farthing!" });
    expect(reply.text).toContain("Hello, Farthing!");
    expect(reply.modelVersion).toBe(model);
    expect(reply.candidates?.[0]?.finishReason).toBe("STOP");
    const row = await gateway.row(reply.sdkHttpResponse?.headers?.["x-request-id"] ?? "");
    const { promptTokenCount, candidatesTokenCount, totalTokenCount } = reply.usageMetadata ?? {};
    expect(Number(row["input"])).toBe(promptTokenCount);
    expect(Number(row["output"])).toBe(candidatesTokenCount);
    expect(totalTokenCount).toBe((promptTokenCount ?? 0) + (candidatesTokenCount ?? 0));
    expect(before - gateway.balance()).toBe(row["posted"]);
  });

  it("streams", async () => {
    const stream = await ai.models.generateContentStream({
      model,
      contents: [{ role: "user", parts: [{ text: "one two three four five" }] }],
      config: { systemInstruction: "You are terse.", maxOutputTokens: 100, temperature: 0.5 },
    });
    let text = "";
    let chunks = 0;
    let last;
    for await (const chunk of stream) {
      chunks++;
      text += chunk.text ?? "";
      last = chunk;
    }
    expect(text).toContain("one two three four five");
    expect(chunks).toBeGreaterThan(2);
    expect(last?.candidates?.[0]?.finishReason).toBe("STOP");
    expect(last?.usageMetadata?.candidatesTokenCount).toBeGreaterThan(0);
  });

  it("calls tools and takes their results in a second turn", async () => {
    const user: Content = { role: "user", parts: [{ text: "What is the weather in Paris?" }] };
    const config = {
      tools: [{ functionDeclarations: [WEATHER] }],
      toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
    };
    const first = await ai.models.generateContent({ model, contents: [user], config });
    const [call] = first.functionCalls ?? [];
    expect(call).toMatchObject({ name: "get_weather", args: { city: expect.any(String) } });
    const response = {
      functionResponse: {
        ...(call?.id === undefined ? {} : { id: call.id }),
        name: "get_weather",
        response: { output: "18 degrees and sunny" },
      },
    };
    const answer = first.candidates?.[0]?.content as Content;
    const second = await ai.models.generateContent({
      model,
      contents: [user, answer, { role: "user", parts: [response] }],
      config: { tools: config.tools },
    });
    expect(second.text).toContain("18 degrees and sunny");
  });

  it("keeps a streamed chat going, with tools and the client's own history", async () => {
    const chat = ai.chats.create({ model, config: { tools: [{ functionDeclarations: [WEATHER] }] } });
    const say = async (message: PartListUnion): Promise<{ text: string; calls: FunctionCall[] }> => {
      let text = "";
      const calls: FunctionCall[] = [];
      for await (const chunk of await chat.sendMessageStream({ message })) {
        if (chunk.functionCalls === undefined) text += chunk.text ?? "";
        else calls.push(...chunk.functionCalls);
      }
      return { text, calls };
    };
    const { calls } = await say("Use get_weather for Paris.");
    expect(calls).toMatchObject([{ name: "get_weather", args: { city: expect.any(String) } }]);
    const answers = calls.map(({ id, name }) => ({
      functionResponse: { ...(id === undefined ? {} : { id }), name: name ?? "", response: { output: "18 degrees" } },
    }));
    expect((await say(answers)).text).toContain("18 degrees");
    expect((await say("And again: hello")).text).toContain("hello");
  });

  it("fits a schema", async () => {
    const reply = await ai.models.generateContent({
      model,
      contents: "A farthing, as JSON.",
      config: {
        responseMimeType: "application/json",
        responseJsonSchema: { type: "object", properties: { pence: { type: "number" } }, required: ["pence"] },
      },
    });
    expect(JSON.parse(reply.text ?? "")).toEqual({ pence: expect.any(Number) });
  });

  it("shows an image", async () => {
    const parts = [{ inlineData: { mimeType: "image/png", data: PIXEL } }, { text: "What is this?" }];
    const reply = await ai.models.generateContent({ model, contents: [{ role: "user", parts }] });
    expect(reply.text).toContain("image");
  });

  it.each(FAILED)("%s is a %i, whole and streamed, and free", async (failure, status) => {
    const before = gateway.balance();
    const order = { model: failing(protocol, failure), contents: "hi" };
    const ways = [() => ai.models.generateContent(order), () => ai.models.generateContentStream(order)];
    for (const way of ways) {
      const error = await way().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ status });
    }
    expect(gateway.balance()).toBe(before);
  });

  it("throws where a stream breaks, and pays nothing", async () => {
    const before = gateway.balance();
    const order = { model: failing(protocol, "upstream-cut"), contents: "one two three four five six seven" };
    const reading = async (): Promise<void> => {
      for await (const chunk of await ai.models.generateContentStream(order)) void chunk;
    };
    await expect(reading()).rejects.toBeInstanceOf(ApiError);
    expect(gateway.balance()).toBe(before);
  });

  it("counts tokens, free of charge", async () => {
    const before = gateway.balance();
    const { totalTokens } = await ai.models.countTokens({ model, contents: "four score and seven years ago" });
    expect(totalTokens).toBeGreaterThan(5);
    expect(gateway.balance()).toBe(before);
  });
});

describe("thinking", () => {
  it.each(["sandbox/thinking", ...PROTOCOL_IDS.filter((id) => id !== "openai-chat").map(echoOf)])(
    "is shown apart from the answer, and its signatures return (%s)",
    async (model) => {
      const user: Content = { role: "user", parts: [{ text: "Think about farthings." }] };
      const config = {
        maxOutputTokens: 4_096,
        thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.LOW },
      };
      const parts: object[] = [];
      let finish;
      for await (const chunk of await ai.models.generateContentStream({ model, contents: [user], config })) {
        parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
        finish = chunk.candidates?.[0]?.finishReason ?? finish;
      }
      expect(finish).toBe("STOP");
      expect(parts).toContainEqual(
        expect.objectContaining({ thought: true, text: expect.stringContaining("request") }),
      );
      expect(parts).toContainEqual(expect.objectContaining({ thoughtSignature: expect.any(String) }));
      const again = await ai.models.generateContent({
        model,
        contents: [user, { role: "model", parts }, user],
        config,
      });
      expect(again.candidates?.[0]?.finishReason).toBe("STOP");
    },
  );

  it("is named as lost where the model cannot think", async () => {
    const reply = await ai.models.generateContent({
      model: "gpt-4o",
      contents: "hi",
      config: { thinkingConfig: { thinkingBudget: 1_024 }, safetySettings: [] },
    });
    expect(reply.sdkHttpResponse?.headers?.["x-farthing-dropped"]).toContain("thinking");
  });
});

it("goes on with another model in the middle of every tool's turn", async () => {
  const models = ["claude-sonnet-4-6", "gemini-3.5-flash", "gpt-4o", "sandbox/tools", "gemini-3.5-flash"];
  const declared = { tools: [{ functionDeclarations: [WEATHER] }] };
  const forced = { ...declared, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } } };
  const contents: Content[] = [];
  for (const [i, model] of models.entries()) {
    contents.push({ role: "user", parts: [{ text: "What is the weather in Paris?" }] });
    const thinkingConfig = { includeThoughts: true };
    const asked = await ai.models.generateContent({ model, contents, config: { ...forced, thinkingConfig } });
    const [call] = asked.functionCalls ?? [];
    const id = call?.id === undefined ? {} : { id: call.id };
    const functionResponse = { ...id, name: "get_weather", response: { output: `by ${model}` } };
    contents.push(asked.candidates?.[0]?.content as Content, { role: "user", parts: [{ functionResponse }] });
    const next = models[(i + 1) % models.length] ?? model;
    const answered = await ai.models.generateContent({ model: next, contents, config: declared });
    expect(answered.text).toContain(`by ${model}`);
    contents.push(answered.candidates?.[0]?.content as Content);
  }
});

describe("errors", () => {
  it.each([
    ["no such key", { key: "sk-far-wrong", model: "gemini-3.5-flash" }, 401, "API_KEY_INVALID"],
    ["no such model", { model: "no-such-model" }, 404, "MODEL_NOT_FOUND"],
    ["a bad value", { model: "gemini-3.5-flash", maxOutputTokens: -1 }, 400, "generationConfig.maxOutputTokens"],
    ["an empty balance", { model: "sandbox/fault-402" }, 402, "INSUFFICIENT_BALANCE"],
    ["a limit", { model: "sandbox/fault-429" }, 429, "retryDelay"],
    ["a provider that fails", { model: "sandbox/upstream-500" }, 502, "UPSTREAM_ERROR"],
    ["a provider that is overloaded", { model: "sandbox/fault-503" }, 503, "OVERLOADED"],
    ["a provider that is too slow", { model: "sandbox/fault-504" }, 504, "DEADLINE_EXCEEDED"],
  ])("%s", async (_name, asked, status, word) => {
    const { key = gateway.key, model, ...config } = asked as { key?: string; model: string; maxOutputTokens?: number };
    const error = await clientOf(key)
      .models.generateContent({ model, contents: "hi", config })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status });
    expect((error as ApiError).message).toContain(word);
  });

  it.each([["sandbox/upstream-error-event"], ["sandbox/upstream-cut"], ["sandbox/upstream-broken-json"]])(
    "breaks a stream in the dialect's own way (E-STREAM, %s)",
    async (model) => {
      const before = gateway.balance();
      const read = async (): Promise<void> => {
        const stream = await ai.models.generateContentStream({ model, contents: "one two three four five six" });
        for await (const chunk of stream) expect(chunk).toBeDefined();
      };
      await expect(read()).rejects.toBeInstanceOf(ApiError);
      expect(gateway.balance()).toBe(before);
    },
  );
});

it("lists models in its own shape, page by page, and shows one", async () => {
  const names: string[] = [];
  for await (const model of await ai.models.list({ config: { pageSize: 20 } })) names.push(model.name ?? "");
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain("models/gemini-3.5-flash");
  expect(names).toContain("models/sandbox/echo");
  const one = await ai.models.get({ model: "gemini-3.5-flash" });
  expect(one).toMatchObject({ name: "models/gemini-3.5-flash", inputTokenLimit: 1_048_576 });
});

describe("by hand", () => {
  const contents = [{ role: "user", parts: [{ text: "one two three" }] }];
  const post = (
    path: string,
    body: object = { contents },
    headers: Record<string, string> = { "x-goog-api-key": gateway.key },
  ) =>
    fetch(gateway.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });

  it.each([
    "/v1beta/models/sandbox/echo:generateContent",
    "/v1beta/models/sandbox%2Fecho:generateContent",
    "/v1beta/models/sandbox%2Fecho%3AgenerateContent",
    "/v1/models/sandbox/echo:generateContent",
    "/v1beta/v1beta/models/sandbox/echo:generateContent",
    "/v1beta/models/models/sandbox/echo:generateContent",
  ])("answers under %s", async (path) => {
    const reply = await post(path);
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({ candidates: [{ finishReason: "STOP" }], modelVersion: "sandbox/echo" });
  });

  it("takes the key from the query and as a bearer", async () => {
    const path = "/v1beta/models/sandbox/echo:generateContent";
    expect((await post(`${path}?key=${gateway.key}`, { contents }, {})).status).toBe(200);
    expect((await post(path, { contents }, { authorization: `Bearer ${gateway.key}` })).status).toBe(200);
    const refused = await post(path, { contents }, {});
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ error: { code: 401, status: "UNAUTHENTICATED" } });
  });

  it.each(["sandbox/echo", "gpt-4o"])("streams one JSON array without alt=sse (%s)", async (model) => {
    const reply = await post(`/v1beta/models/${model}:streamGenerateContent`);
    expect(reply.headers.get("content-type")).toContain("application/json");
    const chunks = (await reply.json()) as { candidates: { finishReason?: string }[] }[];
    expect(chunks.length).toBeGreaterThan(2);
    expect(chunks.at(-1)?.candidates[0]?.finishReason).toBe("STOP");
  });

  it("closes the array of a stream that broke, its error inside", async () => {
    const reply = await post("/v1beta/models/sandbox/upstream-cut:streamGenerateContent");
    const chunks = (await reply.json()) as object[];
    expect(chunks.at(-1)).toMatchObject({ error: { code: 502, status: "UNAVAILABLE" } });
  });

  it("answers in its own words where there is no route, and no method", async () => {
    expect(await (await post("/v1beta/models/sandbox/echo:embedEverything")).json()).toMatchObject({
      error: { code: 404, status: "NOT_FOUND" },
    });
    expect(await (await post("/v1beta/models/sandbox/echo")).json()).toMatchObject({
      error: { code: 405, status: "INVALID_ARGUMENT" },
    });
    expect(await (await post("/v1beta/nothing")).json()).toMatchObject({ error: { code: 404, status: "NOT_FOUND" } });
  });

  it("counts a whole request that stands inside", async () => {
    const reply = await post("/v1beta/models/gpt-4o:countTokens", {
      generateContentRequest: { model: "models/gpt-4o", contents },
    });
    expect(await reply.json()).toMatchObject({ totalTokens: expect.any(Number) });
  });

  it.each([
    ["tools", { tools: [{ googleSearch: {} }] }],
    ["a cache at the provider", { cachedContent: "cachedContents/1" }],
    [
      "a file at the provider",
      {
        contents: [{ parts: [{ fileData: { fileUri: "https://generativelanguage.googleapis.com/v1beta/files/1" } }] }],
      },
    ],
    ["another tier", { serviceTier: "priority" }],
  ])("refuses %s where it would pass (§9.3)", async (_name, more) => {
    const reply = await post("/v1beta/models/gemini-3.5-flash:generateContent", { contents, ...more });
    expect(reply.status).toBe(400);
  });
});

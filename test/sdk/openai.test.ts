/** The official OpenAI client against the running gateway, with models of every upstream protocol behind it. */
import OpenAI, { APIError, APIUserAbortError } from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import type { TestGateway } from "../gateway.ts";
import { echoOf, FAILED, failing, PROTOCOL_IDS, startFourUpstreams } from "../upstream/four-upstreams.ts";

let gateway: TestGateway;
let client: OpenAI;

beforeAll(async () => {
  gateway = await startFourUpstreams();
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.close();
});

const WEATHER: OpenAI.ChatCompletionTool = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather of a city.",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

describe.each(PROTOCOL_IDS)("openai client in front of %s", (protocol) => {
  const model = echoOf(protocol);

  it("answers plainly and charges exactly the tariff (I-4, I-39)", async () => {
    const before = gateway.balance();
    const { data, response } = await client.chat.completions
      .create({ model, messages: [{ role: "user", content: "Hello, Farthing!" }], max_tokens: 100 })
      .withResponse();
    expect(data.model).toBe(model);
    expect(data.choices[0]?.message.content).toContain("Hello, Farthing!");
    expect(data.choices[0]?.finish_reason).toBe("stop");
    const row = await gateway.row(response.headers.get("x-request-id") ?? "");
    expect(row["outcome"]).toBe("completed");
    expect(Number(row["input"])).toBe(data.usage?.prompt_tokens);
    expect(Number(row["output"])).toBe(data.usage?.completion_tokens);
    expect(before - gateway.balance()).toBe(row["posted"]);
    expect(row["posted"]).toBeGreaterThan(0n);
    expect(response.headers.get("x-farthing-cost")).not.toBeNull();
  });

  it("streams, with usage at the end only when asked", async () => {
    const runner = client.chat.completions.stream({
      model,
      messages: [{ role: "user", content: "one two three four five" }],
      stream_options: { include_usage: true },
    });
    let chunks = 0;
    for await (const chunk of runner) chunks += chunk.choices.length;
    const final = await runner.finalChatCompletion();
    expect(chunks).toBeGreaterThan(3);
    expect(final.choices[0]?.message.content).toContain("one two three four five");
    expect(final.usage?.completion_tokens).toBeGreaterThan(0);

    const plain = await client.chat.completions.create({
      model,
      messages: [{ role: "user", content: "again" }],
      stream: true,
    });
    for await (const chunk of plain) expect(chunk.usage ?? null).toBeNull();
  });

  it("calls tools and takes their results in a second turn", async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "What is the weather in Paris?" }];
    const runner = client.chat.completions.stream({ model, messages, tools: [WEATHER], tool_choice: "required" });
    const first = (await runner.finalChatCompletion()).choices[0];
    expect(first?.finish_reason).toBe("tool_calls");
    const call = first?.message.tool_calls?.[0];
    expect(call?.type === "function" && call.function.name).toBe("get_weather");
    expect(() => JSON.parse(call?.type === "function" ? call.function.arguments : "") as unknown).not.toThrow();
    const second = await client.chat.completions.create({
      model,
      messages: [
        ...messages,
        { role: "assistant", content: first?.message.content ?? null, tool_calls: first?.message.tool_calls ?? [] },
        { role: "tool", tool_call_id: call?.id ?? "", content: "18 degrees and sunny" },
      ],
      tools: [WEATHER],
    });
    expect(second.choices[0]?.finish_reason).toBe("stop");
    expect(second.choices[0]?.message.content).toBeTruthy();
  });

  it("shows an image", async () => {
    const reply = await client.chat.completions.create({
      model,
      max_tokens: 200,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: PIXEL } },
          ],
        },
      ],
    });
    expect(reply.choices[0]?.message.content).toContain("image/png");
  });

  it("gives structured output", async () => {
    const Person = z.object({ name: z.string(), age: z.number() });
    const reply = await client.chat.completions.parse({
      model,
      messages: [{ role: "user", content: "Somebody." }],
      response_format: zodResponseFormat(Person, "person"),
    });
    expect(Person.safeParse(reply.choices[0]?.message.parsed).success).toBe(true);
  });

  it("thinks, in the fields that chat clients read", async () => {
    const order = {
      model,
      messages: [{ role: "user" as const, content: "Think about farthings." }],
      reasoning_effort: "medium" as const,
      max_completion_tokens: 8_192,
    };
    const { choices } = await client.chat.completions.create(order);
    const message: Reasoned | undefined = choices[0]?.message;
    expect(message?.reasoning_content).toContain("The request says");
    let reasoning = "";
    for await (const chunk of await client.chat.completions.create({ ...order, stream: true })) {
      const delta: Reasoned | undefined = chunk.choices[0]?.delta;
      reasoning += delta?.reasoning_content ?? "";
    }
    expect(reasoning).toContain("The request says");
  });

  it.each(FAILED)("%s is a %i, whole and streamed, and free", async (failure, status) => {
    const before = gateway.balance();
    for (const stream of [false, true]) {
      const error = await client.chat.completions
        .create({ model: failing(protocol, failure), messages: [{ role: "user", content: "hi" }], stream })
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ status });
    }
    expect(gateway.balance()).toBe(before);
  });

  it("throws where a stream breaks, and pays nothing", async () => {
    const before = gateway.balance();
    const stream = client.chat.completions.stream({
      model: failing(protocol, "upstream-cut"),
      messages: [{ role: "user", content: "one two three four five six seven" }],
    });
    await expect(stream.finalChatCompletion()).rejects.toBeInstanceOf(APIError);
    expect(gateway.balance()).toBe(before);
  });
});

/** What reasoning models add to a message or delta. */
interface Reasoned {
  readonly content?: string | null;
  readonly reasoning_content?: string;
}

it("carries thinking in the fields that chat clients read", async () => {
  for (const stream of [false, true]) {
    const body = {
      model: "sandbox/thinking",
      messages: [{ role: "user" as const, content: "Think about farthings." }],
    };
    if (stream) {
      let reasoning = "";
      for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) {
        const delta: Reasoned | undefined = chunk.choices[0]?.delta;
        reasoning += delta?.reasoning_content ?? "";
      }
      expect(reasoning.length).toBeGreaterThan(0);
    } else {
      const { choices } = await client.chat.completions.create(body);
      const message: Reasoned | undefined = choices[0]?.message;
      expect(message?.reasoning_content).toBeTruthy();
    }
  }
});

describe("every error class, with the retries that the catalogue states", () => {
  /** Counts the requests that a client with the default of two retries makes. */
  const counted = (key: string): { client: OpenAI; calls: () => number } => {
    let calls = 0;
    const counting: typeof fetch = (url, init) => {
      calls += 1;
      return fetch(url, init);
    };
    return {
      client: new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 1, fetch: counting }),
      calls: () => calls,
    };
  };
  const HELLO = [{ role: "user" as const, content: "hi" }];

  it.each([
    ["no such key", { key: "sk-far-wrong", model: "gpt-4o" }, 401, "invalid_api_key", 1],
    ["no such model", { model: "no-such-model" }, 404, "model_not_found", 1],
    ["a retired model", { model: "claude-3-7-sonnet" }, 404, "model_retired", 1],
    ["a bad value", { model: "gpt-4o", max_tokens: -1 }, 400, "invalid_value", 1],
    ["an empty balance", { model: "sandbox/fault-402" }, 402, "insufficient_balance", 1],
    ["a provider that fails", { model: "sandbox/upstream-500" }, 502, "upstream_error", 2],
    ["our own fault", { model: "sandbox/fault-500" }, 500, "internal_error", 2],
    ["a provider that refuses our key", { model: "sandbox/upstream-401" }, 502, "upstream_error", 2],
  ])("%s", async (_name, asked, status, code, calls) => {
    const { key = gateway.key, ...body } = asked as { key?: string; model: string; max_tokens?: number };
    const { client: counting, calls: made } = counted(key);
    const error = await counting.chat.completions
      .create({ ...body, messages: HELLO })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status, code });
    expect((error as APIError).requestID).toMatch(/^req_/);
    expect(made()).toBe(calls);
    expect((error as APIError).message).not.toMatch(/sandbox|127\.0\.0\.1|sk-/i);
  });

  it.each([
    ["a provider's rate limit", "sandbox/upstream-429", 503],
    ["a provider's overload", "sandbox/upstream-529", 503],
    ["the customer's own limit", "sandbox/fault-429", 429],
  ])("%s tells how long to wait", async (_name, model, status) => {
    const error = await client.chat.completions.create({ model, messages: HELLO }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status });
    const headers = (error as APIError).headers;
    expect(Number(headers?.get("retry-after"))).toBeGreaterThan(0);
    expect(headers?.get("x-should-retry")).toBe("true");
  });

  it.each([["sandbox/upstream-cut"], ["sandbox/upstream-error-event"], ["sandbox/upstream-broken-json"]])(
    "%s breaks a stream with an error and costs nothing",
    async (model) => {
      const before = gateway.balance();
      const reading = async (): Promise<void> => {
        for await (const chunk of await client.chat.completions.create({ model, messages: HELLO, stream: true }))
          void chunk;
      };
      await expect(reading()).rejects.toBeInstanceOf(APIError);
      expect(gateway.balance()).toBe(before);
    },
  );

  it.each([
    ["sandbox/upstream-no-usage", "completed_no_usage", "estimated"],
    ["sandbox/upstream-absurd-usage", "completed_no_usage", "estimated"],
    ["sandbox/upstream-zero-usage", "completed_zero_usage", "reported"],
  ])("%s is settled as %s, streamed or not (I-31)", async (model, outcome, source) => {
    for (const stream of [true, false]) {
      const { data, response } = await client.chat.completions
        .create({ model, messages: HELLO, stream })
        .withResponse();
      if (Symbol.asyncIterator in data) for await (const chunk of data) void chunk;
      const row = await gateway.row(response.headers.get("x-request-id") ?? "");
      expect(row).toMatchObject({ outcome, source });
    }
  });

  it("charges a stream that the client leaves for what it got (C62)", async () => {
    const abort = new AbortController();
    const { data, response } = await client.chat.completions
      .create(
        { model: "sandbox/slow", messages: [{ role: "user", content: "word ".repeat(200) }], stream: true },
        { signal: abort.signal },
      )
      .withResponse();
    let seen = 0;
    try {
      for await (const chunk of data) if ((seen += chunk.choices.length) >= 5) abort.abort();
    } catch (error) {
      expect(error).toBeInstanceOf(APIUserAbortError);
    }
    const row = await gateway.row(response.headers.get("x-request-id") ?? "");
    expect(row["outcome"]).toBe("client_cancelled");
    expect(Number(row["output"])).toBeGreaterThan(0);
    expect(Number(row["output"])).toBeLessThan(200);
    expect(row["posted"]).toBeGreaterThan(0n);
  });
});

it("lists models and shows one", async () => {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  expect(ids).toContain("gpt-4o");
  expect(ids).toContain("sandbox/echo");
  expect(ids).not.toContain("claude-3-7-sonnet");
  expect((await client.models.retrieve("gpt-4o")).owned_by).toBe("openai");
});

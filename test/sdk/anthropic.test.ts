/** The official Anthropic client against the running gateway, with models of every upstream protocol behind it. */
import Anthropic, { APIError } from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { TestGateway } from "../gateway.ts";
import { echoOf, FAILED, failing, PROTOCOL_IDS, startFourUpstreams } from "../upstream/four-upstreams.ts";

let gateway: TestGateway;
let client: Anthropic;

beforeAll(async () => {
  gateway = await startFourUpstreams();
  client = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.close();
});

const WEATHER: Anthropic.Tool = {
  name: "get_weather",
  description: "The weather of a city.",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

describe.each(PROTOCOL_IDS)("anthropic client in front of %s", (protocol) => {
  const model = echoOf(protocol);

  it("answers plainly and charges exactly the tariff (I-4, I-39)", async () => {
    const before = gateway.balance();
    const { data, response } = await client.messages
      .create({ model, max_tokens: 100, messages: [{ role: "user", content: "Hello, Farthing!" }] })
      .withResponse();
    expect(data.model).toBe(model);
    expect(data.content.map((block) => (block.type === "text" ? block.text : "")).join("")).toContain(
      "Hello, Farthing!",
    );
    expect(data.stop_reason).toBe("end_turn");
    const row = await gateway.row(response.headers.get("request-id") ?? "");
    expect(Number(row["input"])).toBe(data.usage.input_tokens);
    expect(Number(row["output"])).toBe(data.usage.output_tokens);
    expect(before - gateway.balance()).toBe(row["posted"]);
  });

  it("streams through the helper", async () => {
    const stream = client.messages.stream({
      model,
      max_tokens: 100,
      system: "You are terse.",
      messages: [{ role: "user", content: "one two three four five" }],
    });
    let deltas = 0;
    stream.on("text", () => (deltas += 1));
    const message = await stream.finalMessage();
    expect(deltas).toBeGreaterThan(2);
    expect(message.stop_reason).toBe("end_turn");
    expect(message.usage.output_tokens).toBeGreaterThan(0);
    expect(message.usage.input_tokens).toBeGreaterThan(0);
  });

  it("calls tools and takes their results in a second turn", async () => {
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: "What is the weather in Paris?" }];
    const first = await client.messages
      .stream({ model, max_tokens: 500, messages, tools: [WEATHER], tool_choice: { type: "any" } })
      .finalMessage();
    expect(first.stop_reason).toBe("tool_use");
    const call = first.content.find((block) => block.type === "tool_use");
    expect(call).toMatchObject({ name: "get_weather", input: { city: expect.any(String) } });
    const second = await client.messages.create({
      model,
      max_tokens: 500,
      tools: [WEATHER],
      messages: [
        ...messages,
        { role: "assistant", content: first.content },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: call?.id ?? "", content: "18 degrees and sunny" }],
        },
      ],
    });
    expect(second.stop_reason).toBe("end_turn");
  });

  it("shows an image", async () => {
    const reply = await client.messages.create({
      model,
      max_tokens: 200,
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
            { type: "text", text: "What is this?" },
          ],
        },
      ],
    });
    expect(JSON.stringify(reply.content)).toContain("image/png");
  });

  it("gives structured output", async () => {
    const schema = { type: "object", properties: { pence: { type: "number" } }, required: ["pence"] } as const;
    const reply = await client.messages.create({
      model,
      max_tokens: 200,
      messages: [{ role: "user", content: "A farthing, as JSON." }],
      output_config: { format: { type: "json_schema", schema } },
    });
    const text = reply.content.map((block) => (block.type === "text" ? block.text : "")).join("");
    expect(JSON.parse(text)).toEqual({ pence: expect.any(Number) });
  });

  it("thinks before it calls a tool, and takes its thinking back", async () => {
    const order = {
      model,
      max_tokens: 4_096,
      thinking: { type: "enabled" as const, budget_tokens: 1_024 },
      tools: [WEATHER],
    };
    const user = { role: "user" as const, content: "Use get_weather." };
    const { data: whole } = await client.messages.create({ ...order, messages: [user] }).withResponse();
    const streamed = await client.messages.stream({ ...order, messages: [user] }).finalMessage();
    for (const { content } of [whole, streamed]) {
      expect(content.find((block) => block.type === "thinking")?.thinking).toContain("The request says");
      const call = content.find((block) => block.type === "tool_use");
      const result = { type: "tool_result" as const, tool_use_id: call?.id ?? "", content: "18 degrees" };
      const answer = await client.messages.create({
        ...order,
        messages: [user, { role: "assistant", content }, { role: "user", content: [result] }],
      });
      expect(JSON.stringify(answer.content)).toContain("18 degrees");
    }
  });

  it.each(FAILED)("%s is a %i (an overload is 529 here), whole and streamed, and free", async (failure, status) => {
    const before = gateway.balance();
    const order = {
      model: failing(protocol, failure),
      max_tokens: 10,
      messages: [{ role: "user" as const, content: "hi" }],
    };
    const ways = [() => client.messages.create(order), () => client.messages.stream(order).finalMessage()];
    for (const way of ways) {
      const error = await way().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ status: status === 503 ? 529 : status });
    }
    expect(gateway.balance()).toBe(before);
  });

  it("throws where a stream breaks, and pays nothing", async () => {
    const before = gateway.balance();
    const stream = client.messages.stream({
      model: failing(protocol, "upstream-cut"),
      max_tokens: 100,
      messages: [{ role: "user", content: "one two three four five six seven" }],
    });
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(APIError);
    expect(gateway.balance()).toBe(before);
  });
});

describe("thinking", () => {
  const thinking = { type: "enabled" as const, budget_tokens: 1024 };
  const ask = { model: "sandbox/thinking", max_tokens: 4096, thinking };
  const user = { role: "user" as const, content: "Think about farthings." };

  it("comes with a signature that the next turn sends back", async () => {
    const first = await client.messages.stream({ ...ask, messages: [user] }).finalMessage();
    const block = first.content.find((one) => one.type === "thinking");
    expect(block).toMatchObject({ thinking: expect.any(String), signature: expect.any(String) });
    const again = { ...ask, messages: [user, { role: "assistant" as const, content: first.content }, user] };
    expect((await client.messages.create(again)).stop_reason).toBe("end_turn");
  });

  it("is refused by the provider when it was altered, in our words", async () => {
    const first = await client.messages.create({ ...ask, messages: [user] });
    const content = first.content.map((block) =>
      block.type === "thinking" ? { ...block, thinking: "tampered" } : block,
    );
    const error = await client.messages
      .create({ ...ask, messages: [user, { role: "assistant", content }, user] })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 400, type: "invalid_request_error" });
  });
});

it("counts cache writes and reads at their own prices (I-17)", async () => {
  const system = [
    {
      type: "text" as const,
      text: "A long and stable preamble. ".repeat(400),
      cache_control: { type: "ephemeral" as const },
    },
  ];
  const ask = () =>
    client.messages
      .create({ model: "claude-sonnet-4-6", max_tokens: 50, system, messages: [{ role: "user", content: "hi" }] })
      .withResponse();
  const first = await ask();
  expect(first.data.usage.cache_creation_input_tokens).toBeGreaterThan(1_000);
  const second = await ask();
  expect(second.data.usage.cache_read_input_tokens).toBe(first.data.usage.cache_creation_input_tokens);
  const row = await gateway.row(second.response.headers.get("request-id") ?? "");
  expect(Number(row["cache_read"])).toBe(second.data.usage.cache_read_input_tokens);
  expect(Number(row["input"])).toBe(second.data.usage.input_tokens);
});

describe("every error class, with the retries that the catalogue states", () => {
  const HELLO = [{ role: "user" as const, content: "hi" }];
  const counted = (key: string): { client: Anthropic; calls: () => number } => {
    let calls = 0;
    const counting: typeof fetch = (url, init) => {
      calls += 1;
      return fetch(url, init);
    };
    return {
      client: new Anthropic({ baseURL: gateway.url, apiKey: key, maxRetries: 1, fetch: counting }),
      calls: () => calls,
    };
  };

  it.each([
    ["no such key", { key: "sk-far-wrong", model: "claude-sonnet-4-6" }, 401, "authentication_error", 1],
    ["no such model", { model: "no-such-model" }, 404, "not_found_error", 1],
    ["a bad value", { model: "claude-sonnet-4-6", max_tokens: -1 }, 400, "invalid_request_error", 1],
    ["an empty balance", { model: "sandbox/fault-402" }, 402, "billing_error", 1],
    ["a provider that fails", { model: "sandbox/upstream-500" }, 502, "api_error", 2],
    ["a provider that is overloaded", { model: "sandbox/fault-503" }, 529, "overloaded_error", 2],
    ["a provider that is too slow", { model: "sandbox/fault-504" }, 504, "timeout_error", 2],
  ])(
    "%s",
    async (_name, asked, status, type, calls) => {
      const { key = gateway.key, ...body } = asked as { key?: string; model: string; max_tokens?: number };
      const { client: counting, calls: made } = counted(key);
      const error = await counting.messages
        .create({ max_tokens: 10, ...body, messages: HELLO })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(APIError);
      expect(error).toMatchObject({ status, type });
      expect((error as APIError).requestID).toMatch(/^req_/);
      expect(made()).toBe(calls);
    },
    30_000,
  );

  it("breaks a stream in the dialect's own way", async () => {
    const before = gateway.balance();
    const stream = client.messages.stream({ model: "sandbox/upstream-error-event", max_tokens: 100, messages: HELLO });
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(APIError);
    expect(gateway.balance()).toBe(before);
  });
});

it("lists models in its own shape", async () => {
  const ids = [];
  for await (const model of client.models.list({ limit: 50 })) ids.push(model.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain("claude-sonnet-4-6");
  expect(ids).toContain("sandbox/echo");
});

/** The official OpenAI client's Responses against the running gateway: native, and in front of the other protocols. */
import OpenAI, { APIError } from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import type { TestGateway } from "../gateway.ts";
import { hearResponses, hearResponseWhole } from "../responses-grammar.ts";
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

const WEATHER = {
  type: "function",
  name: "get_weather",
  description: "The weather of a city.",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  strict: false,
} as const satisfies OpenAI.Responses.Tool;
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const post = (body: object): Promise<Response> =>
  fetch(`${gateway.url}/v1/responses`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

describe.each(PROTOCOL_IDS)("responses client in front of %s", (protocol) => {
  const model = echoOf(protocol);

  it("answers plainly and charges exactly the tariff (I-4, I-39)", async () => {
    const before = gateway.balance();
    const { data, response } = await client.responses
      .create({ model, input: "Hello, Farthing!", instructions: "Be brief.", max_output_tokens: 100 })
      .withResponse();
    expect(data).toMatchObject({ object: "response", model, status: "completed", store: false, error: null });
    expect(data.output_text).toContain("Hello, Farthing!");
    const row = await gateway.row(response.headers.get("x-request-id") ?? "");
    expect(row["outcome"]).toBe("completed");
    expect(Number(row["input"])).toBe(data.usage?.input_tokens);
    expect(Number(row["output"])).toBe(data.usage?.output_tokens);
    expect(before - gateway.balance()).toBe(row["posted"]);
    expect(row["posted"]).toBeGreaterThan(0n);
  });

  it("streams the dialect's events, and the same reply as a whole", async () => {
    const runner = client.responses.stream({ model, input: "one two three four five" });
    const types: string[] = [];
    for await (const event of runner) types.push(event.type);
    expect(types.filter((type) => type === "response.output_text.delta").length).toBeGreaterThan(3);
    expect(types.at(-1)).toBe("response.completed");
    const final = await runner.finalResponse();
    expect(final.output_text).toContain("one two three four five");
    expect(final.usage?.output_tokens).toBeGreaterThan(0);
  });

  it("obeys the grammar, streamed and whole", async () => {
    const body = { model, input: "What is the weather in Paris?", tools: [WEATHER], tool_choice: "required" };
    const streamed = hearResponses(await (await post({ ...body, stream: true })).text());
    const whole = hearResponseWhole(JSON.parse(await (await post(body)).text()));
    const values = ({ toolCalls }: typeof whole): unknown =>
      toolCalls.map(({ name, input }) => [name, JSON.parse(input)]);
    expect(values(streamed)).toEqual(values(whole));
    expect(streamed.toolCalls[0]?.name).toBe("get_weather");
  });

  it("calls tools and takes their results in a second turn", async () => {
    const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: "What is the weather in Paris?" }];
    const first = await client.responses
      .stream({ model, input, tools: [WEATHER], tool_choice: "required" })
      .finalResponse();
    const call = first.output.find((item) => item.type === "function_call");
    expect(call?.name).toBe("get_weather");
    const second = await client.responses.create({
      model,
      tools: [WEATHER],
      input: [
        ...input,
        ...(first.output as OpenAI.Responses.ResponseInput),
        { type: "function_call_output", call_id: call?.call_id ?? "", output: "18 degrees and sunny" },
      ],
    });
    expect(second.status).toBe("completed");
    expect(second.output_text).toContain("18 degrees and sunny");
  });

  it("shows an image", async () => {
    const reply = await client.responses.create({
      model,
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "What is this?" },
            { type: "input_image", image_url: PIXEL, detail: "auto" },
          ],
        },
      ],
    });
    expect(reply.output_text).toContain("image/png");
  });

  it("gives structured output", async () => {
    const Person = z.object({ name: z.string(), age: z.number() });
    const reply = await client.responses.parse({
      model,
      input: "Somebody.",
      text: { format: zodTextFormat(Person, "person") },
    });
    expect(Person.safeParse(reply.output_parsed).success).toBe(true);
  });

  it("names what is cut by a cap", async () => {
    const reply = await client.responses.create({ model, input: "word ".repeat(400), max_output_tokens: 16 });
    expect(reply).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
  });

  it.each(FAILED)("%s is a %i, whole and streamed, and free", async (failure, status) => {
    const before = gateway.balance();
    for (const stream of [false, true]) {
      const error = await client.responses
        .create({ model: failing(protocol, failure), input: "hi", stream })
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ status });
    }
    expect(gateway.balance()).toBe(before);
  });

  it("is told where a stream breaks, and pays nothing", async () => {
    const before = gateway.balance();
    const model = failing(protocol, "upstream-cut");
    const types: string[] = [];
    for await (const event of await client.responses.create({ model, input: "one two three four five", stream: true }))
      types.push(event.type);
    expect(types.at(-1)).toBe("response.failed");
    expect(gateway.balance()).toBe(before);
  });
});

it.each([...PROTOCOL_IDS.filter((id) => id !== "openai-chat").map(echoOf), "sandbox/thinking"])(
  "%s: reasoning comes as an item and goes back sealed",
  async (model) => {
    const reasoning = { effort: "medium", summary: "auto" } as const;
    const tools = [WEATHER];
    const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: "Use get_weather." }];
    const first = await client.responses.stream({ model, input, tools, reasoning }).finalResponse();
    const thought = first.output.find((item) => item.type === "reasoning");
    expect(thought?.summary[0]?.text).toContain("The request says");
    expect(thought?.encrypted_content).toBeTruthy();
    const call = first.output.find((item) => item.type === "function_call");
    const answered = (output: OpenAI.Responses.ResponseInput) =>
      client.responses
        .create({
          model,
          tools,
          reasoning,
          input: [...input, ...output, { type: "function_call_output", call_id: call?.call_id ?? "", output: "sunny" }],
        })
        .withResponse();
    const { data, response } = await answered(first.output as OpenAI.Responses.ResponseInput);
    expect(data.output_text).toContain("sunny");
    // The sandbox checks the signature of what comes back, so nothing was lost on the way.
    expect(response.headers.get("x-farthing-dropped")).toBeNull();
  },
);

it("answers custom tools as such, and takes their results", async () => {
  const tools = [{ type: "custom", name: "run_code", description: "Runs code." }] as const;
  for (const model of ["gpt-4o", "claude-sonnet-4-6"]) {
    const first = await client.responses
      .stream({ model, input: "Call run_code now.", tools: [...tools] })
      .finalResponse();
    const call = first.output.find((item) => item.type === "custom_tool_call");
    expect(call?.name).toBe("run_code");
    expect(() => JSON.parse(call?.input ?? "")).toThrow(SyntaxError);
    const second = await client.responses.create({
      model,
      tools: [...tools],
      input: [
        { role: "user", content: "Call run_code now." },
        ...(first.output as OpenAI.Responses.ResponseInput),
        { type: "custom_tool_call_output", call_id: call?.call_id ?? "", output: "it ran" },
      ],
    });
    expect(second.output_text).toContain("it ran");
  }
});

describe("what is left out is named", () => {
  it.each([["gpt-4o"], ["sandbox/echo"]])("%s: items by reference and hosted tools nobody chose", async (model) => {
    const body = {
      model,
      input: [
        { type: "item_reference", id: "rs_1" },
        { role: "user", content: "hi" },
      ],
      tools: [{ type: "web_search" }, WEATHER],
    };
    const reply = await post(body);
    expect(reply.status).toBe(200);
    expect(reply.headers.get("x-farthing-dropped")).toContain("input[0]:item_reference");
    expect(reply.headers.get("x-farthing-dropped")).toContain("tools[0]:web_search");
  });
});

describe("errors", () => {
  it.each([
    [{ previous_response_id: "resp_1" }, "previous_response_id"],
    [{ conversation: "conv_1" }, "conversation"],
    [{ background: true }, "background"],
    [{ prompt: { id: "pmpt_1" } }, "prompt"],
    [{ input: [] }, "input"],
    [
      { input: [{ role: "user", content: [{ type: "input_image", file_id: "file-1" }] }] },
      "input[0].content[0].file_id",
    ],
  ])("refuses %j with a clear 400", async (fields, param) => {
    const reply = await post({ model: "sandbox/echo", input: "hi", ...fields });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: { type: "invalid_request_error", param } });
  });

  it("answers in the dialect of OpenAI, with the retry behaviour of the catalogue", async () => {
    const error = await client.responses
      .create({ model: "no-such-model", input: "hi" })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status: 404, code: "model_not_found" });
  });

  it.each([["sandbox/upstream-error-event"], ["sandbox/upstream-cut"], ["sandbox/upstream-broken-json"]])(
    "%s: a failure in mid-stream is response.failed, and free (E-STREAM)",
    async (model) => {
      const before = gateway.balance();
      const text = await (await post({ model, input: "one two three four five six", stream: true })).text();
      expect(text).toContain("event: response.failed\n");
      expect(text).toContain("You were not charged.");
      expect(text).not.toContain("response.completed");
      expect(gateway.balance()).toBe(before);
    },
  );
});

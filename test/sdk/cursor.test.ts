/**
 * Cursor, through the official OpenAI client and by its own body shapes, against an upstream of each protocol: replies are always
 * chat completions, held to their grammar, and every one of them is paid for (B: LiteLLM's route once wrote no charge).
 */
import OpenAI, { APIError } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { hearChat, hearChatWhole, type Heard, type Loose } from "../grammar.ts";
import type { TestGateway } from "../gateway.ts";
import { echoOf, FAILED, failing, PROTOCOL_IDS, startFourUpstreams } from "../upstream/four-upstreams.ts";

let gateway: TestGateway;
let client: OpenAI;

beforeAll(async () => {
  gateway = await startFourUpstreams();
  client = new OpenAI({ baseURL: `${gateway.url}/cursor/v1`, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(() => gateway.close());

const HELLO = [{ role: "user" as const, content: "one two three four five" }];
const READ_FILE = {
  type: "function" as const,
  function: {
    name: "read_file",
    description: "Reads a file.",
    parameters: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
  },
};
const PATCH = {
  type: "custom",
  name: "ApplyPatch",
  description: "Edits files.",
  format: { type: "grammar", syntax: "lark", definition: 'start: "*** Begin Patch"' },
};

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const post = async (body: object, path = "/cursor/v1/chat/completions"): Promise<Answer> => {
  const response = await fetch(gateway.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}` },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

/** Asks streamed or whole, holds the reply to its grammar, and sees that it was charged. */
const ask = async (body: object, stream: boolean, path?: string): Promise<Heard> => {
  const before = gateway.balance();
  const { status, headers, text } = await post({ ...body, stream }, path);
  expect(text).not.toBe("");
  expect([status, text.slice(0, 300)]).toEqual([200, expect.anything()]);
  const heard = stream ? hearChat(text, true) : hearChatWhole(JSON.parse(text) as Loose);
  expect(heard.usage?.["total_tokens"]).toBeGreaterThan(0);
  const row = await gateway.row(headers.get("x-request-id") ?? "");
  expect(row["outcome"]).toBe("completed");
  expect(gateway.balance()).toBe(before - (row["posted"] as bigint));
  expect(row["posted"]).toBeGreaterThan(0n);
  return heard;
};

describe.each(PROTOCOL_IDS)("behind a provider of %s", (protocol) => {
  const model = echoOf(protocol);

  it("the official client is answered, whole and streamed, with usage always and under the name it sent", async () => {
    const sent = `gw/${model}:high`;
    const whole = await client.chat.completions.create({ model: sent, messages: HELLO });
    expect(whole.choices[0]?.message.content).toContain("one two three four five");
    expect(whole.model).toBe(sent);
    const runner = client.chat.completions.stream({ model: sent, messages: HELLO });
    const final = await runner.finalChatCompletion();
    expect(final.choices[0]?.message.content).toContain("one two three four five");
    expect(final.model).toBe(sent);
    expect(final.usage?.completion_tokens).toBeGreaterThan(0);
  });

  it("two turns with tools, by the official client", async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "Read a file." }];
    const runner = client.chat.completions.stream({ model, messages, tools: [READ_FILE], tool_choice: "required" });
    const first = (await runner.finalChatCompletion()).choices[0];
    expect(first?.finish_reason).toBe("tool_calls");
    const calls = first?.message.tool_calls ?? [];
    expect(calls[0]?.type === "function" && calls[0].function.name).toBe("read_file");
    const second = await client.chat.completions.create({
      model,
      messages: [
        ...messages,
        { role: "assistant", content: first?.message.content ?? null, tool_calls: calls },
        { role: "tool", tool_call_id: calls[0]?.id ?? "", content: "the file" },
      ],
      tools: [READ_FILE],
    });
    expect(second.choices[0]?.finish_reason).toBe("stop");
  });

  it.each([true, false])("the body of Responses, streamed %s", async (stream) => {
    const input = [
      { role: "developer", content: "Be brief." },
      { type: "message", role: "user", content: [{ type: "input_text", text: "fix it" }] },
      { type: "reasoning", encrypted_content: "x" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "Reading" }] },
      { type: "function_call", call_id: "call_1", name: "read_file", arguments: '{"path":"a"}' },
      { type: "function_call_output", call_id: "call_1", output: "text" },
      { type: "custom_tool_call", call_id: "call_2", name: "ApplyPatch", input: "*** Begin Patch" },
      { type: "custom_tool_call_output", call_id: "call_2", output: "ok" },
      { role: "user", content: [{ type: "input_text", text: "and now this" }] },
    ];
    const extras = {
      store: false,
      include: ["reasoning.encrypted_content"],
      reasoning: { effort: "medium", summary: "auto" },
      text: { verbosity: "low" },
      max_output_tokens: 4096,
      metadata: { cursorConversationId: "c" },
      truncation: "auto",
      user: "u",
    };
    const { type: _type, function: of } = READ_FILE;
    const tools = [{ type: "function", ...of }, PATCH];
    const heard = await ask({ model, input, tools, ...extras }, stream);
    expect(heard.text + heard.toolCalls.map(({ name }) => name).join()).not.toBe("");
    // The same where the address lacks the editor's part.
    expect((await ask({ model, input: "and now this", ...extras }, stream, "/v1/chat/completions")).text).toContain(
      "and now this",
    );
  });

  it.each([true, false])("the flavour of Messages, streamed %s", async (stream) => {
    const { parameters: schema, ...of } = READ_FILE.function;
    const heard = await ask(
      {
        model,
        system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
        messages: [
          { role: "user", content: [{ type: "text", text: "first" }] },
          { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "read_file", input: { path: "a" } }] },
          {
            role: "user",
            content: [
              { type: "tool_result", tool_use_id: "t1", content: "text" },
              { type: "text", text: "and now this" },
            ],
          },
        ],
        tools: [{ ...of, input_schema: schema }],
        tool_choice: { type: "none" },
        max_tokens: 500,
      },
      stream,
    );
    expect(heard.text).toBe("text");
  });

  it.each([true, false])("the traps of its chat shape, streamed %s", async (stream) => {
    const heard = await ask(
      {
        model,
        temperature: 0,
        user: "hash",
        reasoning: { effort: "minimal" },
        tool_choice: "auto",
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "<user_info>" },
          { role: "user", content: "<user_query>" },
          {
            role: "assistant",
            content: null,
            tool_calls: [
              {
                type: "function",
                id: "call_A\nfc_1",
                index: 0,
                function: { name: "grep", arguments: '{"pattern":"foo"}' },
              },
              { type: "function", id: "call_B", index: 1, function: { name: "grep", arguments: '{"pattern":"f' } },
              { type: "function", id: "call_C", index: 2, function: { name: "grep", arguments: "" } },
            ],
          },
          { role: "tool", name: "grep", tool_call_id: "call_A\nfc_1", content: "found" },
          { role: "tool", name: "grep", tool_call_id: "call_B", content: "none" },
          { role: "assistant", content: "<think>\nHm\n</think>\n\nDone." },
          { role: "tool", name: "grep", tool_call_id: "call_Z", content: "late" },
          { role: "user", content: "and now this" },
        ],
        tools: [
          {
            type: "function",
            function: {
              name: "grep",
              description: "Searches.",
              parameters: {
                type: "object",
                properties: { pattern: { type: "string" }, "-B": { type: "number" }, "-i": { type: "boolean" } },
                required: ["pattern"],
              },
            },
          },
        ],
      },
      stream,
    );
    expect(heard.text).toContain("and now this");
  });

  it.each([true, false])(
    "a tool with a grammar comes back as a function with raw text, streamed %s",
    async (stream) => {
      const body = { model, messages: HELLO, tools: [PATCH], tool_choice: { type: "function", name: "ApplyPatch" } };
      const heard = await ask(body, stream);
      const [called] = heard.toolCalls;
      expect(called?.name).toBe("ApplyPatch");
      expect(called?.input).not.toMatch(/^\{|^$/);
      expect(heard.finish).toBe("tool_calls");
      const again = await ask(
        {
          ...body,
          tool_choice: "none",
          messages: [
            ...HELLO,
            {
              role: "assistant",
              content: null,
              tool_calls: [
                { id: called?.id, type: "function", function: { name: "ApplyPatch", arguments: called?.input } },
              ],
            },
            { role: "tool", tool_call_id: called?.id, content: "ok" },
          ],
        },
        stream,
      );
      expect(again.text).toBe("ok");
    },
  );

  it("errors before the first byte are real statuses", async () => {
    for (const [failure, status] of FAILED) {
      const error = await client.chat.completions
        .create({ model: failing(protocol, failure), messages: HELLO, stream: true })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(APIError);
      expect(error).toMatchObject({ status });
    }
  });

  it("a stream that breaks says so as text, ends in order, and costs nothing (DESIGN §9.7)", async () => {
    const before = gateway.balance();
    const { text, headers } = await post({ model: failing(protocol, "upstream-cut"), messages: HELLO, stream: true });
    const heard = hearChat(text, true);
    expect(heard.text).toContain("You were not charged");
    expect(heard.finish).toBe("stop");
    expect(heard.usage?.["total_tokens"]).toBe(0);
    const row = await gateway.row(headers.get("x-request-id") ?? "");
    expect(row).toMatchObject({ outcome: "upstream_failed_after_output", posted: 0n });
    expect(gateway.balance()).toBe(before);
  });
});

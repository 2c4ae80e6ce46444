/**
 * Cursor at the gateway: what a provider gets of its bodies and what Cursor gets of the provider's replies, byte by byte against a
 * scripted provider; its routes under every name, its list of models, and that every reply is paid for once.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { hearChat, hearChatWhole, type Heard, type Loose } from "./grammar.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";
import {
  CHARGE,
  completion,
  events,
  goodStream,
  piece,
  PRICES,
  STOP,
  textPiece,
  THEIR_MODEL,
  USAGE,
  WORDS,
} from "./upstream/chat.ts";
import { CLOSE, HANG, json, wait, type Script } from "./upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "./upstream/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let gateway: TestGateway;

const model = (id: string, at: string): object => ({
  id,
  kind: "chat",
  context: 200_000,
  maxOutput: 8_192,
  prices: PRICES,
  routes: [{ upstream: at, model: THEIR_MODEL, priority: 1, weight: 1 }],
});

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  const baseUrl = `${upstream.baseUrl}/v1`;
  gateway = await startTestGateway({
    server: { waits: { headMs: 50 }, limits: { streamSilenceMs: 50 } },
    config: {
      storefront: { name: "Acme AI", mounts: ["", "/api", "/api/proxy"] },
      upstreams: [
        { id: "plain", provider: "openai-compatible", baseUrl, apiKey: "x" },
        { id: "openai-main", provider: "openai", baseUrl, apiKey: "x" },
        { id: "kimi-main", provider: "moonshot", baseUrl, apiKey: "x" },
      ],
      models: [
        model("lab", "plain"),
        model("lab-openai", "openai-main"),
        model("lab-kimi", "kimi-main"),
        model("claude-sonnet-4", "plain"),
      ],
    },
  });
});
afterEach(() => {
  upstream.clear();
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const HELLO = [{ role: "user", content: "hi" }];
const PATCH_TEXT = '*** Begin Patch\n+ "a"\n*** End Patch';
const READ_FILE = {
  type: "function",
  name: "read_file",
  description: "Reads.",
  parameters: { type: "object", properties: {} },
};
const PATCH = {
  type: "custom",
  name: "ApplyPatch",
  description: "Edits files.",
  format: { type: "grammar", syntax: "lark", definition: "start: patch" },
};

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const send = async (
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const response = await fetch(gateway.url + path, {
    method,
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}`, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const post = (body: object, headers?: Record<string, string>): Promise<Answer> =>
  send("POST", "/cursor/v1/chat/completions", body, headers);

/** Asks for a stream that the provider answers so, and hears it. */
const hear = async (script: Script, body: object): Promise<Heard> => {
  upstream.next(script);
  const { text } = await post({ model: "lab", messages: HELLO, stream: true, ...body });
  return hearChat(text, true);
};

const delta = (value: object): object => piece([{ index: 0, delta: value, finish_reason: null }]);
const calling = (index: number, id: string, name: string, args: string): object =>
  delta({ tool_calls: [{ index, id, type: "function", function: { name, arguments: args } }] });
const USAGE_PIECE = piece([], { usage: USAGE });
const finished = (...before: readonly object[]): Script => events([...before, STOP, USAGE_PIECE, "[DONE]"]);

describe("what a provider of Chat Completions gets", () => {
  const body = {
    model: "gw/lab-high",
    stream: true,
    store: false,
    include: ["reasoning.encrypted_content"],
    reasoning: { effort: "low" },
    text: { verbosity: "low" },
    temperature: 0,
    max_output_tokens: 100,
    metadata: { cursorConversationId: "conversation" },
    input: [
      { role: "developer", content: "Be brief." },
      { type: "custom_tool_call", call_id: "c1", name: "ApplyPatch", input: PATCH_TEXT },
      { type: "custom_tool_call_output", call_id: "c1", output: "ok" },
      { role: "user", content: [{ type: "input_text", text: "hi" }] },
    ],
    tools: [READ_FILE, PATCH],
  };
  const { type: _type, ...readFile } = READ_FILE;
  const nested = { type: "function", function: readFile };

  it("who knows only functions gets only functions, and what that lost is named", async () => {
    upstream.next(goodStream());
    const { headers } = await post(body);
    expect(upstream.requests[0]?.json()).toEqual({
      model: THEIR_MODEL,
      stream: true,
      stream_options: { include_usage: true },
      reasoning_effort: "high",
      max_completion_tokens: 100,
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              id: "c1",
              type: "function",
              function: { name: "ApplyPatch", arguments: JSON.stringify({ input: PATCH_TEXT }) },
            },
          ],
        },
        { role: "tool", tool_call_id: "c1", content: "ok" },
        { role: "user", content: "hi" },
      ],
      tools: [
        nested,
        {
          type: "function",
          function: {
            name: "ApplyPatch",
            description: "Edits files.\n\nfree-form; put the raw text in `input`\n\nstart: patch",
            parameters: {
              type: "object",
              properties: { input: { type: "string" } },
              required: ["input"],
              additionalProperties: false,
            },
          },
        },
      ],
    });
    expect(headers.get("x-farthing-dropped")).toBe("temperature,verbosity,tools[1].format");
  });

  it("OpenAI gets the grammar, and the conversation's name for its cache", async () => {
    upstream.next(goodStream());
    const { headers } = await post({ ...body, model: "lab-openai:high" });
    const sent = upstream.requests[0]?.json() as Loose;
    expect(sent["tools"]).toEqual([
      nested,
      {
        type: "custom",
        custom: {
          name: "ApplyPatch",
          description: "Edits files.",
          format: { type: "grammar", grammar: { syntax: "lark", definition: "start: patch" } },
        },
      },
    ]);
    expect(sent["messages"][1].tool_calls).toEqual([
      { id: "c1", type: "custom", custom: { name: "ApplyPatch", input: PATCH_TEXT } },
    ]);
    expect(sent).toMatchObject({ prompt_cache_key: "conversation", verbosity: "low", reasoning_effort: "high" });
    expect(headers.get("x-farthing-dropped")).toBe("temperature");
  });

  it("a provider's quirks are seen to in what was changed for it", async () => {
    upstream.next(goodStream());
    await post({ ...body, model: "lab-kimi" });
    const sent = upstream.requests[0]?.json() as Loose;
    expect(sent["messages"][1]).toMatchObject({
      reasoning_content: " ",
      tool_calls: [{ function: { arguments: JSON.stringify({ input: PATCH_TEXT }) } }],
    });
  });

  it("the bytes of a body that is in order are its own, but for the edits of any chat", async () => {
    upstream.next(json(completion()));
    const given = '{"model":"lab", "messages":[{"role":"user","content":"\\u0068i"}],\n "max_tokens": 5}';
    const response = await fetch(`${gateway.url}/cursor/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": gateway.key },
      body: given,
    });
    await response.text();
    expect(upstream.requests[0]?.body.toString()).toBe(given.replace('"lab"', JSON.stringify(THEIR_MODEL)));
  });

  it("a loss is refused where the caller asked for that, and nothing is sent", async () => {
    const { status, text } = await post({ ...body, stream: false }, { "x-farthing-strict": "true" });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error: { code: "invalid_value", param: "temperature" } });
    expect(upstream.requests).toHaveLength(0);
  });

  it("neither messages nor input is refused as OpenAI does", async () => {
    const { status, text } = await post({ model: "lab" });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error: { type: "invalid_request_error", param: "messages" } });
  });
});

describe("what Cursor gets of a reply", () => {
  it("reasoning as text before the answer, and neither again when it comes back", async () => {
    const heard = await hear(
      finished(delta({ reasoning_content: "Hm" }), delta({ reasoning_content: "m." }), textPiece("Yes.")),
      {},
    );
    expect([heard.text, heard.reasoning]).toEqual(["<think>\nHmm.\n</think>\n\nYes.", ""]);
    await hear(goodStream(), { messages: [...HELLO, { role: "assistant", content: heard.text }, ...HELLO] });
    const sent = upstream.requests[1]?.json() as Loose;
    expect(sent["messages"][1]).toEqual({ role: "assistant", content: "Yes." });
  });

  it("parallel calls, each by itself, although the provider ends with stop", async () => {
    const first = calling(0, "a", "Read_File", "");
    const rest = delta({ tool_calls: [{ index: 0, function: { arguments: '{"path":"x",}' } }] });
    const heard = await hear(finished(first, rest, calling(1, "a", "read_file", "")), { tools: [READ_FILE] });
    expect(heard.finish).toBe("tool_calls");
    expect(heard.toolCalls.map(({ name, input }) => [name, input])).toEqual([
      ["read_file", '{"path":"x"}'],
      ["read_file", "{}"],
    ]);
    expect(new Set(heard.toolCalls.map(({ id }) => id)).size).toBe(2);
  });

  it("a grammar's text raw in a function's envelope, from a function or from a custom call", async () => {
    const lowered = calling(0, "a", "ApplyPatch", JSON.stringify({ input: PATCH_TEXT }));
    const kept = delta({
      tool_calls: [{ index: 0, id: "a", type: "custom", custom: { name: "ApplyPatch", input: PATCH_TEXT } }],
    });
    for (const said of [lowered, kept]) {
      const heard = await hear(finished(said), { tools: [PATCH] });
      expect(heard.toolCalls).toEqual([{ id: "a", name: "ApplyPatch", input: PATCH_TEXT }]);
    }
  });

  it("a call that came as text is a call", async () => {
    const text = '<tool_call>{"name":"read_file","arguments":{"path":"x"}}</tool_call>';
    const heard = await hear(finished(textPiece(text.slice(0, 9)), textPiece(text.slice(9))), { tools: [READ_FILE] });
    expect([heard.text, heard.finish]).toEqual(["", "tool_calls"]);
    expect(heard.toolCalls[0]).toMatchObject({ name: "read_file", input: '{"path":"x"}' });
  });

  it("an empty turn says so", async () => {
    const heard = await hear(finished(delta({ content: "" })), {});
    expect([heard.text, heard.finish]).toEqual(["(no output)", "stop"]);
  });

  it("whole replies tell where they leave the agent", async () => {
    const states: (string | null)[] = [];
    for (const message of [
      { content: "Yes." },
      { content: null, tool_calls: [{ id: "a", type: "function", function: { name: "b", arguments: "" } }] },
      { content: "" },
    ]) {
      upstream.next(
        json(
          completion({
            choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: "stop" }],
            usage: USAGE,
          }),
        ),
      );
      const { headers, text } = await post({ model: "lab", messages: HELLO });
      const heard = hearChatWhole(JSON.parse(text) as Loose);
      expect(heard.finish).toBe(heard.toolCalls.length > 0 ? "tool_calls" : "stop");
      states.push(headers.get("x-farthing-turn-state"));
    }
    expect(states).toEqual(["complete", "tool_calls", "empty"]);
  });

  it("a break in the middle as text, in order, for nothing (DESIGN §9.7, B40)", async () => {
    const before = gateway.balance();
    upstream.next(events([textPiece("One two")], { after: [CLOSE] }));
    const { text, headers } = await post({ model: "lab", messages: HELLO, stream: true });
    const heard = hearChat(text, true);
    expect(heard.text).toMatch(/\n\nThe .*not charged/);
    expect(heard.finish).toBe("stop");
    expect(heard.usage).toMatchObject({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 });
    expect(await gateway.row(headers.get("x-request-id") ?? "")).toMatchObject({
      outcome: "upstream_failed_after_output",
      posted: 0n,
    });
    expect(gateway.balance()).toBe(before);
  });
});

describe("a model that thinks in silence (§9.7)", () => {
  const late = (script: Script): Script => ({ ...script, steps: [wait(400), ...script.steps] });

  it("comments keep the connection, then the answer comes", async () => {
    upstream.next(late(goodStream()));
    const { text } = await post({ model: "lab", messages: HELLO, stream: true });
    expect(text.startsWith(": keep-alive\n\n")).toBe(true);
    expect(hearChat(text, true).text).toBe(WORDS);
  });

  it("a failure after the head is told as text, for nothing", async () => {
    upstream.next(late(json({ error: { message: "secret" } }, { status: 500 })));
    const { text, headers } = await post({ model: "lab", messages: HELLO, stream: true });
    const heard = hearChat(text, true);
    expect([heard.finish, text.includes("secret")]).toEqual(["stop", false]);
    expect(heard.text).toContain("not charged");
    const row = await gateway.row(headers.get("x-request-id") ?? "");
    expect(row).toMatchObject({ outcome: "upstream_failed_before_output", posted: 0n });
  });
});

describe("money", () => {
  it("streamed and whole cost the same, by the model that the name means", async () => {
    for (const stream of [true, false]) {
      upstream.next(stream ? goodStream() : json(completion()));
      const { headers } = await post({ model: "gw/lab:high", messages: HELLO, stream });
      const row = await gateway.row(headers.get("x-request-id") ?? "");
      expect(row).toMatchObject({ model: "lab", outcome: "completed", posted: CHARGE });
    }
  });

  it("a client that leaves pays for what it got (C62)", async () => {
    upstream.next(
      events(
        Array.from({ length: 40 }, () => textPiece("word ")),
        { after: [HANG] },
      ),
    );
    const abort = new AbortController();
    const response = await fetch(`${gateway.url}/cursor/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": gateway.key },
      body: JSON.stringify({ model: "lab", messages: HELLO, stream: true }),
      signal: abort.signal,
    });
    const reader = response.body?.getReader();
    await reader?.read();
    abort.abort();
    const row = await gateway.row(response.headers.get("x-request-id") ?? "");
    expect(row["outcome"]).toBe("client_cancelled");
    expect(row["posted"]).toBeGreaterThan(0n);
  });

  it("300 KB of an agent's conversation, in the words of Responses", async () => {
    upstream.next(goodStream());
    const turn = (i: number): object[] => [
      { type: "function_call", call_id: `c${i}`, name: "read_file", arguments: '{"path":"a"}' },
      { type: "function_call_output", call_id: `c${i}`, output: "x".repeat(3_000) },
    ];
    const input = [{ role: "user", content: "go" }, ...Array.from({ length: 100 }, (_, i) => turn(i)).flat()];
    const { status } = await post({ model: "lab", input, tools: [READ_FILE], stream: true });
    expect(status).toBe(200);
    const sent = upstream.requests[0]?.json() as Loose;
    expect(sent["messages"]).toHaveLength(201);
  });
});

describe("the same route under every name that clients make of it", () => {
  it.each([
    ["/cursor/v1/chat/completions"],
    ["/cursor/chat/completions"],
    ["/cursor/v1/responses"],
    ["/cursor/responses"],
    ["/v1/cursor/chat/completions"],
    ["/v1/cursor/v1/chat/completions"],
    ["/cursor/v1/v1/chat/completions"],
    ["/cursor/v1/cursor/v1/chat/completions"],
    ["/cursor/v1/chat/completions/chat/completions"],
    ["/cursor/v1/chat/completions/v1/chat/completions"],
    ["/api/cursor/v1/chat/completions"],
    ["/api/v1/cursor/chat/completions"],
    ["/api/proxy/cursor/chat/completions"],
    ["//cursor//v1/chat/completions/?x=1"],
  ])("POST %s", async (path) => {
    upstream.next(json(completion()));
    const { status, text } = await send("POST", path, { model: "lab", input: "hi" });
    expect(status).toBe(200);
    expect(text).toContain('"object":"chat.completion"');
  });

  it.each([["/cursor"], ["/cursor/v1"], ["/api/cursor/v1/"], ["/v1/cursor"]])("GET %s is a knock", async (path) => {
    expect((await send("GET", path)).status).toBe(200);
  });

  it.each([["/cursor/v1/embeddings"], ["/cursor/cursors"], ["/curso/v1/chat/completions"]])(
    "POST %s is nothing",
    async (path) => {
      const { status, text } = await send("POST", path, {});
      expect([status, JSON.parse(text)]).toEqual([
        404,
        { error: expect.objectContaining({ code: "not_found" }) as unknown },
      ]);
    },
  );
});

describe("the list of models", () => {
  it.each([["/cursor/v1/models"], ["/cursor/models"], ["/v1/cursor/models"], ["/api/cursor/v1/models"]])(
    "GET %s",
    async (path) => {
      const { status, text } = await send("GET", path);
      expect(status).toBe(200);
      const ids = (JSON.parse(text) as { data: { id: string }[] }).data.map(({ id }) => id);
      expect(ids).toContain("gw/lab");
      expect(ids).toContain("gw/claude-opus-4-8:high");
      expect(ids.every((id) => id.startsWith("gw/"))).toBe(true);
    },
  );

  it("every id of it is accepted back", async () => {
    const { text } = await send("GET", "/cursor/v1/models");
    const { data } = JSON.parse(text) as { data: { id: string }[] };
    upstream.always(json(completion()));
    const some = data.filter(({ id }, i) => i % 20 === 0 && !id.startsWith("gw/sandbox/"));
    for (const { id } of some) {
      expect(JSON.parse((await send("GET", `/cursor/v1/models/${id}`)).text)).toMatchObject({ id, object: "model" });
      const reply = await post({ model: id, messages: HELLO, max_tokens: 50 });
      expect([id, reply.status]).toEqual([id, 200]);
      expect(JSON.parse(reply.text)).toMatchObject({ model: id });
    }
  });

  it("an unknown model is named as it was sent", async () => {
    const { status, text } = await post({ model: "gw/nobody:high", messages: HELLO });
    expect([status, text]).toEqual([404, expect.stringContaining("gw/nobody:high")]);
    expect((await send("GET", "/cursor/v1/models/gw/nobody")).status).toBe(404);
  });
});

describe("seed 004, Cursor IDE, in its own words", () => {
  const documented = {
    model: "claude-sonnet-4",
    messages: [
      { role: "system", content: "You are a helpful coding assistant." },
      { role: "user", content: "Refactor this function to be more efficient" },
    ],
    max_tokens: 2048,
    temperature: 0.7,
  };

  it("the documented request", async () => {
    for (const stream of [false, true]) {
      upstream.clear();
      upstream.next(stream ? goodStream() : json(completion()));
      const { status, text } = await post({ ...documented, stream });
      expect(status).toBe(200);
      const heard = stream ? hearChat(text, true) : hearChatWhole(JSON.parse(text) as Loose);
      expect(heard.text).toBe(WORDS);
      const options = stream ? { stream_options: { include_usage: true } } : {};
      expect(upstream.requests[0]?.json()).toEqual({ ...documented, model: THEIR_MODEL, stream, ...options });
    }
  });

  it("Cursor's Verify button", async () => {
    const messages = [
      { role: "system", content: "You are a test assistant." },
      { role: "user", content: "Testing. Just say hi and nothing else." },
    ];
    for (const stream of [false, true])
      expect((await post({ model: "gw/claude-sonnet-4-6", messages, stream })).status).toBe(200);
  });

  it("agent mode: a tool is called and its result used; thinking is shown", async () => {
    const say = "Run the shell command: `echo farthing`, then reply with exactly its output.";
    const shell = {
      name: "run_terminal_cmd",
      input_schema: { type: "object", properties: { command: { type: "string" } }, required: ["command"] },
    };
    const messages: object[] = [{ role: "user", content: say }];
    const first = hearChat((await post({ model: "sandbox/agent", messages, tools: [shell], stream: true })).text, true);
    expect(first.toolCalls[0]?.input).toBe('{"command":"echo farthing"}');
    messages.push(
      {
        role: "assistant",
        content: [
          {
            type: "tool_use",
            id: first.toolCalls[0]?.id,
            name: "run_terminal_cmd",
            input: { command: "echo farthing" },
          },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: first.toolCalls[0]?.id, content: "farthing" }] },
    );
    const second = hearChat(
      (await post({ model: "sandbox/agent", messages, tools: [shell], stream: true })).text,
      true,
    );
    expect([second.text, second.finish]).toEqual(["farthing", "stop"]);
    const thought = hearChat((await post({ model: "sandbox/thinking", messages: HELLO, stream: true })).text, true);
    expect(thought.text).toMatch(/^<think>\n[^]+\n<\/think>\n\nhi$/);
  });
});

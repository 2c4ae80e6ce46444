/** The normaliser of Cursor's bodies: every rule of protocols.md §5, in its order, on bodies of our own. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Json, JsonObject } from "../canonical.ts";
import { aCall } from "../fixtures/sides.ts";
import type { Call } from "../protocol.ts";
import { isCursors } from "./index.ts";
import { prepare } from "./prepare.ts";

const KNOWN = new Set(["gpt-5", "gpt-5.5", "claude-opus-4-5", "claude-opus-4-8", "claude-sonnet-4", "sandbox/echo"]);
const isModel = (name: string): boolean => KNOWN.has(name);

const prepared = (body: object): { body: JsonObject; dropped: readonly string[]; call: Call } => {
  const call = prepare(aCall(body), isModel);
  const json = JSON.parse(call.body.toString()) as JsonObject;
  expect(call.json()).toEqual(json);
  return { body: json, dropped: call.prepared?.dropped ?? [], call };
};

const USER = { role: "user", content: "hi" };
const messagesOf = (body: object): Json => prepared({ model: "gpt-5", ...body }).body["messages"] ?? null;
const call = (id: string, name: string, args: string): object => ({
  id,
  type: "function",
  function: { name, arguments: args },
});
const result = (id: string, content: string): object => ({ role: "tool", tool_call_id: id, content });
const assistant = (...calls: object[]): object => ({ role: "assistant", content: null, tool_calls: calls });

const PATCH_TEXT = "*** Begin Patch\n*** End Patch";
const FLAT_PATCH = {
  type: "custom",
  name: "ApplyPatch",
  description: "Edit files",
  format: { type: "grammar", syntax: "lark", definition: "start: patch" },
};
const PATCH = {
  type: "custom",
  custom: {
    name: "ApplyPatch",
    description: "Edit files",
    format: { type: "grammar", grammar: { syntax: "lark", definition: "start: patch" } },
  },
};
const READ_FILE = { type: "object", properties: { path: { type: "string" } } };
const NESTED = { type: "function", function: { name: "read_file", description: "d", parameters: READ_FILE } };
const tools = (...given: object[]): Json =>
  prepared({ model: "gpt-5", messages: [USER], tools: given }).body["tools"] ?? null;

describe("1: the conversation", () => {
  it.each<[string, object, Json]>([
    ["messages stay", { messages: [USER] }, [USER]],
    ["a bare string is a user's", { input: "hi" }, [USER]],
    ["items without a type are messages", { input: [USER] }, [USER]],
    ["messages win over input", { messages: [USER], input: "other" }, [USER]],
    ["no messages, then input", { messages: [], input: "hi" }, [USER]],
    [
      "developer is system",
      { messages: [{ role: "developer", content: "s" }, USER] },
      [{ role: "system", content: "s" }, USER],
    ],
    ["instructions come first", { instructions: "s", input: "hi" }, [{ role: "system", content: "s" }, USER]],
    [
      "Messages' system comes first",
      { system: [{ type: "text", text: "s", cache_control: { type: "ephemeral" } }], messages: [USER] },
      [{ role: "system", content: [{ type: "text", text: "s", cache_control: { type: "ephemeral" } }] }, USER],
    ],
    [
      "parts of Responses",
      {
        input: [
          {
            type: "message",
            role: "user",
            content: [
              { type: "input_text", text: "fix it" },
              { type: "input_image", image_url: "data:image/png;base64,AA==", detail: "low" },
              { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" },
            ],
          },
        ],
      },
      [
        {
          role: "user",
          content: [
            { type: "text", text: "fix it" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AA==", detail: "low" } },
            { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" } },
          ],
        },
      ],
    ],
    [
      "our own thinking is taken out of what the assistant said",
      { messages: [USER, { role: "assistant", content: "<think>\nlong\n</think>\n\nanswer" }, USER] },
      [USER, { role: "assistant", content: "answer" }, USER],
    ],
  ])("%s", (_name, body, messages) => {
    expect(messagesOf(body)).toEqual(messages);
  });

  it.each<[string, object, string]>([
    ["neither messages nor input", {}, "messages"],
    ["nothing in either", { messages: [], input: [] }, "messages"],
    ["messages that are no list", { messages: "hi" }, "messages"],
    ["an item that is no object", { input: [7] }, "input[0]"],
    ["a call without a name", { input: [{ type: "function_call", call_id: "c" }] }, "input[0].name"],
    ["a tool without a name", { messages: [USER], tools: [{ type: "function", parameters: {} }] }, "tools[0].name"],
    ["a model that is no name", { model: "", messages: [USER] }, "model"],
  ])("%s is refused by its place", (_name, body, param) => {
    expect(() => prepared({ model: "gpt-5", ...body })).toThrow(
      expect.objectContaining({ code: "invalid_value", detail: expect.objectContaining({ param }) }),
    );
  });
});

describe("2: calls and their outputs", () => {
  const items = [
    { role: "user", content: "hi" },
    { type: "message", role: "assistant", content: [{ type: "output_text", text: "Reading" }] },
    { type: "function_call", call_id: "c1", name: "read_file", arguments: "{}" },
    { type: "custom_tool_call", call_id: "c2", name: "ApplyPatch", input: PATCH_TEXT },
    {
      type: "function_call_output",
      call_id: "c1",
      output: [
        { type: "input_text", text: "a" },
        { type: "input_text", text: "b" },
      ],
    },
    { type: "custom_tool_call_output", call_id: "c2", output: { ok: true } },
  ];

  it("are folded into the message before them, and answered in order", () => {
    expect(messagesOf({ input: items, tools: [FLAT_PATCH] })).toEqual([
      USER,
      {
        role: "assistant",
        content: "Reading",
        tool_calls: [
          call("c1", "read_file", "{}"),
          { id: "c2", type: "custom", custom: { name: "ApplyPatch", input: PATCH_TEXT } },
        ],
      },
      result("c1", "a\nb"),
      result("c2", '{"ok":true}'),
    ]);
  });

  it("a custom call whose tool is not offered is a function's", () => {
    const [, said] = messagesOf({ input: items }) as JsonObject[];
    expect(said?.["tool_calls"]).toEqual([
      call("c1", "read_file", "{}"),
      call("c2", "ApplyPatch", JSON.stringify({ input: PATCH_TEXT })),
    ]);
  });

  it("images of a result follow it in a user's message", () => {
    const output = [{ type: "input_image", image_url: "https://e.x/a.png" }];
    const input = [
      USER,
      { type: "function_call", call_id: "c1", name: "shot", arguments: "{}" },
      { type: "function_call_output", call_id: "c1", output },
    ];
    expect(messagesOf({ input })).toEqual([
      USER,
      assistant(call("c1", "shot", "{}")),
      result("c1", "(see the attached content)"),
      { role: "user", content: [{ type: "image_url", image_url: { url: "https://e.x/a.png" } }] },
    ]);
  });

  it("what has no form is named", () => {
    const input = [USER, { type: "reasoning", encrypted_content: "x" }, { type: "item_reference", id: "i" }];
    expect(prepared({ model: "gpt-5", input }).dropped).toEqual(["input[1]:reasoning", "input[2]:item_reference"]);
  });
});

describe("3: blocks of Messages, and 4: pairs", () => {
  it.each<[string, readonly object[], readonly object[]]>([
    [
      "tool_use and tool_result",
      [
        USER,
        {
          role: "assistant",
          content: [
            { type: "text", text: "Looking" },
            { type: "tool_use", id: "t1", name: "grep", input: { a: 1 } },
          ],
        },
        {
          role: "user",
          content: [
            { type: "text", text: "and then" },
            { type: "tool_result", tool_use_id: "t1", content: [{ type: "text", text: "found" }], is_error: true },
          ],
        },
      ],
      [
        USER,
        {
          role: "assistant",
          content: [{ type: "text", text: "Looking" }],
          tool_calls: [call("t1", "grep", '{"a":1}')],
        },
        result("t1", "[tool error]\nfound"),
        { role: "user", content: [{ type: "text", text: "and then" }] },
      ],
    ],
    [
      "an image by its source",
      [
        {
          role: "user",
          content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } }],
        },
      ],
      [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }] }],
    ],
    [
      "a result without its call",
      [USER, result("c9", "late")],
      [USER, { role: "user", content: "[tool result c9] late" }],
    ],
    [
      "a call without its result",
      [USER, assistant(call("c1", "a", "{}"))],
      [USER, assistant(call("c1", "a", "{}")), result("c1", "(no result)")],
    ],
    [
      "a result that came after the user spoke",
      [assistant(call("c1", "a", "{}"), call("c2", "b", "{}")), result("c2", "2"), USER, result("c1", "1")],
      [assistant(call("c1", "a", "{}"), call("c2", "b", "{}")), result("c1", "1"), result("c2", "2"), USER],
    ],
    [
      "a second result of one call",
      [assistant(call("c1", "a", "{}")), result("c1", "1"), result("c1", "2")],
      [assistant(call("c1", "a", "{}")), result("c1", "1"), { role: "user", content: "[tool result c1] 2" }],
    ],
    [
      "calls and results without ids",
      [USER, assistant({ type: "function", function: { name: "a", arguments: "{}" } }), { role: "tool", content: "1" }],
      [USER, assistant(call("call_1_0", "a", "{}")), result("call_1_0", "1")],
    ],
    [
      "the place of a call, the name of a result, and arguments that are no JSON",
      [USER, assistant({ ...call("c1", "grep", '{"pattern"'), index: 0 }), { ...result("c1", "x"), name: "grep" }],
      [USER, assistant(call("c1", "grep", '{"pattern"')), result("c1", "x")],
    ],
    [
      "content that is null",
      [
        { role: "user", content: null },
        { role: "assistant", content: null },
      ],
      [
        { role: "user", content: "" },
        { role: "assistant", content: "" },
      ],
    ],
  ])("%s", (_name, given, messages) => {
    expect(messagesOf({ messages: given })).toEqual(messages);
  });

  it("thinking blocks are named, for their signatures are lost", () => {
    const messages = [
      USER,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "t", signature: "s" },
          { type: "text", text: "a" },
        ],
      },
    ];
    expect(prepared({ model: "gpt-5", messages }).dropped).toEqual(["messages[1].content[0]:thinking"]);
  });

  it("a call of a tool for free text that came back as a function is one again", () => {
    for (const args of [PATCH_TEXT, JSON.stringify({ input: PATCH_TEXT })]) {
      const messages = [USER, assistant(call("c1", "ApplyPatch", args)), result("c1", "ok")];
      const [, said] = messagesOf({ messages, tools: [FLAT_PATCH] }) as JsonObject[];
      expect(said?.["tool_calls"]).toEqual([
        { id: "c1", type: "custom", custom: { name: "ApplyPatch", input: PATCH_TEXT } },
      ]);
    }
  });
});

describe("5: tools, and 6: their choice", () => {
  it.each<[string, readonly object[], readonly object[]]>([
    ["nested stays", [NESTED], [NESTED]],
    ["flat is nested", [{ type: "function", name: "read_file", description: "d", parameters: READ_FILE }], [NESTED]],
    ["Messages' shape", [{ name: "read_file", description: "d", input_schema: READ_FILE }], [NESTED]],
    [
      "a type beside Messages' schema",
      [{ type: "function", name: "read_file", description: "d", input_schema: READ_FILE }],
      [NESTED],
    ],
    [
      "no parameters",
      [{ type: "function", function: { name: "a" } }],
      [{ type: "function", function: { name: "a", parameters: { type: "object", properties: {} } } }],
    ],
    ["a name stands once", [NESTED, NESTED], [NESTED]],
    ["grammars", [FLAT_PATCH], [PATCH]],
    ["grammars do not push functions out", [NESTED, FLAT_PATCH], [NESTED, PATCH]],
    ["what a provider runs is left out", [NESTED, { type: "web_search" }], [NESTED]],
  ])("%s", (_name, given, expected) => {
    expect(tools(...given)).toEqual(expected);
  });

  it.each<[string, Json, Json]>([
    ["a word", "auto", "auto"],
    ["Messages' any", { type: "any" }, "required"],
    ["Messages' auto", { type: "auto" }, "auto"],
    ["flat", { type: "function", name: "read_file" }, { type: "function", function: { name: "read_file" } }],
    ["Messages' tool", { type: "tool", name: "read_file" }, { type: "function", function: { name: "read_file" } }],
    [
      "nested",
      { type: "function", function: { name: "read_file" } },
      { type: "function", function: { name: "read_file" } },
    ],
    [
      "a tool for free text",
      { type: "function", name: "ApplyPatch" },
      { type: "custom", custom: { name: "ApplyPatch" } },
    ],
  ])("choice: %s", (_name, choice, expected) => {
    const { body } = prepared({ model: "gpt-5", messages: [USER], tools: [NESTED, FLAT_PATCH], tool_choice: choice });
    expect(body["tool_choice"]).toEqual(expected);
  });

  it("empty tools take their choice along", () => {
    const { body } = prepared({
      model: "gpt-5",
      messages: [USER],
      tools: [],
      tool_choice: "auto",
      parallel_tool_calls: true,
    });
    expect(body).toEqual({ model: "gpt-5", messages: [USER] });
  });
});

describe("7: parameters, and 8: the conversation's cache", () => {
  it("have the names of Chat Completions; what means nothing there is left out, and named where it asked for something", () => {
    const { body, dropped } = prepared({
      model: "gpt-5.5",
      stream: true,
      store: false,
      include: ["reasoning.encrypted_content"],
      reasoning: { effort: "medium", summary: "auto" },
      text: { verbosity: "low", format: { type: "json_schema", name: "n", schema: {}, strict: true } },
      stream_options: { include_usage: true },
      max_output_tokens: 4096,
      temperature: 0.2,
      metadata: { cursorConversationId: "conversation", cursorRequestId: "r" },
      prompt_cache_retention: "24h",
      previous_response_id: "resp_1",
      background: true,
      truncation: "auto",
      n: 3,
      user: "u",
      input: "hi",
    });
    expect(body).toEqual({
      model: "gpt-5.5",
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.2,
      user: "u",
      messages: [USER],
      reasoning_effort: "medium",
      verbosity: "low",
      response_format: { type: "json_schema", json_schema: { name: "n", schema: {}, strict: true } },
      max_completion_tokens: 4096,
      prompt_cache_key: "conversation",
    });
    expect(dropped).toEqual(["n", "previous_response_id", "background"]);
  });

  it("the header names the conversation where the body does not, and the user where neither does", () => {
    const given = aCall({ model: "gpt-5", messages: [USER], user: "u" });
    const named = prepare({ ...given, headers: { "x-cursor-conversation-id": "c" } }, isModel);
    expect(named.json()["prompt_cache_key"]).toBe("c");
    expect(prepare(given, isModel).json()["prompt_cache_key"]).toBe("u");
  });
});

describe("the whole", () => {
  const text = fc.constantFrom(
    "a",
    "<think>\nx\n</think>\n\ny",
    "<think>\n",
    '{"input":"p"}',
    "",
    "[tool result c1] z",
  );
  const id = fc.constantFrom("c1", "c2", "");
  const name = fc.constantFrom("read_file", "ApplyPatch", "grep");
  const part = fc.oneof(
    fc.record({ type: fc.constantFrom("text", "input_text", "output_text"), text }),
    fc.record({ type: fc.constant("tool_use"), id, name, input: fc.constant({ a: 1 }) }),
    fc.record({
      type: fc.constant("tool_result"),
      tool_use_id: id,
      content: fc.oneof(text, fc.constant([{ type: "text", text: "r" }])),
    }),
    fc.record({ type: fc.constant("image"), source: fc.constant({ type: "url", url: "https://e.x/i" }) }),
    fc.record({ type: fc.constant("thinking"), thinking: text }),
  );
  const content = fc.oneof(text, fc.array(part, { maxLength: 3 }), fc.constant(null));
  const aFunction = fc.record({
    id,
    type: fc.constant("function"),
    function: fc.record({ name, arguments: text }),
    index: fc.nat(3),
  });
  const message = fc.oneof(
    fc.record({ role: fc.constantFrom("system", "developer", "user"), content }),
    fc.record({ role: fc.constant("assistant"), content, tool_calls: fc.array(aFunction, { maxLength: 3 }) }),
    fc.record({
      role: fc.constant("tool"),
      tool_call_id: id,
      content: fc.oneof(text, fc.array(part, { maxLength: 2 })),
      name,
    }),
  );
  const item = fc.oneof(
    fc.record({ role: fc.constantFrom("user", "assistant", "developer"), content }),
    fc.record({ type: fc.constant("function_call"), call_id: id, name, arguments: text }),
    fc.record({ type: fc.constant("custom_tool_call"), call_id: id, name, input: text }),
    fc.record({
      type: fc.constantFrom("function_call_output", "custom_tool_call_output"),
      call_id: id,
      output: content,
    }),
    fc.record({ type: fc.constant("reasoning"), encrypted_content: text }),
  );
  const tool = fc.constantFrom(NESTED, FLAT_PATCH, PATCH, { name: "grep", input_schema: {} }, { type: "web_search" });
  const body = fc.record(
    {
      model: fc.constantFrom("gpt-5", "gw/gpt-5:high", "claude-4.5-opus-high-thinking", "nobody"),
      messages: fc.array(message, { maxLength: 6 }),
      input: fc.oneof(text, fc.array(item, { maxLength: 6 })),
      tools: fc.array(tool, { maxLength: 4 }),
      tool_choice: fc.constantFrom<Json>("auto", { type: "any" }, { type: "tool", name: "ApplyPatch" }),
      reasoning: fc.constant({ effort: "low" }),
      metadata: fc.constant({ cursorConversationId: "c" }),
      user: text,
    },
    { requiredKeys: ["model"] },
  );
  /** What it makes of a body, or undefined where it refuses it. */
  const attempt = (given: object): Call | undefined => {
    try {
      return prepare(aCall(given), isModel);
    } catch {
      return undefined;
    }
  };

  it("is idempotent, and what is in order keeps its very bytes", () => {
    let tried = 0;
    fc.assert(
      fc.property(body, (given) => {
        const once = attempt(given);
        if (once === undefined) return;
        tried++;
        const twice = prepare({ ...once, headers: {} }, isModel);
        expect(twice.body).toBe(once.body);
        expect(isCursors(once)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
    expect(tried).toBeGreaterThan(500);
  });

  it("leaves every call answered once, right after it", () => {
    fc.assert(
      fc.property(body, (given) => {
        const messages = (attempt(given)?.json()["messages"] ?? []) as readonly JsonObject[];
        for (const [i, { role, tool_calls: calls }] of messages.entries()) {
          const ids = ((calls ?? []) as readonly JsonObject[]).map((one) => one["id"]);
          expect(messages.slice(i + 1, i + 1 + ids.length).map((one) => one["tool_call_id"])).toEqual(ids);
          if (role === "tool") expect(["tool", "assistant"]).toContain(messages[i - 1]?.["role"]);
        }
      }),
    );
  });

  it("a plain chat is not touched at all", () => {
    const given = aCall({
      model: "gpt-5",
      temperature: 0.5,
      messages: [USER, assistant(call("c1", "a", "{}")), result("c1", "1")],
      tools: [NESTED],
    });
    expect(isCursors(given)).toBe(false);
    expect(prepare(given, isModel).body).toBe(given.body);
  });

  it.each<[string, object, boolean]>([
    ["input instead of messages", { input: "hi" }, true],
    ["empty messages beside input", { messages: [], input: "hi" }, true],
    ["neither", {}, false],
    [
      "flat tools",
      { messages: [USER], tools: [{ type: "function", name: "function", description: '"function"' }] },
      true,
    ],
    ["Messages' tools", { messages: [USER], tools: [{ name: "a", input_schema: {} }] }, true],
    [
      "Messages' blocks",
      { messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "" }] }] },
      true,
    ],
    ["a chat's grammar", { messages: [USER], tools: [PATCH] }, false],
    ["a search at the provider", { messages: [USER], tools: [{ type: "web_search", web_search: {} }] }, false],
    ["no tools", { messages: [USER], tools: [] }, false],
  ])("is known on the plain chat route: %s", (_name, given, expected) => {
    expect(isCursors(aCall({ model: "m", ...given }))).toBe(expected);
  });
});

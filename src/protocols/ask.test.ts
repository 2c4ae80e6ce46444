import { describe, expect, it } from "vitest";

import { GatewayError } from "../errors.ts";
import { ask as askMessages } from "./anthropic/ask.ts";
import { loadRecorded } from "./fixtures/corpus.ts";
import { aCall } from "./fixtures/sides.ts";
import { ask as askChat } from "./openai-chat/ask.ts";
import type { Ask, Call, ProtocolId } from "./protocol.ts";

/** The two whose requests are messages in a body; Gemini is in gemini/ask.test.ts. */
const BOTH = ["openai-chat", "anthropic"] as const satisfies readonly ProtocolId[];
type Both = (typeof BOTH)[number];
const ASKS: Readonly<Record<Both, (call: Call) => Ask>> = { "openai-chat": askChat, anthropic: askMessages };

const MESSAGES = [{ role: "user", content: "hi" }];

const read = (protocol: Both, fields: object): Ask =>
  ASKS[protocol](aCall({ model: "m", messages: MESSAGES, ...fields }));

/** The parameter that a request is refused for. */
const refusal = (protocol: Both, body: string | object): string => {
  try {
    ASKS[protocol](aCall(body));
    return "accepted";
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return `${error.code} ${error.detail.param}`;
  }
};

const refused = (protocol: Both, fields: object): string =>
  refusal(protocol, { model: "m", messages: MESSAGES, ...fields });

/** A request whose field is spelt as JSON text that JSON.stringify would never write. */
const withRaw = (field: string, value: string): string =>
  `{"model":"m","messages":[{"role":"user","content":"hi"}],"${field}":${value}}`;

const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "A".repeat(4_000) } };

describe("what is read", () => {
  it("chat", () => {
    expect(
      read("openai-chat", {
        stream: true,
        max_completion_tokens: 9,
        n: 3,
        stream_options: { include_usage: true },
        tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
      }),
    ).toMatchObject({
      model: "m",
      stream: true,
      maxTokens: 9,
      choices: 3,
      thinkingBudget: 0,
      wantsUsage: true,
      content: { messages: 1, tools: 1, images: 0, files: 0, audioBytes: 0, unbounded: false, cacheWrite: "none" },
    });
    expect(read("openai-chat", { max_tokens: 5, max_completion_tokens: 9 }).maxTokens).toBe(9);
    expect(read("openai-chat", { thinking: { type: "enabled", budget_tokens: 2_000 } }).thinkingBudget).toBe(2_000);
    expect(read("openai-chat", { thinking: true }).thinkingBudget).toBe(0);
  });

  it("messages", () => {
    expect(
      read("anthropic", { max_tokens: 9, system: "s", thinking: { type: "enabled", budget_tokens: 1_024 } }),
    ).toMatchObject({
      stream: false,
      maxTokens: 9,
      choices: 1,
      thinkingBudget: 1_024,
      wantsUsage: true,
    });
    expect(read("anthropic", { thinking: { type: "adaptive" } }).thinkingBudget).toBe(0);
    expect(read("anthropic", {})).not.toHaveProperty("maxTokens");
  });

  it.each(BOTH)("nulls are absent, unknown fields are let be (%s)", (protocol) => {
    const nulls = {
      stream: null,
      temperature: null,
      top_p: null,
      n: null,
      stop: null,
      tools: null,
      stream_options: null,
      service_tier: null,
      speed: null,
      container: null,
      mcp_servers: null,
    };
    expect(read(protocol, { ...nulls, verbosity: "low", context_management: {}, x: [1] })).toMatchObject({
      model: "m",
      stream: false,
      choices: 1,
    });
  });
});

describe("D84: numbers", () => {
  const bad = ["-1", "0", "-0", "1.5", '"5"', "1e21", "1e400", "true", "[]", "{}", "null"];
  const names: readonly [Both, string][] = [
    ["openai-chat", "max_tokens"],
    ["openai-chat", "max_completion_tokens"],
    ["anthropic", "max_tokens"],
  ];
  it.each(names.flatMap(([protocol, name]) => bad.map((value) => [protocol, name, value] as const)))(
    "%s %s: %s",
    (protocol, name, value) => {
      expect(refusal(protocol, withRaw(name, value))).toBe(`invalid_value ${name}`);
    },
  );

  it.each([
    ["openai-chat", "n", ["0", "129", "1000000000", "1.5", '"1"']],
    ["openai-chat", "temperature", ["1e309", '"1"', "true"]],
    ["anthropic", "temperature", ["1e309", "-1e309"]],
    ["anthropic", "top_p", ["1e400"]],
    ["openai-chat", "stream", ["1", '"true"', "[]"]],
    ["anthropic", "stream", ["1"]],
    ["openai-chat", "stream_options", ["true", "[]"]],
  ] as const)("%s %s: %j", (protocol, name, values) => {
    for (const value of values) expect(refusal(protocol, withRaw(name, value))).toBe(`invalid_value ${name}`);
  });

  it.each(BOTH)("a thinking budget is a whole number of at least 1,024 (%s)", (protocol) => {
    for (const budget of [1_023, 0, -1, 1.5, "2000", true])
      expect(refused(protocol, { thinking: { type: "enabled", budget_tokens: budget } })).toBe(
        "invalid_value thinking.budget_tokens",
      );
  });
});

describe("D80, D81, D85, D88: names and sizes", () => {
  it.each(['""', "7", "null", "[]", '"a\\u0000b"', '"a\\nb"', '"\\ud800"', `"${"m".repeat(257)}"`])(
    "model %s",
    (model) => {
      for (const protocol of BOTH) {
        expect(refusal(protocol, `{"model":${model},"messages":[{"role":"user","content":"hi"}]}`)).toBe(
          "invalid_value model",
        );
        expect(refusal(protocol, { messages: MESSAGES })).toBe("invalid_value model");
      }
    },
  );

  it("a model's name is read unescaped, so that it is the one that is served", () => {
    expect(askChat(aCall(withRaw("x", "1").replace('"m"', '"gpt\\u002d4o"'))).model).toBe("gpt-4o");
  });

  it.each(BOTH)("messages, tools and stops (%s)", (protocol) => {
    const many = (count: number, of: unknown) => Array.from({ length: count }, () => of);
    const stop = protocol === "anthropic" ? "stop_sequences" : "stop";
    for (const messages of [[], "hi", {}, null, 5])
      expect(refused(protocol, { messages })).toBe("invalid_value messages");
    expect(refusal(protocol, { model: "m" })).toBe("invalid_value messages");
    expect(refused(protocol, { messages: many(10_001, MESSAGES[0]) })).toBe("invalid_value messages");
    expect(refused(protocol, { messages: many(10_000, MESSAGES[0]) })).toBe("accepted");
    expect(refused(protocol, { tools: many(1_001, { name: "f" }) })).toBe("invalid_value tools");
    expect(refused(protocol, { [stop]: many(17, "x") })).toBe(`invalid_value ${stop}`);
    expect(refused(protocol, { [stop]: many(16, "x") })).toBe("accepted");
    expect(refused(protocol, { [stop]: 7 })).toBe(`invalid_value ${stop}`);
  });
});

describe("§9.3: what would cost more than tokens", () => {
  it.each<[Both, object, string]>([
    ["openai-chat", { background: true }, "background"],
    ["openai-chat", { service_tier: "flex" }, "service_tier"],
    ["openai-chat", { service_tier: "priority" }, "service_tier"],
    ["openai-chat", { service_tier: 1 }, "service_tier"],
    ["openai-chat", { plugins: [{ id: "web" }] }, "plugins"],
    ["openai-chat", { enable_search: true }, "enable_search"],
    [
      "openai-chat",
      { messages: [{ role: "user", content: [{ type: "file", file: { file_id: "file-1" } }] }] },
      "messages[0].content[0].file.file_id",
    ],
    [
      "openai-chat",
      {
        messages: [
          { role: "assistant", audio: { id: "a1" }, content: [{ type: "video_url", video_url: { url: "x" } }] },
        ],
      },
      "messages[0].audio.id",
    ],
    ["anthropic", { service_tier: "priority" }, "service_tier"],
    ["anthropic", { speed: "fast" }, "speed"],
    ["anthropic", { inference_geo: "us" }, "inference_geo"],
    ["anthropic", { mcp_servers: [{ type: "url" }] }, "mcp_servers"],
    ["anthropic", { container: "container_1" }, "container"],
    ["anthropic", { container: { skills: [] } }, "container"],
    ["anthropic", { background: true }, "background"],
    [
      "anthropic",
      { messages: [{ role: "user", content: [{ type: "document", source: { type: "file", file_id: "file_1" } }] }] },
      "messages[0].content[0].source",
    ],
    [
      "anthropic",
      {
        messages: [
          {
            role: "user",
            content: [{ type: "tool_result", content: [{ type: "image", source: { type: "file", file_id: "f" } }] }],
          },
        ],
      },
      "messages[0].content[0].content[0].source",
    ],
    [
      "anthropic",
      { messages: [{ role: "user", content: [{ type: "container_upload", file_id: "f" }] }] },
      "messages[0].content[0]",
    ],
  ])("%s refuses %j", (protocol, fields, param) => {
    expect(refused(protocol, fields)).toBe(`invalid_value ${param}`);
  });

  it("a tool's type or a file's id is not hidden by escapes or a second key", () => {
    const body =
      '{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"typ\\u0065":"web_se\\u0061rch_20250305"}]}';
    expect(askMessages(aCall(body)).serverTools).toMatchObject([{ path: "tools[0].type", unit: "web_search" }]);
    const twice =
      '{"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"f","type":"base64"}}]}]}';
    expect(refusal("anthropic", twice)).toBe("invalid_value messages[0].content[0].source");
  });

  it.each<[Both, object]>([
    ["openai-chat", { store: true }],
    ["openai-chat", { background: false, service_tier: "auto" }],
    ["openai-chat", { service_tier: "default", enable_search: false, plugins: [] }],
    ["openai-chat", { tools: [{ type: "custom", custom: { name: "f" } }, { name: "no type" }] }],
    ["anthropic", { service_tier: "standard_only", speed: "standard", inference_geo: "global", mcp_servers: [] }],
    [
      "anthropic",
      {
        tools: [
          { type: "bash_20250124" },
          { type: "text_editor_20250728" },
          { type: "memory_20250818" },
          { type: "computer_20251124" },
          { type: "custom", name: "f" },
        ],
      },
    ],
    ["anthropic", { context_management: { edits: [{ type: "clear_thinking_20251015" }] } }],
  ])("%s accepts %j", (protocol, fields) => {
    expect(refused(protocol, fields)).toBe("accepted");
  });
});

describe("§9.3: tools that run at the provider are told, with what counts their uses", () => {
  const own = { name: "f", input_schema: { type: "object" } };
  const search = (fields: object = {}): object => ({ type: "web_search_20250305", name: "web_search", ...fields });

  it.each<[string, Both, object, readonly object[]]>([
    ["own tools only", "anthropic", { tools: [own, { type: "bash_20250124", name: "bash" }] }, []],
    ["a search", "anthropic", { tools: [own, search()] }, [{ path: "tools[1].type", unit: "web_search", uses: 10 }]],
    ["its limit", "anthropic", { tools: [search({ max_uses: 3 })] }, [{ uses: 3 }]],
    ["no limit worth the name", "anthropic", { tools: [search({ max_uses: 1e15 })] }, [{ uses: 1_000 }]],
    ["a limit that is none", "anthropic", { tools: [search({ max_uses: -1 })] }, [{ uses: 10 }]],
    ["another", "anthropic", { tools: [{ type: "code_execution_20260120" }] }, [{ unit: null }]],
    ["one of next year", "anthropic", { tools: [{ type: "a_tool_of_next_year" }] }, [{ unit: null }]],
    ["own tools only", "openai-chat", { tools: [{ type: "function", function: { name: "f" } }] }, []],
    ["a search", "openai-chat", { tools: [{ type: "web_search" }] }, [{ path: "tools[0].type", unit: null }]],
    ["another", "openai-chat", { tools: [{ type: "function", function: {} }, { type: "mcp" }] }, [{ unit: null }]],
    ["by its option", "openai-chat", { web_search_options: {} }, [{ path: "web_search_options", unit: null }]],
  ])("%s (%s)", (_name, protocol, fields, expected) => {
    expect(read(protocol, fields).serverTools).toMatchObject(expected);
    expect(read(protocol, fields).serverTools).toHaveLength(expected.length);
  });
});

describe("conversations kept at the provider", () => {
  it("may begin, and are never continued", () => {
    expect(refused("anthropic", { thread: { type: "create" } })).toBe("accepted");
    expect(refused("anthropic", { thread: { type: "continue", previous_message_id: "msg_1" } })).toBe(
      "unknown_object thread",
    );
  });
});

describe("the content's bound", () => {
  it("counts the bytes that can become prompt, base64 excluded", () => {
    const [chat, messages] = BOTH.map(
      (protocol) => read(protocol, { user: "u".repeat(500), metadata: { k: "v".repeat(500) } }).content,
    );
    expect(chat?.textBytes).toBe(JSON.stringify(MESSAGES).length);
    // `user` is no member of Messages: unknown members count.
    expect(messages?.textBytes).toBe(JSON.stringify(MESSAGES).length + 502);
    const { content } = read("anthropic", {
      messages: [{ role: "user", content: [image, { type: "text", text: "x".repeat(100) }] }],
    });
    expect(content.images).toBe(1);
    expect(content.textBytes).toBeGreaterThan(100);
    expect(content.textBytes).toBeLessThan(400);
  });

  it.each<[Both, object, object]>([
    ["openai-chat", { type: "image_url", image_url: { url: "https://x.test/y.png" } }, { images: 1 }],
    ["openai-chat", { type: "image_url", image_url: "https://x.test/y.png" }, { images: 1 }],
    ["openai-chat", { image_url: { url: "https://x.test/y.png" } }, { images: 1 }],
    ["openai-chat", { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } }, { audioBytes: 3 }],
    ["openai-chat", { type: "file", file: { file_data: "data:x", filename: "a.pdf" } }, { files: 1 }],
    ["openai-chat", { type: "video_url", video_url: { url: "https://x.test/y.mp4" } }, { unbounded: true }],
    ["openai-chat", { type: "text", text: "t", cache_control: { type: "ephemeral" } }, { cacheWrite: "5m" }],
    ["anthropic", image, { images: 1 }],
    ["anthropic", { type: "image", source: { type: "url", url: "https://x.test" } }, { images: 1 }],
    ["anthropic", { type: "document", source: { type: "url", url: "https://x.test" } }, { files: 1 }],
    ["anthropic", { type: "document", source: { type: "text", data: "plain" } }, { files: 0 }],
    ["anthropic", { type: "document", source: { type: "content", content: [image, image] } }, { images: 2, files: 0 }],
    ["anthropic", { type: "tool_result", content: [image] }, { images: 1 }],
    ["anthropic", { type: "web_search_tool_result", content: [] }, { unbounded: true }],
    ["anthropic", { type: "tool_use", input: { type: "image" } }, { images: 0, unbounded: false }],
    ["anthropic", { type: "text", text: "t", cache_control: { type: "ephemeral", ttl: "1h" } }, { cacheWrite: "1h" }],
    ["anthropic", { type: "text", text: '"type":"image" "ttl":"1h" ephemeral' }, { images: 0, cacheWrite: "none" }],
  ])("%s %j", (protocol, part, expected) => {
    expect(read(protocol, { messages: [{ role: "user", content: [part] }] }).content).toMatchObject(expected);
  });

  it("knows caches in tools, the system prompt and at the top, and the pass that compaction is", () => {
    const cached = { cache_control: { type: "ephemeral" } };
    expect(read("anthropic", { tools: [{ name: "f", ...cached }] }).content.cacheWrite).toBe("5m");
    expect(read("anthropic", { system: [{ type: "text", text: "s", ...cached }] }).content.cacheWrite).toBe("5m");
    expect(read("anthropic", { cache_control: { type: "ephemeral", ttl: "1h" } }).content.cacheWrite).toBe("1h");
    expect(read("anthropic", { context_management: { edits: [{ type: "compact_20260112" }] } }).content.unbounded).toBe(
      true,
    );
  });

  it("parses nothing where the prompt is only text and calls", () => {
    const call = aCall({
      model: "m",
      tools: [
        {
          name: "f",
          description: "an image_url tool",
          input_schema: { type: "object", properties: { base_url: { type: "string" } } },
          cache_control: { type: "ephemeral", ttl: "1h" },
        },
      ],
      messages: [
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "t", signature: "s" },
            { type: "tool_use", id: "t1", name: "f", input: { a: 1 } },
          ],
        },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: "ok" }] },
      ],
    });
    const unparsed: Call = { ...call, json: () => expect.unreachable("parsed") };
    expect(askMessages(unparsed).content).toMatchObject({ messages: 2, tools: 1, cacheWrite: "1h" });
    expect(askChat(aCall({ model: "m", messages: MESSAGES })).content.messages).toBe(1);
  });
});

describe("recorded requests", () => {
  const isBoth = (protocol: ProtocolId): protocol is Both => (BOTH as readonly string[]).includes(protocol);
  const asked = loadRecorded().flatMap((one) => {
    const { protocol, request } = one;
    return isBoth(protocol) && request !== undefined && /"model"/.test(request) ? [{ ...one, protocol }] : [];
  });
  it.each(asked.map((one) => [one.file, one] as const))("%s", (_, one) => {
    const refusedFor = refusal(one.protocol, one.request ?? "");
    if (refusedFor !== "accepted") {
      // Only what runs or lies at the provider.
      expect(refusedFor).toMatch(/ (mcp_servers|container|messages\[\d+\]\.content\[\d+\]\.(source|file\.file_id))$/);
      return;
    }
    const request = JSON.parse(one.request ?? "") as Record<string, ReturnType<typeof JSON.parse>>;
    const { content, ...ask } = ASKS[one.protocol](aCall(one.request ?? ""));
    expect(ask).toMatchObject({
      model: request["model"],
      stream: request["stream"] ?? false,
      choices: request["n"] ?? 1,
    });
    expect(content.messages).toBe(request["messages"].length);
    expect(content.tools).toBe((request["tools"]?.length ?? 0) + (request["functions"]?.length ?? 0));
  });
});

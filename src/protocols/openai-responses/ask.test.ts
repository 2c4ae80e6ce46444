import { describe, expect, it } from "vitest";

import { GatewayError } from "../../errors.ts";
import { loadRecorded } from "../fixtures/corpus.ts";
import { aCall } from "../fixtures/sides.ts";
import type { Ask } from "../protocol.ts";
import { ask } from "./ask.ts";

const read = (fields: object): Ask => ask(aCall({ model: "m", input: "hi", ...fields }));

/** The parameter that a request is refused for. */
const refused = (body: string | object): string => {
  try {
    ask(aCall(body));
    return "accepted";
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return `${error.code} ${error.detail.param}`;
  }
};
const refusedFor = (fields: object): string => refused({ model: "m", input: "hi", ...fields });

const image = (fields: object) => ({ input: [{ role: "user", content: [{ type: "input_image", ...fields }] }] });
const file = (fields: object) => ({ input: [{ role: "user", content: [{ type: "input_file", ...fields }] }] });

describe("what is read", () => {
  it("all of it", () => {
    const tools = [{ type: "function", name: "f", parameters: { type: "object" } }];
    expect(read({ stream: true, max_output_tokens: 9, tools })).toMatchObject({
      model: "m",
      stream: true,
      maxTokens: 9,
      choices: 1,
      thinkingBudget: 0,
      wantsUsage: true,
      content: { messages: 1, tools: 1, images: 0, files: 0, unbounded: false, cacheWrite: "none" },
      serverTools: [],
    });
  });

  it.each<[string, object, object]>([
    ["an image's bytes are no text", image({ image_url: `data:image/png;base64,${"A".repeat(4_000)}` }), { images: 1 }],
    ["a file's neither", file({ file_data: `data:application/pdf;base64,${"A".repeat(4_000)}` }), { files: 1 }],
    ["a file by address", file({ file_url: "https://x.test/y.pdf" }), { files: 1 }],
    ["what a hosted tool left", { input: [{ type: "web_search_call", id: "ws_1" }] }, { unbounded: true }],
    ["what comes next year", { input: [{ role: "user", content: [{ type: "input_smell" }] }] }, { unbounded: true }],
    ["compaction is a pass of its own", { context_management: [{ type: "compaction" }] }, { unbounded: true }],
    ["a cache of half a day", { prompt_cache_options: { ttl: "12h" } }, { cacheWrite: "1h" }],
  ])("%s", (_, fields, expected) => {
    const { content } = read(fields);
    expect(content).toMatchObject(expected);
    expect(content.textBytes).toBeLessThan(200);
  });
});

describe("§9.3: what lies at the provider, or would cost more than tokens", () => {
  it.each<[object, string]>([
    [{ previous_response_id: "resp_1" }, "previous_response_id"],
    [{ conversation: { id: "conv_1" } }, "conversation"],
    [{ conversation: "conv_1" }, "conversation"],
    [{ prompt: { id: "pmpt_1" } }, "prompt"],
    [{ background: true }, "background"],
    [{ service_tier: "priority" }, "service_tier"],
    [{ max_output_tokens: 0 }, "max_output_tokens"],
    [{ max_output_tokens: 1.5 }, "max_output_tokens"],
    [{ store: "yes" }, "store"],
    [{ input: [] }, "input"],
    [{ input: 7 }, "input"],
    [{ input: null }, "input"],
    [{ tools: {} }, "tools"],
    [image({ file_id: "file-1" }), "input[0].content[0].file_id"],
    [file({ file_id: "file-1" }), "input[0].content[0].file_id"],
    [
      { input: [{ type: "function_call_output", call_id: "c", output: [{ type: "input_image", file_id: "f" }] }] },
      "input[0].output[0].file_id",
    ],
  ])("%j", (fields, param) => {
    expect(refusedFor(fields)).toBe(`invalid_value ${param}`);
  });

  it.each<[object]>([
    [{ previous_response_id: null, conversation: null, prompt: null, background: null, max_output_tokens: null }],
    [{ background: false, store: true, service_tier: "auto", truncation: "auto", metadata: { a: "b" } }],
    [{ include: ["reasoning.encrypted_content"], client_metadata: { a: 1 }, unheard_of: { type: "x" } }],
  ])("%j is let be", (fields) => {
    expect(refusedFor(fields)).toBe("accepted");
  });

  it.each<[string, object, readonly object[]]>([
    ["the client's own", { type: "custom", name: "f", format: { type: "grammar", syntax: "lark" } }, []],
    ["a namespace", { type: "namespace", name: "n", tools: [] }, []],
    ["a shell of the client's", { type: "shell", environment: { type: "local" } }, []],
    ["hosted, offered unasked", { type: "web_search" }, []],
    ["a shell of the provider's", { type: "shell", environment: { type: "container_auto" } }, [{ unit: null }]],
    ["hosted", { type: "code_interpreter" }, [{ path: "tools[0].type", unit: null }]],
    ["hosted elsewhere", { type: "mcp" }, [{ unit: null }]],
    ["of next year", { type: "a_tool_of_next_year" }, [{ unit: null }]],
  ])("tools: %s", (_, tool, expected) => {
    const { serverTools } = read({ tools: [tool] });
    expect(serverTools).toMatchObject(expected);
    expect(serverTools).toHaveLength(expected.length);
  });
});

describe("recorded requests", () => {
  const asked = loadRecorded().filter(
    ({ protocol, request }) => protocol === "openai-responses" && request?.includes('"model"') === true,
  );
  it.each(asked.map(({ file: name, request }) => [name, request ?? ""] as const))("%s", (_, body) => {
    const why = refused(body);
    if (why !== "accepted") {
      expect(why).toMatch(/ (previous_response_id|conversation|background|service_tier|input\[\d+\].*\.file_id)$/);
      return;
    }
    const request = JSON.parse(body) as Record<string, unknown>;
    const { content, ...rest } = ask(aCall(body));
    expect(rest).toMatchObject({ model: request["model"], stream: request["stream"] ?? false });
    const { input, tools = [] } = request;
    expect(content.messages).toBe(Array.isArray(input) ? input.length : 1);
    expect(content.tools).toBe((tools as unknown[]).length);
  });
});

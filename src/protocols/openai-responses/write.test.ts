import { describe, expect, it } from "vitest";

import { GatewayError } from "../../errors.ts";
import { aTarget } from "../fixtures/corpus.ts";
import { aCall } from "../fixtures/sides.ts";
import type { Chat } from "../canonical.ts";
import { freeTextTool } from "../free-text.ts";
import type { Target } from "../protocol.ts";
import { readRequest } from "./read.ts";
import { writeRequest } from "./write.ts";

const read = (fields: object) => readRequest(aCall({ model: "m", input: "hi", ...fields }));
const write = (chat: Partial<Chat>, target: Partial<Target> = {}) =>
  writeRequest({ turns: [], stream: false, ...chat }, aTarget(target));

describe("a request that is read and written is the same request", () => {
  it.each<[string, object]>([
    [
      "a conversation",
      {
        input: [
          { role: "developer", content: "Be brief." },
          { role: "user", content: [{ type: "input_text", text: "hi" }] },
        ],
      },
    ],
    [
      "tools and their results",
      {
        input: [
          { role: "user", content: [{ type: "input_text", text: "hi" }] },
          { role: "assistant", content: [{ type: "output_text", text: "I look." }] },
          { type: "function_call", call_id: "a", name: "f", arguments: '{"x":1}' },
          { type: "function_call", call_id: "b", name: "f", arguments: "{}" },
          { type: "function_call_output", call_id: "a", output: "one" },
          { type: "function_call_output", call_id: "b", output: "[tool error]\ntwo" },
        ],
        tools: [
          {
            type: "function",
            name: "f",
            description: "d",
            parameters: { type: "object", properties: {} },
            strict: true,
          },
        ],
        tool_choice: { type: "function", name: "f" },
        parallel_tool_calls: false,
      },
    ],
    [
      "images and files",
      {
        input: [
          {
            role: "user",
            content: [
              { type: "input_image", image_url: "https://x/y.png", detail: "low" },
              { type: "input_image", image_url: "data:image/png;base64,QUJD", detail: "auto" },
              { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,QUJD" },
              { type: "input_file", file_url: "https://x/y.pdf" },
            ],
          },
        ],
      },
    ],
    [
      "sealed reasoning",
      {
        input: [
          {
            type: "reasoning",
            id: "rs_1",
            summary: [{ type: "summary_text", text: "Hm." }],
            encrypted_content: "opaque",
          },
          { type: "reasoning", id: "rs_2", summary: [], content: [{ type: "reasoning_text", text: "Hm." }] },
          { role: "assistant", content: [{ type: "output_text", text: "So." }] },
        ],
      },
    ],
    [
      "parameters",
      {
        input: [{ role: "user", content: [{ type: "input_text", text: "hi" }] }],
        stream: true,
        temperature: 0.5,
        top_p: 0.9,
        user: "u",
        text: { format: { type: "json_schema", name: "n", schema: { type: "object" }, strict: true } },
      },
    ],
  ])("%s", (_, fields) => {
    const { chat, dropped } = read(fields);
    const written = writeRequest(chat, aTarget());
    expect([...dropped, ...written.dropped]).toEqual([]);
    expect(written.body).toEqual({ model: "m", store: false, ...fields });
  });
});

describe("what is lost is named", () => {
  it.each<[object, readonly string[]]>([
    [{ text: { verbosity: "low" } }, ["text.verbosity"]],
    [{ truncation: "auto", store: true, metadata: { a: "b" } }, ["truncation", "store", "metadata"]],
    [{ include: ["message.output_text.logprobs"], top_logprobs: 3 }, ["include", "top_logprobs"]],
    [{ input: [{ type: "item_reference", id: "rs_1" }] }, ["input[0]:item_reference"]],
    [{ input: [{ type: "web_search_call", id: "w" }] }, ["input[0]:web_search_call"]],
    [{ tools: [{ type: "web_search" }] }, ["tools[0]:web_search"]],
    [{ tool_choice: { type: "mcp" } }, ["tool_choice:mcp"]],
    [{ reasoning: { effort: "galactic" } }, ["reasoning.effort"]],
    [{ truncation: "disabled", store: false, include: ["reasoning.encrypted_content"], client_metadata: { a: 1 } }, []],
  ])("%j", (fields, names) => {
    expect(read(fields).dropped).toEqual(names);
  });

  it("a grammar, where the provider has no tools for free text", () => {
    const tool = freeTextTool({ name: "f", format: { type: "grammar", syntax: "lark", definition: "g" } });
    expect(write({ tools: [tool] }).dropped).toEqual(["tools[0].format"]);
  });

  it("also when it is written", () => {
    const { dropped } = write({ stop: ["x"], topK: 1, seed: 1, n: 2, thinking: { type: "off" } });
    expect(dropped).toEqual(["stop", "top_k", "seed", "n", "thinking"]);
    const seal = { protocol: "anthropic", model: "m", value: "v" } as const;
    const turns = [{ role: "assistant", parts: [{ type: "thinking", text: "Hm.", seal }] }] as const;
    expect(write({ turns }).dropped).toEqual(["thinking.signature"]);
  });

  it("a seal that a client forged is set aside like any other", () => {
    const seal = { protocol: "openai-responses", model: "m", value: "{broken" } as const;
    const turns = [{ role: "assistant", parts: [{ type: "thinking", text: "Hm.", seal }] }] as const;
    expect(write({ turns })).toMatchObject({ body: { input: [] }, dropped: ["thinking.signature"] });
  });
});

describe("thinking", () => {
  it.each<[NonNullable<Chat["thinking"]>, object]>([
    [
      { type: "budget", tokens: 2_000 },
      { effort: "low", summary: "auto" },
    ],
    [{ type: "budget", tokens: 60_000, display: "omitted" }, { effort: "high" }],
    [
      { type: "adaptive", effort: "xhigh" },
      { effort: "high", summary: "auto" },
    ],
    [{ type: "adaptive" }, { summary: "auto" }],
  ])("%j", (thinking, reasoning) => {
    expect(write({ thinking }).body).toMatchObject({
      reasoning,
      include: ["reasoning.encrypted_content"],
    });
  });

  it("a model that reasons is asked for what lasts; one that does not is not asked at all", () => {
    expect(write({}, { reasons: true }).body["include"]).toEqual(["reasoning.encrypted_content"]);
    expect(write({}).body["include"]).toBeUndefined();
    expect(write({ thinking: { type: "adaptive" } }, { reasons: false }).body["include"]).toBeUndefined();
  });
});

describe("a conversation without meaning is refused by its path", () => {
  it.each<[object, string]>([
    [{ input: [{ type: "function_call", name: "f" }] }, "input[0].call_id"],
    [{ input: [{ type: "function_call", call_id: "c" }] }, "input[0].name"],
    [{ input: [{ type: "function_call_output", output: "x" }] }, "input[0].call_id"],
    [{ input: [{ role: "king", content: "x" }] }, "input[0].role"],
    [{ input: [{ role: "user", content: 7 }] }, "input[0].content"],
    [{ input: [null] }, "input[0]"],
    [{ tools: [{ type: "function" }] }, "tools[0].name"],
  ])("%j", (fields, param) => {
    let thrown: unknown;
    try {
      read(fields);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(GatewayError);
    expect((thrown as GatewayError).detail.param).toBe(param);
  });
});

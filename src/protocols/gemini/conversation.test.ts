/** Conversations in and out: what Gemini clients send, as it is read; and what Gemini providers get. */
import { describe, expect, it } from "vitest";

import type { Chat, JsonObject, Turn } from "../canonical.ts";
import { aTarget } from "../fixtures/corpus.ts";
import { aCall } from "../fixtures/sides.ts";
import { packSeal } from "../seal.ts";
import type { Target } from "../protocol.ts";
import { readRequest } from "./read.ts";
import { writeRequest } from "./write.ts";

const read = (body: object): { readonly chat: Chat; readonly dropped: readonly string[] } =>
  readRequest({ ...aCall(body), route: { model: "m", stream: false, sse: true } });
const turnsOf = (...contents: object[]): readonly Turn[] => read({ contents }).chat.turns;
const written = (chat: Partial<Chat>, changes: Partial<Target> = {}) =>
  writeRequest(
    { turns: [{ role: "user", parts: [{ type: "text", text: "hi" }] }], stream: false, ...chat },
    aTarget(changes),
  );
const contentsOf = (turns: readonly Turn[], changes: Partial<Target> = {}): JsonObject[] =>
  written({ turns }, changes).body["contents"] as JsonObject[];

const call = (name: string, more: object = {}): object => ({ functionCall: { name, args: { a: 1 }, ...more } });
const result = (name: string, response: object, more: object = {}): object => ({
  functionResponse: { name, response, ...more },
});

describe("reading", () => {
  it("joins calls and results by id, else by name and order; ids that are made up stay the same", () => {
    const contents = [
      { role: "model", parts: [call("f"), call("g"), call("f"), call("h", { id: "own" })] },
      {
        role: "user",
        parts: [
          result("g", { output: "g" }),
          result("f", { output: "1" }),
          result("f", { b: 2 }),
          result("h", { error: "no" }, { id: "own" }),
        ],
      },
    ];
    const [asked, answered] = turnsOf(...contents);
    const ids = asked?.parts.map((part) => (part.type === "tool_call" ? part.id : "")) ?? [];
    expect(new Set(ids).size).toBe(4);
    expect(answered?.parts).toEqual([
      { type: "tool_result", callId: ids[1], parts: [{ type: "text", text: "g" }] },
      { type: "tool_result", callId: ids[0], parts: [{ type: "text", text: "1" }] },
      { type: "tool_result", callId: ids[2], parts: [{ type: "text", text: '{"b":2}' }] },
      { type: "tool_result", callId: "own", parts: [{ type: "text", text: "no" }], isError: true },
    ]);
    expect(turnsOf(...contents, { role: "user", parts: [{ text: "more" }] }).slice(0, 2)).toEqual([asked, answered]);
  });

  it("keeps signatures in their places: on the thoughts before a call, or silent after a text", () => {
    const [turn] = turnsOf({
      role: "model",
      parts: [
        { text: "hm", thought: true },
        { ...call("f"), thoughtSignature: "c2ln" },
        { text: "so" },
        { text: "", thoughtSignature: "ZW5k" },
      ],
    });
    const seal = (value: string) => ({ protocol: "gemini", model: "m", value });
    expect(turn?.parts).toEqual([
      { type: "thinking", text: "hm", seal: seal("c2ln") },
      expect.objectContaining({ type: "tool_call", name: "f" }),
      { type: "text", text: "so" },
      { type: "thinking", text: "", seal: seal("ZW5k") },
    ]);
  });

  it("knows the seals of other protocols again", () => {
    const seal = { protocol: "anthropic", model: "claude", value: "v" } as const;
    const wrap = (text: string): string => Buffer.from(text).toString("base64");
    const [turn] = turnsOf({
      role: "model",
      parts: [
        { text: "a", thought: true },
        { text: "b", thought: true, thoughtSignature: wrap(packSeal(seal)) },
        { text: "", thought: true, thoughtSignature: wrap(`redacted:${packSeal(seal)}`) },
      ],
    });
    expect(turn?.parts).toEqual([
      { type: "thinking", text: "ab", seal },
      { type: "thinking", text: "", seal, redacted: true },
    ]);
  });

  it("reads the settings, and names what no other protocol has", () => {
    const { chat, dropped } = read({
      contents: [{ parts: { text: "hi" } }],
      system_instruction: { parts: [{ text: "s" }] },
      safetySettings: [{}],
      labels: { team: "blue" },
      tools: [
        {
          function_declarations: [
            { name: "f", parameters: { type: "OBJECT", properties: { a: { type: "STRING" } } }, behavior: "x" },
          ],
        },
        { googleSearch: {} },
      ],
      tool_config: { function_calling_config: { mode: "ANY", allowed_function_names: ["f"] } },
      generationConfig: {
        temperature: 1,
        topP: 0.5,
        topK: 3,
        stopSequences: ["END"],
        seed: 7,
        presencePenalty: 1,
        responseMimeType: "application/json",
        responseSchema: { type: "OBJECT" },
        responseModalities: ["TEXT"],
        thinkingConfig: { thinkingLevel: "low" },
        speechConfig: {},
      },
    });
    expect(chat).toEqual({
      turns: [
        { role: "system", parts: [{ type: "text", text: "s" }] },
        { role: "user", parts: [{ type: "text", text: "hi" }] },
      ],
      stream: false,
      tools: [{ name: "f", parameters: { type: "object", properties: { a: { type: "string" } } } }],
      toolChoice: { type: "tool", name: "f" },
      thinking: { type: "adaptive", effort: "low" },
      format: { type: "json_schema", schema: { type: "object" } },
      temperature: 1,
      topP: 0.5,
      topK: 3,
      stop: ["END"],
      seed: 7,
      presencePenalty: 1,
    });
    expect(dropped).toEqual([
      "safetySettings",
      "labels",
      "generationConfig.speechConfig",
      "tools[].functionDeclarations[].behavior",
      "tools[1].googleSearch",
    ]);
  });

  it.each<[object, object | undefined]>([
    [{ thinkingBudget: 0 }, { type: "off" }],
    [{ thinkingBudget: 9 }, { type: "budget", tokens: 9 }],
    [{ thinkingBudget: -1 }, { type: "adaptive" }],
    [{ includeThoughts: true }, { type: "adaptive" }],
    [{ includeThoughts: false }, undefined],
  ])("thinking %j", (thinkingConfig, thinking) => {
    expect(read({ contents: [], generationConfig: { thinkingConfig } }).chat.thinking).toEqual(thinking);
  });
});

describe("writing", () => {
  const asked = (id: string, name: string) => ({ type: "tool_call" as const, id, name, input: '{"a":1}' });
  const answered = (callId: string, text: string) => ({
    type: "tool_result" as const,
    callId,
    parts: [{ type: "text" as const, text }],
  });

  it("answers functions by name in the order of their calls, with the ids that a Gemini model gave", () => {
    const contents = contentsOf([
      { role: "assistant", parts: [asked("own", "f"), asked("call_1", "g"), asked("toolu_1", "h")] },
      {
        role: "user",
        parts: [
          answered("toolu_1", "plain"),
          answered("call_1", '{"b":2}'),
          answered("own", "x"),
          { type: "text", text: "go on" },
        ],
      },
    ]);
    expect(contents).toEqual([
      {
        role: "model",
        parts: [
          { functionCall: { id: "own", name: "f", args: { a: 1 } } },
          { functionCall: { name: "g", args: { a: 1 } } },
          { functionCall: { name: "h", args: { a: 1 } } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { id: "own", name: "f", response: { output: "x" } } },
          { functionResponse: { name: "g", response: { b: 2 } } },
          { functionResponse: { name: "h", response: { output: "plain" } } },
          { text: "go on" },
        ],
      },
    ]);
  });

  it("gives signatures back to the model that made them, and tells new models where one is lost", () => {
    const seal = { protocol: "gemini", model: "m", value: "c2ln" } as const;
    const turn = (made: typeof seal | { protocol: "anthropic"; model: "m"; value: "x" }): Turn => ({
      role: "assistant",
      parts: [{ type: "thinking", text: "hm", seal: made }, asked("1", "f"), asked("2", "g")],
    });
    const partsOf = (made: Parameters<typeof turn>[0], model: string): JsonObject[] =>
      contentsOf([turn(made)], { model })[0]?.["parts"] as JsonObject[];
    expect(partsOf(seal, "gemini-3.5-flash")).toMatchObject([{ thought: true }, { thoughtSignature: "c2ln" }, {}]);
    const foreign = { protocol: "anthropic", model: "m", value: "x" } as const;
    const [first, second] = partsOf(foreign, "gemini-3.5-flash");
    expect(first).toHaveProperty("thoughtSignature", "skip_thought_signature_validator");
    expect(second).not.toHaveProperty("thoughtSignature");
    expect(partsOf(foreign, "gemini-2.5-flash")[0]).not.toHaveProperty("thoughtSignature");
  });

  it("says what was all said to the system to the model instead, and nothing empty", () => {
    expect(written({ turns: [{ role: "system", parts: [{ type: "text", text: "s" }] }] }).body).toEqual({
      contents: [{ role: "user", parts: [{ text: "s" }] }],
    });
  });

  it.each<[string, Chat["thinking"], object | undefined, string[]]>([
    ["gemini-3.5-flash", { type: "budget", tokens: 2_000 }, { includeThoughts: true, thinkingLevel: "LOW" }, []],
    ["gemini-3.5-flash", { type: "adaptive", effort: "max", display: "omitted" }, { thinkingLevel: "HIGH" }, []],
    ["gemini-3.5-flash", { type: "off" }, { thinkingLevel: "MINIMAL" }, ["thinking"]],
    ["gemini-2.5-flash", { type: "budget", tokens: 99_999 }, { includeThoughts: true, thinkingBudget: 24_576 }, []],
    ["gemini-2.5-flash", { type: "adaptive" }, { includeThoughts: true, thinkingBudget: -1 }, []],
    ["gemini-2.5-flash", { type: "off" }, { thinkingBudget: 0 }, []],
    ["gemini-2.5-pro", { type: "off" }, undefined, ["thinking"]],
    ["gemini-2.0-flash", { type: "adaptive" }, undefined, ["thinking"]],
    ["gemma-4-31b-it", { type: "off" }, undefined, []],
  ])("%s thinks %j", (model, thinking, config, dropped) => {
    const { body, dropped: names } = written(thinking === undefined ? {} : { thinking }, { model });
    expect((body["generationConfig"] as JsonObject | undefined)?.["thinkingConfig"]).toEqual(config);
    expect(names).toEqual(dropped);
  });

  it("keeps to the bounds of the dialect, by name", () => {
    const { body, dropped } = written(
      {
        temperature: 3,
        topP: 2,
        stop: ["1", "2", "3", "4", "5", "6"],
        n: 2,
        user: "u",
        presencePenalty: -9,
        logprobs: 2,
      },
      { maxTokens: 50 },
    );
    expect(body["generationConfig"]).toEqual({
      maxOutputTokens: 50,
      temperature: 2,
      topP: 1,
      presencePenalty: -2,
      stopSequences: ["1", "2", "3", "4", "5"],
    });
    expect(dropped).toEqual(["temperature", "top_p", "presence_penalty", "stop[5]", "n", "logprobs", "user"]);
  });

  it("offers tools in the dialect's own schemas", () => {
    const tools = [
      { name: "f", parameters: { $schema: "s", type: "object", properties: { a: { type: "string" } } } },
      { name: "g", description: "none", parameters: { type: "object", properties: {} } },
    ];
    expect(written({ tools, toolChoice: { type: "any" } }).body).toMatchObject({
      tools: [
        {
          functionDeclarations: [
            { name: "f", parameters: { type: "object", properties: { a: { type: "string" } } } },
            { name: "g", description: "none" },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: "ANY" } },
    });
  });

  it("reads again what it wrote", () => {
    const turns: Turn[] = [
      { role: "system", parts: [{ type: "text", text: "s" }] },
      {
        role: "user",
        parts: [
          { type: "text", text: "q" },
          { type: "image", media: { kind: "base64", mediaType: "image/png", data: "AA==" } },
        ],
      },
      { role: "assistant", parts: [{ type: "text", text: "a" }, asked("own", "f")] },
      { role: "user", parts: [answered("own", "r"), { type: "audio", format: "mp3", data: "AA==" }] },
    ];
    expect(read(written({ turns }).body).chat.turns).toEqual(turns);
  });
});

/** Replies in and out: what Gemini providers say, as it is read; and what Gemini clients get. */
import { describe, expect, it } from "vitest";

import type { Json, Reply, ReplyEvent } from "../canonical.ts";
import { collect } from "../collect.ts";
import { aTarget } from "../fixtures/corpus.ts";
import { aContext } from "../fixtures/sides.ts";
import { SseReader } from "../sse.ts";
import { GeminiStreamReader } from "./reader.ts";
import { GeminiStreamWriter, KEEP_ALIVE, writeReply } from "./writer.ts";
import { SKIP } from "./parts.ts";

const seal = (value: string, protocol: "gemini" | "anthropic" = "gemini") => ({ protocol, model: "m", value });
const candidate = (parts: readonly object[], more: object = {}): Json =>
  ({ candidates: [{ content: { parts, role: "model" }, index: 0, ...more }], responseId: "r" }) as unknown as Json;
const read = (...chunks: Json[]): Reply => {
  const reader = new GeminiStreamReader(aTarget());
  return collect(chunks.flatMap((chunk) => reader.read({ event: "", data: "{}" }, chunk)));
};
const call = (name: string, more: object = {}): object => ({ functionCall: { name, args: { a: 1 } }, ...more });

describe("reading", () => {
  it.each<[string | number, object[], string]>([
    ["STOP", [{ text: "a" }], "stop"],
    ["STOP", [call("f")], "tool_calls"],
    ["MAX_TOKENS", [call("f")], "length"],
    ["SAFETY", [], "filtered"],
    ["RECITATION", [], "filtered"],
    ["BLOCKLIST", [], "filtered"],
    ["PROHIBITED_CONTENT", [], "filtered"],
    ["MALFORMED_FUNCTION_CALL", [], "stop"],
    ["NEXT_YEARS_WORD", [{ text: "a" }], "stop"],
    [1, [{ text: "a" }], "stop"],
    [2, [], "length"],
    [3, [], "filtered"],
  ])("%s with %j ends as %s", (finishReason, parts, finish) => {
    expect(read(candidate(parts, { finishReason })).finish).toBe(finish);
    expect(collect(new GeminiStreamReader(aTarget()).whole(candidate(parts, { finishReason }))).finish).toBe(finish);
  });

  it("takes a blocked prompt for a filtered reply", () => {
    const reader = new GeminiStreamReader(aTarget());
    const reply = collect(reader.whole({ promptFeedback: { blockReason: "PROHIBITED_CONTENT" } }));
    expect(reply).toMatchObject({ parts: [], finish: "filtered" });
    expect(reader.ended).toBe(true);
  });

  it("keeps thoughts apart, joins what belongs together, and seals calls by the thoughts before them", () => {
    const reply = read(
      candidate([{ text: "h", thought: true }]),
      candidate([{ text: "m", thought: true }, call("f", { thoughtSignature: "c2ln" }), call("g")]),
      candidate([{ text: "so" }]),
      candidate([{ text: "", thoughtSignature: "ZW5k" }], { finishReason: "STOP" }),
    );
    expect(reply.parts).toMatchObject([
      { type: "thinking", text: "hm", seal: seal("c2ln") },
      { type: "tool_call", name: "f", input: '{"a":1}' },
      { type: "tool_call", name: "g" },
      { type: "text", text: "so" },
      { type: "thinking", text: "", seal: seal("ZW5k") },
    ]);
  });

  it("makes up the ids that are missing: the same for the same reply, another for every call", () => {
    const idsOf = (id: string): string[] =>
      read({
        ...(candidate([call("f"), call("f"), { functionCall: { id: "own", name: "g" } }]) as object),
        responseId: id,
      }).parts.map((part) => (part.type === "tool_call" ? part.id : ""));
    expect(idsOf("r")).toEqual(idsOf("r"));
    expect(new Set([...idsOf("r"), ...idsOf("other")]).size).toBe(5);
    expect(idsOf("r")[2]).toBe("own");
  });

  it("goes on after a first finish; the last one counts", () => {
    expect(
      read(
        candidate([{ text: "a" }], { finishReason: "STOP" }),
        candidate([{ text: "b" }], { finishReason: "MAX_TOKENS" }),
      ),
    ).toMatchObject({ parts: [{ text: "a" }, { text: "b" }], finish: "length" });
  });

  it("follows the first candidate only, wherever it stands", () => {
    const two = {
      candidates: [{ index: 1, content: { parts: [{ text: "b" }] } }, { content: { parts: [{ text: "a" }] } }],
    };
    expect(read(two as unknown as Json).parts).toEqual([{ type: "text", text: "a" }]);
  });
});

const EVENTS: ReplyEvent[] = [
  { type: "start" },
  { type: "thinking", index: 0, text: "hm" },
  { type: "seal", index: 0, seal: seal("v", "anthropic") },
  { type: "part_end", index: 0 },
  { type: "text", index: 1, text: "so" },
  { type: "part_end", index: 1 },
  { type: "tool_call", index: 2, id: "1", name: "f" },
  { type: "tool_call", index: 3, id: "2", name: "g" },
  { type: "tool_input", index: 2, text: '{"a"' },
  { type: "tool_input", index: 3, text: '{"b":' },
  { type: "tool_input", index: 2, text: ":1}" },
  { type: "part_end", index: 2 },
  { type: "part_end", index: 3 },
  { type: "finish", finish: "tool_calls" },
];

const chunksOf = (sse: string): Json[] => {
  const reader = new SseReader();
  reader.push(Buffer.from(sse));
  const chunks: Json[] = [];
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
    expect([frame.event, frame.data]).toEqual(["", expect.any(String)]);
    chunks.push(JSON.parse(frame.data ?? "") as Json);
  }
  return chunks;
};

describe("writing", () => {
  const settled = { usage: { input: 3, output: 4, reasoning: 5 }, source: "reported" } as const;
  const writer = new GeminiStreamWriter(aContext({ model: "ours" }));
  const chunks = chunksOf(EVENTS.map((event) => writer.write(event)).join("") + writer.end(settled));
  const whole = writeReply(collect(EVENTS), settled, aContext({ model: "ours" }));

  it("tells a reply chunk by chunk, calls whole, usage and reason at the end", () => {
    const parts = chunks.flatMap((chunk) => (chunk as ReturnType<typeof JSON.parse>).candidates[0].content.parts);
    expect(parts).toEqual([
      { text: "hm", thought: true },
      { text: "", thought: true, thoughtSignature: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) },
      { text: "so" },
      { functionCall: { id: "1", name: "f", args: { a: 1 } }, thoughtSignature: SKIP },
      // A limit cut its arguments.
      { functionCall: { id: "2", name: "g", args: { raw: '{"b":' } } },
      { text: "" },
    ]);
    expect(chunks.at(-1)).toMatchObject({
      candidates: [{ finishReason: "STOP", index: 0 }],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4, thoughtsTokenCount: 5, totalTokenCount: 12 },
      modelVersion: "ours",
    });
  });

  it("says the same as a whole, and can be read again with all that is in it", () => {
    const reply = read(...chunks);
    expect(collect(new GeminiStreamReader(aTarget()).whole(whole)).parts.map(({ type }) => type)).toEqual(
      reply.parts.filter((part) => part.type !== "thinking" || part.text !== "").map(({ type }) => type),
    );
    expect(whole).toMatchObject({ candidates: [{ finishReason: "STOP" }], usageMetadata: { totalTokenCount: 12 } });
  });

  it("keeps alive by an event that says nothing: comments break clients (§9.14)", () => {
    expect(chunksOf(KEEP_ALIVE)).toEqual([
      { candidates: [{ content: { parts: [{ text: "" }], role: "model" }, index: 0 }] },
    ]);
  });
});

import { describe, expect, it } from "vitest";

import type { Json, ReplyEvent, Seal } from "../canonical.ts";
import { aCall, aContext } from "../fixtures/sides.ts";
import type { Settled } from "../protocol.ts";
import { packSeal } from "../seal.ts";
import { readTurns } from "./turns.ts";
import { ResponsesStreamWriter, writeReply } from "./writer.ts";
import { Dropped } from "../dropped.ts";

const SETTLED: Settled = { usage: { input: 9, output: 4 }, source: "reported" };
type Loose = Record<string, ReturnType<typeof JSON.parse>>;

const written = (events: readonly ReplyEvent[], request: object = {}): Loose[] => {
  const writer = new ResponsesStreamWriter(aContext({ call: aCall({ model: "m", input: "hi", ...request }) }));
  const sse = events.map((event) => writer.write(event)).join("") + writer.end(SETTLED);
  return sse
    .split("\n\n")
    .filter((one) => one !== "")
    .map((one) => JSON.parse(one.slice(one.indexOf("{"))) as Loose);
};
const typesOf = (events: readonly Loose[]): string[] =>
  events.map(({ type }) => String(type).slice("response.".length));

describe("streams", () => {
  it("tell a text turn as the dialect does", () => {
    const events = written([
      { type: "start" },
      { type: "text", index: 0, text: "One " },
      { type: "text", index: 0, text: "two" },
      { type: "part_end", index: 0 },
      { type: "finish", finish: "stop" },
    ]);
    expect(typesOf(events)).toEqual(
      "created in_progress output_item.added content_part.added output_text.delta output_text.delta output_text.done content_part.done output_item.done completed".split(
        " ",
      ),
    );
    expect(events.map((event) => event["sequence_number"])).toEqual(events.map((_, i) => i));
  });

  it("send nothing until there is content", () => {
    const writer = new ResponsesStreamWriter(aContext());
    expect(writer.write({ type: "start" }) + writer.write({ type: "ping" })).toBe("");
  });

  it("repeat what the request said, and that nothing is stored", () => {
    const [created] = written([{ type: "finish", finish: "stop" }], { instructions: "Be brief.", store: true });
    expect(created?.["response"]).toMatchObject({ instructions: "Be brief.", store: false, tool_choice: "auto" });
  });

  it.each([
    ["length", "max_output_tokens"],
    ["filtered", "content_filter"],
    ["refusal", "content_filter"],
  ] as const)("%s is an incomplete reply", (finish, reason) => {
    const last = written([{ type: "finish", finish }]).at(-1);
    expect(last).toMatchObject({ type: "response.incomplete", response: { incomplete_details: { reason } } });
  });

  it("give free text to custom tools, as it comes", () => {
    const call: readonly ReplyEvent[] = [
      { type: "tool_call", index: 0, id: "c", name: "run" },
      { type: "tool_input", index: 0, text: '{"input":"ls' },
      { type: "tool_input", index: 0, text: ' -l"}' },
      { type: "part_end", index: 0 },
    ];
    const events = written(call, { tools: [{ type: "custom", name: "run" }] });
    const deltas = events.filter(({ type }) => type === "response.custom_tool_call_input.delta");
    expect(deltas.map((event) => event["delta"])).toEqual(["ls", " -l"]);
    expect(events.at(-1)?.["response"].output).toMatchObject([
      { type: "custom_tool_call", input: "ls -l", call_id: "c" },
    ]);
    expect(written(call).at(-1)?.["response"].output).toMatchObject([
      { type: "function_call", arguments: '{"input":"ls -l"}' },
    ]);
  });
});

describe("seals come back as they went", () => {
  const seal: Seal = { protocol: "anthropic", model: "m", value: "sig" };
  const again = (output: Json) => readTurns({ model: "m", input: output }, new Dropped())[0]?.parts;

  it.each<[string, readonly ReplyEvent[], readonly object[]]>([
    [
      "on thinking",
      [
        { type: "thinking", index: 0, text: "Hm." },
        { type: "seal", index: 0, seal },
      ],
      [{ type: "thinking", text: "Hm.", seal }],
    ],
    ["on thinking that shows nothing", [{ type: "seal", index: 0, seal }], [{ type: "thinking", text: "", seal }]],
    [
      "on what was hidden",
      [{ type: "redacted", index: 0, seal }],
      [{ type: "thinking", text: "", seal, redacted: true }],
    ],
    [
      "on a call",
      [{ type: "tool_call", index: 0, id: "c", name: "f", seal }],
      [{ type: "tool_call", id: "c", name: "f", input: "{}", seal }],
    ],
  ])("%s", (_, events, parts) => {
    expect(again(written(events).at(-1)?.["response"].output)).toEqual(parts);
  });

  it("in a whole reply too", () => {
    const reply = { parts: [{ type: "thinking", text: "Hm.", seal }], finish: "stop" } as const;
    expect(writeReply(reply, SETTLED, aContext())).toMatchObject({
      output: [{ type: "reasoning", encrypted_content: packSeal(seal) }],
    });
  });
});

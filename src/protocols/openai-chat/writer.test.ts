import { describe, expect, it } from "vitest";

import type { AssistantPart, Finish, ReplyEvent } from "../canonical.ts";
import { FINISHES } from "../canonical.ts";
import { aContext } from "../fixtures/sides.ts";
import type { Settled } from "../protocol.ts";
import { client } from "./client.ts";

const SETTLED: Settled = { usage: { input: 3, output: 2 }, source: "reported" };

const HEAD = '{"id":"chatcmpl-req_1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[';
const chunk = (delta: string, finish = "null", usage = ""): string =>
  `data: ${HEAD}{"index":0,"delta":${delta},"finish_reason":${finish}}]${usage}}\n\n`;

const stream = (events: readonly ReplyEvent[], settled = SETTLED, wantsUsage = false): string => {
  const writer = client.writer(aContext({ wantsUsage }));
  return events.map((event) => writer.write(event)).join("") + writer.end(settled);
};

describe("a stream", () => {
  it("begins with the role, ends with a finish and [DONE], and says no usage unasked", () => {
    expect(
      stream([
        { type: "start", id: "msg_provider" },
        { type: "ping" },
        { type: "text", index: 0, text: "A\n" },
        { type: "part_end", index: 0 },
        { type: "finish", finish: "stop" },
      ]),
    ).toBe(
      `${chunk('{"role":"assistant","content":""}')}${chunk('{"content":"A\\n"}')}${chunk("{}", '"stop"')}data: [DONE]\n\n`,
    );
  });

  it("gives usage in a chunk of its own when asked, and null before", () => {
    const text = stream([{ type: "finish", finish: "length" }], SETTLED, true);
    const frames = text.trim().split("\n\n");
    expect(frames).toHaveLength(4);
    expect(`${frames[1]}\n\n`).toBe(chunk("{}", '"length"', ',"usage":null'));
    expect(JSON.parse(frames[2]!.slice(6))).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, total_tokens: 5 },
    });
  });

  it("gives usage with the cost when only that was asked for", () => {
    expect(stream([{ type: "finish", finish: "stop" }], { ...SETTLED, cost: "0.000010" })).toContain(
      '"cost":"0.000010"}}',
    );
  });

  it("writes nothing before the first content, so that another provider can still be asked", () => {
    const writer = client.writer(aContext());
    expect(writer.write({ type: "start" }) + writer.write({ type: "ping" })).toBe("");
  });

  it("gives a call without arguments an empty object (clients parse it)", () => {
    const text = stream([
      { type: "tool_call", index: 4, id: "a", name: "f" },
      { type: "tool_input", index: 4, text: "" },
      { type: "part_end", index: 4 },
      { type: "finish", finish: "tool_calls" },
    ]);
    expect(text).toContain(
      '{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}',
    );
    expect(text).toContain('{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}');
    expect(text.split('"arguments"')).toHaveLength(3);
  });
});

describe("a whole reply", () => {
  const write = (parts: readonly AssistantPart[], finish: Finish = "stop") =>
    client.writeReply({ parts, finish }, SETTLED, aContext()) as {
      choices: { message: object; finish_reason: string }[];
    };
  const message = (...parts: readonly AssistantPart[]) => write(parts).choices[0]?.message;
  const seal = { protocol: "anthropic", model: "m", value: "s" } as const;
  const call = { type: "tool_call", id: "a", name: "f", input: "" } as const;

  it.each([
    [[], { content: "", refusal: null }],
    [
      [
        { type: "text", text: "A" },
        { type: "text", text: "B" },
      ],
      { content: "AB", refusal: null },
    ],
    [[{ type: "refusal", text: "No" }], { content: null, refusal: "No" }],
    [
      [call],
      {
        content: null,
        refusal: null,
        tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
      },
    ],
  ] as const)("%j is %j", (parts, expected) => {
    expect(message(...parts)).toEqual({ role: "assistant", ...expected });
  });

  it("shows thinking as text and as details with their seals", () => {
    expect(
      message({ type: "thinking", text: "R", seal }, { type: "thinking", text: "", seal, redacted: true }),
    ).toEqual({
      role: "assistant",
      content: "",
      refusal: null,
      reasoning_content: "R",
      reasoning_details: [
        {
          type: "reasoning.text",
          text: "R",
          signature: "s",
          id: "farthing:m",
          format: "anthropic-claude-v1",
          index: 0,
        },
        { type: "reasoning.encrypted", data: "s", id: "farthing:m", format: "anthropic-claude-v1", index: 1 },
      ],
    });
  });

  it("ends for every reason with a word of the dialect", () => {
    expect(FINISHES.map((finish) => write([], finish).choices[0]?.finish_reason)).toEqual([
      "stop",
      "length",
      "tool_calls",
      "stop",
      "content_filter",
      "content_filter",
      "stop",
    ]);
  });
});

it("keeps a stream alive with a comment", () => {
  expect(client.keepAlive).toBe(": keep-alive\n\n");
});

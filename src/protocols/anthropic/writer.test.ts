import { describe, expect, it } from "vitest";

import type { AssistantPart, Finish, ReplyEvent } from "../canonical.ts";
import { FINISHES } from "../canonical.ts";
import { aContext } from "../fixtures/sides.ts";
import type { Settled } from "../protocol.ts";
import { client } from "./client.ts";

const SETTLED: Settled = { usage: { input: 3, cache_read: 4, output: 2 }, source: "reported" };

/** What an event may hold, as far as it is looked at. */
interface Data {
  readonly type: string;
  readonly message?: { readonly usage: object };
  readonly content_block?: { readonly id?: string; readonly type?: string };
  readonly delta?: { readonly partial_json?: string; readonly text?: string };
  readonly usage?: object;
}

const stream = (events: readonly ReplyEvent[], settled = SETTLED): { event: string; data: Data }[] => {
  const writer = client.writer(aContext());
  const text = events.map((event) => writer.write(event)).join("") + writer.end(settled);
  return text
    .trim()
    .split("\n\n")
    .map((frame) => {
      const [event = "", data = ""] = frame.split("\n");
      return { event: event.slice("event: ".length), data: JSON.parse(data.slice("data: ".length)) as Data };
    });
};

const namesOf = (frames: readonly { event: string }[]): string[] => frames.map(({ event }) => event);

describe("a stream", () => {
  it("has its events in order, named, with usage at both ends (clients crash without)", () => {
    const frames = stream([
      { type: "start", usage: { input: 9, output: 1 } },
      { type: "text", index: 0, text: "A" },
      { type: "ping" },
      { type: "part_end", index: 0 },
      { type: "finish", finish: "stop_sequence", stopSequence: "END" },
    ]);
    expect(namesOf(frames)).toEqual(
      "message_start content_block_start content_block_delta ping content_block_stop message_delta message_stop".split(
        " ",
      ),
    );
    expect(frames[0]?.data.message).toMatchObject({
      id: "msg_req_1",
      content: [],
      usage: { input_tokens: 9, output_tokens: 0 },
    });
    expect(frames.at(-2)?.data).toMatchObject({
      delta: { stop_reason: "stop_sequence", stop_sequence: "END" },
      usage: { input_tokens: 3, cache_read_input_tokens: 4, output_tokens: 2 },
    });
  });

  it.each<[string, readonly ReplyEvent[], string]>([
    ["nothing", [], "text"],
    ["a call", [{ type: "tool_call", index: 2, id: "t", name: "f" }], "text thinking tool_use"],
    ["more text", [{ type: "text", index: 2, text: "B" }], "text thinking text"],
  ])(
    "never ends with thinking: a seal without thoughts after text is written when %s follows",
    (_name, more, kinds) => {
      const seal = { protocol: "anthropic", model: "m", value: "s" } as const;
      const frames = stream([
        { type: "text", index: 0, text: "A" },
        { type: "part_end", index: 0 },
        { type: "seal", index: 1, seal },
        { type: "part_end", index: 1 },
        ...more,
        ...(more.length === 0 ? [] : [{ type: "part_end", index: 2 } as const]),
        { type: "finish", finish: "stop" },
      ]);
      const starts = frames.filter(({ event }) => event === "content_block_start");
      expect(starts.map(({ data }) => data.content_block?.type).join(" ")).toBe(kinds);
      expect(frames.filter(({ event }) => event === "content_block_stop")).toHaveLength(starts.length);
    },
  );

  it("has usage although nothing is known, and a legal form although nothing was said", () => {
    const frames = stream([{ type: "finish", finish: "stop" }], { ...SETTLED, cost: "0.01" });
    expect(namesOf(frames)).toEqual(["message_start", "message_delta", "message_stop"]);
    expect(frames[0]?.data.message?.usage).toMatchObject({
      input_tokens: 0,
      output_tokens: 0,
      cache_read_input_tokens: 0,
    });
    expect(frames[1]?.data.usage).toMatchObject({ output_tokens: 2, cost: "0.01" });
  });

  it("puts parts that interleave in a row, and loses nothing that waits when it is cut", () => {
    const frames = stream([
      { type: "tool_call", index: 0, id: "a", name: "f" },
      { type: "tool_call", index: 1, id: "b", name: "g" },
      { type: "tool_input", index: 1, text: "2" },
      { type: "tool_input", index: 0, text: "1" },
      { type: "text", index: 2, text: "T" },
      { type: "part_end", index: 1 },
      { type: "finish", finish: "length" },
    ]);
    const said = frames.map(
      ({ data }) => data.content_block?.id ?? data.delta?.partial_json ?? data.delta?.text ?? data.type,
    );
    expect(said.slice(1, -2)).toEqual([
      "a",
      "1",
      "content_block_stop",
      "b",
      "2",
      "content_block_stop",
      "content_block_start",
      "T",
      "content_block_stop",
    ]);
  });

  it("signs thinking that came without a seal, for clients demand it", () => {
    const frames = stream([
      { type: "thinking", index: 0, text: "R" },
      { type: "part_end", index: 0 },
    ]);
    expect(frames[3]?.data.delta).toEqual({
      type: "signature_delta",
      signature: expect.stringMatching(/^farthing1\./),
    });
  });

  it("writes nothing before the first content, so that another provider can still be asked", () => {
    const writer = client.writer(aContext());
    expect(writer.write({ type: "start" }) + writer.write({ type: "ping" })).toBe("");
  });
});

describe("a whole reply", () => {
  const write = (parts: readonly AssistantPart[], finish: Finish = "stop") =>
    client.writeReply({ parts, finish }, SETTLED, aContext()) as Record<string, unknown>;

  it.each([
    [{ type: "text", text: "" }, []],
    [{ type: "refusal", text: "No" }, [{ type: "text", text: "No" }]],
    [{ type: "tool_call", id: "a", name: "f", input: "" }, [{ type: "tool_use", id: "a", name: "f", input: {} }]],
    [
      { type: "tool_call", id: "a", name: "f", input: '{"x":1}' },
      [{ type: "tool_use", id: "a", name: "f", input: { x: 1 } }],
    ],
    [
      { type: "tool_call", id: "a", name: "f", input: '{"x' },
      [{ type: "tool_use", id: "a", name: "f", input: { raw: '{"x' } }],
    ],
  ] as const)("%j is %j", (part, content) => {
    expect(write([part])["content"]).toEqual(content);
  });

  it("does not end with a seal that has no thoughts, unless it belongs to a call", () => {
    const sealed = { type: "thinking", text: "", seal: { protocol: "anthropic", model: "m", value: "s" } } as const;
    const text = { type: "text", text: "A" } as const;
    const call = { type: "tool_call", id: "a", name: "f", input: "{}" } as const;
    const kinds = (parts: readonly AssistantPart[]): string =>
      (write(parts)["content"] as readonly { type: string }[]).map(({ type }) => type).join(" ");
    expect(kinds([text, sealed])).toBe("text");
    expect(kinds([text, sealed, call])).toBe("text thinking tool_use");
    expect(kinds([call, sealed])).toBe("tool_use thinking");
    expect(kinds([text, { ...sealed, text: "hm" }])).toBe("text thinking");
  });

  it("ends for every reason with a word of the dialect, and explains a refusal", () => {
    expect(FINISHES.map((finish) => write([], finish)["stop_reason"])).toEqual([
      "end_turn",
      "max_tokens",
      "tool_use",
      "stop_sequence",
      "refusal",
      "refusal",
      "pause_turn",
    ]);
    expect(write([], "filtered")["stop_details"]).toMatchObject({ type: "refusal" });
    expect(write([], "stop")["stop_details"]).toBeNull();
  });
});

it("keeps a stream alive with a ping", () => {
  expect(client.keepAlive).toBe('event: ping\ndata: {"type":"ping"}\n\n');
});

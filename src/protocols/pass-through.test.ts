import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { aTarget } from "./fixtures/corpus.ts";
import { aCall, aContext, anAsk, EDITS } from "./fixtures/sides.ts";
import { splice } from "./splice.ts";
import { UpstreamBroken, type Ask, type ProtocolId, type Settled, type Target } from "./protocol.ts";
import { sseEvent } from "./sse.ts";

const REPORTED: Settled = { usage: { input: 7, output: 3 }, source: "reported" };
const ESTIMATED: Settled = { usage: { input: 7, output: 3 }, source: "estimated" };

interface Setup {
  readonly target?: Partial<Target>;
  readonly ask?: Partial<Ask>;
}

const open = (protocol: ProtocolId, { target, ask }: Setup = {}) => {
  const asked = anAsk(ask);
  return EDITS[protocol].stream(asked, aTarget(target), aContext({ wantsUsage: asked.wantsUsage }));
};

const push = (stream: ReturnType<typeof open>, text: string): string =>
  stream.push(Buffer.from(text))?.toString() ?? "";

const chunk = (rest: object): string =>
  sseEvent(JSON.stringify({ id: "c1", object: "chat.completion.chunk", created: 7, model: "m", ...rest }));
const said = (text: string, index = 0): string =>
  chunk({ choices: [{ index, delta: { content: text }, finish_reason: null }] });
const ended = (reason = "stop", index = 0): string => chunk({ choices: [{ index, delta: {}, finish_reason: reason }] });
const usage = (prompt: unknown, completion: unknown) => ({ prompt_tokens: prompt, completion_tokens: completion });
const DONE = sseEvent("[DONE]");

const event = (type: string, rest: object = {}): string => sseEvent(JSON.stringify({ type, ...rest }), type);
const START = event("message_start", {
  message: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [],
    usage: { input_tokens: 9, output_tokens: 1 },
  },
});
const textStart = (index: number): string =>
  event("content_block_start", { index, content_block: { type: "text", text: "" } });
const text = (value: string, index = 0): string =>
  event("content_block_delta", { index, delta: { type: "text_delta", text: value } });
const stop = (index: number): string => event("content_block_stop", { index });
const delta = (stop_reason: string | null, counts?: object): string =>
  event("message_delta", {
    delta: { stop_reason, stop_sequence: null },
    ...(counts === undefined ? {} : { usage: counts }),
  });
const STOP = event("message_stop");

/** Whatever JSON is. */
type Loose = ReturnType<typeof JSON.parse>;

/** The JSON of each event of a text, `[DONE]` as it is. */
const eventsOf = (sse: string): Loose[] =>
  sse
    .split("\n\n")
    .filter((frame) => frame !== "")
    .map((frame) => frame.slice(frame.indexOf("data: ") + 6))
    .map((data) => (data === "[DONE]" ? data : JSON.parse(data)));

describe("chat streams: what waits for the settlement", () => {
  it("streams everything but the end", () => {
    const stream = open("openai-chat");
    expect(push(stream, said("a"))).toBe(said("a"));
    expect(stream.state).toBe("open");
    expect(push(stream, said("b") + ended())).toBe(said("b"));
    expect(push(stream, chunk({ choices: [], usage: usage(7, 3) }))).toBe("");
    expect(push(stream, DONE)).toBe("");
    expect(stream.state).toBe("ended");
    expect(stream.reading()).toMatchObject({ usage: { input: 7, output: 3 }, outputBytes: 2, finish: "stop" });
    expect(stream.finish(REPORTED).toString()).toBe(ended() + DONE);
  });

  it("shows the usage frame to who asked for it", () => {
    const stream = open("openai-chat", { ask: { wantsUsage: true } });
    const frame = chunk({ choices: [], usage: usage(7, 3) });
    push(stream, said("a") + ended() + frame + DONE);
    expect(stream.finish(REPORTED).toString()).toBe(ended() + frame + DONE);
  });

  it("a stream without [DONE] ends where its body does, if it gave a reason", () => {
    const stream = open("openai-chat");
    push(stream, said("a") + ended());
    expect(stream.state).toBe("open");
    expect(stream.end()).toBeUndefined();
    expect(stream.state).toBe("ended");
    expect(stream.finish(REPORTED).toString()).toBe(ended());
  });

  it("with several choices, the end is when all have ended, and an early guess is taken back", () => {
    const stream = open("openai-chat", { ask: { choices: 2 } });
    expect(push(stream, said("a") + said("b", 1) + ended() + said("c", 1))).toBe(
      said("a") + said("b", 1) + ended() + said("c", 1),
    );
    expect(push(stream, ended("length", 1))).toBe("");
    const sequel = open("openai-chat", { ask: { choices: 2 } });
    expect(push(sequel, said("a") + ended())).toBe(said("a"));
    expect(push(sequel, said("b", 1))).toBe(ended() + said("b", 1));
    push(sequel, ended("stop", 1) + DONE);
    expect(sequel.finish(REPORTED).toString()).toBe(ended("stop", 1) + DONE);
  });

  it("a usage frame before the end waits for the end, hidden or not", () => {
    const frame = chunk({ choices: [], usage: usage(7, 1) });
    for (const wantsUsage of [true, false]) {
      const stream = open("openai-chat", { ask: { wantsUsage } });
      expect(push(stream, said("a") + frame + said("b"))).toBe(said("a") + said("b"));
      push(stream, ended() + DONE);
      expect(stream.finish(REPORTED).toString()).toBe((wantsUsage ? frame : "") + ended() + DONE);
    }
  });

  it("frames after the end (moderation) keep their place, bytes after [DONE] are nobody's", () => {
    const late = chunk({ choices: [], usage: null, moderation: {} });
    const stream = open("openai-chat");
    push(stream, said("a") + ended() + late + DONE + said("evil"));
    expect(stream.finish(REPORTED).toString()).toBe(ended() + late + DONE);
  });

  it("comments before the first event commit to nothing", () => {
    const stream = open("openai-chat");
    expect(push(stream, ": waiting\n\n")).toBe("");
    expect(stream.started).toBe(false);
    expect(push(stream, said("a"))).toBe(`: waiting\n\n${said("a")}`);
    expect(stream.started).toBe(true);
    expect(push(stream, ": still\n\n")).toBe(": still\n\n");
  });
});

describe("chat streams: usage", () => {
  const run = (frames: string, settled: Settled, wantsUsage = true): Loose[] => {
    const stream = open("openai-chat", { ask: { wantsUsage } });
    push(stream, frames);
    if (stream.state === "open") stream.end();
    return eventsOf(stream.finish(settled).toString());
  };

  it("B46: fills the frame that was asked for and did not come", () => {
    const [, filled, done] = run(said("a") + ended() + DONE, ESTIMATED);
    expect(filled).toMatchObject({
      id: "c1",
      created: 7,
      model: "m",
      choices: [],
      usage: { prompt_tokens: 7, completion_tokens: 3 },
    });
    expect(done).toBe("[DONE]");
    expect(run(said("a") + ended() + DONE, ESTIMATED, false)).toHaveLength(2);
  });

  it("fills it after a last frame that has no blank line", () => {
    const events = run(said("a") + ended().trimEnd(), ESTIMATED);
    expect(events).toHaveLength(2);
    expect(events[1].usage.prompt_tokens).toBe(7);
  });

  it.each([[-5], [1e21], ["12"]])("B48: corrects a usage of %j, wherever it stands", (bad) => {
    const frames =
      said("a") + chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage: usage(bad, 3) }) + DONE;
    const [last] = run(frames, ESTIMATED, false);
    expect(last.usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 });
    expect(last.choices[0].finish_reason).toBe("stop");
  });

  it("adds the cost to who asked for it, also to who did not ask for usage", () => {
    const frames =
      said("a") + ended() + chunk({ choices: [], usage: { ...usage(7, 3), cost: 0.5, kept: 0.25 } }) + DONE;
    for (const wantsUsage of [true, false]) {
      const [, frame] = run(frames, { ...REPORTED, cost: "0.000012" }, wantsUsage);
      expect(frame.usage).toEqual({ ...usage(7, 3), cost: "0.000012", kept: 0.25 });
      const [, filled] = run(said("a") + ended() + DONE, { ...ESTIMATED, cost: "1.5" }, wantsUsage);
      expect(filled.usage).toMatchObject({ prompt_tokens: 7, cost: "1.5" });
    }
  });
});

describe("message streams", () => {
  it("streams everything but the end, which is the last message_delta and what follows", () => {
    const stream = open("anthropic");
    const before = START + textStart(0) + event("ping") + text("a") + stop(0);
    expect(push(stream, before + delta("end_turn", { output_tokens: 12 }))).toBe(before);
    expect(stream.state).toBe("open");
    push(stream, STOP);
    expect(stream.state).toBe("ended");
    expect(stream.reading()).toMatchObject({ usage: { input: 9, output: 12 }, outputBytes: 1, finish: "stop" });
    expect(stream.finish(REPORTED).toString()).toBe(delta("end_turn", { output_tokens: 12 }) + STOP);
  });

  it("a message_delta that was not the last is released", () => {
    const stream = open("anthropic");
    push(stream, START + delta("pause_turn", { output_tokens: 2 }));
    expect(push(stream, textStart(1))).toBe(delta("pause_turn", { output_tokens: 2 }) + textStart(1));
    push(stream, delta("end_turn", { output_tokens: 3 }) + STOP);
    expect(stream.finish(REPORTED).toString()).toBe(delta("end_turn", { output_tokens: 3 }) + STOP);
  });

  it("keeps the [DONE] that some gateways add", () => {
    const stream = open("anthropic");
    const odd = "event: data\ndata: [DONE]\n\n";
    push(stream, START + delta("end_turn", { output_tokens: 2 }) + STOP + odd + text("evil"));
    expect(stream.finish(REPORTED).toString()).toBe(delta("end_turn", { output_tokens: 2 }) + STOP + odd);
  });

  it("fills usage where the dialect's clients need it", () => {
    const stream = open("anthropic");
    const bare = event("message_start", { message: { id: "m1", type: "message", content: [] } });
    expect(eventsOf(push(stream, bare))[0].message.usage).toEqual({ input_tokens: 0, output_tokens: 0 });
    push(stream, text("a") + delta("end_turn") + STOP);
    expect(eventsOf(stream.finish(ESTIMATED).toString())[0].usage).toMatchObject({ input_tokens: 7, output_tokens: 3 });
  });

  it.each([[-5], [1e21], ["12"]])("B48: corrects a usage of %j", (bad) => {
    const stream = open("anthropic");
    const first = event("message_start", {
      message: { model: "m", content: [], usage: { input_tokens: bad, output_tokens: 1 } },
    });
    expect(eventsOf(push(stream, first))[0].message).toEqual({
      model: "m",
      content: [],
      usage: { input_tokens: 0, output_tokens: 0 },
    });
    push(stream, delta("end_turn", { output_tokens: bad }) + STOP);
    expect(stream.reading().invalid).toBe(true);
    expect(eventsOf(stream.finish(ESTIMATED).toString())[0].usage).toMatchObject({ input_tokens: 7, output_tokens: 3 });
  });

  it("adds the cost to the last usage", () => {
    const stream = open("anthropic");
    push(stream, START + delta("end_turn", { output_tokens: 3 }) + STOP);
    const [last] = eventsOf(stream.finish({ ...REPORTED, cost: "0.25" }).toString());
    expect(last.usage).toEqual({ output_tokens: 3, cost: "0.25" });
  });
});

describe("cut: the hold is used up", () => {
  it("chat: every open choice ends by length, then usage if wanted, then [DONE]", () => {
    const stream = open("openai-chat", { ask: { choices: 3, wantsUsage: true } });
    push(stream, said("a") + said("b", 1) + ended("stop", 1) + said("c", 2) + said("un", 2).slice(0, 20));
    const [last, frame, done] = eventsOf(stream.cut(ESTIMATED).toString());
    expect(last).toMatchObject({ id: "c1", created: 7 });
    expect(last.choices).toEqual([0, 2].map((index) => ({ index, delta: {}, finish_reason: "length" })));
    expect([frame.choices, frame.usage.completion_tokens, done]).toEqual([[], 3, "[DONE]"]);
  });

  it("messages: open blocks are closed, then max_tokens with usage, then the stop", () => {
    const stream = open("anthropic");
    push(stream, START + textStart(0) + stop(0) + textStart(1) + text("a", 1));
    const events = eventsOf(stream.cut(ESTIMATED).toString());
    expect(events.map(({ type }) => type as string)).toEqual(["content_block_stop", "message_delta", "message_stop"]);
    expect(events[0].index).toBe(1);
    expect(events[1]).toMatchObject({
      delta: { stop_reason: "max_tokens" },
      usage: { input_tokens: 7, output_tokens: 3 },
    });
    expect(eventsOf(open("anthropic").cut(ESTIMATED).toString()).map(({ type }) => type as string)).toEqual([
      "message_start",
      "message_delta",
      "message_stop",
    ]);
  });
});

describe("streams that fail", () => {
  it.each<[string, ProtocolId, string, string]>([
    ["B40: an error first", "openai-chat", 'data: {"error":{"message":"sk-secret"}}\n\n', ""],
    [
      "B41: an error event",
      "openai-chat",
      `${said("a")}event: error\ndata: {"error":{"message":"sk-secret"}}\n\n`,
      said("a"),
    ],
    [
      "B41: a chunk with an error",
      "openai-chat",
      said("a") + chunk({ choices: [], error: { message: "sk-secret" } }) + DONE,
      said("a"),
    ],
    [
      "B41: an error event",
      "anthropic",
      `${START}event: error\ndata: {"type":"error","error":{"message":"sk-secret"}}\n\n`,
      START,
    ],
    [
      "an error after the reason of the end",
      "openai-chat",
      said("a") + ended() + chunk({ error: { message: "sk-secret" } }),
      said("a"),
    ],
    ["B44: broken JSON", "openai-chat", `${said("a")}data: {"choices":[\n\n${said("b")}`, said("a")],
    ["JSON that is no object", "anthropic", `${START}data: [1]\n\n`, START],
    ["a bare error without framing", "openai-chat", `${said("a")}{"error":"sk-secret"}\n\n`, said("a")],
    ["B45: fields smuggled behind a carriage return", "anthropic", `${START}event: ping\rsk-secret: x\r\r`, START],
  ])("%s (%s)", (_, protocol, sse, shown) => {
    const stream = open(protocol);
    expect(push(stream, sse)).toBe(shown);
    expect(stream.state).toBe("failed");
    expect(stream.fault?.error.code).toBe("upstream_failed");
    expect(stream.started).toBe(shown !== "");
    expect(push(stream, said("more"))).toBe("");
    expect(stream.end()).toBeUndefined();
    expect(stream.state).toBe("failed");
  });

  it.each<[string, ProtocolId, string]>([
    ["nothing at all", "openai-chat", ""],
    ["only comments", "openai-chat", ": hi\n\n"],
    ["B42: no reason of the end", "openai-chat", said("a")],
    ["B42: no reason of the end", "anthropic", START + textStart(0) + text("a")],
    ["B42: a reason that was taken back", "anthropic", START + delta("pause_turn") + textStart(0)],
    ["a cut in the middle of an event", "openai-chat", said("a") + said("b").slice(0, 40)],
  ])("%s (%s)", (_, protocol, sse) => {
    const stream = open(protocol);
    push(stream, sse);
    stream.end();
    expect(stream.state).toBe("failed");
    expect(stream.fault).toMatchObject({ retry: "uncertain" });
  });

  it("too much after the end", () => {
    const stream = open("openai-chat");
    push(stream, said("a") + ended());
    for (let i = 0; i < 100 && stream.state === "open"; i++)
      push(stream, chunk({ choices: [], junk: "x".repeat(60_000) }));
    expect(stream.state).toBe("failed");
  });
});

describe("frames that repeat", () => {
  const shapes: readonly [string, ProtocolId, (value: string) => string][] = [
    ["chat text", "openai-chat", (value) => said(value)],
    [
      "chat with padding",
      "openai-chat",
      (value) =>
        chunk({
          choices: [{ index: 0, delta: { content: value }, finish_reason: null }],
          usage: null,
          obfuscation: value.length.toString(36),
        }),
    ],
    [
      "chat, model last",
      "openai-chat",
      (value) => sseEvent(JSON.stringify({ choices: [{ delta: { content: value }, index: 0 }], model: "m" })),
    ],
    [
      "chat arguments",
      "openai-chat",
      (value) =>
        chunk({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: value } }] } }] }),
    ],
    [
      "chat reasoning",
      "openai-chat",
      (value) => chunk({ choices: [{ index: 0, delta: { content: null, reasoning_content: value } }] }),
    ],
    ["messages text", "anthropic", (value) => text(value)],
    [
      "messages text, padded with spaces",
      "anthropic",
      (value) => text(value).replace("}}\n", `}${" ".repeat(value.length % 7)}}\n`),
    ],
    [
      "messages thinking",
      "anthropic",
      (value) => event("content_block_delta", { index: 0, delta: { type: "thinking_delta", thinking: value } }),
    ],
    [
      "messages arguments",
      "anthropic",
      (value) => event("content_block_delta", { index: 0, delta: { type: "input_json_delta", partial_json: value } }),
    ],
  ];
  const pieces = fc.array(
    fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom('"', "\\", '{"usage":1}', "\n\u0001", "é😀", "")),
    { minLength: 3, maxLength: 12 },
  );

  it.each(shapes)("I-35: %s counts and forwards the same as when parsed", (_, protocol, shape) => {
    fc.assert(
      fc.property(pieces, fc.constantFrom("m", "other"), fc.boolean(), (values, replyModel, escaped) => {
        const frame = (value: string) => {
          const plain = shape(value);
          return escaped ? plain.replaceAll("é", "\\u00e9").replaceAll("😀", "\\ud83d\\ude00") : plain;
        };
        const once = open(protocol, { target: { replyModel } });
        const forwarded = push(once, values.map(frame).join(""));
        // One stream per frame never gets to know a pattern.
        const alone = values.map((value) => {
          const single = open(protocol, { target: { replyModel } });
          return { shown: push(single, frame(value)), bytes: single.reading().outputBytes };
        });
        expect(forwarded).toBe(alone.map(({ shown }) => shown).join(""));
        expect(once.reading().outputBytes).toBe(alone.reduce((sum, { bytes }) => sum + bytes, 0));
        expect(once.reading().outputBytes).toBe(values.reduce((sum, value) => sum + Buffer.byteLength(value), 0));
      }),
    );
  });

  it.each<[string, string]>([
    ["a finish", ended()],
    ["an error", 'data: {"id":"c1","error":{"message":"x"}}\n\n'],
    ["a broken string", said("x").replace('"x"', '"x\u0001"')],
    ["a broken escape", said("x").replace('"x"', '"\\x"')],
    ["another finish behind the same head", said("x").replace('"finish_reason":null', '"finish_reason":"stop"')],
    [
      "usage behind the same head",
      said("x").replace('"finish_reason":null}]', `"finish_reason":null}],"usage":${JSON.stringify(usage(1, 2))}`),
    ],
  ])("are left for %s", (_, frame) => {
    const stream = open("openai-chat");
    push(stream, said("a") + said("b"));
    const shown = push(stream, frame);
    expect(stream.state === "failed" || shown === "" || stream.reading().usage !== undefined).toBe(true);
  });

  it("are not made of frames that report usage: the last report counts, also when it is an old one again", () => {
    const stream = open("openai-chat");
    const counted = (count: number): string =>
      chunk({ choices: [{ index: 0, delta: { content: "a" }, finish_reason: null }], usage: usage(count, 7) });
    push(stream, [5, 6, 5].map(counted).join(""));
    expect(stream.reading()).toMatchObject({ usage: { input: 5, output: 7 }, outputBytes: 3 });
  });

  it("hands on the very buffer that arrived", () => {
    const stream = open("openai-chat");
    push(stream, said("a"));
    const bytes = Buffer.from(said("b") + said("c"));
    expect(stream.push(bytes)).toBe(bytes);
  });

  it("renames the model in each", () => {
    const stream = open("openai-chat", { target: { replyModel: 'a"b' } });
    const shown = push(stream, said("x") + said("y") + said("z"));
    expect(eventsOf(shown).map(({ model }) => model as string)).toEqual(['a"b', 'a"b', 'a"b']);
  });
});

describe("JSON replies", () => {
  const chat = (rest: object) =>
    Buffer.from(
      JSON.stringify({
        id: "c1",
        model: "m",
        choices: [{ index: 0, message: { content: "hi" }, finish_reason: "stop" }],
        ...rest,
      }),
    );

  it.each<[string, Buffer]>([
    ["B39: an error in a 200", Buffer.from('{"error":{"message":"x"}}')],
    ["B43: HTML", Buffer.from("<html>")],
    ["B43: an empty body", Buffer.alloc(0)],
    ["an array", Buffer.from("[]")],
    ["another thing", Buffer.from('{"object":"list"}')],
    ["a stream", Buffer.from(said("a") + DONE)],
    [
      "invalid UTF-8",
      Buffer.concat([Buffer.from('{"choices":[{"message":{"content":"'), Buffer.from([0xff]), Buffer.from('"}}]}')]),
    ],
  ])("%s is broken", (_, body) => {
    for (const protocol of ["openai-chat", "anthropic"] as const)
      expect(() => EDITS[protocol].reply(body, aTarget())).toThrow(UpstreamBroken);
  });

  it("fills, corrects, and adds the cost", () => {
    const render = (rest: object, settled: Settled): Loose =>
      JSON.parse(EDITS["openai-chat"].reply(chat(rest), aTarget()).render(settled).toString());
    expect(render({}, ESTIMATED).usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 3 });
    expect(render({ usage: usage(-1, 2) }, ESTIMATED).usage).toMatchObject({ prompt_tokens: 7 });
    expect(render({ usage: usage(7, 3) }, { ...REPORTED, cost: "0.1" }).usage).toEqual({ ...usage(7, 3), cost: "0.1" });
    const message = Buffer.from(JSON.stringify({ type: "message", model: "m", content: [] }));
    const filled = EDITS.anthropic.reply(message, aTarget({ replyModel: "n" })).render({ ...ESTIMATED, cost: "2" });
    expect(JSON.parse(filled.toString())).toMatchObject({
      model: "n",
      usage: { input_tokens: 7, output_tokens: 3, cost: "2" },
    });
  });
});

describe("requests", () => {
  const send = (protocol: ProtocolId, body: object, { target, ask }: Setup = {}): Loose => {
    const call = aCall({ model: "m", ...body });
    const edits = EDITS[protocol].request(call, anAsk({ stream: false, ...ask }), aTarget(target));
    return JSON.parse(Buffer.concat(splice(call.body, call.scan, edits)).toString());
  };
  const max = { max_tokens_only: true } as const;
  const completion = { max_completion_tokens_only: true } as const;

  it.each<[string, object, Partial<Target>, object]>([
    ["nothing to do", { max_tokens: 9 }, {}, { max_tokens: 9 }],
    ["no cap given, none wanted", {}, {}, {}],
    ["no cap given, one needed", {}, { maxTokens: 5 }, { max_tokens: 5 }],
    ["lowered", { max_tokens: 9 }, { maxTokens: 5 }, { max_tokens: 5 }],
    ["never raised", { max_tokens: 4 }, { maxTokens: 5 }, { max_tokens: 4 }],
    [
      "lowered under the client's own name",
      { max_completion_tokens: 9 },
      { maxTokens: 5 },
      { max_completion_tokens: 5 },
    ],
    [
      "both",
      { max_completion_tokens: 9, max_tokens: 3 },
      { maxTokens: 5 },
      { max_completion_tokens: 5, max_tokens: 3 },
    ],
    ["renamed", { max_completion_tokens: 9 }, { quirks: max }, { max_tokens: 9 }],
    ["renamed and lowered", { max_tokens: 9 }, { quirks: completion, maxTokens: 5 }, { max_completion_tokens: 5 }],
    ["quirk, needed", {}, { quirks: completion, maxTokens: 5 }, { max_completion_tokens: 5 }],
    ["quirk, own name", { max_tokens: 9 }, { quirks: max }, { max_tokens: 9 }],
    ["quirk, both", { max_completion_tokens: 9, max_tokens: 3 }, { quirks: max }, { max_tokens: 3 }],
  ])("chat cap: %s", (_, body, target, expected) => {
    expect(send("openai-chat", body, { target })).toEqual({ model: "m", ...expected });
  });

  it.each<[string, object, Setup, object]>([
    [
      "asked for on streams",
      { stream: true },
      { ask: { stream: true } },
      { stream: true, stream_options: { include_usage: true } },
    ],
    [
      "beside other options",
      { stream_options: { include_usage: false, include_obfuscation: false } },
      { ask: { stream: true } },
      { stream_options: { include_usage: true, include_obfuscation: false } },
    ],
    [
      "in place of null",
      { stream_options: null },
      { ask: { stream: true } },
      { stream_options: { include_usage: true } },
    ],
    [
      "left alone where it was asked for",
      { stream_options: { include_usage: true } },
      { ask: { stream: true, wantsUsage: true } },
      { stream_options: { include_usage: true } },
    ],
    ["not outside streams", {}, {}, {}],
    [
      "not where it is refused",
      { stream_options: { include_usage: true } },
      { ask: { stream: true }, target: { quirks: { no_stream_options: true } } },
      {},
    ],
  ])("chat usage: %s", (_, body, setup, expected) => {
    expect(send("openai-chat", body, setup)).toEqual({ model: "m", ...expected });
  });

  it("chat: store is switched off, and only then touched", () => {
    expect(send("openai-chat", { store: true })).toEqual({ model: "m", store: false });
    expect(send("openai-chat", { store: false })).toEqual({ model: "m", store: false });
  });

  it("messages: nothing is kept at the provider", () => {
    expect(send("anthropic", { max_tokens: 9, thread: { type: "create" } })).toEqual({ model: "m", max_tokens: 9 });
  });

  it.each([
    ["claude-opus-4-7", { type: "adaptive", display: "omitted" }],
    ["claude-sonnet-5-5", { type: "adaptive", display: "omitted" }],
    ["claude-sonnet-4-6", { type: "enabled", budget_tokens: 2_000, display: "omitted" }],
    ["claude-haiku-4-5-20251001", { type: "enabled", budget_tokens: 2_000, display: "omitted" }],
    ["sandbox/agent", { type: "enabled", budget_tokens: 2_000, display: "omitted" }],
  ])("messages: a thinking budget reaches only who takes one (%s)", (model, expected) => {
    const thinking = { type: "enabled", budget_tokens: 2_000, display: "omitted" };
    expect(send("anthropic", { max_tokens: 9, thinking }, { target: { model } })).toMatchObject({ thinking: expected });
    const others = [null, { type: "disabled" }, ...(model.includes("haiku") ? [] : [{ type: "adaptive" }]), "odd"];
    for (const other of others)
      expect(send("anthropic", { thinking: other }, { target: { model } }).thinking).toEqual(other);
  });

  it.each<[object, Partial<Target>, object]>([
    [{ max_tokens: 9 }, {}, { max_tokens: 9 }],
    [{}, { defaultMaxTokens: 77 }, { max_tokens: 77 }],
    [{}, { defaultMaxTokens: 77, maxTokens: 5 }, { max_tokens: 5 }],
    [{ max_tokens: 9 }, { maxTokens: 5 }, { max_tokens: 5 }],
  ])("messages cap: %j, %j", (body, target, expected) => {
    expect(send("anthropic", body, { target })).toEqual({ model: "m", ...expected });
  });
});

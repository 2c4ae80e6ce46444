/** The relay with two sides of our own making, so that what it adds to them is seen and nothing else. */
import { describe, expect, it } from "vitest";

import { GatewayError } from "../errors.ts";
import type { ReplyEvent } from "./canonical.ts";
import { brokenReply } from "./broken.ts";
import { aTarget } from "./fixtures/corpus.ts";
import { aCall, aContext, anAsk, anUpstream, EDITS } from "./fixtures/sides.ts";
import { ChatMeter } from "./openai-chat/meter.ts";
import { UpstreamBroken, type Ask, type Protocol, type Settled, type Target } from "./protocol.ts";
import { relay } from "./relay.ts";
import { sseEvent } from "./sse.ts";

const SETTLED: Settled = { usage: { input: 1, output: 2 }, source: "reported" };

const unused = (): never => {
  throw new Error("not in this test");
};

/** A client whose dialect shows canonical events as they are. */
const from: Protocol = {
  id: "anthropic",
  client: {
    ask: unused,
    read: ({ body }) => ({ chat: { turns: [], stream: true, user: body.toString() }, dropped: ["from"] }),
    writeReply: (reply, settled) => ({ said: reply.parts.length, usage: settled.usage }),
    writer: ({ model }) => ({
      write: (event) => `${JSON.stringify(event)}\n`,
      end: (settled) => `end ${model} ${JSON.stringify(settled.usage)}`,
    }),
    error: unused,
    status: unused,
    streamError: unused,
    keepAlive: "",
  },
  upstream: anUpstream,
  edits: EDITS.anthropic,
  meter: unused,
};

/** A provider whose events are chunks that carry the canonical events they mean. */
const to: Protocol = {
  ...from,
  id: "openai-chat",
  upstream: {
    ...anUpstream,
    write: (chat, target) => ({ body: { user: chat.user ?? "", cap: target.maxTokens ?? null }, dropped: ["to"] }),
    readReply: (body) => {
      if (JSON.stringify(body).includes("illegal")) throw brokenReply("illegal");
      return { parts: [{ type: "text", text: "a" }], finish: "stop" };
    },
    reader: () => {
      let ended = false;
      return {
        read: (_event, body) => {
          const { means } = (body ?? { means: [] }) as unknown as { means?: ReplyEvent[] };
          if (means === undefined) throw brokenReply("means nothing");
          if (means.some(({ type }) => type === "finish")) ended = true;
          return means;
        },
        get ended() {
          return ended;
        },
      };
    },
  },
  edits: EDITS["openai-chat"],
  meter: (target) => new ChatMeter(target),
};

interface Setup {
  readonly target?: Partial<Target>;
  readonly ask?: Partial<Ask>;
  readonly body?: string;
}

const joined = ({ target, ask, body = '{"model":"m"}' }: Setup = {}, client: Protocol = from) =>
  relay({ from: client, to, call: aCall(body), ask: anAsk(ask), target: aTarget(target), context: aContext() });

const means = (...events: readonly ReplyEvent[]): string =>
  sseEvent(JSON.stringify({ means: events, choices: [{ index: 0, delta: { content: "ab" } }] }));
const shown = (...events: readonly ReplyEvent[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join("");

const start: ReplyEvent = { type: "start" };
const text: ReplyEvent = { type: "text", index: 0, text: "a" };
const call: ReplyEvent = { type: "tool_call", index: 1, id: "c", name: "f" };
const close = (index: number): ReplyEvent => ({ type: "part_end", index });
const finish: ReplyEvent = { type: "finish", finish: "tool_calls" };

const push = (stream: ReturnType<ReturnType<typeof joined>["stream"]>, sse: string): string =>
  stream.push(Buffer.from(sse))?.toString() ?? "";

describe("the request", () => {
  it("is the client's own bytes where both speak the same", () => {
    const same = joined({ body: '{"model":"m","x":1}', ask: { stream: false } }, to).request();
    expect(Buffer.concat(same.body).toString()).toBe('{"model":"m","x":1}');
    expect(same).toMatchObject({ path: "/p", dropped: [] });
  });

  it("is written anew where they do not, names what got lost, and carries the client's cap", () => {
    const sent = (setup: Setup) => JSON.parse(Buffer.concat(joined(setup).request().body).toString()) as unknown;
    expect(joined().request().dropped).toEqual(["from", "to"]);
    expect(sent({})).toEqual({ user: '{"model":"m"}', cap: null });
    expect(sent({ ask: { maxTokens: 9 } })).toMatchObject({ cap: 9 });
    expect(sent({ ask: { maxTokens: 9 }, target: { maxTokens: 5 } })).toMatchObject({ cap: 5 });
  });
});

describe("a translated JSON reply", () => {
  it("is read, metered, and written once settled", () => {
    const reply = joined().reply(Buffer.from('{"choices":[],"usage":{"prompt_tokens":4,"completion_tokens":5}}'));
    expect(reply.reading.usage).toEqual({ input: 4, output: 5 });
    expect(reply.render(SETTLED).toString()).toBe('{"said":1,"usage":{"input":1,"output":2}}');
  });

  it.each(['{"error":"x"}', "<html>", "[]", "", '{"illegal":1}'])("%j is broken", (body) => {
    expect(() => joined().reply(Buffer.from(body))).toThrow(UpstreamBroken);
  });
});

describe("a translated stream", () => {
  it("goes on at once but for the reason of its end", () => {
    const stream = joined().stream();
    expect(push(stream, ": hi\n\n")).toBe("");
    expect(stream.started).toBe(false);
    expect(push(stream, means(start, text))).toBe(shown(start, text));
    expect(stream.started).toBe(true);
    expect(push(stream, means(close(0), finish))).toBe(shown(close(0)));
    expect(stream.state).toBe("open");
    expect(push(stream, sseEvent("[DONE]"))).toBe("");
    expect(stream.state).toBe("ended");
    expect(push(stream, means(text))).toBe("");
    expect(stream.finish(SETTLED).toString()).toBe(`${shown(finish)}end m {"input":1,"output":2}`);
    expect(stream.reading().outputBytes).toBe(4);
  });

  it("may end where its body does once there was a reason", () => {
    const stream = joined().stream();
    push(stream, means(start, finish).trimEnd());
    stream.end();
    expect(stream.state).toBe("ended");
  });

  it("is the same wherever it is cut", () => {
    const bytes = Buffer.from(means(start, { ...text, text: "é😀" }) + means(close(0), finish) + sseEvent("[DONE]"));
    const whole = joined().stream();
    const expected = push(whole, bytes.toString());
    for (let i = 0; i <= bytes.length; i++) {
      const stream = joined().stream();
      const parts = [stream.push(bytes.subarray(0, i)), stream.push(bytes.subarray(i))];
      expect(parts.map((part) => part?.toString() ?? "").join("")).toBe(expected);
      expect(stream.state).toBe("ended");
    }
  });

  it("cut early, closes what is open and ends by length", () => {
    const stream = joined().stream();
    push(stream, means(start, text, close(0), call));
    expect(stream.cut(SETTLED).toString()).toBe(
      `${shown(close(1), { type: "finish", finish: "length" })}end m {"input":1,"output":2}`,
    );
    const unbegun = joined().stream();
    expect(unbegun.cut(SETTLED).toString()).toContain('{"type":"start"}');
  });

  it.each<[string, string, string]>([
    [
      "B41: an error event",
      means(start, text) + 'event: error\ndata: {"error":{"message":"x"}}\n\n',
      shown(start, text),
    ],
    ["B44: broken JSON", `${means(start)}data: {\n\n`, shown(start)],
    ["an event that breaks the dialect", `${means(start)}data: {}\n\n`, shown(start)],
    ["bytes that are no event stream", `${means(start)}<html>\n\n`, shown(start)],
    ["B42: no reason of its end", means(start, text), shown(start, text)],
    ["B40: an error first", 'data: {"error":"x"}\n\n', ""],
  ])("%s fails it", (_, sse, before) => {
    const stream = joined().stream();
    expect(push(stream, sse)).toBe(before);
    stream.end();
    expect(stream.state).toBe("failed");
    expect(stream.fault?.error).toBeInstanceOf(GatewayError);
    // The beginning alone is not content: another candidate may still be tried.
    expect(stream.started).toBe(before.includes(shown(text)));
  });

  it("does not take a fault of ours for one of the provider's", () => {
    const faulty: Protocol = { ...to, upstream: { ...to.upstream, reader: () => ({ read: unused, ended: false }) } };
    const order = { from, to: faulty, call: aCall("{}"), ask: anAsk(), target: aTarget(), context: aContext() };
    expect(() =>
      relay(order)
        .stream()
        .push(Buffer.from(means(start))),
    ).toThrow("not in this test");
  });
});

/** Every recorded stream through the real translation to the other protocol: the relay's own promises, not the dialects' grammar. */
import { describe, expect, it } from "vitest";

import { aTarget, loadRecorded, type Recorded } from "./fixtures/corpus.ts";
import { aCall, aContext, anAsk } from "./fixtures/sides.ts";
import { PROTOCOLS } from "./index.ts";
import { PROTOCOL_IDS, type ProtocolId, type Relay } from "./protocol.ts";
import { relay } from "./relay.ts";

const OTHERS: Readonly<Record<ProtocolId, readonly ProtocolId[]>> = {
  "openai-chat": ["anthropic", "openai-responses"],
  "openai-responses": ["openai-chat", "anthropic"],
  anthropic: ["openai-chat", "openai-responses"],
  gemini: ["openai-chat", "openai-responses"],
};
/** What ends a stream of a protocol. */
const END: Readonly<Record<ProtocolId, string>> = {
  "openai-chat": "data: [DONE]\n\n",
  "openai-responses": '"usage":{"input_tokens":',
  anthropic: "message_stop",
  gemini: '"finishReason":',
};
const pairs = (all: readonly Recorded[]): (readonly [string, Recorded, ProtocolId])[] =>
  all.flatMap((one) => OTHERS[one.protocol].map((from) => [`${one.file} for ${from}`, one, from] as const));
const ALL = loadRecorded();
const STREAMS = ALL.filter((one) => one.sse !== undefined);
const BODIES = ALL.filter((one) => one.body !== undefined && !one.body.includes('"error":{'));

const joined = (one: Recorded, from: ProtocolId, to = PROTOCOLS[one.protocol]): Relay =>
  relay({
    from: PROTOCOLS[from],
    to,
    call: aCall('{"model":"m","messages":[]}'),
    ask: anAsk({ wantsUsage: true }),
    target: aTarget(),
    context: aContext({ wantsUsage: true }),
  });

const run = (one: Recorded, from: ProtocolId, step: number, to = PROTOCOLS[one.protocol]) => {
  const stream = joined(one, from, to).stream();
  const bytes = Buffer.from(one.sse ?? "");
  let text = "";
  for (let at = 0; at < bytes.length; at += step) text += stream.push(bytes.subarray(at, at + step))?.toString() ?? "";
  text += stream.end()?.toString() ?? "";
  const reading = stream.reading();
  if (stream.state === "ended") text += stream.finish({ usage: reading.usage ?? {}, source: "reported" }).toString();
  return { state: stream.state, code: stream.fault?.error.code, text, reading };
};

describe("streams", () => {
  it.each(pairs(STREAMS))("%s", (_, one, from) => {
    const whole = run(one, from, Number.MAX_SAFE_INTEGER);
    // Translation or not, a stream ends the same way and is metered the same.
    const same = run(one, one.protocol, Number.MAX_SAFE_INTEGER);
    expect([whole.state, whole.code, whole.reading]).toEqual([same.state, same.code, same.reading]);
    for (const step of [1, 7, 100]) expect(run(one, from, step)).toEqual(whole);
    if (whole.state === "ended") expect(whole.text).toContain(END[from]);
  });

  it.each(pairs(STREAMS))("%s: frames that are known say what they would if they were parsed", (_, one, from) => {
    const { moulds: _none, ...edits } = PROTOCOLS[one.protocol].edits;
    const known = run(one, from, 1_000);
    expect(known).toEqual(run(one, from, 1_000, { ...PROTOCOLS[one.protocol], edits }));
  });
});

describe("JSON replies", () => {
  it.each(pairs(BODIES))("%s", (_, one, from) => {
    const body = Buffer.from(one.body ?? "");
    const [whole, same] = [from, one.protocol].map((client) => joined(one, client).reply(body));
    expect(whole?.reading).toEqual(same?.reading);
    const rendered = whole?.render({ usage: same?.reading.usage ?? {}, source: "reported" }).toString() ?? "";
    expect(JSON.parse(rendered)).toMatchObject({ usage: {} });
  });
});

describe("before the first content (B40)", () => {
  const begun: Readonly<Record<ProtocolId, string>> = {
    anthropic:
      'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":1}}}\n\n',
    "openai-responses":
      'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1","status":"in_progress"}}\n\n',
    "openai-chat":
      'data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n',
    gemini: 'data: {"responseId":"r","usageMetadata":{"promptTokenCount":1}}\n\n',
  };
  const failed: Readonly<Record<ProtocolId, string>> = {
    anthropic: 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
    "openai-responses":
      'event: error\ndata: {"type":"error","code":"server_is_overloaded","message":"Overloaded","param":null}\n\n',
    "openai-chat": 'data: {"error":{"message":"Overloaded","type":"server_error","code":503}}\n\n',
    gemini: 'data: {"error":{"message":"Overloaded","status":"UNAVAILABLE","code":503}}\n\n',
  };

  it.each(PROTOCOL_IDS)("an error of %s leaves the reply free for another candidate", (protocol) => {
    const one: Recorded = { ...STREAMS[0]!, protocol };
    const stream = joined(one, OTHERS[protocol][0] ?? protocol).stream();
    expect(stream.push(Buffer.from(begun[protocol]))).toBeUndefined();
    expect(stream.push(Buffer.from(failed[protocol]))).toBeUndefined();
    expect([stream.state, stream.started]).toEqual(["failed", false]);
  });
});

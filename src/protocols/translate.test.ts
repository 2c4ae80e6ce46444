/** Every recorded stream through the real translation to the other protocol: the relay's own promises, not the dialects' grammar. */
import { describe, expect, it } from "vitest";

import { aTarget, loadRecorded, type Recorded } from "./fixtures/corpus.ts";
import { aCall, aContext, anAsk } from "./fixtures/sides.ts";
import { PROTOCOLS } from "./index.ts";
import type { ProtocolId, Relay } from "./protocol.ts";
import { relay } from "./relay.ts";

const OTHER: Readonly<Record<ProtocolId, ProtocolId>> = { "openai-chat": "anthropic", anthropic: "openai-chat" };
const ALL = loadRecorded();
const STREAMS = ALL.filter((one) => one.sse !== undefined);
const BODIES = ALL.filter((one) => one.body !== undefined && !one.body.includes('"error":{'));

const joined = (one: Recorded, from: ProtocolId): Relay =>
  relay({
    from: PROTOCOLS[from],
    to: PROTOCOLS[one.protocol],
    call: aCall('{"model":"m","messages":[]}'),
    ask: anAsk({ wantsUsage: true }),
    target: aTarget(),
    context: aContext({ wantsUsage: true }),
  });

const run = (one: Recorded, from: ProtocolId, step: number) => {
  const stream = joined(one, from).stream();
  const bytes = Buffer.from(one.sse ?? "");
  let text = "";
  for (let at = 0; at < bytes.length; at += step) text += stream.push(bytes.subarray(at, at + step))?.toString() ?? "";
  text += stream.end()?.toString() ?? "";
  const reading = stream.reading();
  if (stream.state === "ended") text += stream.finish({ usage: reading.usage ?? {}, source: "reported" }).toString();
  return { state: stream.state, code: stream.fault?.error.code, text, reading };
};

describe("streams", () => {
  it.each(STREAMS.map((one) => [one.file, one] as const))("%s", (_, one) => {
    const from = OTHER[one.protocol];
    const whole = run(one, from, Number.MAX_SAFE_INTEGER);
    // Translation or not, a stream ends the same way and is metered the same.
    const same = run(one, one.protocol, Number.MAX_SAFE_INTEGER);
    expect([whole.state, whole.code, whole.reading]).toEqual([same.state, same.code, same.reading]);
    for (const step of [1, 7, 100]) expect(run(one, from, step)).toEqual(whole);
    if (whole.state === "ended")
      expect(whole.text).toContain(from === "anthropic" ? "message_stop" : "data: [DONE]\n\n");
  });
});

describe("JSON replies", () => {
  it.each(BODIES.map((one) => [one.file, one] as const))("%s", (_, one) => {
    const body = Buffer.from(one.body ?? "");
    const [whole, same] = [OTHER[one.protocol], one.protocol].map((from) => joined(one, from).reply(body));
    expect(whole?.reading).toEqual(same?.reading);
    const rendered = whole?.render({ usage: same?.reading.usage ?? {}, source: "reported" }).toString() ?? "";
    expect(JSON.parse(rendered)).toMatchObject({ usage: {} });
  });
});

describe("before the first content (B40)", () => {
  const begun: Readonly<Record<ProtocolId, string>> = {
    anthropic:
      'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":1}}}\n\n',
    "openai-chat":
      'data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n',
  };
  const failed: Readonly<Record<ProtocolId, string>> = {
    anthropic: 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
    "openai-chat": 'data: {"error":{"message":"Overloaded","type":"server_error","code":503}}\n\n',
  };

  it.each(["anthropic", "openai-chat"] as const)(
    "an error of %s leaves the reply free for another candidate",
    (protocol) => {
      const one: Recorded = { ...STREAMS[0]!, protocol };
      const stream = joined(one, OTHER[protocol]).stream();
      expect(stream.push(Buffer.from(begun[protocol]))).toBeUndefined();
      expect(stream.push(Buffer.from(failed[protocol]))).toBeUndefined();
      expect([stream.state, stream.started]).toEqual(["failed", false]);
    },
  );
});

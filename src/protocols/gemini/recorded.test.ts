/** Everything that was ever recorded of the dialect, through both relays: however a stream is cut or mutilated. */
import { describe, expect, it } from "vitest";

import { aTarget, GEMINI, loadRecorded, type Recorded } from "../fixtures/corpus.ts";
import { aCall, aContext, anAsk } from "../fixtures/sides.ts";
import { PROTOCOLS } from "../index.ts";
import { PROTOCOL_IDS, type ProtocolId, type Relay, type ReplyStream } from "../protocol.ts";
import { relay } from "../relay.ts";

const ALL = loadRecorded(GEMINI).filter(({ protocol }) => protocol === "gemini");
const STREAMS = ALL.filter(({ sse }) => sse !== undefined);
const ARRAYS = ALL.filter(({ body }) => body?.startsWith("[") === true);
const BODIES = ALL.filter(({ body }) => body?.startsWith("{") === true && !body.includes('"error":{'));

const joined = (from: ProtocolId): Relay =>
  relay({
    from: PROTOCOLS[from],
    to: PROTOCOLS.gemini,
    call: { ...aCall('{"contents":[]}'), route: { model: "m", stream: true, sse: true } },
    ask: anAsk({ wantsUsage: true }),
    target: aTarget(),
    context: aContext({ wantsUsage: true }),
  });

const fed = (stream: ReplyStream, bytes: Buffer, step: number) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += step) text += stream.push(bytes.subarray(at, at + step))?.toString() ?? "";
  text += stream.end()?.toString() ?? "";
  const { usage = {} } = stream.reading();
  if (stream.state === "ended") text += stream.finish({ usage, source: "reported" }).toString();
  return { state: stream.state, code: stream.fault?.error.code, text, reading: stream.reading() };
};

const run = (from: ProtocolId, sse: string, step = Number.MAX_SAFE_INTEGER) =>
  fed(joined(from).stream(), Buffer.from(sse), step);

const framesOf = (sse: string): string[] => sse.split(/(?<=\r\n\r\n|\n\n)/);

const cases = (list: readonly Recorded[]) => list.map((one) => [one.file, one] as const);

describe("streams", () => {
  it.each(cases(STREAMS))("%s", (_file, { sse = "" }) => {
    const own = run("gemini", sse);
    for (const from of PROTOCOL_IDS) {
      const whole = run(from, sse);
      expect([whole.state, whole.code, whole.reading]).toEqual([own.state, own.code, own.reading]);
      for (const step of [1, 7, 100]) expect(run(from, sse, step)).toEqual(whole);
    }
  });

  it.each(cases(STREAMS))("mutilated: %s", (_file, { sse = "" }) => {
    const frames = framesOf(sse);
    for (const from of ["gemini", "openai-chat"] as const)
      for (const [i, frame] of frames.entries()) {
        const cut = frames.slice(0, i).join("");
        const twice = [...frames.slice(0, i), frame, ...frames.slice(i)].join("");
        const comment = [...frames.slice(0, i), ": ping\n\n", ...frames.slice(i)].join("");
        for (const spoilt of [cut, twice, cut + frame.slice(0, frame.length / 2)])
          expect(["ended", "failed"]).toContain(run(from, spoilt).state);
        expect(run(from, comment).reading).toEqual(run(from, sse).reading);
      }
  });
});

describe("streams that came as an array", () => {
  it.each(cases(ARRAYS))("%s", (_file, { body = "" }) => {
    for (const from of PROTOCOL_IDS) {
      const relayed = joined(from);
      const events = relayed.events(Buffer.from(body));
      expect(events).toBeDefined();
      const heard = fed(relayed.stream(), events ?? Buffer.alloc(0), Number.MAX_SAFE_INTEGER);
      expect(heard).toMatchObject({ state: "ended", reading: { invalid: false } });
    }
  });
});

describe("JSON replies", () => {
  it.each(cases(BODIES))("%s", (_file, { body = "" }) => {
    const bytes = Buffer.from(body);
    const own = joined("gemini").reply(bytes);
    for (const from of PROTOCOL_IDS) {
      const reply = joined(from).reply(bytes);
      expect(reply.reading).toEqual(own.reading);
      const { usage = {} } = own.reading;
      expect(JSON.parse(reply.render({ usage, source: "reported" }).toString())).toBeTypeOf("object");
    }
  });
});

/** Sound on its way: bytes and events alike, cut anywhere; its last piece waits; what is no sound fails. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Json } from "../canonical.ts";
import type { Reading } from "../protocol.ts";
import { SoundStream } from "./sound.ts";

const read = (usage: Json | undefined, bytes: number, ended: boolean): Reading => ({
  usage: usage === undefined ? undefined : { audio_output: 1 },
  invalid: false,
  outputBytes: bytes,
  finish: ended ? "stop" : undefined,
});

interface Heard {
  readonly early: Buffer;
  readonly stream: SoundStream;
}

/** Feeds a body in pieces. `early` is what left before the settlement. */
const hear = (body: Buffer, cuts: readonly number[]): Heard => {
  const stream = new SoundStream({ read });
  const out: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts, body.length]) {
    const piece = stream.push(body.subarray(from, cut));
    if (piece !== undefined) out.push(piece);
    from = cut;
  }
  const last = stream.end();
  if (last !== undefined) out.push(last);
  return { early: Buffer.concat(out), stream };
};

const sortedCuts = (places: readonly number[], length: number): number[] =>
  places.map((place) => place % (length + 1)).sort((a, b) => a - b);

const events = (sounds: readonly Buffer[], done: object = { usage: { output_tokens: 1 } }): Buffer =>
  Buffer.from(
    [
      ...sounds.map((sound) => ({ type: "speech.audio.delta", audio: sound.toString("base64") })),
      { type: "speech.audio.done", ...done },
    ]
      .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
      .join(""),
  );

const sound = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const places = fc.array(fc.nat(), { maxLength: 8 });

describe("SoundStream", () => {
  it("bytes arrive as they were, and the last of them only when all is settled", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), places, (bytes, at) => {
        const body = Buffer.concat([Buffer.from([0xff]), bytes]);
        const { early, stream } = hear(body, sortedCuts(at, body.length));
        expect(stream.state).toBe("ended");
        expect(early.length).toBeLessThan(body.length);
        expect(Buffer.concat([early, stream.finish()]).equals(body)).toBe(true);
        expect(stream.reading()).toMatchObject({ usage: undefined, outputBytes: body.length, finish: "stop" });
      }),
    );
  });

  it("events are unpacked, wherever they are cut, and tell the usage", () => {
    fc.assert(
      fc.property(fc.array(sound, { minLength: 1, maxLength: 5 }), places, (sounds, at) => {
        const body = events(sounds);
        const { early, stream } = hear(body, sortedCuts(at, body.length));
        expect(stream.state).toBe("ended");
        const whole = Buffer.concat(sounds);
        expect(early.length).toBeLessThan(whole.length);
        expect(Buffer.concat([early, stream.finish()]).equals(whole)).toBe(true);
        expect(stream.reading().usage).toEqual({ audio_output: 1 });
      }),
    );
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["events without their end", events([Buffer.from("abc")]).subarray(0, -60)],
    ["an event that is no JSON", Buffer.from("data: {no\n\n")],
    ["an error event", Buffer.from('data: {"error":{"message":"x"}}\n\n')],
  ])("%s fails", (_name, body) => {
    const { stream } = hear(body, []);
    expect(stream.state).toBe("failed");
    expect(stream.fault).toBeDefined();
  });
});

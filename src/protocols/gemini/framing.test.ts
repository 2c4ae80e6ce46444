import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { aCall } from "../fixtures/sides.ts";
import { sseEvent } from "../sse.ts";
import { arrayAsEvents, framing } from "./framing.ts";

const aStream = (sse: boolean) => ({ ...aCall("{}"), route: { model: "m", stream: true, sse } });

const framed = (events: readonly Buffer[], last: Buffer): unknown => {
  const form = framing(aStream(false));
  if (form === undefined) throw new Error("no framing");
  const parts = events.map((bytes) => form.write(bytes));
  return JSON.parse(Buffer.concat([Buffer.from(form.keepAlive), ...parts, form.end(last)]).toString());
};

describe("a stream as one JSON array", () => {
  it("is made only where it was asked for", () => {
    expect(framing(aStream(true))).toBeUndefined();
    expect(framing(aCall("{}"))).toBeUndefined();
  });

  it("holds every event, wherever the bytes were cut, and is always closed", () => {
    const nothing = Buffer.alloc(0);
    expect(framed([], nothing)).toEqual([]);
    const values = fc.array(
      fc.jsonValue().map((value) => ({ value: JSON.parse(JSON.stringify(value)) as unknown })),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(values, fc.nat(40), fc.boolean(), (objects, step, isLast) => {
        const bytes = Buffer.from(objects.map((value) => sseEvent(JSON.stringify(value))).join(""));
        const pieces: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += step + 1) pieces.push(bytes.subarray(at, at + step + 1));
        const end = isLast ? (pieces.pop() ?? nothing) : nothing;
        expect(framed(pieces, end)).toEqual(objects);
      }),
    );
  });

  it("is read as the events that were asked for, and nothing else is", () => {
    expect(arrayAsEvents(Buffer.from('[{"a":1},\r\n{"b":2}]'))?.toString()).toBe('data: {"a":1}\n\ndata: {"b":2}\n\n');
    expect(arrayAsEvents(Buffer.from('{"a":1}'))).toBeUndefined();
    expect(arrayAsEvents(Buffer.from("<html>"))).toBeUndefined();
  });
});

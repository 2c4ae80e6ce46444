import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { MAX_LINE_BYTES, SseBroken, sseEvent, SseReader, type SseEvent } from "./sse.ts";

interface Seen {
  readonly events: SseEvent[];
  readonly bytes: string;
}

/** Reads a stream that arrives in the given pieces. */
const read = (pieces: readonly Buffer[]): Seen => {
  const reader = new SseReader();
  const events: SseEvent[] = [];
  const raws: Buffer[] = [];
  const take = (frame: ReturnType<SseReader["next"]>): boolean => {
    if (frame === undefined) return false;
    raws.push(frame.raw);
    if (frame.data !== undefined) events.push({ event: frame.event, data: frame.data });
    if (frame.dataSpan !== undefined)
      expect(frame.raw.toString("utf8", frame.dataSpan.start, frame.dataSpan.end)).toBe(frame.data);
    return true;
  };
  for (const piece of pieces) {
    reader.push(piece);
    while (take(reader.next()));
  }
  take(reader.end());
  return { events, bytes: Buffer.concat(raws).toString("latin1") };
};

const cutAt = (bytes: Buffer, ...points: readonly number[]): Buffer[] => {
  const sorted = [0, ...points.toSorted((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
};

const eventsOf = (text: string): SseEvent[] => read([Buffer.from(text)]).events;

describe("SseReader", () => {
  it.each<[string, string, [event: string, data: string][]]>([
    ["one event", "data: a\n\n", [["", "a"]]],
    ["a named event", "event: x\ndata: a\n\n", [["x", "a"]]],
    ["no space after the colon", "event:x\ndata:a\n\n", [["x", "a"]]],
    ["only one space is the separator", "data:  a \n\n", [["", " a "]]],
    ["several data lines", "data: a\ndata:\ndata: b\n\n", [["", "a\n\nb"]]],
    [
      "CRLF",
      "event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n",
      [
        ["x", "a"],
        ["", "b"],
      ],
    ],
    [
      "CR",
      "event: x\rdata: a\r\rdata: b\r\r",
      [
        ["x", "a"],
        ["", "b"],
      ],
    ],
    ["mixed ends", "event: x\r\ndata: a\rdata: b\n\r\n", [["x", "a\nb"]]],
    ["comments before, inside and after", ": hi\n\ndata: a\n: mid\n\n:\n\n", [["", "a"]]],
    ["a comment block dispatches nothing", ": keep-alive\n\n", []],
    ["an event name without data dispatches nothing and is forgotten", "event: x\n\ndata: a\n\n", [["", "a"]]],
    ["leading blank lines", "\n\n\ndata: a\n\n", [["", "a"]]],
    ["byte order mark", "\ufeffdata: a\n\n", [["", "a"]]],
    ["id and retry are read over", "id: 7\nretry: 10\ndata: a\n\n", [["", "a"]]],
    ["a field without a colon", "data\n\n", [["", ""]]],
    [
      "the last event without its blank line",
      "data: a\n\ndata: b\n",
      [
        ["", "a"],
        ["", "b"],
      ],
    ],
    [
      "the last event without any line end",
      "data: a\n\ndata: b",
      [
        ["", "a"],
        ["", "b"],
      ],
    ],
    ["a stream of nothing", "", []],
  ])("B45: %s", (_, text, expected) => {
    expect(eventsOf(text).map(({ event, data }) => [event, data])).toEqual(expected);
  });

  const line = fc.oneof(
    fc
      .string({ unit: "grapheme", maxLength: 12 })
      .map((text) => `data: ${text.replaceAll("\r", "").replaceAll("\n", "")}`),
    fc.constantFrom("data:", "data", "data:x", "event: e", "event:f", ": comment", ":", "id: 1", "retry: 1"),
    fc.constant(""),
  );
  const stream = fc
    .array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r")), { maxLength: 14 })
    .map((lines) => lines.map(([text, end]) => text + end).join(""));

  it("reads the same events and loses no byte, wherever the stream is cut", () => {
    fc.assert(
      fc.property(stream, fc.boolean(), (text, bom) => {
        const bytes = Buffer.from(bom ? `\ufeff${text}` : text);
        const whole = read([bytes]);
        expect(whole.bytes).toBe(bytes.toString("latin1"));
        for (let i = 0; i <= bytes.length; i++) expect(read(cutAt(bytes, i)).events).toEqual(whole.events);
        const drip = read(Array.from({ length: bytes.length }, (_, i) => bytes.subarray(i, i + 1)));
        expect(drip).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  it("cuts between any two bytes of UTF-8 and of CRLF", () => {
    const bytes = Buffer.from('event: é\r\ndata: {"t":"😀漢"}\r\n\r\ndata: z\r\n\r\n');
    const whole = read([bytes]);
    expect(whole.events).toEqual([
      { event: "é", data: '{"t":"😀漢"}' },
      { event: "", data: "z" },
    ]);
    for (let i = 0; i <= bytes.length; i++)
      for (let j = i; j <= bytes.length; j++) expect(read(cutAt(bytes, i, j))).toEqual(whole);
  });

  it.each([
    ["a bare JSON error", '{"error":{"message":"host 10.0.0.1"}}\n\n'],
    ["HTML", "<html>\n\n"],
    ["an unknown field", "data: a\nevil: b\n\n"],
    ["a field smuggled behind a carriage return", "event: x\rset-cookie: b\n\n"],
    ["a field name that only begins like one", "dataset: a\n\n"],
    ["a NUL", "\u0000data: a\n\n"],
  ])("B45: refuses %s", (_, text) => {
    expect(() => eventsOf(text)).toThrow(SseBroken);
  });

  it("B45: caps a line at 1 MiB, whether its end is in hand or not", () => {
    const long = Buffer.alloc(MAX_LINE_BYTES - "data: ".length, "x").toString();
    expect(eventsOf(`data: ${long}\n\n`)).toHaveLength(1);
    expect(() => eventsOf(`data: ${long}x\n\n`)).toThrow("line too long");
    const reader = new SseReader();
    const chunk = Buffer.alloc(64 * 1024, "x");
    const drip = () => {
      for (let i = 0; i < 1024; i++) {
        reader.push(i === 0 ? Buffer.from("data: ") : chunk);
        reader.next();
      }
    };
    expect(drip).toThrow("line too long");
  });

  it("caps an event of many lines", () => {
    const piece = Buffer.from(`data: ${"x".repeat(60_000)}\n`);
    const reader = new SseReader();
    const drip = () => {
      for (let i = 0; i < 300; i++) {
        reader.push(piece);
        reader.next();
      }
    };
    expect(drip).toThrow("event too long");
  });
});

describe("sseEvent", () => {
  it("writes what the reader reads", () => {
    const json = fc.jsonValue().map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(json, fc.constantFrom("", "message_start"), (data, event) => {
        expect(eventsOf(sseEvent(data, event))).toEqual([{ event, data }]);
      }),
    );
  });
});

/** B45: any legal framing of the same events is the same stream, for both relays, wherever it is cut. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PROTOCOL_IDS, type ProtocolId } from "../../src/protocols/protocol.ts";
import { ownStream, relayed } from "../../src/protocols/fixtures/streams.ts";
import { plainEvents } from "./plain-sse.ts";

const PAIRS = PROTOCOL_IDS.flatMap((upstream) => PROTOCOL_IDS.map((client) => [upstream, client] as const));

/** What a client reads: its events, their JSON as values. */
const read = (text: string): unknown[] =>
  plainEvents(text).map(({ event, data }) => [event, data.startsWith("{") ? JSON.parse(data) : data]);

const cutAt = (bytes: Buffer, points: readonly number[]): Buffer[] => {
  const sorted = [0, ...points.toSorted((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
};

/** How one line may be written: what stands before it, and how it ends. */
interface Dress {
  readonly comment: boolean;
  readonly end: "\n" | "\r\n" | "\r";
  readonly space: boolean;
  readonly spread: boolean;
}

/** The same events in another dress. */
const reframed = (stream: string, dresses: readonly Dress[], mark: boolean): string => {
  let out = mark ? "\u{FEFF}" : "";
  let at = 0;
  const line = (text: string): void => {
    const { comment, end, space } = dresses[at++ % dresses.length]!;
    // An empty line's LF after a CR would be the other half of one end.
    const close = end === "\n" && text === "" && out.endsWith("\r") ? "\r" : end;
    const bare = space || text.startsWith("data:  ") ? text : text.replace(/^(event|data): /, "$1:");
    out += (comment ? `: comment${end}` : "") + bare + close;
  };
  for (const text of stream.split("\n").slice(0, -1)) {
    const { spread } = dresses[at % dresses.length]!;
    if (!spread || !text.startsWith("data: {")) line(text);
    else for (const part of JSON.stringify(JSON.parse(text.slice(6)), null, 1).split("\n")) line(`data: ${part}`);
  }
  return out;
};

const dress: fc.Arbitrary<Dress> = fc.record({
  comment: fc.boolean(),
  end: fc.constantFrom("\n", "\r\n", "\r"),
  space: fc.boolean(),
  spread: fc.boolean(),
});

describe.each(PAIRS)("%s for %s", (upstream: ProtocolId, client: ProtocolId) => {
  const stream = ownStream(upstream);
  const bytes = Buffer.from(stream);
  const whole = relayed(client, upstream, [bytes]);

  it("is complete", () => {
    expect(whole).not.toMatch(/\((?:open|failed)\)$/);
    expect(read(whole).length).toBeGreaterThan(3);
  });

  it("is the same wherever it is cut, also between the bytes of a character", () => {
    for (let i = 0; i <= bytes.length; i++) expect(relayed(client, upstream, cutAt(bytes, [i]))).toBe(whole);
    expect(
      relayed(
        client,
        upstream,
        [...bytes].map((byte) => Buffer.of(byte)),
      ),
    ).toBe(whole);
  });

  it("is the same in any dress", () => {
    fc.assert(
      fc.property(
        fc.array(dress, { minLength: 1, maxLength: 7 }),
        fc.boolean(),
        fc.array(fc.nat(9_999), { maxLength: 6 }),
        (dresses, mark, points) => {
          const dressed = Buffer.from(reframed(stream, dresses, mark));
          const cut = cutAt(
            dressed,
            points.map((point) => point % dressed.length),
          );
          expect(read(relayed(client, upstream, cut))).toEqual(read(whole));
        },
      ),
      { numRuns: 40 },
    );
  });
});

/** D96: nothing that a provider can put into its words becomes an event of its own at the client, through either relay. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PROTOCOL_IDS, type ProtocolId } from "../../src/protocols/protocol.ts";
import { ownStream, relayed, WORDS, type Words } from "../../src/protocols/fixtures/streams.ts";
import { plainEvents } from "./plain-sse.ts";

const PAIRS = PROTOCOL_IDS.flatMap((upstream) => PROTOCOL_IDS.map((client) => [upstream, client] as const));

const evil = fc
  .array(
    fc.oneof(
      fc.constantFrom("\n", "\r", "\r\n", "\u2028", "\u2029", "\0", "\u0085", "\v", "\f", '"', "\\", "\ud800"),
      fc.constantFrom("data: ", "event: error", "id: 1", ": ", '{"evil":1}', "[DONE]", "}"),
      fc.constant('\n\ndata: {"evil":1}\n\n'),
      fc.constant('\r\rdata: {"evil":1}\r\r'),
      fc.string({ maxLength: 4 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => `x${parts.join("")}`);

/** Nothing of a reply is empty: an empty piece is no event, and the count would say nothing. */
const words: fc.Arbitrary<Words> = fc.record({
  text: fc.constant(WORDS.text),
  thought: evil,
  id: evil,
  name: evil,
  input: evil.map((text) => JSON.stringify({ text: `${text} and more than nine characters` })),
});

const isEvil = (data: string): boolean => {
  try {
    const body = JSON.parse(data) as unknown;
    return typeof body === "object" && body !== null && "evil" in body;
  } catch {
    return true;
  }
};

const namesOf = (text: string): string[] => plainEvents(text).map(({ event }) => event);

describe.each(PAIRS)("%s for %s", (upstream: ProtocolId, client: ProtocolId) => {
  const plain = relayed(client, upstream, [Buffer.from(ownStream(upstream))]);

  it("has as many events as if the words were harmless", () => {
    fc.assert(
      fc.property(words, evil, (said, model) => {
        const out = relayed(client, upstream, [Buffer.from(ownStream(upstream, said, model))]);
        expect(namesOf(out)).toEqual(namesOf(plain));
        expect(plainEvents(out).filter(({ data }) => data !== "[DONE]" && isEvil(data))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("has none of words that break out of their JSON", () => {
    fc.assert(
      fc.property(evil, fc.nat(), (raw, place) => {
        const stream = ownStream(upstream);
        // Into the middle of a string of some frame, unescaped.
        const spots = [...stream.matchAll(/":"[^"]/g)].map(({ index }) => index + 3);
        const at = spots[place % spots.length] ?? 0;
        const out = relayed(client, upstream, [Buffer.from(stream.slice(0, at) + raw + stream.slice(at))]);
        const own = out.replace(/\((?:open|failed)\)$/, "");
        expect(plainEvents(own).filter(({ data }) => data !== "[DONE]" && isEvil(data))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

/**
 * Streamed and buffered cost the same (I-17): every recorded stream is also told as one whole reply, with the provider's own usage
 * object as it stood in the stream, and both are metered, concluded and compared unit by unit.
 */
import { describe, expect, it } from "vitest";

import { conclude } from "../../src/gateway/conclude.ts";
import { estimated } from "../../src/gateway/estimate.ts";
import { aModel, anAsk } from "../../src/gateway/fixtures.ts";
import type { Json, JsonObject, ReplyEvent } from "../../src/protocols/canonical.ts";
import { collect } from "../../src/protocols/collect.ts";
import { aTarget } from "../../src/protocols/fixtures/corpus.ts";
import { aContext } from "../../src/protocols/fixtures/sides.ts";
import { PROTOCOLS } from "../../src/protocols/index.ts";
import type { ProtocolId, Reading } from "../../src/protocols/protocol.ts";
import { mustHave } from "../../src/protocols/fixtures/wire.ts";
import { isSuccess, loadCorpus, parse, type Exchange } from "../conformance/corpus.ts";
import type { Loose } from "../grammar.ts";
import { joined, SETTLED } from "../../src/protocols/fixtures/streams.ts";
import { plainEvents } from "./plain-sse.ts";

const MODEL = aModel({ context: 2_000_000, maxOutput: 200_000 });

/** Two replies in one recording, and one whose last chunk forgets what those before it counted: there is no telling what is right. */
const CONTRADICTORY = ["overlapping-blocks", "grounding-gemini-3-flash-preview-67a5"];

const streams = mustHave(
  "stream that counts",
  loadCorpus().filter(
    (exchange) =>
      exchange.response.sse !== undefined &&
      isSuccess(exchange) &&
      !CONTRADICTORY.some((name) => exchange.file.includes(name)),
  ),
);

const isLoose = (value: unknown): value is Loose => typeof value === "object" && value !== null;

/** The events of a stream's first reply as JSON: some recordings hold the beginning of another. */
const bodiesOf = ({ response }: Exchange): { event: string; data: string; body: Loose }[] => {
  const all = plainEvents(response.sse ?? "").flatMap((one) => {
    const body = parse(one.data);
    return isLoose(body) ? [{ ...one, body }] : [];
  });
  const stop = all.findIndex(({ body }) => body["type"] === "message_stop");
  return stop < 0 ? all : all.slice(0, stop + 1);
};

const merged = (usages: readonly Loose[]): Loose => {
  const result: Loose = {};
  for (const usage of usages)
    for (const [name, value] of Object.entries(usage)) if (value !== null) result[name] = value as Loose;
  return result;
};

/** In all the places that providers put it. */
const chatUsage = (body: Loose): Loose | undefined =>
  body["usage"] ?? body["x_groq"]?.usage ?? body["choices"]?.[0]?.usage ?? undefined;

/** The usage object that a whole reply would have had, in the member that it stands in. */
const usageOf: Readonly<Record<ProtocolId, (bodies: readonly Loose[]) => Loose | undefined>> = {
  "openai-chat": (bodies) => bodies.map(chatUsage).findLast(Boolean),
  "openai-responses": (bodies) => bodies.findLast((body) => body["response"]?.usage)?.["response"].usage,
  anthropic: (bodies) =>
    merged(bodies.flatMap((body) => [body["message"]?.usage, body["usage"]].filter((usage) => usage !== undefined))),
  gemini: (bodies) => bodies.findLast((body) => body["usageMetadata"])?.["usageMetadata"],
};

const streamed = ({ protocol, response }: Exchange): Reading => {
  const stream = joined(protocol, protocol);
  stream.push(Buffer.from(response.sse ?? ""));
  stream.end();
  expect(stream.state).toBe("ended");
  return stream.reading();
};

/** The same reply in one piece. */
const whole = (exchange: Exchange): Reading => {
  const protocol = PROTOCOLS[exchange.protocol];
  const { upstream, client } = protocol;
  const reader = upstream.reader(aTarget());
  const bodies = bodiesOf(exchange);
  const events: ReplyEvent[] = bodies.flatMap(({ event, data, body }) => [
    ...reader.read({ event, data }, body as Json),
  ]);
  const written = client.writeReply(collect(events), SETTLED, aContext()) as JsonObject;
  const usage = usageOf[exchange.protocol](bodies.map(({ body }) => body)) as Json | undefined;
  const name = exchange.protocol === "gemini" ? "usageMetadata" : "usage";
  const { [name]: _own, ...rest } = written;
  const counter = protocol.meter(aTarget());
  counter.whole(usage === undefined ? rest : { ...rest, [name]: usage });
  return counter.read();
};

describe.skipIf(streams.length === 0)("the units of a reply are the same, streamed and whole", () => {
  it.each(streams.map((exchange) => [exchange.file, exchange] as const))("%s", (_file, exchange) => {
    const ask = anAsk({ stream: true });
    const [stream, body] = [streamed(exchange), whole(exchange)];
    expect(body.usage).toEqual(stream.usage);
    const [one, other] = [stream, body].map((reading) =>
      conclude("complete", reading, (seen) => estimated(ask, MODEL, seen)),
    );
    expect(other?.outcome).toBe(one?.outcome);
    if (stream.usage !== undefined) expect(other).toEqual(one);
    // Without a report the bytes of the words are what is left, and they are nearly the same in both.
    else expect(Math.abs(body.outputBytes - stream.outputBytes)).toBeLessThanOrEqual(stream.outputBytes / 20);
  });
});

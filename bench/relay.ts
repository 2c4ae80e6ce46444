/**
 * What the relay alone costs: CPU per event of each provider's dialect to a client of each, in this process, all pairs in turn.
 *
 *   node bench/relay.ts [burst|each]      a hundred events in one write, or one
 */
import { PROTOCOL_IDS, type ProtocolId } from "../src/protocols/protocol.ts";
import { joined, ownStream, SETTLED, WORDS } from "../src/protocols/fixtures/streams.ts";

/** Events of text in one stream, streams in one sample, samples of one pair. */
const EVENTS = 100;
const STREAMS = 60;
const ROUNDS = 9;

const isBurst = process.argv[2] !== "each";

const piecesOf = (protocol: ProtocolId): Buffer[] => {
  const stream = ownStream(protocol, { ...WORDS, text: "e".repeat(EVENTS) });
  return (isBurst ? [stream] : stream.split(/(?<=\n\n)/)).map((piece) => Buffer.from(piece));
};

/** Relays a stream as the gateway would. @throws when it does not end well: nothing of it could be believed */
const relayOne = (client: ProtocolId, upstream: ProtocolId, pieces: readonly Buffer[]): void => {
  const stream = joined(client, upstream);
  for (const piece of pieces) stream.push(piece);
  stream.end();
  if (stream.state !== "ended") throw new Error(`${upstream} for ${client}: ${stream.state}`);
  stream.finish(SETTLED);
};

/** Microseconds of CPU per event. */
const sample = (client: ProtocolId, upstream: ProtocolId, pieces: readonly Buffer[]): number => {
  const before = process.cpuUsage();
  for (let i = 0; i < STREAMS; i++) relayOne(client, upstream, pieces);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / STREAMS / EVENTS;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const samples = new Map<string, number[]>();
for (let round = 0; round < ROUNDS; round++)
  for (const upstream of PROTOCOL_IDS) {
    const pieces = piecesOf(upstream);
    for (const client of PROTOCOL_IDS) {
      const name = `${upstream} ${client}`;
      samples.set(name, [...(samples.get(name) ?? []), sample(client, upstream, pieces)]);
    }
  }

console.log(`| microseconds per event | ${PROTOCOL_IDS.map((client) => `to ${client}`).join(" | ")} |`);
console.log(`|---|${PROTOCOL_IDS.map(() => "---").join("|")}|`);
for (const upstream of PROTOCOL_IDS) {
  const cells = PROTOCOL_IDS.map((client) => median(samples.get(`${upstream} ${client}`) ?? []).toFixed(2));
  console.log(`| ${upstream} | ${cells.join(" | ")} |`);
}

/**
 * Every recorded stream, spoilt or reframed in every way of mutations.ts, through the gateway to a client of each protocol (B39–B45,
 * I-20, I-30, D96): nothing throws or hangs, what the client gets is legal and ends as its dialect says, and the books have one row
 * for each, which fits. A seeded sample runs with the other tests; `npm run mutate` runs all of it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { PROTOCOL_IDS, type ProtocolId } from "../../src/protocols/protocol.ts";
import { mustHave } from "../../src/protocols/fixtures/wire.ts";
import { loadCorpus, type Exchange } from "../conformance/corpus.ts";
import { KINDS, mutationsOf, type Kind, type Mutation } from "./mutations.ts";
import { startMutationRig, type Order, type Outcome, type Rig } from "./rig.ts";
import { check } from "./verdict.ts";

const ALL = process.env["FARTHING_MUTATIONS"] === "all";
/** Places of each kind that are tried in one recording. */
const PLACES = ALL ? Infinity : 1;
const TIMEOUT_MS = ALL ? 3_600_000 : 120_000;
/** Streams under way at once, so that their charges share commits. */
const AT_ONCE = 64;
/** Failures that are shown; there may be thousands of the same. */
const SHOWN = 12;

/** Recordings that are more than one reply: without their grammar there is no telling what is right (explained.ts). */
const GLUED = ["overlapping-blocks", "-b185.json", "-e1e7.json"];

const streams = mustHave(
  "stream",
  loadCorpus().filter(
    ({ file, response }) =>
      response.sse !== undefined && response.status === 200 && !GLUED.some((name) => file.includes(name)),
  ),
);

let rig: Rig;
let runs = 0;
const counts = new Map<Kind, number>();

beforeAll(async () => {
  rig = await startMutationRig();
});
afterAll(async () => {
  const { requests, disagreements } = await rig.books();
  const table = KINDS.map((kind) => `${String(counts.get(kind) ?? 0).padStart(8)}  ${kind}`);
  console.log(
    [
      `\nmutations: ${streams.length} recorded streams × ${PROTOCOL_IDS.length} clients, ${ALL ? "every place" : `one place of each kind`}`,
      ...table,
      `${runs} streams, ${requests} settlements, ${disagreements.length} disagreements of the books`,
    ].join("\n"),
  );
  await rig.close();
  expect({ requests, disagreements }).toEqual({ requests: runs, disagreements: [] });
});

const run = (order: Order): Promise<Outcome> => {
  runs++;
  return rig.run(order);
};

/** @returns what is wrong, if anything is */
const judged = async (
  exchange: Exchange,
  client: ProtocolId,
  mutation: Mutation,
  untouched: Outcome,
): Promise<string[]> => {
  const { kind, place, effect, pieces, end } = mutation;
  const order: Order = { client, upstream: exchange.protocol, pieces, end };
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  try {
    check(order, effect, await run(order), untouched);
    return [];
  } catch (error) {
    return [`${exchange.file} for ${client}, ${kind} at ${place}: ${error instanceof Error ? error.message : "?"}`];
  }
};

const mutated = async (exchange: Exchange, client: ProtocolId, seed: number): Promise<string[]> => {
  const text = exchange.response.sse ?? "";
  const untouched = await run({ client, upstream: exchange.protocol, pieces: [Buffer.from(text)], end: "end" });
  const mutations = mutationsOf(exchange.protocol, text, PLACES, seed);
  const wrong: string[] = [];
  for (let at = 0; at < mutations.length; at += AT_ONCE) {
    const batch = mutations.slice(at, at + AT_ONCE);
    wrong.push(...(await Promise.all(batch.map((mutation) => judged(exchange, client, mutation, untouched)))).flat());
  }
  return wrong;
};

describe.skipIf(streams.length === 0)("recorded streams, spoilt or reframed", () => {
  it.each(PROTOCOL_IDS)(
    "of %s providers: legal, bounded, settled once",
    async (protocol) => {
      const wrong: string[] = [];
      for (const [seed, exchange] of streams.entries())
        if (exchange.protocol === protocol)
          // Each client gets the recording spoilt elsewhere.
          for (const [at, client] of PROTOCOL_IDS.entries())
            wrong.push(...(await mutated(exchange, client, seed * PROTOCOL_IDS.length + at)));
      expect(wrong.slice(0, SHOWN), `${wrong.length} failures`).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

/** A seeded sample of the mutations over real HTTP, end to end: a provider on a socket, the whole server, a client that fetches. */
import { afterAll, beforeAll, describe, it } from "vitest";

import type { Settlement } from "../../src/ledger/ledger.ts";
import { PROTOCOL_IDS } from "../../src/protocols/protocol.ts";
import { mustHave } from "../../src/protocols/fixtures/wire.ts";
import { loadCorpus, parse } from "../conformance/corpus.ts";
import { ask, startDialects } from "./dialects.ts";
import type { TestGateway } from "../gateway.ts";
import type { Loose } from "../grammar.ts";
import { RESET, stream } from "../upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";
import { mutationsOf, numbers } from "./mutations.ts";
import type { Order, Outcome } from "./rig.ts";
import { check } from "./verdict.ts";

const SAMPLE = 120;
const SEED = 20;
/** Longer recordings say nothing more over a socket. */
const MOST_BYTES = 30_000;
/** Most pieces of one stream: a socket would join them anyway. */
const MOST_PIECES = 300;

const streams = mustHave(
  "stream of a usual size",
  loadCorpus().filter(
    ({ file, response }) =>
      response.sse !== undefined &&
      response.status === 200 &&
      response.sse.length < MOST_BYTES &&
      !file.includes("overlapping-blocks"),
  ),
);

let upstream: ScriptedUpstream;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  gateway = await startDialects(upstream);
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const overHttp = async ({ client, upstream: spoken, pieces, end }: Order): Promise<Outcome> => {
  upstream.clear();
  upstream.next(stream(pieces, end === "end" ? {} : { after: [RESET] }));
  const reply = await ask(gateway, spoken, client);
  const body = await reply.text();
  const row = await gateway.row(reply.headers.get("x-request-id") ?? "");
  const units = ["input", "cache_read", "output", "reasoning"];
  const settlement = {
    outcome: row["outcome"],
    source: row["source"],
    usage: Object.fromEntries(units.map((unit) => [unit, Number(row[unit] ?? 0)])),
  } as unknown as Settlement;
  const error = (parse(body) as Loose | undefined)?.["error"];
  const charge = row["posted"] as bigint;
  return {
    text: reply.ok ? body : "",
    end: reply.ok ? "ended" : `refused: ${error?.code ?? error?.type ?? error?.status}`,
    settlements: [settlement],
    receipts: [{ charge, absorbed: 0n, balance: 0n }],
    mostWaiting: 0,
  };
};

const rows = (): [name: string, Order, Order, ReturnType<typeof mutationsOf>[number]][] => {
  const next = numbers(SEED);
  return Array.from({ length: SAMPLE }, () => {
    const exchange = streams[next(streams.length)]!;
    const client = PROTOCOL_IDS[next(PROTOCOL_IDS.length)]!;
    const text = exchange.response.sse ?? "";
    const all = mutationsOf(exchange.protocol, text, 1, next(1_000)).filter(
      ({ pieces }) => pieces.length < MOST_PIECES,
    );
    const mutation = all[next(all.length)]!;
    const base = { client, upstream: exchange.protocol };
    const name = `${exchange.file} for ${client}: ${mutation.kind} at ${mutation.place}`;
    return [
      name,
      { ...base, pieces: mutation.pieces, end: mutation.end },
      { ...base, pieces: [Buffer.from(text)], end: "end" },
      mutation,
    ];
  });
};

describe.skipIf(streams.length === 0)("mutations over HTTP", () => {
  it.each(streams.length === 0 ? [] : rows())("%s", async (_name, order, plain, { effect }) => {
    check(order, effect, await overHttp(order), await overHttp(plain));
  });
});

/** A2: `kill -9` at random moments under many streams. A5: SIGTERM with as many. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { startPostgres } from "../../../src/db/fixtures-postgres.ts";
import { ask, type Load, type Seen } from "./load.ts";
import { FaultRig, told } from "./rig.ts";
import type { LongRow, RowOptions } from "./row.ts";

/** The longest that a gateway lives on after it has finished its first streams. */
const LIFE_MS = 2_000;
/** How long those are waited for. */
const WARM_MS = 20_000;
/** Words of a reply, 50 ms each: some streams end between any two kills. */
const WORDS = 12;

/** Waits until so many more streams have ended regularly. */
const warm = async (load: Load, finished: number): Promise<void> => {
  const count = (): number => load.seen.filter((each) => each.finished).length;
  const before = count();
  for (const end = Date.now() + WARM_MS; count() < before + finished && Date.now() < end;) await sleep(20);
};

const killMany = async (rig: FaultRig, { kills, streams }: RowOptions): Promise<string> => {
  const load = rig.load(streams, WORDS);
  let slowest = 0;
  for (let kill = 0; kill < kills; kill++) {
    await warm(load, 1);
    await sleep(Math.random() * LIFE_MS);
    load.target = null;
    await rig.gateway.kill9();
    const started = performance.now();
    await rig.launch();
    slowest = Math.max(slowest, performance.now() - started);
    load.target = rig.target;
  }
  const verdict = await rig.judge(await load.stop());
  await rig.gateway.stop();
  return `${kills} kills under ${streams} streams: ${told(verdict)}; ready again in ${(slowest / 1000).toFixed(1)} s at most`;
};

/** Streams that all run when the signal comes, and end regularly after it. */
const terminate = async (rig: FaultRig, { streams }: RowOptions): Promise<string> => {
  const running = Array.from({ length: streams }, () => ask(rig.target, 40));
  await sleep(1_000);
  const exit = once(rig.gateway.process, "exit");
  rig.gateway.process.kill("SIGTERM");
  const seen: Seen[] = await Promise.all(running);
  const [code] = (await exit) as [number | null];
  const verdict = await rig.judge(seen);
  if (code !== 0) throw new Error(`it ended with ${code}`);
  if (verdict.finished !== streams) throw new Error(`only ${verdict.finished} of ${streams} streams ended regularly`);
  if ((await rig.borrowed()) !== 0n) throw new Error("something stayed borrowed");
  return `SIGTERM with ${streams} streams: ${told(verdict)}; exit code 0, nothing borrowed`;
};

type Play = (rig: FaultRig, options: RowOptions) => Promise<string>;

const onSqlite = async (play: Play, options: RowOptions): Promise<string> => {
  const rig = await FaultRig.start();
  try {
    return await play(rig, options);
  } finally {
    await rig.remove();
  }
};

const onPostgres = async (play: Play, options: RowOptions): Promise<string> => {
  const server = startPostgres({ durable: true });
  try {
    const rig = await FaultRig.start({ url: server.url("postgres") });
    try {
      return await play(rig, options);
    } finally {
      await rig.remove();
    }
  } finally {
    server.remove();
  }
};

export const killRows: readonly LongRow[] = [
  { id: "A2", name: "kill -9, SQLite", run: (options) => onSqlite(killMany, options) },
  { id: "A2", name: "kill -9, PostgreSQL", run: (options) => onPostgres(killMany, options) },
  { id: "A5", name: "SIGTERM, SQLite", run: (options) => onSqlite(terminate, options) },
  { id: "A5", name: "SIGTERM, PostgreSQL", run: (options) => onPostgres(terminate, options) },
];

/** A7 and A8: PostgreSQL ends like in a power cut, or stands still, under load. */
import { setTimeout as sleep } from "node:timers/promises";

import { startPostgres, type TestPostgres } from "../../../src/db/fixtures-postgres.ts";
import { FaultRig, refusals, told } from "./rig.ts";
import type { LongRow, RowOptions } from "./row.ts";

const ROUNDS = 3;
const AWAY_MS = 3_000;
const FROZEN_MS = 30_000;
const CALM_MS = 2_000;

const REFUSALS = ["503 ledger_unavailable"];

const play = async (
  { streams }: RowOptions,
  fail: (server: TestPostgres, rig: FaultRig) => Promise<string>,
): Promise<string> => {
  const server = startPostgres({ durable: true });
  try {
    const rig = await FaultRig.start({ url: server.url("postgres") });
    try {
      const load = rig.load(streams);
      await sleep(CALM_MS);
      const what = await fail(server, rig);
      await sleep(CALM_MS);
      const seen = await load.stop();
      const verdict = await rig.judge(seen);
      await rig.gateway.stop();
      return `${what}: ${told(verdict)}; ${refusals(seen, REFUSALS)}`;
    } finally {
      await rig.remove();
    }
  } finally {
    server.remove();
  }
};

const stopAndStart = async (server: TestPostgres): Promise<string> => {
  for (let round = 0; round < ROUNDS; round++) {
    server.stop("immediate");
    await sleep(AWAY_MS);
    server.start();
    await sleep(CALM_MS);
  }
  return `${ROUNDS} × stop -m immediate, ${AWAY_MS / 1000} s away`;
};

const freeze = async (server: TestPostgres, rig: FaultRig): Promise<string> => {
  server.freeze();
  let healthy = 0;
  try {
    for (const end = Date.now() + FROZEN_MS; Date.now() < end; await sleep(1_000)) {
      const { status } = await fetch(`${rig.target.url}/healthz`);
      if (status !== 200) throw new Error(`/healthz answered ${status}`);
      healthy++;
    }
  } finally {
    server.thaw();
  }
  return `frozen ${FROZEN_MS / 1000} s, /healthz answered ${healthy} of ${healthy} times`;
};

export const postgresRows: readonly LongRow[] = [
  { id: "A7", name: "PostgreSQL stop -m immediate", run: (options) => play(options, stopAndStart) },
  { id: "A8", name: "PostgreSQL frozen", run: (options) => play(options, freeze) },
];

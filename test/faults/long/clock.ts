/** A19: the gateway's wall clock jumps an hour ahead, then two hours back, while it serves. By libfaketime, which leaves monotonic time alone. */
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { findProgram } from "../../../src/db/fixtures-program.ts";
import { startPostgres } from "../../../src/db/fixtures-postgres.ts";
import { requestTime } from "../../../src/id.ts";
import { FaultRig, refusals, told, type FaultRigOptions } from "./rig.ts";
import { Skipped, type LongRow, type RowOptions } from "./row.ts";

const LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
const JUMPS = ["+0", "+3600", "-3600", "+0"];
const EACH_MS = 4_000;
const HALF_AN_HOUR_MS = 1_800_000;
/** Limits wide enough for the load, in every minute that a clock may name. */
const CONFIG = "plans:\n  - { id: counted, default: true, rpm: 1000000, tpm: 1000000000 }\n";

const jump = async (order: FaultRigOptions, { streams }: RowOptions): Promise<string> => {
  if (!existsSync(LIBRARY)) findProgram({ name: "faketime", debian: "faketime" });
  if (!existsSync(LIBRARY)) throw new Skipped("libfaketime is not there (Debian: faketime)");
  const rig = await FaultRig.start({ ...order, configYaml: CONFIG });
  try {
    await rig.gateway.stop();
    const file = path.join(rig.dataDir, "clock");
    writeFileSync(file, "+0");
    await rig.launch({
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      FAKETIME_NO_CACHE: "1",
    });
    const load = rig.load(streams);
    for (const offset of JUMPS) {
      writeFileSync(file, offset);
      await sleep(EACH_MS);
    }
    const seen = await load.stop();
    const verdict = await rig.judge(seen);
    const made = await rig.database.kysely.selectFrom("request").select("id").execute();
    const ahead = made.some(({ id }) => requestTime(id) > Date.now() + HALF_AN_HOUR_MS);
    if (!ahead) throw new Error("the clock did not jump");
    const code = await rig.gateway.stop();
    if (code !== 0) throw new Error(`it ended with ${code}`);
    return `+1 h, then −2 h, then +1 h: ${told(verdict)}; ${refusals(seen, [])}`;
  } finally {
    await rig.remove();
  }
};

const onPostgres = async (options: RowOptions): Promise<string> => {
  const server = startPostgres({ durable: true });
  try {
    return await jump({ url: server.url("postgres") }, options);
  } finally {
    server.remove();
  }
};

export const clockRows: readonly LongRow[] = [
  { id: "A19", name: "clock jumps, SQLite", run: (options) => jump({}, options) },
  { id: "A19", name: "clock jumps, PostgreSQL", run: onPostgres },
];

/** A11, A12: the disk is full, of either database. A13: it fails at random. Disks are tmpfs mounts, which only root can make. */
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { findProgram } from "../../../src/db/fixtures-program.ts";
import { startPostgres, type TestPostgres } from "../../../src/db/fixtures-postgres.ts";
import { FaultRig, refusals, told } from "./rig.ts";
import { Skipped, type LongRow, type RowOptions } from "./row.ts";

const FULL_MS = 8_000;
const CALM_MS = 2_000;
const SIZE_MIB = { sqlite: 24, postgres: 160 } as const;
const BLOCK_BYTES = 65_536;
const REFUSALS = ["503 ledger_unavailable"];
/** Debian's library that makes calls of the system fail. */
const FIU = ["/usr/lib/fiu/fiu_run_preload.so", "/usr/lib/fiu/fiu_posix_preload.so"];
const FLAKY_MS = 15_000;
const MAX_STARTS = 20;

const onDisk = async (mebibytes: number, body: (folder: string) => Promise<string>): Promise<string> => {
  if (process.getuid?.() !== 0) throw new Skipped("a small disk is mounted by root only");
  const folder = mkdtempSync(path.join(tmpdir(), "farthing-disk-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "none", folder]);
  if (mounted.status !== 0) throw new Skipped(`no tmpfs could be mounted: ${String(mounted.stderr).trim()}`);
  try {
    chmodSync(folder, 0o777);
    return await body(folder);
  } finally {
    spawnSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Writes until nothing more fits, to the last byte. */
const fill = (file: string): void => {
  const descriptor = openSync(file, "a");
  try {
    for (let size = BLOCK_BYTES; size >= 1; size = Math.floor(size / 16))
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    if (fstatSync(descriptor).size === 0) throw new Error("the disk was full before");
  } finally {
    closeSync(descriptor);
  }
};

/** Keeps the disk full for a while: what is freed meanwhile is taken again. */
const keepFull = async (file: string): Promise<void> => {
  appendFileSync(file, "");
  for (const end = Date.now() + FULL_MS; Date.now() < end; await sleep(200))
    try {
      fill(file);
    } catch {
      // Full already.
    }
  const { bfree } = statfsSync(path.dirname(file));
  rmSync(file);
  if (bfree > 0) throw new Error(`the disk was not full: ${bfree} blocks were free`);
};

const underLoad = async (rig: FaultRig, streams: number, fail: () => Promise<void>): Promise<string> => {
  const load = rig.load(streams);
  await sleep(CALM_MS);
  await fail();
  await sleep(CALM_MS);
  const seen = await load.stop();
  const verdict = await rig.judge(seen);
  return `${told(verdict)}; ${refusals(seen, REFUSALS)}`;
};

const sqliteFull = ({ streams }: RowOptions): Promise<string> =>
  onDisk(SIZE_MIB.sqlite, async (folder) => {
    const dataDir = path.join(folder, "data");
    mkdirSync(dataDir);
    const rig = await FaultRig.start({ dataDir });
    try {
      return `full for ${FULL_MS / 1000} s: ${await underLoad(rig, streams, () => keepFull(path.join(folder, "filler")))}`;
    } finally {
      await rig.remove();
    }
  });

/** Starts it again if it gave itself up, as a supervisor would. */
const revive = async (server: TestPostgres, rig: FaultRig): Promise<string> => {
  for (let tries = 0; tries < 40; tries++) {
    try {
      await rig.database.dataVersion();
      return tries === 0 ? "went on by itself" : "was started again";
    } catch {
      await sleep(250);
      if (tries === 20) {
        server.stop("immediate");
        server.start();
      }
    }
  }
  throw new Error("PostgreSQL did not come back");
};

const postgresFull = ({ streams }: RowOptions): Promise<string> =>
  onDisk(SIZE_MIB.postgres, async (folder) => {
    const home = path.join(folder, "server");
    mkdirSync(home);
    const server = startPostgres({ folder: home, durable: true });
    try {
      const rig = await FaultRig.start({ url: server.url("postgres") });
      try {
        let how = "";
        const figures = await underLoad(rig, streams, async () => {
          await keepFull(path.join(folder, "filler"));
          how = await revive(server, rig);
        });
        return `full for ${FULL_MS / 1000} s, then it ${how}: ${figures}`;
      } finally {
        await rig.remove();
      }
    } finally {
      server.remove();
    }
  });

/** Writes and syncs of the gateway fail at random; one that met a failed sync ends, and is started again by us. */
const flaky = async ({ streams }: RowOptions): Promise<string> => {
  if (!FIU.every((file) => existsSync(file))) findProgram({ name: "fiu-run", debian: "fiu-utils" });
  if (!FIU.every((file) => existsSync(file))) throw new Skipped("libfiu is not there (Debian: fiu-utils)");
  const rig = await FaultRig.start();
  const failing = {
    LD_PRELOAD: FIU.join(" "),
    FIU_ENABLE: [
      "enable_random name=posix/io/rw/pwrite,probability=0.01,failinfo=28",
      "enable_random name=posix/io/sync/*,probability=0.005,failinfo=5",
    ].join("\n"),
  };
  let [deaths, stillborn] = [0, 0];
  const launch = async (): Promise<void> => {
    for (let tries = 0; tries < MAX_STARTS; tries++)
      try {
        await rig.launch(failing);
        return;
      } catch {
        // It met a failure before it was ready.
        stillborn++;
      }
    throw new Error(`it did not start in ${MAX_STARTS} tries`);
  };
  try {
    await rig.gateway.stop();
    await launch();
    const load = rig.load(streams);
    for (const end = Date.now() + FLAKY_MS; Date.now() < end; await sleep(100)) {
      if (rig.gateway.process.exitCode === null && rig.gateway.process.signalCode === null) continue;
      deaths++;
      load.target = null;
      await launch();
      load.target = rig.target;
    }
    load.target = null;
    const seen = await load.stop();
    await rig.gateway.stop();
    await rig.launch();
    const verdict = await rig.judge(seen.filter(({ id }) => id !== ""));
    return `1 % of writes and 0.5 % of syncs failed for ${FLAKY_MS / 1000} s, ended ${deaths} times, not started ${stillborn} times: ${told(verdict)}; ${refusals(seen, REFUSALS)}`;
  } finally {
    await rig.remove();
  }
};

export const diskRows: readonly LongRow[] = [
  { id: "A12", name: "disk full, SQLite", run: sqliteFull },
  { id: "A11", name: "disk full, PostgreSQL", run: postgresFull },
  { id: "A13", name: "writes and syncs that fail, SQLite", run: flaky },
];

/** A1, A3, A4: `kill -9` at exact moments: after the hold, before the charge, between the statements of a charge, and after its commit. */
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import { startPostgres } from "../../../src/db/fixtures-postgres.ts";
import { ask } from "./load.ts";
import { FaultRig, type FaultRigOptions } from "./rig.ts";
import type { LongRow } from "./row.ts";

const PRELOAD = pathToFileURL(path.join(import.meta.dirname, "failpoint.ts")).href;

const DEATH_MS = 10_000;

/** A moment, and whether the charge stands after it. `null`: nobody can know, the connection was lost with it. */
interface Moment {
  readonly at: string;
  readonly isCharged: boolean | null;
}

/** The statements of a charge on SQLite are fewer than these; a moment that does not come is a mistake of this table. */
const STATEMENTS = [1, 2, 3, 4, 5, 6];

const MOMENTS = {
  A1: [{ at: "borrow", isCharged: false }],
  A3: [{ at: "before 1", isCharged: false }],
  A4: [
    ...STATEMENTS.slice(1).map((place) => ({ at: `before ${place}`, isCharged: false })),
    { at: "after", isCharged: true },
  ],
} as const satisfies Record<string, readonly Moment[]>;

const POSTGRES_MOMENTS = {
  A1: [{ at: "borrow", isCharged: false }],
  A3: [{ at: "unsent", isCharged: false }],
  A4: [
    { at: "sent", isCharged: null },
    { at: "after", isCharged: true },
  ],
} as const satisfies Record<string, readonly Moment[]>;

const play = async (order: FaultRigOptions, moments: readonly Moment[]): Promise<string> => {
  const rig = await FaultRig.start(order);
  const armed = path.join(rig.dataDir, "armed");
  let charges = 0;
  try {
    for (const { at, isCharged } of moments) {
      await rig.gateway.kill9();
      await rig.launch({
        NODE_OPTIONS: `--import=${PRELOAD}`,
        FARTHING_FAILPOINT: at,
        FARTHING_FAILPOINT_ARMED: armed,
      });
      const exit = once(rig.gateway.process, "exit");
      // Money is borrowed by the first request, unless that is the one to fail; the moment is that of the second.
      const warm = at === "borrow" ? [] : [await ask(rig.target, 1)];
      charges += warm.length;
      writeFileSync(armed, "");
      const broken = await ask(rig.target, 2);
      const isDead = await Promise.race([exit.then(() => true), sleep(DEATH_MS, false)]);
      rmSync(armed);
      if (!isDead) throw new Error(`${at}: the moment did not come`);
      if (broken.finished) throw new Error(`${at}: the client saw the regular end`);
      await rig.launch();
      await rig.judge(warm);
      const { rows, posted } = await rig.charges();
      const more = posted - charges;
      if (rows !== posted || (isCharged === null ? more > 1 : more !== Number(isCharged)))
        throw new Error(`${at}: ${more} more charges, ${rows} rows`);
      charges = posted;
      const again = await ask(rig.target, 1);
      if (!again.finished) throw new Error(`${at}: not served after the restart`);
      charges++;
    }
    await rig.gateway.stop();
    return `killed at ${moments.map(({ at }) => `'${at}'`).join(", ")}: charged once after its commit, never before`;
  } finally {
    await rig.remove();
  }
};

const onPostgres = async (moments: readonly Moment[]): Promise<string> => {
  const server = startPostgres({ durable: true });
  try {
    return await play({ url: server.url("postgres") }, moments);
  } finally {
    server.remove();
  }
};

export const failpointRows: readonly LongRow[] = (["A1", "A3", "A4"] as const).flatMap((id) => [
  { id, name: `exact moments, SQLite`, run: () => play({}, MOMENTS[id]) },
  { id, name: `exact moments, PostgreSQL`, run: () => onPostgres(POSTGRES_MOMENTS[id]) },
]);

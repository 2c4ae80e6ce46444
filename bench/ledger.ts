/**
 * What a charge costs in the ledger alone: callers on one hot account take a hold and settle it, as fast as they can.
 *
 *   node bench/ledger.ts sqlite|postgres [--callers 512] [--secs 5] [--rounds 3]
 *
 * PostgreSQL is the one of DATABASE_URL: an empty database of its own, which is left full. SQLite is a file in a new folder.
 */
import { parseArgs } from "node:util";

import { audit } from "../src/ledger/audit-store.ts";
import { openRig } from "./rig.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    callers: { type: "string", default: "512" },
    secs: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
  },
});
const callers = Number(values.callers);
const roundMs = Number(values.secs) * 1_000;
const rig = await openRig(positionals[0], 1);
const [customer] = rig.customers;
if (customer === undefined) throw new Error("there is no account");
let [count, end] = [0, 0];

const round = async (milliseconds: number): Promise<string> => {
  count = 0;
  const commits = rig.commits();
  const started = performance.now();
  end = started + milliseconds;
  const before = process.cpuUsage();
  const caller = async (): Promise<void> => {
    while (performance.now() < end) {
      await rig.charge(customer);
      count++;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - started) / 1_000;
  const perSecond = Math.round(count / seconds);
  return `${perSecond} charges/s, ${((user + system) / count).toFixed(1)} µs of CPU each here, ${(count / (rig.commits() - commits)).toFixed(0)} per commit`;
};

await round(roundMs);
for (let i = 0; i < Number(values.rounds); i++) console.log(await round(roundMs));
await rig.books.close();
console.log(`${(await audit(rig.database)).disagreements.length} disagreements`);
await rig.close();

/**
 * What a request leaves behind, and how fast it is found again when there are many: bytes of table and index, and pages of a history.
 *
 *   node bench/growth.ts sqlite|postgres [--rows 1000000] [--accounts 100] [--callers 512]
 *
 * `--callers 1` is the worst case: a commit, and what belongs to it, for every request. The largest account has half of them.
 */
import { parseArgs } from "node:util";

import { requestIdBytes } from "../src/id.ts";
import { audit } from "../src/ledger/audit-store.ts";
import { pageOf, spanOf, totalsOf, type HistoryFilter } from "../src/usage/history.ts";
import { historySource } from "../src/usage/store.ts";
import { openRig } from "./rig.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: "string", default: "1000000" },
    accounts: { type: "string", default: "100" },
    callers: { type: "string", default: "512" },
  },
});
const rows = Number(values.rows);
const rig = await openRig(positionals[0], Number(values.accounts));
const { customers, database } = rig;
const [largest] = customers;
if (largest === undefined) throw new Error("--accounts must be at least 1");

const empty = await rig.sizes();
let next = 0;
const caller = async (): Promise<void> => {
  while (next < rows) {
    next++;
    await rig.charge(next % 2 === 0 ? largest : (customers[(next >> 1) % customers.length] ?? largest));
  }
};
const started = performance.now();
await Promise.all(Array.from({ length: Number(values.callers) }, caller));
const seconds = (performance.now() - started) / 1_000;
console.log(`${rows} requests of ${customers.length} accounts in ${seconds.toFixed(0)} s, ${rig.commits()} commits`);
let total = 0;
for (const [table, bytes] of await rig.sizes()) {
  const each = (bytes - (empty.get(table) ?? 0)) / rows;
  total += each;
  console.log(`  ${table.padEnd(9)}${each.toFixed(1).padStart(7)} bytes`);
}
console.log(`  ${"all".padEnd(9)}${total.toFixed(1).padStart(7)} bytes of table and index per request`);

const source = historySource(database.kysely);
const all: HistoryFilter = { accountId: largest.accountId, model: null, keyId: null, outcome: null };
const open = { from: null, to: null };

/** The slowest of several runs, in milliseconds. */
const slowest = async (body: () => Promise<unknown>): Promise<string> => {
  let most = 0;
  for (let i = 0; i < 10; i++) {
    const before = performance.now();
    await body();
    most = Math.max(most, performance.now() - before);
  }
  return `${most.toFixed(1)} ms`;
};
const page = (filter: HistoryFilter, before: Uint8Array | null) => () =>
  pageOf(source, { filter, span: spanOf(open, before), limit: 200 });

const first = await page(all, null)();
let deep = first;
for (let i = 0; i < 100; i++) deep = await page(all, requestIdBytes(deep.next ?? "") ?? null)();
console.log(`first page of 200: ${await slowest(page(all, null))}`);
console.log(`page of 200 after 20,000: ${await slowest(page(all, requestIdBytes(deep.next ?? "") ?? null))}`);
console.log(`page with a filter that nothing matches: ${await slowest(page({ ...all, outcome: "crashed" }, null))}`);
console.log(`sums of the newest 100,000: ${await slowest(() => totalsOf(source, all, spanOf(open, null)))}`);
await rig.books.close();
console.log(`${(await audit(database)).disagreements.length} disagreements`);
await rig.close();

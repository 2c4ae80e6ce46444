/** The history as its account sees it, in JSON and in CSV: no provider, no route, no attempt is in it. Pure. */
import { csvLine } from "../csv.ts";
import { formatAt, type Rational } from "../money.ts";
import { COMPLETION_UNITS, PROMPT_UNITS, SECOND_PARTS, total, UNITS, type Unit } from "../unit.ts";
import type { HistoryEntry, HistoryPage, Totals } from "./history.ts";

/** What amounts are shown in. */
export interface ShownUnit {
  readonly name: string;
  readonly rate: Rational;
}

/** Seconds are counted in parts of one and shown as seconds. */
const shownCount = (unit: Unit, count: number): number => (unit === "video_second" ? count / SECOND_PARTS : count);

const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString();

const shownEntry = ({ record, keyPublicId, keyName, refunded }: HistoryEntry, { rate }: ShownUnit) => ({
  id: record.requestId,
  created_at: timeOf(record.startedAt),
  model: record.model,
  key_id: keyPublicId,
  key_name: keyName,
  protocol: record.protocol,
  stream: record.stream,
  status: record.status,
  outcome: record.outcome,
  usage_source: record.source,
  prompt_tokens: total(record.usage, PROMPT_UNITS),
  completion_tokens: total(record.usage, COMPLETION_UNITS),
  amount: formatAt(record.posted, rate),
  refunded: formatAt(refunded, rate),
  duration_ms: record.durationMs,
  first_byte_ms: record.firstByteMs,
});

const shownUsage = (usage: Readonly<Partial<Record<Unit, number | bigint>>>): Record<string, number> =>
  Object.fromEntries(
    UNITS.flatMap((unit) => {
      const count = Number(usage[unit] ?? 0);
      return count === 0 ? [] : [[unit, shownCount(unit, count)]];
    }),
  );

/** Sums; `next` names the request before which nothing was summed any more. */
const shownTotals = ({ requests, posted, refunded, usage, next }: Totals, { rate }: ShownUnit) => ({
  requests: Number(requests),
  amount: formatAt(posted, rate),
  refunded: formatAt(refunded, rate),
  usage: shownUsage(usage),
  complete: next === null,
  next,
});

/** A page as JSON text. Amounts are exact decimals in the storefront's unit. @param totals null: nobody asked for them */
export const historyJson = (page: HistoryPage, totals: Totals | null, unit: ShownUnit): string =>
  JSON.stringify({
    object: "list",
    unit: unit.name,
    data: page.entries.map((entry) => ({
      object: "usage",
      ...shownEntry(entry, unit),
      usage: shownUsage(entry.record.usage),
    })),
    has_more: page.next !== null,
    next: page.next,
    ...(totals === null ? {} : { totals: shownTotals(totals, unit) }),
  });

type Column = keyof ReturnType<typeof shownEntry>;

const COLUMNS = {
  id: true,
  created_at: true,
  model: true,
  key_id: true,
  key_name: true,
  protocol: true,
  stream: true,
  status: true,
  outcome: true,
  usage_source: true,
  prompt_tokens: true,
  completion_tokens: true,
  amount: true,
  refunded: true,
  duration_ms: true,
  first_byte_ms: true,
} as const satisfies Record<Column, true>;
const NAMES = Object.keys(COLUMNS) as readonly Column[];

/** The first line: names of the columns, then a column for each unit. */
export const csvHead = (): string => csvLine([...NAMES, "unit", ...UNITS]);

/** One line for each request. */
export const csvLines = (entries: readonly HistoryEntry[], unit: ShownUnit): string =>
  entries
    .map((entry) => {
      const shown: Readonly<Record<Column, string | number | boolean | null>> = shownEntry(entry, unit);
      const usage = shownUsage(entry.record.usage);
      return csvLine([...NAMES.map((name) => shown[name]), unit.name, ...UNITS.map((name) => usage[name] ?? 0)]);
    })
    .join("");

/** An order to the ledger as the parameters of `ledger_commit`: columns as PostgreSQL's array literals, written in one pass. Pure. */
import { endColumns, type EndColumns } from "./idempotency.ts";
import { GROWTH_FACTOR, GROWTH_SHARE, SLACK_THRESHOLD } from "./lease.ts";
import { REQUEST_COLUMNS, requestValues, type Value } from "./request-columns.ts";
import type { EndedKey, LeaseChange, Order, RequestRow } from "./store.ts";

/** Who commits: an owner in its epoch, with its revenue account. */
export interface Owner {
  readonly id: string;
  readonly epoch: number;
  readonly revenue: number;
}

type Parameter = string | number | bigint | null;

/** Most texts are plain words: looking is cheaper than replacing. */
const quoted = (text: string): string =>
  text.includes('"') || text.includes("\\") ? `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : `"${text}"`;

const literal = (value: Value | boolean): string => {
  if (value === null) return "null";
  if (typeof value === "string") return quoted(value);
  if (value instanceof Uint8Array)
    return `"\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}"`;
  return String(value);
};

const list = (values: readonly (Value | boolean)[]): string => `{${values.map(literal).join(",")}}`;

/** A column of requests; null instead of nothing but nulls, which is how most units are. */
const column = (rows: readonly Value[][], index: number): string | null => {
  if (rows.every((row) => (row[index] ?? null) === null)) return null;
  let text = "";
  for (const row of rows) {
    const value = literal(row[index] ?? null);
    text += text === "" ? value : `,${value}`;
  }
  return `{${text}}`;
};

const leaseColumns = (leases: readonly LeaseChange[]): Parameter[] => [
  list(leases.map(({ id }) => id)),
  list(leases.map(({ epoch }) => epoch)),
  list(leases.map(({ accountId }) => accountId)),
  list(leases.map(({ keyId }) => keyId)),
  list(leases.map(({ posted }) => posted)),
  list(leases.map(({ returned }) => returned)),
  list(leases.map(({ slack }) => slack)),
  list(leases.map(({ recalled }) => recalled)),
];

const wishColumns = (leases: readonly LeaseChange[]): Parameter[] => {
  const wishes = leases.flatMap((lease, index) => lease.wishes.map((wish) => ({ ...wish, lease: index + 1 })));
  return [
    list(wishes.map(({ lease }) => lease)),
    list(wishes.map(({ amount }) => amount)),
    list(wishes.map(({ minimum }) => minimum)),
  ];
};

const requestColumns = ({ postings, rejections }: Order): Parameter[] => {
  const rows: RequestRow[] = postings.map(({ row }) => row);
  const values = [...rows, ...rejections].map(requestValues);
  return [
    list([...postings.map(({ lease }) => lease + 1), ...rejections.map(() => 0)]),
    ...REQUEST_COLUMNS.map((_, index) => column(values, index)),
  ];
};

/** The parameters in the order of the function's own. */
export const commitValues = ({ id, epoch, revenue }: Owner, order: Order): Parameter[] => [
  id,
  epoch,
  revenue,
  order.now,
  SLACK_THRESHOLD,
  GROWTH_FACTOR,
  GROWTH_SHARE,
  ...leaseColumns(order.leases),
  ...wishColumns(order.leases),
  list(order.refusals.map(({ accountId }) => accountId)),
  list(order.refusals.map(({ requestId }) => requestId)),
  list(order.refusals.map(({ detail }) => detail)),
  ...requestColumns(order),
];

/** The parameters of `keyValues` by their names: each one's place, from 1, and type. */
export const KEY_PARAMETERS = {
  ended: { place: 1, type: "bytea[]" },
  states: { place: 2, type: "text[]" },
  statuses: { place: 3, type: "integer[]" },
  contentTypes: { place: 4, type: "text[]" },
  hashes: { place: 5, type: "bytea[]" },
  /** Where each reply begins in `replies`, from 1, and its length in bytes; null without one. */
  starts: { place: 6, type: "integer[]" },
  sizes: { place: 7, type: "integer[]" },
  replies: { place: 8, type: "bytea" },
  freed: { place: 9, type: "bytea[]" },
} as const;

/** What becomes of keys, in the order of `KEY_PARAMETERS`. All replies are one value, as only a single one goes as bytes. */
export const keyValues = (keys: readonly EndedKey[]): (string | Buffer)[] => {
  const ended: (EndColumns & { readonly id: Uint8Array; readonly start: number | null })[] = [];
  const freed: Uint8Array[] = [];
  const replies: Uint8Array[] = [];
  let start = 1;
  for (const { requestId, end } of keys) {
    const row = endColumns(end);
    if (row === null) freed.push(requestId);
    else ended.push({ ...row, id: requestId, start: row.reply === null ? null : start });
    if (row === null || row.reply === null) continue;
    replies.push(row.reply);
    start += row.reply.length;
  }
  return [
    list(ended.map(({ id }) => id)),
    list(ended.map(({ state }) => state)),
    list(ended.map(({ status }) => status)),
    list(ended.map(({ content_type }) => content_type)),
    list(ended.map(({ reply_hash }) => reply_hash)),
    list(ended.map((row) => row.start)),
    list(ended.map(({ reply }) => reply?.length ?? null)),
    Buffer.concat(replies),
    list(freed),
  ];
};

/** `GET /v1/usage`: what an account's requests were and what each of them cost, in pages of JSON or as one file of CSV. */
import { errors } from "../errors.ts";
import type { Exchange, Handler, StreamSink } from "../http/exchange.ts";
import { requestIdText } from "../id.ts";
import type { KeyRecord } from "../keys/key.ts";
import { OUTCOMES } from "../ledger/outcome.ts";
import {
  endOf,
  entriesOf,
  pageOf,
  spanOf,
  totalsOf,
  type HistoryEntry,
  type HistoryFilter,
  type HistorySource,
  type Span,
} from "../usage/history.ts";
import { readQuestion, type HistoryQuestion } from "../usage/parameters.ts";
import { csvHead, csvLines, historyJson, type ShownUnit } from "../usage/rendering.ts";
import { authenticate } from "./pipeline.ts";
import type { Services } from "./services.ts";

export interface UsageRoutes {
  readonly services: Services;
  readonly history: HistorySource;
  /** The account and the number of a key by its public id; undefined when there is none. */
  readonly findKey: (publicId: string) => Promise<{ readonly id: number; readonly accountId: number } | undefined>;
}

/** Readings of histories that run at once: of one account, and of all. Each is many small statements. */
const MOST_OF_ACCOUNT = 4;
const MOST_AT_ONCE = 16;
const RETRY_S = 1;

/** Who reads now. */
class Readers {
  readonly #accounts = new Map<number, number>();
  #all = 0;

  /** @throws GatewayError concurrency_limited, overloaded */
  enter(accountId: number): void {
    const count = this.#accounts.get(accountId) ?? 0;
    if (count >= MOST_OF_ACCOUNT) throw errors.concurrencyLimited(MOST_OF_ACCOUNT, RETRY_S);
    if (this.#all >= MOST_AT_ONCE) throw errors.overloaded(RETRY_S);
    this.#accounts.set(accountId, count + 1);
    this.#all++;
  }

  leave(accountId: number): void {
    const count = this.#accounts.get(accountId) ?? 0;
    if (count <= 1) this.#accounts.delete(accountId);
    else this.#accounts.set(accountId, count - 1);
    this.#all--;
  }
}

interface Reading {
  readonly source: HistorySource;
  readonly filter: HistoryFilter;
  readonly span: Span;
  readonly limit: number;
  readonly unit: ShownUnit;
}

/** @throws GatewayError unknown_object for a key that is not the account's */
const readingOf = async (
  { history, findKey, services }: UsageRoutes,
  key: KeyRecord,
  question: HistoryQuestion,
): Promise<Reading> => {
  const named = question.keyId === null ? null : await findKey(question.keyId);
  if (named !== null && named?.accountId !== key.accountId) throw errors.unknownObject("key");
  return {
    source: history,
    filter: {
      accountId: key.accountId,
      model: question.model,
      keyId: named?.id ?? null,
      outcome: question.outcome,
    },
    span: spanOf(question, question.before),
    limit: question.limit,
    unit: services.installation().storefront.unit,
  };
};

/** Waits until the client takes bytes again, or has gone. */
class Patience {
  readonly #sink: StreamSink;
  #wake: (() => void) | undefined;

  constructor(exchange: Exchange, sink: StreamSink) {
    this.#sink = sink;
    const wake = (): void => {
      this.#wake?.();
    };
    sink.onDrain(wake);
    exchange.onGone(wake);
  }

  /** @returns false when nobody is there any more */
  async write(text: string): Promise<boolean> {
    if (!this.#sink.write(Buffer.from(text)) && !this.#sink.closed)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return !this.#sink.closed;
  }
}

const CSV_HEADERS = [
  "content-type",
  "text/csv; charset=utf-8",
  "content-disposition",
  'attachment; filename="usage.csv"',
];

/** The file, as it is read. What goes wrong after its first line breaks it off: a short file must not look whole. */
const sendCsv = async (exchange: Exchange, { source, filter, span, limit, unit }: Reading): Promise<void> => {
  const end = await endOf(source, filter.accountId, span);
  const headers = end === null ? CSV_HEADERS : [...CSV_HEADERS, "x-farthing-next", requestIdText(end)];
  if (exchange.method === "HEAD") {
    exchange.reply(200, "", headers);
    return;
  }
  const pieces = entriesOf(source, filter, end === null ? span : { ...span, from: end });
  let piece = await pieces.next();
  const sink = exchange.sink({ keepAlive: null });
  const patience = new Patience(exchange, sink);
  sink.open(200, headers);
  let isThere = await patience.write(csvHead());
  for (let left = limit; isThere && left > 0 && piece.done !== true; piece = await pieces.next()) {
    const shown: readonly HistoryEntry[] = piece.value.slice(0, left);
    left -= shown.length;
    isThere = await patience.write(csvLines(shown, unit));
  }
  await pieces.return(undefined);
  sink.end();
};

/** @throws GatewayError */
export const usageHandler = (routes: UsageRoutes): Handler => {
  const readers = new Readers();
  return async (exchange) => {
    const key = await authenticate(routes.services, exchange);
    const question = readQuestion(exchange.query, exchange.headers.accept, OUTCOMES);
    readers.enter(key.accountId);
    try {
      const reading = await readingOf(routes, key, question);
      if (question.csv) {
        await sendCsv(exchange, reading);
        return;
      }
      const page = await pageOf(reading.source, reading);
      const totals = question.totals ? await totalsOf(reading.source, reading.filter, spanOf(question, null)) : null;
      exchange.reply(200, historyJson(page, totals, reading.unit));
    } finally {
      readers.leave(key.accountId);
    }
  };
};

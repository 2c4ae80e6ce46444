/** What leaves the house as a file: accounts, transfers and prices (requests: requests-routes.ts). Each asks for a fresh proof, and each is named in the audit log. */
import { z } from "@hono/zod-openapi";

import { csvLine, type CsvValue } from "../../csv.ts";
import { formatNano } from "../../money.ts";
import { piecesOf } from "../pieces.ts";
import { consoleRoute, CSV, type Call, type ConsoleRoute } from "../route.ts";
import { at } from "../values.ts";
import { actorOf } from "../viewer.ts";
import {
  accountRows,
  priceRows,
  recordExport,
  transferRows,
  type AccountRow,
  type ExportPage,
  type PriceVersionRow,
  type TransferRow,
} from "./exports-store.ts";

/** Rows of one file: whoever has more asks for a span of time. */
const MOST_ROWS = 1_000_000;
/** Beyond every time that there is. */
const FOR_EVER = 8_640_000_000_000_000;

const moment = (milliseconds: number): string => new Date(milliseconds).toISOString();

const spanQuery = z.strictObject({
  fromAt: z.coerce.number().pipe(at).default(0),
  toAt: z.coerce.number().pipe(at).default(FOR_EVER),
});

/** What a file is made of. */
interface Export<Row extends { readonly id: number }> {
  readonly what: string;
  readonly summary: string;
  readonly read: (queries: Call["services"]["database"]["kysely"], page: ExportPage) => Promise<readonly Row[]>;
  /** Columns in order. */
  readonly columns: Readonly<Record<string, (row: Row) => CsvValue>>;
}

const exportRoute = <Row extends { readonly id: number }>({
  what,
  summary,
  read,
  columns,
}: Export<Row>): ConsoleRoute =>
  consoleRoute({
    method: "get",
    path: `/admin/exports/${what}`,
    access: "admin:audit",
    stepUp: true,
    tag: "admin",
    summary,
    request: { query: spanQuery },
    response: CSV,
    handle: async ({ services, viewer, query }) => {
      const { database } = services;
      await recordExport(database, { actor: actorOf(viewer), what });
      const { fromAt: from, toAt: to } = query;
      return {
        fileName: `${what}.csv`,
        lines: piecesOf<Row>({
          head: csvLine(Object.keys(columns)),
          most: MOST_ROWS,
          read: (last, limit) => read(database.kysely, { after: last?.id ?? 0, limit, from, to }),
          write: (rows) => rows.map((row) => csvLine(Object.values(columns).map((column) => column(row)))).join(""),
        }),
      };
    },
  });

const accounts = exportRoute<AccountRow>({
  what: "accounts",
  summary: "Accounts with their balances, as CSV, by when they were opened.",
  read: accountRows,
  columns: {
    id: ({ publicId }) => publicId,
    name: ({ name }) => name,
    plan: ({ planId }) => planId,
    balance_usd: ({ balance }) => formatNano(balance),
    promo_usd: ({ promo }) => formatNano(promo),
    frozen: ({ isFrozen }) => isFrozen,
    created_at: ({ createdAt }) => moment(createdAt),
  },
});

const transfers = exportRoute<TransferRow>({
  what: "transfers",
  summary: "Every transfer of the books, as CSV, by when it was made.",
  read: transferRows,
  columns: {
    id: ({ id }) => id,
    created_at: ({ at: made }) => moment(made),
    kind: ({ kind }) => kind,
    from_account: ({ debit }) => debit,
    to_account: ({ credit }) => credit,
    amount_usd: ({ amount }) => formatNano(amount),
    request: ({ requestId }) => requestId,
    reason: ({ reason }) => reason,
    actor: ({ actor }) => actor,
  },
});

const prices = exportRoute<PriceVersionRow>({
  what: "prices",
  summary: "Every version of every price list, as CSV, by when it came into force.",
  read: priceRows,
  columns: {
    id: ({ id }) => id,
    model: ({ model }) => model,
    in_force_from: ({ validFrom }) => moment(validFrom),
    origin: ({ origin }) => origin,
    usd_per_million: ({ base }) => base,
    tiers: ({ tiers }) => tiers,
    rounding: ({ rounding }) => rounding,
  },
});

export const exportRoutes: readonly ConsoleRoute[] = [accounts, transfers, prices];

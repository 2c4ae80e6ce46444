/**
 * Opens PostgreSQL: a pool for `kysely`, one for the ledger, and, where changes of others are watched, a connection that listens.
 * Connections that are lost are replaced by the next statement; nothing here has to be told that the server is back.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionOptions } from "node:tls";

import { Kysely, PostgresDialect, sql, type PostgresPool, type PostgresPoolClient, type Transaction } from "kysely";
import pg from "pg";

import { addressName, type PostgresAddress } from "../postgres-address.ts";
import { DatabaseUnusable, type PostgresDatabase } from "./connect.ts";
import { listen } from "./listen.ts";
import { postgresFault } from "./postgres-error.ts";
import type { Schema } from "./schema.ts";
import { watchVersion } from "./watch.ts";

/** Connections of one process: the ledger's, everything else's; and one that listens. */
const LEDGER_CONNECTIONS = 4;
const OTHER_CONNECTIONS = 8;
/** Longest wait for a connection, new or free. */
const CONNECT_MS = 2_000;
const IDLE_MS = 30_000;
/** Longest wait for a lock. */
const LOCK_MS = 2_000;
/** A transaction whose owner froze must not hold its locks for ever. */
const IDLE_IN_TRANSACTION_MS = 10_000;
/** Longest statement: of a server, where a customer waits; of a command, which may read everything. */
const STATEMENT_MS = { server: 3_000, command: 600_000 } as const;
/** How much later than the server we give a statement up ourselves: the server, or the way to it, is frozen. */
const GRACE_MS = 500;
/** How often changes of others are looked for where nothing was heard of them; well below the promised second. */
const POLL_MS = 500;
/** Repetitions of a transaction that the server gave up to end a deadlock. */
const MAX_REPEATS = 8;
const REPEAT_PAUSE_MS = 5;
/** What `pg_current_xact_id_if_assigned` and the schema need. */
const OLDEST_VERSION = 140_000;

/** The advisory lock of write transactions; any number that nobody else uses in this database. */
const WRITE_LOCK = 0x66_61_72_01;
export const CHANGE_CHANNEL = "farthing_change";

/** PostgreSQL's integer types, and numeric, which here is only ever a sum of integers. */
const { INT2, INT4, INT8, NUMERIC } = pg.types.builtins;
const INTEGER_TYPES: readonly (typeof INT2)[] = [INT2, INT4, INT8, NUMERIC];

/** Integers as bigint, as SQLite reads them; everything else as the library does. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (type: typeof INT2, format?: string) =>
    INTEGER_TYPES.includes(type) && format !== "binary"
      ? (text: string) => BigInt(text)
      : pg.types.getTypeParser(type, format === "binary" ? "binary" : "text"),
};

/** @throws the file system's error for a certificate that cannot be read */
const tlsOptions = ({ tls, rootCertificate, certificate, key }: PostgresAddress): false | ConnectionOptions => {
  if (tls === "disable") return false;
  const read = (file: string | null): string | undefined => (file === null ? undefined : readFileSync(file, "utf8"));
  // As PostgreSQL's own clients do it: `require` only encrypts, unless an authority is named.
  const isChecked = tls !== "require" || rootCertificate !== null;
  return {
    rejectUnauthorized: isChecked,
    ...(tls === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
    ...(rootCertificate === null ? {} : { ca: read(rootCertificate) }),
    ...(certificate === null ? {} : { cert: read(certificate) }),
    ...(key === null ? {} : { key: read(key) }),
  };
};

const clientConfig = (address: PostgresAddress, statementMs: number): pg.ClientConfig => ({
  host: address.host,
  port: address.port,
  database: address.database,
  user: address.user,
  // An empty one, so that the library does not look for one in the environment or in a file.
  password: address.password ?? "",
  ssl: tlsOptions(address),
  application_name: "farthing",
  // Statements are short: the compiler of expressions would take longer than what it saves, up to half a second.
  options: "-c jit=off",
  keepAlive: true,
  connectionTimeoutMillis: CONNECT_MS,
  statement_timeout: statementMs,
  lock_timeout: LOCK_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  query_timeout: statementMs + GRACE_MS,
  types,
});

/** A lost connection is told to whoever waits for it; one that nobody uses at the moment must not end the process. */
const ignore = (): void => undefined;

const openPool = (config: pg.ClientConfig, max: number): pg.Pool => {
  const pool = new pg.Pool({ ...config, max, idleTimeoutMillis: IDLE_MS });
  pool.on("error", ignore);
  pool.on("connect", (client) => client.on("error", ignore));
  return pool;
};

/** The pool as Kysely uses it; connections that a statement was lost on are not used again. */
const healing = (pool: pg.Pool): PostgresPool => ({
  options: pool.options,
  connect: async () => {
    const client = await pool.connect();
    let isLost = false;
    const query = async (text: string, parameters: readonly unknown[]) => {
      try {
        return await client.query(text, [...parameters]);
      } catch (error) {
        isLost ||= postgresFault(error) === "away";
        throw error;
      }
    };
    return {
      query: query as unknown as PostgresPoolClient["query"],
      release: () => {
        client.release(isLost);
      },
    };
  },
  end: () => pool.end(),
});

/** Runs a step again while the server gives it up to end a deadlock: nothing of it happened then. */
const repeating = async <T>(step: () => Promise<T>): Promise<T> => {
  for (let repeats = 0; ; repeats++) {
    try {
      return await step();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : "";
      if ((code !== "40001" && code !== "40P01") || repeats >= MAX_REPEATS) throw error;
    }
    await sleep(REPEAT_PAUSE_MS * 2 ** repeats);
  }
};

/** Counts and announces the change, if there was one: a transaction that wrote nothing has no id. */
const ANNOUNCE = sql`
  with counted as (
    update change set version = version + 1 where pg_current_xact_id_if_assigned() is not null returning version
  )
  select pg_notify(${CHANGE_CHANNEL}, '') from counted`;

const transactionOf =
  (kysely: Kysely<Schema>) =>
  <T>(body: (queries: Transaction<Schema>) => Promise<T>): Promise<T> =>
    repeating(() =>
      kysely.transaction().execute(async (queries) => {
        await sql`select pg_advisory_xact_lock(${WRITE_LOCK})`.execute(queries);
        const result = await body(queries);
        await ANNOUNCE.execute(queries);
        return result;
      }),
    );

/** One connection without limits of time, for one purpose. */
const sessionOf = async <T>(config: pg.ClientConfig, body: (client: pg.ClientBase) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ ...config, statement_timeout: 0, lock_timeout: 0, query_timeout: 0 });
  client.on("error", ignore);
  try {
    await client.connect();
    return await body(client);
  } finally {
    await client.end();
  }
};

/** @throws Error saying why the server will not do */
const checkServer = async (pool: pg.Pool): Promise<void> => {
  const { rows } = await pool.query<{ version: bigint; encoding: string }>(
    "select current_setting('server_version_num')::int4 as version, current_setting('server_encoding') as encoding",
  );
  const [row] = rows;
  if (row === undefined || row.version < OLDEST_VERSION)
    throw new Error(`it is older than PostgreSQL ${OLDEST_VERSION / 10_000}`);
  if (row.encoding !== "UTF8") throw new Error(`its encoding is ${row.encoding}, not UTF8`);
};

/** @throws DatabaseUnusable */
export const openPostgres = async (
  address: PostgresAddress,
  { server = false }: { readonly server?: boolean } = {},
): Promise<PostgresDatabase> => {
  const name = addressName(address);
  let config: pg.ClientConfig;
  try {
    config = clientConfig(address, server ? STATEMENT_MS.server : STATEMENT_MS.command);
  } catch (error) {
    throw new DatabaseUnusable(name, error);
  }
  const [pool, other] = [openPool(config, LEDGER_CONNECTIONS), openPool(config, OTHER_CONNECTIONS)];
  const kysely = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: healing(other) }) });
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= Promise.all([pool.end(), other.end()]).then(ignore));
  try {
    await checkServer(pool);
  } catch (error) {
    await close();
    throw new DatabaseUnusable(name, error);
  }
  const dataVersion = async (): Promise<bigint> =>
    (await kysely.selectFrom("change").select("version").executeTakeFirstOrThrow()).version;
  return {
    kind: "postgres",
    name,
    kysely,
    pool,
    transaction: transactionOf(kysely),
    session: (body) => sessionOf(config, body),
    dataVersion,
    watch: async (watcher) => {
      const watch = await watchVersion(dataVersion, watcher, POLL_MS);
      const stopListening = listen(config, CHANGE_CHANNEL, watch.look);
      return {
        ...watch,
        stop: async () => {
          await stopListening();
          await watch.stop();
        },
      };
    },
    close,
  };
};

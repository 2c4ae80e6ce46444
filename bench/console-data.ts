/**
 * A busy installation's requests for the benchmark of the console, made in bulk: twenty accounts that never sleep have half of them, all
 * with five keys and four models; of a thousand others sixty are at work in any hour, with a key and a model or two.
 */
import type { PostgresDatabase, SqliteDatabase } from "../src/db/connect.ts";
import { requestPeriod } from "../src/id.ts";
import { REQUEST_COLUMNS, requestValues } from "../src/ledger/request-columns.ts";
import { ROLL_UPS, rollUpRuns } from "../src/ledger/rollup-store.ts";
import type { RequestRow } from "../src/ledger/store.ts";

/** Accounts have ids from here on; account `n` has the keys `5 n + 1` to `5 n + 5`. */
export const FIRST_ACCOUNT = 1_000;
export const HEAVY = 20;
const LIGHT = 980;
const AWAKE = 60;
const KEYS = 5;
export const MODELS = 40;
const HOUR_MS = 3_600_000;
/** Requests of one statement. */
const CHUNK = 100_000;
const SQLITE_CHUNK = 5_000;

export interface Filling {
  readonly rows: number;
  /** Milliseconds since the Unix epoch; requests are spread evenly over the time between. */
  readonly from: number;
  readonly to: number;
}

const PRICE = "insert into price (id, model, base, tiers, rounding, valid_from) values (1, 'm', '{}', '[]', '{}', 0)";

/** A chunk of requests: $1 requests in the time from $2 to $3. The trigger adds them up. */
const FILL_POSTGRES = `
  insert into request (hold, posted, absorbed, input, cache_read, output, reasoning, multiplier_num, multiplier_den, account_id, key_id,
    price_id, duration_ms, first_byte_ms, period, status, stream, usage_invalid, id, outcome, source, model, protocol, plan_id, attempts)
  select 100000000, case when bad then 0 else 1000000 + (random() * 9000000)::bigint end, 0,
    (random() * 2000)::bigint, (random() * 20000)::bigint, (random() * 900)::bigint, null, 3, 10, ${FIRST_ACCOUNT} + account,
    (${FIRST_ACCOUNT} + account) * ${KEYS} + key, 1,
    took, took / 8, at / 604800000, case when bad then 502 else 200 end, 1, 0,
    decode(lpad(to_hex(at), 12, '0') || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15), 'hex'),
    case when bad then 'upstream_failed_before_output' else 'completed' end, 'reported', 'model-' || model, 'openai-chat', 'basic',
    case when bad then '[["upstream-' || model % 8 || '",900,null,500,"upstream_failed"]]'
      else '[["upstream-' || (model + (random() < 0.1)::integer) % 8 || '",' || took - 3 || ',4000000]]' end
  from (
    select at, account, bad, took,
      case when account < ${HEAVY} then floor(${KEYS} * random() ^ 2)::integer else (account + at / ${HOUR_MS})::integer % ${KEYS} end + 1 as key,
      (account * 7 + case when account < ${HEAVY} then floor(4 * random())::integer else (random() < 0.2)::integer end) % ${MODELS} as model
    from (
      select at, random() < 0.02 as bad, (200 + 6000 * random() ^ 3)::integer as took,
        case when random() < 0.5 then floor(${HEAVY} * random() ^ 2)::integer
          else ${HEAVY} + ((at / ${HOUR_MS}) * 37 + floor(${AWAKE} * random())::bigint)::integer % ${LIGHT} end as account
      from (select ($2::float8 + ($3::float8 - $2::float8) * (g / $1::float8))::bigint as at from generate_series(1, $1::integer) g) t
    ) a
  ) r`;

export const fillPostgres = async (database: PostgresDatabase, { rows, from, to }: Filling): Promise<void> => {
  await database.session(async (client) => {
    await client.query("set synchronous_commit = off");
    await client.query(PRICE);
    await client.query(
      `insert into account (id, public_id, kind, name, created_at)
       select ${FIRST_ACCOUNT} + n, 'acc_' || n, 'customer', 'Account ' || n, 0 from generate_series(0, ${HEAVY + LIGHT - 1}) n`,
    );
    await client.query(
      `insert into api_key (id, public_id, account_id, name, hash, prefix, last4, created_at)
       select a.id * ${KEYS} + k, 'key_' || a.id || '_' || k, a.id, 'Key ' || k, decode(md5(a.id || '-' || k) || md5(k || '+' || a.id), 'hex'),
         'sk-', 'abcd', 0
       from account a, generate_series(1, ${KEYS}) k where a.kind = 'customer'`,
    );
    // What is added later, by a server for one, goes on after these.
    for (const table of ["price", "account", "api_key"])
      await client.query(`select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`);
    const period = (at: number): number => Math.floor(at / 604_800_000);
    await client.query("select make_request_partitions($1, $2)", [period(from), period(to)]);
    const chunks = Math.ceil(rows / CHUNK);
    for (let chunk = 0; chunk < chunks; chunk++) {
      const start = from + ((to - from) * chunk) / chunks;
      await client.query(FILL_POSTGRES, [Math.ceil(rows / chunks), start, from + ((to - from) * (chunk + 1)) / chunks]);
      if (chunk % 10 === 9) console.log(`  ${chunk + 1} of ${chunks} chunks`);
    }
    await client.query("vacuum analyze");
  });
};

const below = (most: number): number => Math.floor(Math.random() * most);

const rowAt = (at: number): RequestRow => {
  const id = Buffer.alloc(16);
  id.writeUIntBE(at, 0, 6);
  id.writeUInt32BE(below(2 ** 32), 8);
  id.writeUInt32BE(below(2 ** 32), 12);
  const hour = Math.floor(at / HOUR_MS);
  const isHeavy = Math.random() < 0.5;
  const account = isHeavy ? Math.floor(HEAVY * Math.random() ** 2) : HEAVY + ((hour * 37 + below(AWAKE)) % LIGHT);
  const key = isHeavy ? Math.floor(KEYS * Math.random() ** 2) : (account + hour) % KEYS;
  const model = (account * 7 + (isHeavy ? below(4) : Number(Math.random() < 0.2))) % MODELS;
  const isBad = Math.random() < 0.02;
  const took = Math.floor(200 + 6_000 * Math.random() ** 3);
  const posted = isBad ? 0n : BigInt(1_000_000 + below(9_000_000));
  const upstream = `upstream-${(model + Number(Math.random() < 0.1)) % 8}`;
  return {
    id,
    period: requestPeriod(id),
    accountId: FIRST_ACCOUNT + account,
    keyId: (FIRST_ACCOUNT + account) * KEYS + key + 1,
    durationMs: took,
    firstByteMs: Math.floor(took / 8),
    status: isBad ? 502 : 200,
    stream: true,
    outcome: isBad ? "upstream_failed_before_output" : "completed",
    source: "reported",
    usageInvalid: false,
    model: `model-${model}`,
    protocol: "openai-chat",
    usage: { input: below(2_000), cache_read: below(20_000), output: below(900) },
    priceId: 1,
    planId: "basic",
    multiplierNum: 3n,
    multiplierDen: 10n,
    exact: null,
    hold: 100_000_000n,
    posted,
    absorbed: 0n,
    attempts: isBad ? `[["${upstream}",900,null,500,"upstream_failed"]]` : `[["${upstream}",${took - 3},4000000]]`,
  };
};

/** By the statements of the ledger itself. */
export const fillSqlite = ({ sqlite }: SqliteDatabase, { rows, from, to }: Filling): void => {
  sqlite.exec(`pragma synchronous = off; ${PRICE};
    insert into account (id, public_id, kind, name, created_at)
      select ${FIRST_ACCOUNT} + value, 'acc_' || value, 'customer', 'Account ' || value, 0 from (
        with recursive n (value) as (select 0 union all select value + 1 from n where value < ${HEAVY + LIGHT - 1}) select value from n);
    insert into api_key (id, public_id, account_id, name, hash, prefix, last4, created_at)
      select a.id * ${KEYS} + k.column1, 'key_' || a.id || '_' || k.column1, a.id, 'Key ' || k.column1, randomblob(32), 'sk-', 'abcd', 0
      from account a, (values (1), (2), (3), (4), (5)) k where a.kind = 'customer';`);
  const columns = REQUEST_COLUMNS.map(({ name }) => name);
  const insert = sqlite.prepare(
    `insert into request (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`,
  );
  const rollUps = {
    rollUpAccount: sqlite.prepare(ROLL_UPS.rollUpAccount),
    rollUpAccountDaily: sqlite.prepare(ROLL_UPS.rollUpAccountDaily),
    rollUpAll: sqlite.prepare(ROLL_UPS.rollUpAll),
    rollUpAllDaily: sqlite.prepare(ROLL_UPS.rollUpAllDaily),
    rollUpDay: sqlite.prepare(ROLL_UPS.rollUpDay),
  };
  for (let done = 0; done < rows; done += SQLITE_CHUNK) {
    const chunk = Array.from({ length: Math.min(SQLITE_CHUNK, rows - done) }, (_, place) =>
      rowAt(Math.floor(from + ((to - from) * (done + place)) / rows)),
    );
    sqlite.exec("begin");
    for (const row of chunk) insert.run(...requestValues(row));
    for (const { statement, values } of rollUpRuns(chunk)) rollUps[statement].run(...values);
    sqlite.exec("commit");
  }
  sqlite.exec("analyze; pragma synchronous = full;");
};

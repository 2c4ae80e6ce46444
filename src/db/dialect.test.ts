import { DatabaseSync } from "node:sqlite";

import { Kysely, sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";

import { nodeSqliteDialect } from "./dialect.ts";

let kysely: Kysely<unknown>;

beforeEach(async () => {
  kysely = new Kysely<unknown>({ dialect: nodeSqliteDialect(new DatabaseSync(":memory:", { readBigInts: true })) });
  await sql`create table thing (id integer primary key, name text)`.execute(kysely);
});

afterEach(async () => {
  await kysely.destroy();
});

const all = async (): Promise<readonly unknown[]> => (await sql`select * from thing order by id`.execute(kysely)).rows;

test("a statement that stays prepared sees rows and columns that came later", async () => {
  expect(await all()).toEqual([]);
  await sql`insert into thing (name) values ('a')`.execute(kysely);
  expect(await all()).toEqual([{ id: 1n, name: "a" }]);
  await sql`alter table thing add column weight integer not null default 7`.execute(kysely);
  expect(await all()).toEqual([{ id: 1n, name: "a", weight: 7n }]);
});

test("the same text with other values is another question, and a write tells what it changed", async () => {
  for (const name of ["a", "b", "c"]) {
    const { numAffectedRows, insertId } = await sql`insert into thing (name) values (${name})`.execute(kysely);
    expect(numAffectedRows).toBe(1n);
    expect(insertId).toBeGreaterThan(0n);
  }
  const named = (name: string) => sql<{ id: bigint }>`select id from thing where name = ${name}`.execute(kysely);
  expect((await named("b")).rows).toEqual([{ id: 2n }]);
  expect((await named("c")).rows).toEqual([{ id: 3n }]);
  const made = await sql<{ id: bigint }>`insert into thing (name) values (${"d"}) returning id`.execute(kysely);
  expect(made.rows).toEqual([{ id: 4n }]);
});

test("more texts than are kept are all answered, the first one again as well", async () => {
  for (const round of [0, 1])
    for (let value = 0; value < 300; value++)
      expect((await sql.raw<{ value: bigint }>(`select ${value} as value`).execute(kysely)).rows, `${round}`).toEqual([
        { value: BigInt(value) },
      ]);
});

test("a text that fails is not kept: it works once there is what it names", async () => {
  const later = sql`select name from later`;
  await expect(later.execute(kysely)).rejects.toThrow(/no such table/);
  await sql`create table later (name text)`.execute(kysely);
  expect((await later.execute(kysely)).rows).toEqual([]);
});

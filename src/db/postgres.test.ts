import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { DatabaseUnusable } from "./connect.ts";
import { createPostgres, startPostgres, type TestPostgres, type TestPostgresDatabase } from "./fixtures-postgres.ts";
import { migrate } from "./migrate.ts";
import { openPostgres } from "./postgres.ts";
import { postgresFault } from "./postgres-error.ts";

let shared: TestPostgresDatabase;
beforeAll(async () => {
  shared = await createPostgres();
});
afterAll(() => shared.drop());

const SECRET = "a-password";
const faultOf = (running: Promise<unknown>): Promise<string> => running.then(() => "none", postgresFault);

describe("a database that cannot be used is named in one line, without its password", () => {
  const refused = async (changes: Partial<TestPostgresDatabase["address"]>): Promise<string> => {
    const opening = openPostgres({ ...shared.address, password: SECRET, ...changes });
    await expect(opening).rejects.toThrow(DatabaseUnusable);
    const { message } = await opening.then(
      () => new Error("opened"),
      (error: Error) => error,
    );
    expect(message.split("\n")).toHaveLength(1);
    expect(message).not.toContain(SECRET);
    return message;
  };

  it("when nobody listens", async () => {
    expect(await refused({ host: "127.0.0.1", port: 1 })).toContain("ECONNREFUSED");
    expect(await refused({ host: "localhost", port: 1 })).toContain("postgres://localhost:1/");
  });

  it("when the host has no address", async () => {
    expect(await refused({ host: "no-such-host.invalid" })).toContain("postgres://no-such-host.invalid:5432/");
  });

  it("when there is no such database or user", async () => {
    expect(await refused({ database: "nowhere" })).toContain('"nowhere" does not exist');
    expect(await refused({ user: "nobody" })).toContain('"nobody" does not exist');
  });

  it("when it does not speak TLS and must, or a certificate is missing", async () => {
    expect(await refused({ tls: "require" })).toContain("SSL");
    const missing = { tls: "verify-full", rootCertificate: "/nowhere/ca.pem" } as const;
    expect(await refused(missing)).toContain("ENOENT");
  });
});

it("a transaction that a deadlock ended is run again, whole", async () => {
  const [one, two] = [await openPostgres(shared.address), await openPostgres(shared.address)];
  const client = await two.pool.connect();
  await client.query("set deadlock_timeout = '1min'");
  let runs = 0;
  await client.query("begin; update account set name = 'x' where id = 1");
  const running = one.transaction(async (queries) => {
    runs++;
    await queries.updateTable("account").set({ plan_id: "p" }).where("id", "=", 2n).execute();
    const second = queries.updateTable("account").set({ plan_id: "p" }).where("id", "=", 1n).execute();
    if (runs === 1) void client.query("update account set name = 'y' where id = 2").then(() => client.query("commit"));
    await second;
  });
  await running;
  expect(runs).toBe(2);
  client.release();
  await Promise.all([one.close(), two.close()]);
});

describe("a server that goes away", () => {
  let server: TestPostgres;
  beforeAll(() => {
    server = startPostgres({ durable: true });
  });
  afterAll(() => {
    server.remove();
  });

  it("fails what runs as away, and is used again by itself when it is back (A6)", async () => {
    const database = await openPostgres(server.address("postgres"), { server: true });
    await migrate(database);
    const changes: bigint[] = [];
    const watch = await database.watch({
      changed: async () => {
        changes.push(await database.dataVersion());
      },
      failed: () => undefined,
    });
    const bump = () =>
      database.transaction((queries) =>
        queries.updateTable("account").set({ name: "x" }).where("id", "=", 1n).execute(),
      );
    await bump();
    const running = [
      database.pool.query("select pg_sleep(60)"),
      database.transaction(async (queries) => {
        server.stop();
        await queries.selectFrom("account").selectAll().execute();
      }),
    ].map(faultOf);
    expect(await Promise.all(running)).toEqual(["away", "away"]);
    expect(await faultOf(bump())).toBe("away");
    expect(await faultOf(database.pool.query("select 1"))).toBe("away");
    server.start();
    await bump();
    expect((await database.pool.query("select 1 as one")).rows).toEqual([{ one: 1n }]);
    const version = await database.dataVersion();
    while (changes.at(-1) !== version) await new Promise((resolve) => setTimeout(resolve, 10));
    await watch.stop();
    await database.close();
  });
});

it("a certificate that is no certificate is told as what is wrong with the database", async () => {
  const file = path.join(shared.address.host, "..", "no-certificate.pem");
  writeFileSync(file, "nothing");
  const address = { ...shared.address, tls: "verify-ca", rootCertificate: file } as const;
  await expect(openPostgres(address)).rejects.toThrow(DatabaseUnusable);
});

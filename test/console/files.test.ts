/** Files that leave as streams: nobody reads on for a reader who has gone, and a file that is broken off never looks whole. */
import http from "node:http";

import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { openRig, type Rig } from "./rig.ts";

/** Rows of one page, as pieces.ts reads them. */
const PAGE_ROWS = 1_000;
const PAGES = 40;
/** Characters of each row's detail: all pages together are far more than sockets hold for a reader who does not read. */
const ROW_SIZE = 1_000;

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
  const rows = PAGE_ROWS * PAGES;
  const detail = JSON.stringify({ note: "x".repeat(ROW_SIZE) });
  const { kysely } = rig.gateway.server.database;
  // A line for each moment, made by the database itself.
  await sql`
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ${sql.raw(String(rows))})
    insert into audit_log (at, actor, action, object, detail) select i, 'test', 'test.row', 'o', ${sql.lit(detail)} from n
  `.execute(kysely);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rig.close();
});

interface Reading {
  readonly response: http.IncomingMessage;
  /** Resolves when the body has ended. @returns whether it ended well, and its size */
  readonly ended: Promise<{ readonly whole: boolean; readonly bytes: number }>;
}

/** Asks for the file and reads its beginning; after that nothing until `resume`. */
const begin = (): Promise<Reading> =>
  new Promise((resolve, reject) => {
    const address = `${rig.gateway.url}/console/api/admin/audit/file?action=test.`;
    http
      .get(address, { agent: false, headers: { cookie: rig.cookies.operator } }, (response) => {
        let bytes = 0;
        const ended = new Promise<{ whole: boolean; bytes: number }>((settle) => {
          response.on("close", () => {
            settle({ whole: response.complete, bytes });
          });
        });
        response.on("error", () => undefined);
        response.on("data", (chunk: Buffer) => (bytes += chunk.length));
        response.once("data", () => {
          response.pause();
          resolve({ response, ended });
        });
      })
      .on("error", reject);
  });

/** Pages that were read of the log so far. */
const pagesRead = (): (() => number) => {
  const asked = vi.spyOn(rig.gateway.server.database.kysely, "selectFrom");
  return () => asked.mock.calls.filter(([from]) => from === "audit_log").length;
};

/** Until nothing more is read: as many looks in a row find the same. */
const quiet = async (read: () => number): Promise<number> => {
  for (let same = 0, last = -1; same < 20;) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const now = read();
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return read();
};

describe("a file that is written as a stream", () => {
  it("is whole for who reads it", async () => {
    const { response, ended } = await begin();
    response.resume();
    const { whole, bytes } = await ended;
    expect(whole).toBe(true);
    expect(bytes).toBeGreaterThan(PAGE_ROWS * PAGES * ROW_SIZE);
  });

  it("waits for who does not read, and ends its queries when they leave", async () => {
    const pages = pagesRead();
    const { response, ended } = await begin();
    const waiting = await quiet(pages);
    expect(waiting).toBeGreaterThan(0);
    expect(waiting).toBeLessThan(PAGES);
    response.destroy();
    await ended;
    // One page may be under way.
    expect(await quiet(pages)).toBeLessThanOrEqual(waiting + 1);
  });

  it("is cut where the database fails in the middle, so that nobody takes it for all there is", async () => {
    const pages = pagesRead();
    const { response, ended } = await begin();
    await quiet(pages);
    const { kysely } = rig.gateway.server.database;
    await sql`alter table audit_log rename to audit_log_away`.execute(kysely);
    response.resume();
    const { whole, bytes } = await ended;
    await sql`alter table audit_log_away rename to audit_log`.execute(kysely);
    expect(whole).toBe(false);
    expect(bytes).toBeGreaterThan(0);
  });
});

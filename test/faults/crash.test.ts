/** A2: `kill -9` in the middle of 50 streams, then a restart: nothing lost, nothing doubled, the books agree (I-21, I-25, I-29). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { requestIdText } from "../../src/id.ts";
import { startGateway, type GatewayProcess } from "../client.ts";

const dataDir = mkdtempSync(path.join(tmpdir(), "farthing-crash-"));
let gateway: GatewayProcess;

beforeAll(async () => {
  gateway = await startGateway({ dataDir });
});
afterAll(async () => {
  await gateway.kill9();
  rmSync(dataDir, { recursive: true, force: true });
});

const STREAMS = 50;

interface Seen {
  /** Empty when no head came. */
  readonly id: string;
  /** The client saw the regular end. */
  readonly finished: boolean;
}

/** Starts a stream of so many words, 50 ms each, and reads what comes until it ends or breaks. */
const readStream = async (key: string, words: number): Promise<Seen> => {
  let id = "";
  try {
    const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: "sandbox/slow",
        stream: true,
        max_tokens: 200,
        messages: [{ role: "user", content: "word ".repeat(words) }],
      }),
    });
    id = reply.headers.get("x-request-id") ?? "";
    return { id, finished: (await reply.text()).includes("[DONE]") };
  } catch {
    return { id, finished: false };
  }
};

/** What is stored of an account: its balance, and of each of its requests what it posted and how often it is there. */
const stored = (publicId: string) => {
  const database = new DatabaseSync(path.join(dataDir, "farthing.db"), { readOnly: true, readBigInts: true });
  const account = database.prepare("select id, balance, leased from account where public_id = ?").get(publicId);
  const rows = database
    .prepare(
      "select id, outcome, posted, (select count(*) from request t where t.id = r.id) as charges from request r where account_id = ?",
    )
    .all(account?.["id"] as bigint);
  database.close();
  return {
    balance: account?.["balance"] as bigint,
    leased: account?.["leased"] as bigint,
    rows: new Map(
      rows.map((row) => [
        requestIdText(row["id"] as Uint8Array),
        { outcome: row["outcome"], posted: row["posted"] as bigint, charges: row["charges"] },
      ]),
    ),
  };
};

describe("kill -9 in the middle of 50 streams", () => {
  it.each([[400], [1_700], [2_600]])(
    "after %i ms: finished streams are charged once, broken ones not at all",
    async (after) => {
      const account = (await gateway.cli("account", "create", "--name", `crash ${after}`, "--credit", "10")) as {
        id: string;
      };
      const { key } = (await gateway.cli("key", "create", "--account", account.id)) as { key: string };
      // From one word to fifty, so that some have ended, some are ending, and some go on when the process dies.
      const streams = Array.from({ length: STREAMS }, (_unused, index) => readStream(key, index + 1));
      await new Promise((resolve) => setTimeout(resolve, after));
      await gateway.kill9();
      const seen = await Promise.all(streams);
      gateway = await startGateway({ dataDir });
      expect(await gateway.cli("audit")).toMatchObject({ disagreements: [] });
      const { rows, balance, leased } = stored(account.id);
      expect(leased).toBe(0n);
      for (const { id } of seen.filter(({ finished }) => finished))
        expect(rows.get(id)).toMatchObject({ outcome: "completed", charges: 1n });
      let posted = 0n;
      for (const [id, row] of rows) {
        expect(seen.map((stream) => stream.id)).toContain(id);
        expect(row).toMatchObject({ outcome: "completed", charges: 1n });
        posted += row.posted;
      }
      expect(balance).toBe(10_000_000_000n - posted);
      // The restarted gateway serves the same key, and what it charges is one more charge.
      const again = await readStream(key, 1);
      expect(again.finished).toBe(true);
      expect(stored(account.id).rows.get(again.id)).toMatchObject({ outcome: "completed", charges: 1n });
    },
  );
});

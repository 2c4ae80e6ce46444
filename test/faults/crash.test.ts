/** A2: `kill -9` in the middle of 50 streams, then a restart: nothing lost, nothing doubled, the books agree (I-25, I-29). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startGateway } from "../client.ts";

const dataDir = mkdtempSync(path.join(tmpdir(), "farthing-crash-"));
let gateway: Awaited<ReturnType<typeof startGateway>>;

beforeAll(async () => {
  gateway = await startGateway({ dataDir });
});
afterAll(async () => {
  await gateway.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

interface AuditJson {
  readonly disagreements: readonly unknown[];
}

const STREAMS = 50;

/** Starts a stream and reads what comes, until it breaks. @returns true when it reached its end. */
const readStream = async (url: string, key: string): Promise<boolean> => {
  try {
    const reply = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: "sandbox/slow",
        stream: true,
        max_tokens: 200,
        messages: [{ role: "user", content: "word ".repeat(20) }],
      }),
    });
    return (await reply.text()).includes("[DONE]");
  } catch {
    return false;
  }
};

describe("kill -9 in the middle of 50 streams", () => {
  it.each([[400], [1_300], [2_100]])(
    "after %i ms: finished streams are charged once, broken ones not at all",
    async (after) => {
      const account = (await gateway.cli("account", "create", "--name", `crash ${after}`, "--credit", "10")) as {
        id: string;
      };
      const { key } = (await gateway.cli("key", "create", "--account", account.id)) as { key: string };
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const streams = Array.from({ length: STREAMS }, () => readStream(gateway.url, key));
      await new Promise((resolve) => setTimeout(resolve, after));
      gateway.kill9();
      const finished = (await Promise.all(streams)).filter(Boolean).length;
      gateway = await startGateway({ dataDir });
      const report = (await gateway.cli("audit")) as AuditJson;
      expect(report.disagreements).toEqual([]);
      const profile = (await (
        await fetch(`${gateway.url}/v1/profile`, { headers: { authorization: `Bearer ${key}` } })
      ).json()) as { balance: string };
      const again = await readStream(gateway.url, key);
      expect(again).toBe(true);
      const after1 = (await (
        await fetch(`${gateway.url}/v1/profile`, { headers: { authorization: `Bearer ${key}` } })
      ).json()) as { balance: string };
      const one = nano(profile.balance) - nano(after1.balance);
      // Every stream costs the same: what left the balance is that many charges, no fewer than the clients saw end.
      const charged = (nano("10") - nano(profile.balance)) / one;
      expect((nano("10") - nano(profile.balance)) % one).toBe(0n);
      expect(Number(charged)).toBeGreaterThanOrEqual(finished);
      expect(Number(charged)).toBeLessThanOrEqual(STREAMS);
    },
  );
});

const nano = (text: string): bigint => {
  const [whole = "0", fraction = ""] = text.split(".");
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
};

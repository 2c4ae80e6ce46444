/** Group C of the fault matrix where the whole gateway takes part: clients that leave, stop reading, or crowd one balance. */
import { connect, type Socket } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { audit } from "../../src/ledger/audit-store.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ credit: "100" });
});
afterAll(async () => {
  expect((await audit(gateway.server.database)).disagreements).toEqual([]);
  await gateway.close();
});

/** Waits until the server has settled everything and committed `rows` rows in all (I-32: within 5 s). */
const expectSettled = async (on: TestGateway, rows: number): Promise<void> => {
  const done = (): boolean =>
    on.server.books.open().count === 0 && Number(on.query("select count(*) as n from request")[0]?.["n"]) >= rows;
  for (const until = Date.now() + 5_000; Date.now() < until && !done();)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(done()).toBe(true);
};

const send = (on: TestGateway, body: object): Socket => {
  const text = JSON.stringify(body);
  const socket = connect(on.port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${on.key}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  return socket;
};

const words = (count: number): object => ({
  model: "sandbox/slow",
  stream: true,
  messages: [{ role: "user", content: "word ".repeat(count) }],
});

describe("clients that leave", () => {
  it("C61 before the first token: nothing is charged beyond the input, everything is settled", async () => {
    const sockets = Array.from({ length: 100 }, () => send(gateway, words(50)));
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const socket of sockets) socket.destroy();
    await expectSettled(gateway, 100);
    const rows = gateway.query("select outcome, posted from request where outcome like 'client_cancelled%'");
    expect(rows.length).toBe(100);
    for (const row of rows) if (row["outcome"] === "client_cancelled_preflight") expect(row["posted"]).toBe(0n);
  });

  it("C62 after k tokens: never nothing, never the whole reply", async () => {
    const known = Number(gateway.query("select count(*) as n from request")[0]?.["n"]);
    const leaves = Array.from({ length: 10 }, async (_unused, k) => {
      const socket = send(gateway, words(300));
      let bytes = 0;
      await new Promise<void>((resolve) => {
        socket.on("data", (chunk) => {
          bytes += chunk.length;
          if (bytes > 1_000 * (k + 1)) {
            socket.destroy();
            resolve();
          }
        });
      });
    });
    await Promise.all(leaves);
    await expectSettled(gateway, known + 10);
    const rows = gateway.query("select * from request order by id").slice(known);
    expect(rows.length).toBe(10);
    for (const row of rows) {
      expect(row["outcome"]).toBe("client_cancelled");
      expect(Number(row["output"])).toBeGreaterThan(0);
      expect(Number(row["output"])).toBeLessThan(375);
      expect(row["posted"]).toBeLessThanOrEqual(row["hold"] as bigint);
    }
  });

  it("C63 that stop reading do not grow our memory", async () => {
    const known = Number(gateway.query("select count(*) as n from request")[0]?.["n"]);
    const socket = send(gateway, {
      ...words(1),
      model: "sandbox/echo",
      messages: [{ role: "user", content: "word ".repeat(400_000) }],
      max_tokens: 100,
    });
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 300));
    socket.destroy();
    await expectSettled(gateway, known + 1);
  });
});

describe("one small balance (I-14, E100)", () => {
  const HELLO = { model: "sandbox/echo", max_tokens: 256, messages: [{ role: "user", content: "hello" }] };

  /** Puts exactly `count` times the hold of HELLO on a fresh gateway's balance. */
  const gatewayFor = async (count: bigint): Promise<TestGateway> => {
    const probe = await startTestGateway({ credit: "1" });
    const reply = await post(probe, HELLO);
    const hold = (await probe.row(reply.headers.get("x-request-id") ?? ""))["hold"] as bigint;
    await probe.close();
    const nano = hold * count;
    return await startTestGateway({
      credit: `${nano / 1_000_000_000n}.${(nano % 1_000_000_000n).toString().padStart(9, "0")}`,
    });
  };

  const post = (on: TestGateway, body: object): Promise<Response> =>
    fetch(`${on.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${on.key}` },
      body: JSON.stringify(body),
    });

  it("admits exactly 7 of 200 equal requests on a balance worth 7", async () => {
    const small = await gatewayFor(7n);
    try {
      // `slow` keeps every hold open until all have asked.
      const replies = await Promise.all(
        Array.from({ length: 200 }, () => post(small, { ...HELLO, model: "sandbox/slow" })),
      );
      const statuses = replies.map((reply) => reply.status);
      expect(statuses.filter((status) => status === 200).length).toBe(7);
      expect(statuses.filter((status) => status === 402).length).toBe(193);
      expect(small.balance()).toBeGreaterThanOrEqual(0n);
      expect((await audit(small.server.database)).disagreements).toEqual([]);
    } finally {
      await small.close();
    }
  });

  it("never posts more than the balance when caps are lowered", async () => {
    const small = await gatewayFor(7n);
    const start = small.balance();
    try {
      const long = { ...HELLO, max_tokens: 4_000, messages: [{ role: "user", content: "word ".repeat(20) }] };
      const replies = await Promise.all(Array.from({ length: 100 }, () => post(small, long)));
      const lowered = replies.filter((reply) => reply.headers.get("x-farthing-max-tokens") !== null);
      expect(lowered.length).toBeGreaterThan(0);
      const posted = small.query("select sum(posted) as sum from request")[0]?.["sum"] as bigint;
      expect(posted).toBeLessThanOrEqual(start);
      expect(small.balance()).toBe(start - posted);
      expect((await audit(small.server.database)).disagreements).toEqual([]);
    } finally {
      await small.close();
    }
  });
});

import { describe, expect, it } from "vitest";

import type { RequestLine } from "./figures.ts";
import { requestsPieces } from "./requests-csv.ts";

const LINE: RequestLine = {
  id: "req_1",
  at: 0,
  accountId: 1,
  keyPublicId: "key_1",
  keyName: '@"x"',
  model: "=1+1",
  protocol: "openai-chat",
  stream: false,
  status: 200,
  outcome: "completed",
  source: "reported",
  spend: 1_500_000_000n,
  refunded: 0n,
  tokens: { input: 1n, cacheRead: 2n, output: 3n, reasoning: 4n },
  durationMs: 5,
  firstByteMs: null,
  upstream: "u",
  accountPublicId: "acc_1",
  accountName: "a",
  absorbed: 0n,
  cost: 1_500_000_001n,
  attempts: 1,
};

const CREDITS = { name: "credits", rate: { num: 2n, den: 1n } };

/** The file of two pieces: one request, then none and one. */
const file = async (isOperator: boolean): Promise<readonly string[]> => {
  async function* pieces() {
    yield [LINE];
    yield [];
    yield [LINE];
  }
  const written: string[] = [];
  for await (const piece of requestsPieces(pieces(), isOperator, CREDITS)) written.push(piece);
  return written;
};

describe("a file of requests", () => {
  it("for customers has nothing of upstreams and costs, amounts in their unit, and no formula (F128)", async () => {
    const [head, row, none, again] = await file(false);
    expect(head).not.toMatch(/upstream|cost|margin|absorbed|account/);
    expect(row).toContain(`,'=1+1,key_1,"'@""x""",`);
    expect(row).toContain(",credits,3,0,");
    expect([none, again]).toEqual(["", row]);
  });

  it("for operators has both, in USD, and as many columns as names", async () => {
    const [head = "", row = ""] = await file(true);
    expect(row).toMatch(/,1\.500000001,-0\.000000001\r\n$/);
    expect(head.split(",")).toHaveLength(row.split(",").length);
  });
});

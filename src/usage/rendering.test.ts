import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseNano } from "../money.ts";
import { csvHead, csvLines, historyJson } from "./rendering.ts";
import type { HistoryEntry } from "./history.ts";

const USD = { name: "USD", rate: { num: 1n, den: 1n } };
const CREDITS = { name: "credits", rate: { num: 3n, den: 2n } };

const entry = (names: { readonly model?: string; readonly keyName?: string }, posted = 3_835_800n): HistoryEntry => ({
  record: {
    requestId: "req_x",
    accountId: 1,
    keyId: 1,
    startedAt: 0,
    durationMs: 5,
    firstByteMs: null,
    status: 200,
    stream: false,
    outcome: "completed",
    source: "reported",
    usageInvalid: false,
    model: names.model ?? "m",
    protocol: "openai-chat",
    usage: { input: 2, cache_read: 3, output: 4, reasoning: 5, video_second: 13_240 },
    priceId: 1,
    planId: null,
    multiplier: { num: 1n, den: 1n },
    exact: posted,
    hold: posted,
    posted,
    absorbed: 9n,
    attempts: [{ upstream: "secret-upstream", model: "secret-model", status: 200, result: "ok", durationMs: 4 }],
  },
  keyPublicId: "key_1",
  keyName: names.keyName ?? "k",
  refunded: 1n,
});

/** A reader of RFC 4180. */
const fieldsOf = (line: string): string[] => {
  const fields: string[] = [];
  let text = "";
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '"') {
      if (isQuoted && line.charAt(at + 1) === '"') {
        text += '"';
        at++;
      } else isQuoted = !isQuoted;
    } else if (character === "," && !isQuoted) {
      fields.push(text);
      text = "";
    } else text += character;
  }
  return [...fields, text];
};

describe("the history as JSON", () => {
  it("has amounts to the nano in the storefront's unit, seconds as seconds, and nothing of where we buy", () => {
    const text = historyJson({ entries: [entry({})], next: "req_x" }, null, CREDITS);
    expect(JSON.parse(text)).toEqual({
      object: "list",
      unit: "credits",
      data: [
        {
          object: "usage",
          id: "req_x",
          created_at: "1970-01-01T00:00:00.000Z",
          model: "m",
          key_id: "key_1",
          key_name: "k",
          protocol: "openai-chat",
          stream: false,
          status: 200,
          outcome: "completed",
          usage_source: "reported",
          prompt_tokens: 5,
          completion_tokens: 9,
          amount: "0.0057537",
          refunded: "0.0000000015",
          duration_ms: 5,
          first_byte_ms: null,
          usage: { input: 2, cache_read: 3, output: 4, reasoning: 5, video_second: 13.24 },
        },
      ],
      has_more: true,
      next: "req_x",
    });
    expect(text).not.toContain("secret");
  });

  it("says of sums whether they are whole", () => {
    const sums = { requests: 2n, posted: parseNano("1.5"), refunded: 0n, usage: { input: 7n, video_second: 2_500n } };
    const read = (next: string | null): unknown =>
      (JSON.parse(historyJson({ entries: [], next: null }, { ...sums, next }, USD)) as { totals: unknown }).totals;
    const shown = { requests: 2, amount: "1.5", refunded: "0", usage: { input: 7, video_second: 2.5 } };
    expect(read(null)).toEqual({ ...shown, complete: true, next: null });
    expect(read("req_y")).toEqual({ ...shown, complete: false, next: "req_y" });
  });
});

describe("the history as CSV", () => {
  const columns = fieldsOf(csvHead().trimEnd());

  it("any name comes back as it is, or with a quote before what a spreadsheet would run", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), fc.bigInt(0n, 2n ** 62n), (model, keyName, posted) => {
        const line = csvLines([entry({ model, keyName }, posted)], USD);
        expect(line.endsWith("\r\n")).toBe(true);
        const fields = fieldsOf(line.slice(0, -2));
        expect(fields).toHaveLength(columns.length);
        const shown = fields[columns.indexOf("model")] ?? "";
        expect([model, `'${model}`]).toContain(shown);
        expect("=+-@\t\r".includes(shown.charAt(0)) && shown !== "").toBe(false);
        expect(parseNano(fields[columns.indexOf("amount")] ?? "")).toBe(posted);
      }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { GatewayError } from "../errors.ts";
import { requestIdText } from "../id.ts";
import { readQuestion, type HistoryQuestion } from "./parameters.ts";

const OUTCOMES = ["completed", "rejected"];
const read = (query: string, accept?: string): HistoryQuestion => readQuestion(query, accept, OUTCOMES);

const NOTHING: HistoryQuestion = {
  from: null,
  to: null,
  before: null,
  limit: 100,
  model: null,
  keyId: null,
  outcome: null,
  csv: false,
  totals: false,
};

describe("the query of GET /v1/usage", () => {
  it.each([
    ["", NOTHING],
    ["beta=true&key=sk-secret", NOTHING],
    ["model=a%2Fb&key_id=key_1&outcome=rejected", { ...NOTHING, model: "a/b", keyId: "key_1", outcome: "rejected" }],
    ["from=2026-11-21&to=2026-11-22", { ...NOTHING, from: 1_795_219_200_000, to: 1_795_305_600_000 }],
    ["from=2026-11-21T01:00:00%2B01:00", { ...NOTHING, from: 1_795_219_200_000 }],
    ["from=2026-11-21T01:00:00+01:00", { ...NOTHING, from: 1_795_219_200_000 }],
    ["from=1795219200", { ...NOTHING, from: 1_795_219_200_000 }],
    ["format=csv", { ...NOTHING, csv: true, limit: 100_000 }],
    ["format=csv&limit=7", { ...NOTHING, csv: true, limit: 7 }],
    ["totals=true&limit=500", { ...NOTHING, totals: true, limit: 500 }],
    ["totals=false", NOTHING],
  ])("%s", (query, question) => {
    expect(read(query)).toEqual(question);
  });

  it.each([
    ["text/csv", true],
    ["TEXT/CSV; charset=utf-8, */*;q=0.1", true],
    ["text/csv, application/json", false],
    ["*/*", false],
    ["text/csvx", false],
  ])("Accept: %s → CSV %s, unless the format is named", (accept, csv) => {
    expect(read("", accept).csv).toBe(csv);
    expect(read("format=json", accept).csv).toBe(false);
  });

  it("whatever it is, it is read or refused, and never anything else", () => {
    const names = fc.constantFrom(
      "from",
      "to",
      "before",
      "limit",
      "model",
      "key_id",
      "outcome",
      "format",
      "totals",
      "x",
    );
    const pairs = fc.array(fc.tuple(names, fc.oneof(fc.string({ unit: "binary" }), fc.integer().map(String))));
    fc.assert(
      fc.property(pairs, fc.option(fc.string(), { nil: undefined }), (all, accept) => {
        const query = new URLSearchParams(all as [string, string][]).toString();
        try {
          const { limit, from, to } = read(query, accept);
          expect(Number.isInteger(limit) && limit >= 1).toBe(true);
          for (const moment of [from, to]) expect(moment === null || Number.isSafeInteger(moment)).toBe(true);
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
          expect(error.code).toBe("invalid_value");
        }
      }),
    );
  });

  it("every moment and every id is read as it was written", () => {
    const moments = fc.integer({ min: 0, max: 253_402_300_799_999 });
    fc.assert(
      fc.property(moments, fc.uint8Array({ minLength: 16, maxLength: 16 }), (at, id) => {
        const question = read(`from=${new Date(at).toISOString()}&before=${requestIdText(id)}`);
        expect(question.from).toBe(at);
        expect(Buffer.from(question.before ?? [])).toEqual(Buffer.from(id));
      }),
    );
  });
});

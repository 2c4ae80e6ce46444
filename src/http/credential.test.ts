/** D90, D91 as far as a request's own text decides. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { GatewayError } from "../errors.ts";
import { MAX_CREDENTIAL_LENGTH, readCredential } from "./credential.ts";

const outcome = (headers: Record<string, string>, query = ""): string => {
  try {
    return readCredential(headers, query);
  } catch (error) {
    if (error instanceof GatewayError) return `!${error.code}`;
    throw error;
  }
};

describe("readCredential", () => {
  it.each<[string, Record<string, string>, string, string]>([
    ["bearer", { authorization: "Bearer k1" }, "", "k1"],
    ["scheme in lower case", { authorization: "bearer k1" }, "", "k1"],
    ["scheme in upper case", { authorization: "BEARER k1" }, "", "k1"],
    ["several spaces after the scheme", { authorization: "Bearer   k1 " }, "", "k1"],
    ["x-api-key", { "x-api-key": "k1" }, "", "k1"],
    ["x-goog-api-key", { "x-goog-api-key": "k1" }, "", "k1"],
    ["query", {}, "key=k1", "k1"],
    ["query among others", {}, "alt=sse&key=k1&beta=true", "k1"],
    ["query, percent-encoded", {}, "key=k%2D1", "k-1"],
    [
      "the same key in three places",
      { authorization: "Bearer k1", "x-api-key": "k1", "x-goog-api-key": "k1" },
      "",
      "k1",
    ],
    ["header beats query", { authorization: "Bearer k1" }, "key=k2", "k1"],
    ["x-goog-api-key beats query", { "x-goog-api-key": "k1" }, "key=k2", "k1"],
    ["empty x-api-key beside a bearer", { authorization: "Bearer k1", "x-api-key": "" }, "", "k1"],
    ["empty header, key in the query", { "x-api-key": " " }, "key=k1", "k1"],
    ["longest", { "x-api-key": "a".repeat(MAX_CREDENTIAL_LENGTH) }, "", "a".repeat(MAX_CREDENTIAL_LENGTH)],
    ["nothing", {}, "", "!missing_key"],
    ["empty x-api-key", { "x-api-key": "" }, "", "!missing_key"],
    ["bearer alone", { authorization: "Bearer" }, "", "!missing_key"],
    ["bearer and a space", { authorization: "Bearer  " }, "", "!missing_key"],
    ["empty authorization", { authorization: "" }, "", "!missing_key"],
    ["empty query key", {}, "key=", "!missing_key"],
    ["another parameter that ends in key", {}, "monkey=k1", "!missing_key"],
    ["two headers that differ", { authorization: "Bearer k1", "x-api-key": "k2" }, "", "!invalid_key"],
    ["two headers that differ, google", { "x-api-key": "k1", "x-goog-api-key": "k2" }, "", "!invalid_key"],
    ["two query keys that differ", {}, "key=k1&key=k2", "!invalid_key"],
    ["basic", { authorization: "Basic azE6" }, "", "!invalid_key"],
    ["no scheme", { authorization: "sk-far-1" }, "", "!invalid_key"],
    ["scheme glued to the key", { authorization: "Bearerk1" }, "", "!invalid_key"],
    ["space inside", { authorization: "Bearer k1 k2" }, "", "!invalid_key"],
    ["joined duplicates", { "x-api-key": "k1, k2" }, "", "!invalid_key"],
    ["tab inside", { "x-api-key": "k1\tk2" }, "", "!invalid_key"],
    ["8-bit", { "x-api-key": "k\u00e9" }, "", "!invalid_key"],
    ["encoded NUL in the query", {}, "key=k1%00", "!invalid_key"],
    ["encoded line break in the query", {}, "key=k1%0d%0ax: y", "!invalid_key"],
    ["bad escape in the query", {}, "key=%zz", "!invalid_key"],
    ["too long", { "x-api-key": "a".repeat(MAX_CREDENTIAL_LENGTH + 1) }, "", "!invalid_key"],
    ["too long by a megabyte", { authorization: `Bearer ${"a".repeat(1_000_000)}` }, "", "!invalid_key"],
    ["SQL", { authorization: "Bearer ' OR 1=1--" }, "", "!invalid_key"],
  ])("%s", (_name, headers, query, expected) => {
    expect(outcome(headers, query)).toBe(expected);
  });

  it("returns visible ASCII or throws a 401, whatever comes", () => {
    const text = fc.string({ unit: "binary", maxLength: 40 });
    fc.assert(
      fc.property(fc.option(text), fc.option(text), fc.option(text), text, (bearer, key, google, query) => {
        const headers = {
          ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
          ...(key === null ? {} : { "x-api-key": key }),
          ...(google === null ? {} : { "x-goog-api-key": google }),
        };
        const result = outcome(headers, `key=${query}`);
        expect(result).toMatch(/^(?:!missing_key|!invalid_key|[!-~]{1,512})$/);
      }),
    );
  });

  it("finds a key that a client encoded, in the query as in a header", () => {
    const key = fc.stringMatching(/^[!-~]{1,80}$/);
    fc.assert(
      fc.property(key, (value) => {
        expect(outcome({}, `alt=sse&key=${encodeURIComponent(value)}`)).toBe(value);
        expect(outcome({ authorization: `Bearer ${value}` })).toBe(value);
      }),
    );
  });
});

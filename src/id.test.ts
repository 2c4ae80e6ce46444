import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { newPublicId, newRequestId, requestIdBytes, requestIdText, requestPeriod, requestTime } from "./id.ts";

const bytesOf = (id: string): Uint8Array => {
  const bytes = requestIdBytes(id);
  if (bytes === null) throw new Error(`not an id: ${id}`);
  return bytes;
};

describe("request ids", () => {
  it("are UUIDv7 in 26 characters, and never the same", () => {
    const ids = new Set(Array.from({ length: 2_000 }, newRequestId));
    expect(ids.size).toBe(2_000);
    for (const id of ids) {
      const bytes = bytesOf(id);
      expect(id).toMatch(/^req_[0-9a-hjkmnp-tv-z]{26}$/);
      expect((bytes[6] ?? 0) >> 4).toBe(7);
      expect((bytes[8] ?? 0) >> 6).toBe(2);
    }
  });

  it("carry their time", () => {
    const before = Date.now();
    const time = Buffer.from(bytesOf(newRequestId())).readUIntBE(0, 6);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });

  it("text and bytes are one to one and sort alike", () => {
    const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(sixteen, sixteen, (a, b) => {
        expect(bytesOf(requestIdText(a))).toEqual(a);
        expect(Math.sign(Buffer.compare(a, b))).toBe(
          requestIdText(a) < requestIdText(b) ? -1 : requestIdText(a) > requestIdText(b) ? 1 : 0,
        );
      }),
    );
  });

  it.each([
    "",
    "req_",
    "req_01m7z1nz75e7v9dx7nywv5feg",
    "req_01m7z1nz75e7v9dx7nywv5feg44",
    "req_81m7z1nz75e7v9dx7nywv5feg4",
    "req_01M7Z1NZ75E7V9DX7NYWV5FEG4",
    "req_01m7z1nz75e7v9dx7nywv5fei4",
    "req_01m7z1nz75e7v9dx7nywv5fe€4",
    "key_01m7z1nz75e7v9dx7nywv5feg4",
  ])("%j is none", (text) => {
    expect(requestIdBytes(text)).toBeNull();
  });
});

it("an id tells its time to the millisecond, and the week in which it is stored", () => {
  const before = Date.now();
  const id = requestIdBytes(newRequestId()) ?? new Uint8Array();
  expect(requestTime(id)).toBeGreaterThanOrEqual(before);
  expect(requestTime(id)).toBeLessThanOrEqual(Date.now());
  const bytes = (time: number): Buffer =>
    Buffer.concat([Buffer.from(time.toString(16).padStart(12, "0"), "hex"), Buffer.alloc(10)]);
  const week = 604_800_000;
  expect([0, week - 1, week, 2 ** 48 - 1].map((time) => requestPeriod(bytes(time)))).toEqual([0, 0, 1, 465_401]);
});

it("public ids have their prefix and 128 bits", () => {
  const ids = new Set(Array.from({ length: 500 }, () => newPublicId("acc_")));
  expect(ids.size).toBe(500);
  for (const id of ids) expect(id).toMatch(/^acc_[0-9a-z]{26}$/);
});

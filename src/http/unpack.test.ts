import { gzipSync } from "node:zlib";

import { expect, it } from "vitest";

import { unpack } from "./unpack.ts";

const MIB = 1024 * 1024;

it("unpacks what was packed", async () => {
  for (const text of ["", "{}", JSON.stringify(Array.from({ length: 200_000 }, (_one, i) => i))])
    expect((await unpack(gzipSync(text), 32 * MIB)).toString()).toBe(text);
});

it.each([
  ["more than a body may hold", gzipSync(Buffer.alloc(3 * MIB, "abcdefgh")), 2 * MIB],
  ["a thousand times what went in", gzipSync(Buffer.alloc(30 * MIB)), 32 * MIB],
])("D77 %s is too large", async (_name, packed, limit) => {
  await expect(unpack(packed, limit)).rejects.toMatchObject({ code: "request_too_large" });
});

it.each([
  ["no gzip", Buffer.from("{}")],
  ["nothing", Buffer.alloc(0)],
  ["half of it", gzipSync("a farthing").subarray(0, 12)],
])("D78 %s asks for a plain body", async (_name, packed) => {
  await expect(unpack(packed, MIB)).rejects.toMatchObject({ code: "unsupported_encoding" });
});

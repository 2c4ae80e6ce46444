import { inflateSync } from "node:zlib";

import { expect, it } from "vitest";

import { drawPng } from "./png.ts";

/** Chunks of a PNG by type, read as plainly as possible. */
const chunksOf = (png: Buffer): Map<string, Buffer> => {
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.set(png.toString("latin1", at + 4, at + 8), png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return chunks;
};

it("is a PNG of the size that was asked for", () => {
  const png = drawPng({ text: "an axolotl", width: 64, height: 36 });
  expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const chunks = chunksOf(png);
  expect([...chunks.keys()]).toEqual(["IHDR", "PLTE", "IDAT", "IEND"]);
  expect([chunks.get("IHDR")?.readUInt32BE(0), chunks.get("IHDR")?.readUInt32BE(4)]).toEqual([64, 36]);
  expect(inflateSync(chunks.get("IDAT") ?? Buffer.alloc(0)).length).toBe((64 + 1) * 36);
});

it("draws the same for the same text, and something else for another", () => {
  const draw = (text: string): string => drawPng({ text, width: 32, height: 32 }).toString("base64");
  expect(draw("a")).toBe(draw("a"));
  expect(draw("a")).not.toBe(draw("b"));
});

it.each([
  [0, 8],
  [1_000_000, 1_024],
])("moves a side of %i pixels to %i", (asked, drawn) => {
  expect(
    chunksOf(drawPng({ text: "", width: asked, height: 8 }))
      .get("IHDR")
      ?.readUInt32BE(0),
  ).toBe(drawn);
});

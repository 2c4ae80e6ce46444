/** Sizes and qualities in the words of one dialect, as shapes and sizes of the other; and the tokens that are held for them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { aspectOf, imageSizeOf, openaiTokens, pixelsOf, usualTokens } from "./size.ts";

describe("an image's size", () => {
  it.each([
    ["1024x1024", "1:1"],
    ["256x256", "1:1"],
    ["1536x1024", "3:2"],
    ["1024x1536", "2:3"],
    ["1792x1024", "16:9"],
    ["1024x1792", "9:16"],
    ["3840x1600", "21:9"],
    ["16:9", "16:9"],
    ["32:18", "16:9"],
    ["auto", undefined],
    ["", undefined],
    ["0x0", undefined],
    ["x", undefined],
    ["99999x1", undefined],
    ["1e3x1000", undefined],
  ])("%s is the shape %s", (size, aspect) => {
    expect(aspectOf(size)).toBe(aspect);
  });

  it.each([
    ["1024x1024", "auto", "1K"],
    ["1024x1024", "standard", "1K"],
    ["1024x1024", "hd", "2K"],
    ["1536x1024", "high", "2K"],
    ["2048x2048", "auto", "2K"],
    ["3840x2160", "low", "4K"],
    ["auto", "4K", "4K"],
    ["2K", "auto", "2K"],
  ])("%s of quality %s is %s", (size, quality, named) => {
    expect(imageSizeOf(size, quality)).toBe(named);
  });

  it.each([
    // Published for gpt-image-1: low, medium, high at three sizes.
    ["1024x1024", "low", 272],
    ["1024x1024", "medium", 1_056],
    ["1024x1024", "high", 4_160],
    ["1536x1024", "low", 408],
    ["1024x1536", "medium", 1_568],
    ["1536x1024", "high", 6_208],
  ])("%s of quality %s holds the %d tokens that are published", (size, quality, tokens) => {
    expect(openaiTokens(size, quality, 0)).toBeGreaterThanOrEqual(tokens);
    expect(usualTokens(size, quality)).toBeGreaterThanOrEqual(tokens);
  });

  it("never throws, and holds something for anything", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (size, quality) => {
        expect(openaiTokens(size, quality, 0)).toBeGreaterThan(0);
        expect(Number.isSafeInteger(openaiTokens(size, quality, 3))).toBe(true);
        const pixels = pixelsOf(size);
        expect(pixels === undefined || pixels.width * pixels.height > 0).toBe(true);
        imageSizeOf(size, quality);
        aspectOf(size);
      }),
    );
  });
});

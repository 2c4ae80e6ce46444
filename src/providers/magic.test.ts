import { expect, it } from "vitest";

import { mediaTypeOf } from "./magic.ts";

it.each([
  ["\x89PNG\r\n\x1a\n....", "image/png"],
  ["\xff\xd8\xff\xe0....", "image/jpeg"],
  ["GIF87a....", "image/gif"],
  ["GIF89a....", "image/gif"],
  ["RIFF\x01\x02\x03\x04WEBPVP8 ", "image/webp"],
  ["....ftypheic....", "image/heic"],
  ["%PDF-1.7", "application/pdf"],
  ["<svg xmlns='http://www.w3.org/2000/svg'/>", undefined],
  ["<!doctype html>", undefined],
  ["RIFF\x01\x02\x03\x04WAVE", undefined],
  ['{"AccessKeyId":"x"}', undefined],
  ["", undefined],
])("content that begins %j is %s (D98)", (content, mediaType) => {
  expect(mediaTypeOf(Buffer.from(content, "latin1"))).toBe(mediaType);
});

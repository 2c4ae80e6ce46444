/**
 * Draws small real PNG images: the same text always gives the same picture, mirrored like a face so that people can tell two of
 * them apart. Pure.
 */
import { createHash } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Fields of the pattern in each direction. */
const FIELDS = 8;
const BIT_DEPTH = 8;
/** Colours come from a palette of two. */
const INDEXED = 3;

/** Smallest and largest side, in pixels. */
const LEAST_SIDE = 8;
const MOST_SIDE = 1_024;

export interface Picture {
  /** What is drawn: the picture is a function of it. */
  readonly text: string;
  /** In pixels, moved into what is drawn at all. */
  readonly width: number;
  readonly height: number;
}

/** A chunk: length, type, data, and the checksum of type and data. */
const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
};

const headerOf = (width: number, height: number): Buffer => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(BIT_DEPTH, 8);
  header.writeUInt8(INDEXED, 9);
  return header;
};

const side = (pixels: number): number => Math.min(MOST_SIDE, Math.max(LEAST_SIDE, Math.round(pixels)));

/** Whether a field of the pattern is of the second colour; the right half mirrors the left. */
const isInk = (digest: Buffer, column: number, row: number): boolean => {
  const mirrored = Math.min(column, FIELDS - 1 - column);
  return (((digest[8 + row] ?? 0) >> mirrored) & 1) === 1;
};

/** The bytes of a PNG file. */
export const drawPng = ({ text, width, height }: Picture): Buffer => {
  const digest = createHash("sha256").update(text).digest();
  const [wide, high] = [side(width), side(height)];
  // Each line begins with the number of its filter, 0: none.
  const pixels = Buffer.alloc((wide + 1) * high);
  for (let y = 0; y < high; y++)
    for (let x = 0; x < wide; x++)
      if (isInk(digest, Math.floor((x * FIELDS) / wide), Math.floor((y * FIELDS) / high)))
        pixels[y * (wide + 1) + 1 + x] = 1;
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", headerOf(wide, high)),
    chunk("PLTE", Buffer.from(digest.subarray(0, 6))),
    chunk("IDAT", deflateSync(pixels)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
};

/**
 * Makes small real films: H.264 whose blocks are all uncompressed (I_PCM), in an MP4 that begins with its index, so that any player
 * can show it. The same text always gives the same film: a field of one colour, on which a lighter square moves. Pure.
 */
import { createHash } from "node:crypto";

const BLOCK = 16;
/** Blocks in each direction: 64 × 64 pixels. */
const BLOCKS = 4;
const SIDE = BLOCK * BLOCKS;
const FRAMES_PER_SECOND = 2;
const MOST_SECONDS = 60;
/** Units of time in a second. */
const TIMESCALE = 1_000;

/** Bits, most significant first. */
class Bits {
  #bytes: number[] = [];
  #held = 0;
  #count = 0;

  put(value: number, bits: number): this {
    for (let bit = bits - 1; bit >= 0; bit--) {
      this.#held = (this.#held << 1) | ((value >> bit) & 1);
      if (++this.#count === 8) this.#flush();
    }
    return this;
  }

  /** An unsigned number in Exp-Golomb code. */
  golomb(value: number): this {
    const length = 32 - Math.clz32(value + 1);
    return this.put(0, length - 1).put(value + 1, length);
  }

  align(): this {
    while (this.#count > 0) this.put(0, 1);
    return this;
  }

  /** Whole bytes; only where it is aligned. */
  bytes(value: number, count: number): this {
    for (let i = 0; i < count; i++) this.#bytes.push(value);
    return this;
  }

  /** The stop bit, and zeros up to the end of the byte. */
  end(): Buffer {
    return Buffer.from(this.put(1, 1).align().#bytes);
  }

  #flush(): void {
    this.#bytes.push(this.#held & 255);
    this.#held = 0;
    this.#count = 0;
  }
}

/** A unit of the stream: its kind, and its bytes with what could be taken for a start code broken up. */
const unit = (kind: number, payload: Buffer): Buffer => {
  const out = [kind];
  let zeros = 0;
  for (const byte of payload) {
    if (zeros >= 2 && byte <= 3) {
      out.push(3);
      zeros = 0;
    }
    out.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Buffer.from(out);
};

const SPS_KIND = 0x67;
const PPS_KIND = 0x68;
const IDR_KIND = 0x65;
/** Constrained baseline, level 2.0. */
const PROFILE = [66, 0xc0, 20] as const;

const sps = unit(
  SPS_KIND,
  new Bits()
    .put(PROFILE[0], 8)
    .put(PROFILE[1], 8)
    .put(PROFILE[2], 8)
    .golomb(0) // its id
    .golomb(0) // frame numbers of 4 bits
    .golomb(2) // frames are shown in the order of the stream
    .golomb(1) // one reference frame
    .put(0, 1) // no gaps in frame numbers
    .golomb(BLOCKS - 1)
    .golomb(BLOCKS - 1)
    .put(1, 1) // whole frames
    .put(1, 1) // direct 8x8 inference
    .put(0, 1) // not cropped
    .put(0, 1) // no VUI
    .end(),
);

const pps = unit(
  PPS_KIND,
  new Bits()
    .golomb(0)
    .golomb(0)
    .put(0, 1) // CAVLC
    .put(0, 1)
    .golomb(0) // one slice group
    .golomb(0)
    .golomb(0)
    .put(0, 1) // no weighted prediction
    .put(0, 2)
    .golomb(0) // QP 26, and its like for chroma
    .golomb(0)
    .golomb(0)
    .put(1, 1) // slices say how they are deblocked
    .put(0, 1)
    .put(0, 1)
    .end(),
);

const I_SLICE = 7;
const I_PCM = 25;
const LUMA = BLOCK * BLOCK;
const CHROMA = LUMA / 4;

interface Colour {
  readonly luma: number;
  readonly blue: number;
  readonly red: number;
}

/** One frame: every block of one colour, the lit one lighter. */
const frame = ({ luma, blue, red }: Colour, number: number): Buffer => {
  const bits = new Bits()
    .golomb(0)
    .golomb(I_SLICE)
    .golomb(0)
    .put(0, 4)
    .golomb(number % 2) // two in a row must differ
    .put(0, 1)
    .put(0, 1)
    .golomb(0)
    .golomb(1); // not deblocked
  for (let block = 0; block < BLOCKS * BLOCKS; block++) {
    const light = block === number % (BLOCKS * BLOCKS) ? 235 : luma;
    bits.golomb(I_PCM).align().bytes(light, LUMA).bytes(blue, CHROMA).bytes(red, CHROMA);
  }
  return unit(IDR_KIND, bits.end());
};

const u16 = (...values: readonly number[]): Buffer => {
  const out = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) out.writeUInt16BE(value, i * 2);
  return out;
};
const u32 = (...values: readonly number[]): Buffer => {
  const out = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) out.writeUInt32BE(value, i * 4);
  return out;
};
const text = (value: string): Buffer => Buffer.from(value, "latin1");

const box = (type: string, ...parts: readonly Buffer[]): Buffer => {
  const size = parts.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([u32(size), text(type), ...parts]);
};
/** A box with a version and flags. */
const full = (type: string, flags: number, ...parts: readonly Buffer[]): Buffer => box(type, u32(flags), ...parts);

const ONE = 0x1_0000;
const MATRIX = u32(ONE, 0, 0, 0, ONE, 0, 0, 0, 0x4000_0000);
const UNDETERMINED_LANGUAGE = 0x55c4;

const sampleEntry = (): Buffer => {
  const config = Buffer.concat([
    Buffer.from([1, ...PROFILE, 0xff, 0xe1]),
    u16(sps.length),
    sps,
    Buffer.from([1]),
    u16(pps.length),
    pps,
  ]);
  const size = Buffer.concat([u16(SIDE, SIDE), u32(0x48_0000, 0x48_0000, 0), u16(1)]);
  const head = Buffer.concat([Buffer.alloc(6), u16(1), Buffer.alloc(16), size, Buffer.alloc(32), u16(24, 0xffff)]);
  return box("avc1", head, box("avcC", config));
};

/** @param offset where the first frame stands in the file */
const index = (sizes: readonly number[], offset: number): Buffer => {
  const step = TIMESCALE / FRAMES_PER_SECOND;
  const duration = sizes.length * step;
  const table = box(
    "stbl",
    full("stsd", 0, u32(1), sampleEntry()),
    full("stts", 0, u32(1, sizes.length, step)),
    full("stsc", 0, u32(1, 1, sizes.length, 1)),
    full("stsz", 0, u32(0, sizes.length, ...sizes)),
    full("stco", 0, u32(1, offset)),
  );
  const info = box(
    "minf",
    full("vmhd", 1, Buffer.alloc(8)),
    box("dinf", full("dref", 0, u32(1), full("url ", 1))),
    table,
  );
  const media = box(
    "mdia",
    full("mdhd", 0, u32(0, 0, TIMESCALE, duration), u16(UNDETERMINED_LANGUAGE, 0)),
    full("hdlr", 0, u32(0), text("vide"), Buffer.alloc(12), text("sandbox\0")),
    info,
  );
  const track = box(
    "trak",
    full("tkhd", 3, u32(0, 0, 1, 0, duration), Buffer.alloc(16), MATRIX, u32(SIDE * ONE, SIDE * ONE)),
    media,
  );
  const clock = [u32(0, 0, TIMESCALE, duration, ONE), u16(0x100), Buffer.alloc(10)];
  return box("moov", full("mvhd", 0, ...clock, MATRIX, Buffer.alloc(24), u32(2)), track);
};

/** The bytes of an MP4 file. @param seconds how long it shall be, at most a minute */
export const makeMp4 = (prompt: string, seconds: number): Buffer => {
  const digest = createHash("sha256").update(prompt).digest();
  const [a = 0, b = 0, c = 0] = digest;
  const colour: Colour = { luma: 40 + (a % 120), blue: 40 + (b % 170), red: 40 + (c % 170) };
  const count = Math.max(1, Math.round(Math.min(seconds, MOST_SECONDS) * FRAMES_PER_SECOND));
  const frames = Array.from({ length: count }, (_, number) => {
    const bytes = frame(colour, number);
    return Buffer.concat([u32(bytes.length), bytes]);
  });
  const type = box("ftyp", text("isom"), u32(0x200), text("isomiso2avc1mp41"));
  const sizes = frames.map((each) => each.length);
  const offset = type.length + index(sizes, 0).length + 8;
  return Buffer.concat([type, index(sizes, offset), box("mdat", ...frames)]);
};

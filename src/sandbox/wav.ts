/** Makes small real WAV files: one tone, whose pitch is a function of the text. Pure. */
import { createHash } from "node:crypto";

const RATE = 8_000;
const HEADER = 44;
const LOWEST = 220;
const PITCHES = 24;
const LOUDNESS = 8_000;
const BYTES_PER_SAMPLE = 2;
/** Samples of each letter, and of the longest sound. */
const PER_LETTER = 400;
const MOST = RATE * 10;

/** The samples alone: 16 bits, little-endian, 8,000 a second. */
export const pcmOf = (text: string): Buffer => {
  const step = createHash("sha256").update(text).digest().readUInt8(0) % PITCHES;
  const pitch = LOWEST * 2 ** (step / 12);
  const samples = Buffer.alloc(Math.min(MOST, Math.max(1, text.length) * PER_LETTER) * BYTES_PER_SAMPLE);
  for (let i = 0; i * BYTES_PER_SAMPLE < samples.length; i++)
    samples.writeInt16LE(Math.round(LOUDNESS * Math.sin((2 * Math.PI * pitch * i) / RATE)), i * BYTES_PER_SAMPLE);
  return samples;
};

/** The bytes of a WAV file. */
export const wavOf = (text: string): Buffer => {
  const samples = pcmOf(text);
  const head = Buffer.alloc(HEADER);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(HEADER - 8 + samples.length, 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * BYTES_PER_SAMPLE, 28);
  head.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  head.writeUInt16LE(BYTES_PER_SAMPLE * 8, 34);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
};

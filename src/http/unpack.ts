/**
 * Unpacks request bodies that came as gzip, the one encoding that clients use (docs/decisions/0026-*.md): bounded in what comes out,
 * both at all and for what went in (D77). The work is done by the thread pool, which also bounds how much of it runs at once.
 */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import { errors } from "../errors.ts";

/** Text of one kind shrinks by ten to thirty times; a bomb by a thousand. */
const MAX_RATIO = 100;
/** Whatever went in, so much may come out: tiny bodies repeat themselves. */
const ALWAYS_BYTES = 1024 * 1024;

const unpackBytes = promisify(gunzip);

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";

/**
 * @param limitBytes the most that a body may hold
 * @throws GatewayError request_too_large; unsupported_encoding for what is no gzip, so that the client sends it plain
 */
export const unpack = async (packed: Buffer, limitBytes: number): Promise<Buffer> => {
  const maxOutputLength = Math.min(limitBytes, Math.max(ALWAYS_BYTES, packed.length * MAX_RATIO));
  try {
    return await unpackBytes(packed, { maxOutputLength });
  } catch (error) {
    throw isTooLarge(error) ? errors.requestTooLarge(limitBytes) : errors.unsupportedEncoding(error);
  }
};

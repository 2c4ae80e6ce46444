/**
 * Hashes of passwords: Argon2id of node:crypto with its parameters beside it, in the usual text form
 * `$argon2id$v=19$m=65536,t=3,p=1$<salt>$<hash>`, so that they can be raised and old ones still be read.
 *
 * Hashing is slow on purpose (about 200 ms and 64 MiB), and so a means of attack itself: two at once, a bounded queue before them.
 */
import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from "node:crypto";
import { promisify } from "node:util";

/** OWASP's and RFC 9106's second recommendation: 64 MiB, three passes, one lane. */
export const USUAL_COST = { memoryKib: 65_536, passes: 3, lanes: 1 } as const;

export interface HashCost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const VERSION = "v=19";
/** Stored parameters beyond these are not ours. */
const MOST_MEMORY_KIB = 1_048_576;
const MOST_PASSES = 16;
const MOST_LANES = 8;
const AT_ONCE = 2;
const MOST_WAITING = 32;

/** Too many hashes are waiting; nothing was tried. */
export class HashingBusy extends Error {
  override readonly name = "HashingBusy";
}

const derive = promisify<"argon2id", Argon2Parameters, Buffer>(argon2);

const numberAfter = (text: string | undefined, name: string): number => {
  const value = text?.startsWith(`${name}=`) === true ? Number(text.slice(name.length + 1)) : Number.NaN;
  return Number.isInteger(value) && value > 0 ? value : Number.NaN;
};

interface Stored {
  readonly cost: HashCost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Null for what this code did not write. */
const readHash = (text: string): Stored | null => {
  const [empty, algorithm, version, parameters, salt = "", hash = "", ...rest] = text.split("$");
  if (empty !== "" || algorithm !== "argon2id" || version !== VERSION || rest.length > 0) return null;
  const [memory, passes, lanes] = parameters?.split(",") ?? [];
  const cost = {
    memoryKib: numberAfter(memory, "m"),
    passes: numberAfter(passes, "t"),
    lanes: numberAfter(lanes, "p"),
  };
  const isSane = cost.memoryKib <= MOST_MEMORY_KIB && cost.passes <= MOST_PASSES && cost.lanes <= MOST_LANES;
  const stored = { cost, salt: Buffer.from(salt, "base64"), hash: Buffer.from(hash, "base64") };
  return isSane && stored.salt.length >= 8 && stored.hash.length === HASH_BYTES ? stored : null;
};

export interface PasswordHasher {
  /** @throws HashingBusy */
  hash(password: string): Promise<string>;
  /** False also for a hash that cannot be read. @throws HashingBusy */
  verify(hash: string, password: string): Promise<boolean>;
  /** True when a hash was made with other parameters than today's. */
  isOld(hash: string): boolean;
}

/** Lets `AT_ONCE` run; the rest wait in the order in which they came. */
const turns = (): (<T>(work: () => Promise<T>) => Promise<T>) => {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= AT_ONCE) {
      if (waiting.length >= MOST_WAITING) throw new HashingBusy("too many passwords are being checked");
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      await promise;
    } else running += 1;
    try {
      return await work();
    } finally {
      // The turn is handed on, not given back, so that nobody can come between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
};

/** Two spellings of one character, as keyboards make them, are one password. */
const bytesOf = (password: string): Buffer => Buffer.from(password.normalize("NFKC"));

export const createHasher = (cost: HashCost = USUAL_COST): PasswordHasher => {
  const turn = turns();
  const run = (password: string, salt: Buffer, { memoryKib, passes, lanes }: HashCost): Promise<Buffer> =>
    turn(() =>
      derive("argon2id", {
        message: bytesOf(password),
        nonce: salt,
        parallelism: lanes,
        tagLength: HASH_BYTES,
        memory: memoryKib,
        passes,
      }),
    );
  const isOld = (text: string): boolean => {
    const stored = readHash(text);
    return (
      stored === null ||
      stored.cost.memoryKib !== cost.memoryKib ||
      stored.cost.passes !== cost.passes ||
      stored.cost.lanes !== cost.lanes
    );
  };
  return {
    hash: async (password) => {
      const salt = randomBytes(SALT_BYTES);
      const hash = await run(password, salt, cost);
      const parameters = `m=${cost.memoryKib},t=${cost.passes},p=${cost.lanes}`;
      return ["", "argon2id", VERSION, parameters, salt.toString("base64"), hash.toString("base64")].join("$");
    },
    verify: async (text, password) => {
      const stored = readHash(text);
      if (stored === null) return false;
      return timingSafeEqual(await run(password, stored.salt, stored.cost), stored.hash);
    },
    isOld,
  };
};

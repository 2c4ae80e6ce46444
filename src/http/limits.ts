/** Every limit of the HTTP rim, in one place, with its unit in its name. Tests and `main.ts` may override single ones. */

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = Object.freeze({
  /** Header lines of one request. Node keeps 2,000 and drops the rest in silence; real clients send up to 40 (C70). */
  headerLines: 100,
  /** Request line and headers together. */
  headerBytes: 16 * KIB,
  /** From a connection's (or a next request's) first byte to the end of its headers (C64). */
  headersMs: 10_000,
  /** One request body; Anthropic's own limit, which Claude Code's users meet. */
  bodyBytes: 32 * MIB,
  /** A whole body, from the moment it is asked for (C65). */
  bodyMs: 30_000,
  /** Slowest upload that is put up with, on average, once `bodyGraceMs` are over. */
  bodyBytesPerSecond: KIB,
  /** How long an upload may take to get going. */
  bodyGraceMs: 5_000,
  /** Bodies of all requests that are not answered yet; beyond it requests are shed with E-BUSY (A21). */
  bodyBytesInFlight: 512 * MIB,
  /** A body's unread rest up to this size is swallowed, to keep the connection; beyond it the connection is given up. */
  unreadBytes: 64 * KIB,
  /** When a connection is given up with an upload under way: how much more is swallowed, so that the client sees the reply. */
  lingerBytes: MIB,
  /** And for how long. */
  lingerMs: 2_000,
  /** An idle connection. More than the 60 s of common client pools and balancers, so that they close first. */
  keepAliveMs: 65_000,
  /** Open connections; further ones are closed at once. Half of a common `ulimit -n` of 65,536, as each may need one upstream. */
  connections: 32_768,
  /** Connections that the kernel may hold for us while the loop is busy. */
  acceptBacklog: 4_096,
  /** Requests of one connection that wait for their answer. Node starts them all at once, so this bounds them (C73). */
  requestsPipelined: 128,
  /** Open connections of one address that is not exempt (loopback and trusted proxies are) (C75). */
  connectionsPerAddress: 2_048,
  /** Bytes of a stream that wait for a client; a caller that writes on although told to pause loses the client (C63). */
  streamBufferBytes: MIB,
  /** A client that takes no byte for this long is given up (C63). */
  streamStallMs: 60_000,
  /** A stream without a byte for this long gets its dialect's keep-alive. */
  streamSilenceMs: 10_000,
  /** After SIGTERM: how long new requests are still served, while balancers learn that `/readyz` says no (A5). */
  drainGraceMs: 5_000,
  /** After SIGTERM: how long running requests may take to end. */
  drainMs: 120_000,
  /** How long a request that was told to stop may take to say goodbye. */
  drainStopMs: 2_000,
});

export type Limits = Readonly<Record<keyof typeof LIMITS, number>>;

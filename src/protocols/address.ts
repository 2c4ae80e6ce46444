/**
 * Which addresses may be fetched for a customer, by us or by a provider that stands in the operator's own network (D97).
 *
 * A name is judged here as far as it goes by itself; what it resolves to is judged when it is connected to
 * (providers/fetch-public.ts). Only what is certainly public is let through.
 */

/** IPv4 blocks that are not the public internet: IANA's special-purpose registry, multicast and what is reserved. */
const RESERVED_V4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const;

/** An IPv4 address in dotted form as one number; undefined for anything else. */
const v4Of = (text: string): number | undefined => {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    const byte = Number(part);
    if (part === "" || String(byte) !== part || !(byte <= 255)) return undefined;
    value = value * 256 + byte;
  }
  return value;
};

const blockOf = (base: string, bits: number): { from: number; to: number } => {
  const from = v4Of(base) ?? 0;
  return { from, to: from + 2 ** (32 - bits) };
};
const BLOCKS = RESERVED_V4.map(([base, bits]) => blockOf(base, bits));
const LINK_LOCAL = blockOf("169.254.0.0", 16);
/** The same as URLs write them. */
const MAPPED_LINK_LOCAL = /^\[::ffff:a9fe:[0-9a-f]{1,4}\]$/;
const LINK_LOCAL_V6 = /^\[fe[89ab][0-9a-f]:/;

const GROUP = /^[0-9a-f]{1,4}$/i;
const GROUPS = 8;

/** The groups of one side of an IPv6 address; undefined when one is no group. */
const sideOf = (text: string): number[] | undefined => {
  if (text === "") return [];
  const groups = text.split(":");
  return groups.every((group) => GROUP.test(group)) ? groups.map((group) => Number.parseInt(group, 16)) : undefined;
};

/** The first two groups of an IPv6 address; undefined for anything else, also for one with a scope or an IPv4 tail. */
const v6HeadOf = (text: string): readonly [number, number] | undefined => {
  const [left = "", right, ...rest] = text.split("::");
  const [head, tail] = [sideOf(left), right === undefined ? [] : sideOf(right)];
  if (head === undefined || tail === undefined || rest.length > 0) return undefined;
  const missing = GROUPS - head.length - tail.length;
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  const [first = 0, second = 0] = right === undefined ? head : [...head, ...Array<number>(missing).fill(0), ...tail];
  return [first, second];
};

/**
 * True for an address of the public internet. Of IPv6 that is global unicast without what holds an IPv4 address in it (Teredo,
 * 6to4; mapped addresses and NAT64 lie outside anyway) and without documentation.
 */
export const isPublicIp = (ip: string): boolean => {
  const v4 = v4Of(ip);
  if (v4 !== undefined) return !BLOCKS.some(({ from, to }) => v4 >= from && v4 < to);
  const v6 = v6HeadOf(ip);
  if (v6 === undefined) return false;
  const [first, second] = v6;
  if (first < 0x2000 || first > 0x3fff) return false;
  if (first === 0x2001) return second >= 0x200 && second !== 0xdb8;
  return first !== 0x2002 && !(first === 0x3fff && second < 0x1000);
};

/** Where clouds keep the credentials of the machine itself: link-local addresses, one of AWS's own, and the names of both. */
const METADATA_NAMES: readonly string[] = ["metadata.google.internal", "metadata", "instance-data"];
const METADATA_V6 = "[fd00:ec2::254]";

/** True for an address at which no model is ever served, and a machine's credentials may be. */
export const isMetadata = ({ hostname }: URL): boolean => {
  const name = hostname.endsWith(".") ? hostname.slice(0, -1) : hostname;
  const v4 = v4Of(name);
  if (v4 !== undefined) return v4 >= LINK_LOCAL.from && v4 < LINK_LOCAL.to;
  return (
    METADATA_NAMES.includes(name) || name === METADATA_V6 || MAPPED_LINK_LOCAL.test(name) || LINK_LOCAL_V6.test(name)
  );
};

/** Top-level names that never lead out of a network. */
const INNER_NAMES = ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa"] as const;

const isPublicName = (name: string): boolean => {
  const labels = name.toLowerCase().split(".");
  // One closing dot means the same name.
  if (labels.at(-1) === "") labels.pop();
  const top = labels.at(-1) ?? "";
  return labels.length > 1 && !labels.includes("") && !(INNER_NAMES as readonly string[]).includes(top);
};

/** The host of a parsed URL as a bare address or name. */
export const bareHost = (hostname: string): string => (hostname.startsWith("[") ? hostname.slice(1, -1) : hostname);

/** What `URL` has made of a host is an address when its last label is a number (decimal, octal and hex forms are normalised). */
const isAddress = (host: string): boolean => host.includes(":") || v4Of(host) !== undefined;

const PORTS = ["", "80", "443"] as const;

/** Judges a parsed URL by what it says: scheme, port, credentials, host. */
export const isPublicUrl = ({ protocol, username, password, port, hostname }: URL): boolean => {
  if (protocol !== "http:" && protocol !== "https:") return false;
  if (username !== "" || password !== "" || !(PORTS as readonly string[]).includes(port)) return false;
  const host = bareHost(hostname);
  return isAddress(host) ? isPublicIp(host) : isPublicName(host);
};

/** Longest address that is looked at; a longer one is no address. */
const LONGEST_URL = 8_192;
/** A scheme stands at the beginning. */
const SCHEME_WITHIN = 64;

/**
 * True for what stands where content may be named by its address, and is no reason to refuse: a public address, content itself (a
 * `data:` URL, or bare base64, which some servers take), or nothing.
 */
export const isHarmless = (text: string): boolean => {
  if (text.slice(0, 5).toLowerCase() === "data:") return true;
  if (text.length > LONGEST_URL) return !text.slice(0, SCHEME_WITHIN).includes(":");
  if (!URL.canParse(text)) return !text.slice(0, SCHEME_WITHIN).includes(":");
  return isPublicUrl(new URL(text));
};

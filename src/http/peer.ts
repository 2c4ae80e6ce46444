/** Who is at the other end: the address of the connection or, behind proxies that are trusted, the one that they name. Pure. */
import { BlockList, isIP } from "node:net";

/** An address as IPv4 where it is one in IPv6's clothes. */
const plain = (address: string): string =>
  address.startsWith("::ffff:") && isIP(address.slice(7)) === 4 ? address.slice(7) : address;

const familyOf = (address: string): "ipv4" | "ipv6" | null => {
  const family = isIP(address);
  if (family === 0) return null;
  return family === 4 ? "ipv4" : "ipv6";
};

const listOf = (networks: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = familyOf(address);
    if (family === null) continue;
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
};

/** Most addresses of a header that are looked at, from its end. */
const MAX_HOPS = 16;

/** @param forwardedFor `X-Forwarded-For` as sent; its addresses count only as far from the right as trusted proxies wrote them */
export type PeerOf = (connection: string | undefined, forwardedFor: string | undefined) => string;

/** @param trusted addresses and networks of proxies whose word is taken; without any the connection's address is the peer */
export const peerReader = (trusted: readonly string[]): PeerOf => {
  const list = listOf(trusted);
  const isTrusted = (address: string): boolean => {
    const family = familyOf(address);
    return family !== null && list.check(address, family);
  };
  return (connection, forwardedFor) => {
    let peer = plain(connection ?? "");
    const hops = (forwardedFor ?? "").split(",").slice(-MAX_HOPS);
    while (isTrusted(peer)) {
      const before = plain(hops.pop()?.trim() ?? "");
      if (familyOf(before) === null) break;
      peer = before;
    }
    return peer;
  };
};

const HEXTETS_OF_A_HOME = 4;

/** The peer as limits count it: of IPv6 the network of 64 bits, since one home has all of it. */
export const countedPeer = (peer: string): string => {
  if (isIP(peer) !== 6) return peer;
  const [head = "", tail] = peer.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const all = [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
  return `${all
    .slice(0, HEXTETS_OF_A_HOME)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(":")}::/64`;
};

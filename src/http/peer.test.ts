import { describe, expect, it } from "vitest";

import { countedPeer, peerReader } from "./peer.ts";

describe("the peer", () => {
  it.each([
    ["is the connection where no proxy is trusted", [], "203.0.113.9", "198.51.100.1", "203.0.113.9"],
    ["is the connection that is no trusted proxy", ["10.0.0.0/8"], "203.0.113.9", "198.51.100.1", "203.0.113.9"],
    ["is whom a trusted proxy names", ["10.0.0.0/8"], "10.1.2.3", "198.51.100.1", "198.51.100.1"],
    [
      "is the last that no trusted proxy wrote",
      ["10.0.0.0/8"],
      "10.1.2.3",
      "1.1.1.1, 198.51.100.1, 10.9.9.9",
      "198.51.100.1",
    ],
    ["is the proxy where it names nobody", ["10.0.0.0/8"], "10.1.2.3", undefined, "10.1.2.3"],
    ["is the proxy where it names nonsense", ["10.0.0.0/8"], "10.1.2.3", "unknown", "10.1.2.3"],
    ["is read out of IPv6's clothes", ["127.0.0.1"], "::ffff:127.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"],
    ["is IPv6 as well", ["::1"], "::1", "2001:db8::7", "2001:db8::7"],
  ])("%s", (_what, trusted, connection, forwarded, peer) => {
    expect(peerReader(trusted)(connection, forwarded)).toBe(peer);
  });

  it("is counted by its home's network of IPv6", () => {
    expect(countedPeer("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
    expect(countedPeer("2001:db8:1:2::9")).toBe(countedPeer("2001:0db8:0001:0002:ffff::1"));
    expect(countedPeer("::1")).toBe("0:0:0:0::/64");
    expect(countedPeer("198.51.100.1")).toBe("198.51.100.1");
  });
});

/** Relays of calls that are no conversation: what all of them do alike. */
import { brokenReply } from "./broken.ts";
import type { Relay, UpstreamSide } from "./protocol.ts";

/** What such a relay has of its own. */
export type WholeParts = Pick<Relay, "request" | "reply"> & Partial<Relay>;

/**
 * @param upstream whose errors the provider's are
 * @throws UpstreamBroken (the relay) where a stream comes that nobody asked for
 */
export const wholeRelay = (upstream: UpstreamSide, parts: WholeParts): Relay => ({
  addresses: () => [],
  stream: () => {
    throw brokenReply("a stream in answer to a call that has none");
  },
  events: () => undefined,
  fault: (status, headers, body) => upstream.fault(status, headers, body),
  ...parts,
});

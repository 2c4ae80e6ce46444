/**
 * Seals in transit: how opaque state of one protocol travels through a client that speaks another.
 *
 * The model of a seal is the customer's name for it, which both turns of a conversation share and which tells nothing about the
 * operator's providers. The wrapping is no secret and no proof: a client that forges one forges only its own history.
 */
import type { Json, Seal } from "./canonical.ts";
import { PROTOCOL_IDS, type ProtocolId, type Target } from "./protocol.ts";

/** Begins every opaque string of ours; no provider's signature starts like this. */
export const SEAL_PREFIX = "farthing1.";

/** A seal as one opaque string, for dialects that have room for just that. */
export const packSeal = ({ protocol, model, value }: Seal): string =>
  SEAL_PREFIX + Buffer.from(JSON.stringify([protocol, model, value])).toString("base64url");

const isProtocol = (name: Json | undefined): name is ProtocolId =>
  (PROTOCOL_IDS as readonly Json[]).includes(name ?? null);

/** The seal within an opaque string; undefined when the string is not one of ours. */
export const unpackSeal = (text: string): Seal | undefined => {
  if (!text.startsWith(SEAL_PREFIX)) return undefined;
  let parts: Json;
  try {
    parts = JSON.parse(Buffer.from(text.slice(SEAL_PREFIX.length), "base64url").toString("utf8")) as Json;
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts)) return undefined;
  const [protocol, model, value] = parts as readonly Json[];
  if (!isProtocol(protocol) || typeof model !== "string" || typeof value !== "string") return undefined;
  return { protocol, model, value };
};

/** True where a seal may be replayed: to the protocol and model that made it, and to nothing else. */
export const fits = (seal: Seal, protocol: ProtocolId, target: Target): boolean =>
  seal.protocol === protocol && seal.model === target.replyModel;

/** Which candidates a call may go to, in which order, each with the protocol it will be spoken to in. Pure. */
import type { Model } from "../catalog/model.ts";
import type { ProtocolId } from "../protocols/protocol.ts";
import type { Surface } from "../providers/provider.ts";
import type { Callable, Candidate } from "../settings/installation.ts";
import type { Upstream } from "../upstreams/upstream.ts";

/** One candidate with its surface chosen. */
export interface Leg {
  readonly upstream: Upstream;
  readonly surface: Surface;
  /** The provider's name for the model. */
  readonly model: string;
}

/** Most legs one request may try (I-38). */
export const MAX_ATTEMPTS = 3;

/**
 * The sandbox plays every provider, so a catalogue model is spoken to in its own provider's protocol there, as it would be for
 * real; the sandbox's own models (`any`) answer in the client's.
 */
const SANDBOX_PROTOCOL: Readonly<Record<string, ProtocolId | undefined>> = {
  openai: "openai-chat",
  openai_compatible: "openai-chat",
  "openai-chat": "openai-chat",
  gemini: "gemini",
  anthropic: "anthropic",
};

/** The client's own protocol where the provider speaks it (pass-through), else the provider's first choice. */
const surfaceFor = (upstream: Upstream, model: Model, client: ProtocolId): Surface => {
  const { surfaces } = upstream.provider;
  const wanted = upstream.sandbox ? (SANDBOX_PROTOCOL[model.upstream?.protocol ?? ""] ?? client) : client;
  return surfaces.find((surface) => surface.protocol === wanted) ?? surfaces[0];
};

/** Draws candidates of one priority in an order where each comes first as often as its weight says. */
const drawn = (group: readonly Candidate[], random: () => number): Candidate[] => {
  const left = [...group];
  const order: Candidate[] = [];
  while (left.length > 0) {
    let point = random() * left.reduce((sum, candidate) => sum + candidate.weight, 0);
    let index = left.findIndex((candidate) => (point -= candidate.weight) < 0);
    if (index < 0) index = left.length - 1;
    order.push(...left.splice(index, 1));
  }
  return order;
};

/** The legs of a call, best first, at most MAX_ATTEMPTS. @param random uniform in [0, 1). */
export const plan = (callable: Callable, client: ProtocolId, random: () => number): readonly [Leg, ...Leg[]] => {
  const toLeg = (candidate: Candidate): Leg => ({
    upstream: candidate.upstream,
    surface: surfaceFor(candidate.upstream, callable.model, client),
    model: candidate.model,
  });
  const [first] = callable.candidates;
  if (callable.candidates.length === 1) return [toLeg(first)];
  const groups = new Map<number, Candidate[]>();
  for (const candidate of callable.candidates) {
    const group = groups.get(candidate.priority);
    if (group === undefined) groups.set(candidate.priority, [candidate]);
    else group.push(candidate);
  }
  const order = [...groups.entries()].sort(([a], [b]) => a - b).flatMap(([, group]) => drawn(group, random));
  const legs = order.slice(0, MAX_ATTEMPTS).map(toLeg);
  return [legs[0] ?? toLeg(first), ...legs.slice(1)];
};

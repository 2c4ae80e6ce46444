/** Which candidates a call may go to, in which order, each with the protocol it will be spoken to in. Pure. */
import type { Model } from "../catalog/model.ts";
import type { CostList } from "../price.ts";
import type { ProtocolId } from "../protocols/protocol.ts";
import type { Surface } from "../providers/provider.ts";
import type { Callable, Candidate } from "../settings/installation.ts";
import { table } from "../table.ts";
import { rendezvous } from "../upstreams/affinity.ts";
import type { Upstream } from "../upstreams/upstream.ts";

/** One candidate with its surface chosen. */
export interface Leg {
  readonly upstream: Upstream;
  readonly surface: Surface;
  /** The provider's name for the model. */
  readonly model: string;
  /** What it costs us there; absent: the list price. */
  readonly cost?: CostList;
}

/** Most legs one request may try (I-38). */
export const MAX_ATTEMPTS = 3;

/**
 * The sandbox plays every provider, so a catalogue model is spoken to in its own provider's protocol there, as it would be for
 * real; the sandbox's own models (`any`) answer in the client's.
 */
const SANDBOX_PROTOCOL = table<ProtocolId>({
  openai: "openai-chat",
  openai_compatible: "openai-chat",
  "openai-chat": "openai-chat",
  gemini: "gemini",
  anthropic: "anthropic",
});

/** The protocol of a model's own provider; undefined where nothing tells, or where it is none of ours. */
export const nativeProtocol = (model: Model): ProtocolId | undefined =>
  SANDBOX_PROTOCOL[model.upstream?.protocol ?? ""];

/** The client's own protocol where the provider speaks it (pass-through), else the provider's first choice. */
export const surfaceFor = (upstream: Upstream, model: Model, client: ProtocolId): Surface => {
  const { surfaces } = upstream.provider;
  // Images are drawn over the protocol that the model's own replies have, whatever else its provider speaks.
  const drawing = model.kind === "image" ? surfaces.find(({ protocol }) => protocol === "gemini") : undefined;
  if (drawing !== undefined) return drawing;
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

/** What decides between candidates of one priority, and who comes last whatever its priority. */
export interface Preference {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** False for what must not be called just now: it is tried only when nothing else is left. */
  readonly isUp?: (candidate: Candidate) => boolean;
  /** The conversation, when its prompt may be cached; and the upstream whose cache is known to be warm. */
  readonly conversation?: string | undefined;
  readonly warm?: string | undefined;
}

const isAlwaysUp = (): boolean => true;

/** The upstream that last served a conversation, then those that it would be sent to anyway. */
const preferred = (group: readonly Candidate[], conversation: string, warm: string | undefined): Candidate[] => {
  const choices = group.map((candidate, index) => ({
    // An upstream may serve a model under two names, each with a cache of its own.
    id: `${candidate.upstream.id}\n${candidate.model}`,
    weight: candidate.weight,
    index,
  }));
  const order = rendezvous(conversation, choices).flatMap(({ index }) => group[index] ?? []);
  const isWarm = (candidate: Candidate): boolean => candidate.upstream.id === warm;
  return [...order.filter(isWarm), ...order.filter((candidate) => !isWarm(candidate))];
};

/** True when the order of a model's candidates has to be chosen, which asks for a preference. */
export const hasChoice = ({ candidates: [first, second] }: Callable): boolean =>
  second !== undefined && first.priority === second.priority;

/** The legs of a call, best first, at most MAX_ATTEMPTS. */
export const plan = (callable: Callable, client: ProtocolId, preference: Preference): readonly [Leg, ...Leg[]] => {
  const toLeg = (candidate: Candidate): Leg => ({
    upstream: candidate.upstream,
    surface: surfaceFor(candidate.upstream, callable.model, client),
    model: candidate.model,
    ...(candidate.cost === undefined ? {} : { cost: candidate.cost }),
  });
  const [first] = callable.candidates;
  if (callable.candidates.length === 1) return [toLeg(first)];
  const groups = new Map<number, Candidate[]>();
  for (const candidate of callable.candidates) {
    const group = groups.get(candidate.priority);
    if (group === undefined) groups.set(candidate.priority, [candidate]);
    else group.push(candidate);
  }
  const { random, isUp = isAlwaysUp, conversation, warm } = preference;
  const order = [...groups.entries()]
    .sort(([a], [b]) => a - b)
    .flatMap(([, group]) => (conversation === undefined ? drawn(group, random) : preferred(group, conversation, warm)));
  const up = order.filter(isUp);
  const legs = (up.length > 0 ? up : order).slice(0, MAX_ATTEMPTS).map(toLeg);
  return [legs[0] ?? toLeg(first), ...legs.slice(1)];
};

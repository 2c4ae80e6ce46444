/** How an upstream stands, in a word: what was chosen for it, and what its circuits say. */
import type { Upstream } from "../../api/operator.ts";
import { duration, percent } from "../../format/number.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";

const words = {
  off: "Off",
  draining: "Draining",
  unusable: "Not usable",
  open: "Circuit open",
  partly: "Partly open",
  probing: "Probing",
  cooling: "Cooling",
  on: "On",
} as const;

type State = keyof typeof words;

const TONES = {
  off: "neutral",
  draining: "warn",
  unusable: "bad",
  open: "bad",
  partly: "warn",
  probing: "warn",
  cooling: "warn",
  on: "good",
} as const satisfies Record<State, Tone>;

const stateOf = ({ state, usable, obstacles }: Upstream): State => {
  if (state !== "on") return state;
  if (!usable) return "unusable";
  const whole = obstacles.find(({ model }) => model === null);
  if (whole !== undefined) return whole.state;
  return obstacles.some(({ state: one }) => one === "open") ? "partly" : (obstacles[0]?.state ?? "on");
};

export const UpstreamState = ({ upstream }: { readonly upstream: Upstream }) => {
  const state = stateOf(upstream);
  return <Badge tone={TONES[state]}>{words[state]}</Badge>;
};

/** "99.2 %" of the last minutes; null: nothing was asked. */
export const successOf = ({ health: { attempts, failures } }: Upstream): string | null =>
  attempts === 0 ? null : percent((attempts - failures) / attempts, 1);

export const latencyOf = ({ health: { p50Ms, p95Ms } }: Upstream): string | null =>
  p50Ms === null || p95Ms === null ? null : `${duration(p50Ms)} / ${duration(p95Ms)}`;

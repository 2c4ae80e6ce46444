/**
 * A task that a provider works on for minutes: its states, what leads from one to another, and how long to wait between two looks.
 * Pure. The money side is that of any request: held before, charged once at the end, nothing for what did not come to be (I-50 … I-54).
 */
import type { Attempt } from "../attempt.ts";
import type { ErrorCode } from "../errors.ts";
import { requestIdBytes, requestIdText } from "../id.ts";
import type { Outcome } from "../ledger/outcome.ts";
import type { Nano } from "../money.ts";
import type { Snapshot } from "../price.ts";
import type { VideoApiId } from "../providers/provider.ts";
import type { Verdict } from "../providers/video/video.ts";
import type { Usage } from "../unit.ts";

/** States in which a task goes on. `submitting`: nobody knows yet under which id the provider has it. */
export const OPEN_STATES = ["submitting", "queued", "running"] as const;
/** States in which it stays. `lost`: no verdict came in time (I-52). */
export const FINAL_STATES = ["succeeded", "failed", "cancelled", "expired", "lost"] as const;
export type OpenState = (typeof OPEN_STATES)[number];
export type FinalState = (typeof FINAL_STATES)[number];
export type TaskState = OpenState | FinalState;

export const isFinal = (state: TaskState): state is FinalState =>
  (FINAL_STATES as readonly TaskState[]).includes(state);

/** The format of the request, in which its replies are. */
export const TASK_FORMATS = ["flat", "openai", "gemini"] as const;
export type TaskFormat = (typeof TASK_FORMATS)[number];

/** What was asked for, as far as replies and verdicts need it. */
export interface Asked {
  /** Seconds; null: the model decides. */
  readonly seconds: number | null;
  readonly resolution: string | null;
  readonly ratio: string | null;
}

/** The video that came of it. Its address is the provider's and is shown to nobody. */
export interface TaskResult extends Asked {
  readonly url: string;
  /** Milliseconds since the Unix epoch: the provider keeps it no longer. */
  readonly expiresAt: number;
  readonly usage: Usage;
}

/** Times are milliseconds since the Unix epoch, amounts nano-units. */
export interface Task {
  /** `req_…` of the request that began it. */
  readonly requestId: string;
  readonly accountId: number;
  readonly keyId: number;
  readonly state: TaskState;
  readonly upstream: string;
  readonly api: VideoApiId;
  readonly upstreamModel: string;
  /** Attempts elsewhere that were refused before this upstream was asked; they cost nothing. */
  readonly tried: readonly Attempt[];
  /** The provider's id of the job; null while nobody knows it. */
  readonly job: string | null;
  /** As it was asked for. */
  readonly model: string;
  readonly format: TaskFormat;
  readonly reference: number;
  readonly asked: Asked;
  readonly priceId: number;
  readonly planId: string | null;
  readonly multiplier: Snapshot["multiplier"];
  readonly hasBudget: boolean;
  readonly hold: Nano;
  readonly result: TaskResult | null;
  /** Why it failed. */
  readonly error: ErrorCode | null;
  readonly charge: Nano | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly deadlineAt: number;
  /** When it is looked at next. */
  readonly dueAt: number;
  readonly misses: number;
  readonly hidden: boolean;
  readonly webhook: string | null;
  readonly webhookTries: number;
}

const PREFIX = "task_";

/** A task's public id: that of its request with another prefix, so that one leads to the other. */
export const taskId = (requestId: string): string => PREFIX + requestId.slice(requestId.indexOf("_") + 1);

/** The request's id of a public id; null for what is none. */
export const requestOf = (id: string): string | null => {
  if (!id.startsWith(PREFIX)) return null;
  const bytes = requestIdBytes(`req_${id.slice(PREFIX.length)}`);
  return bytes === null ? null : requestIdText(bytes);
};

/** How a task ends: what is recorded, and what its request's row says. */
export interface End {
  readonly state: FinalState;
  readonly outcome: Outcome;
  readonly usage: Usage;
  /** Where the usage is from; `none` for an end that used nothing. */
  readonly source: "reported" | "estimated" | "none";
  readonly result: TaskResult | null;
  readonly error: ErrorCode | null;
}

const nothing = (state: FinalState, outcome: Outcome, error: ErrorCode | null): End => ({
  state,
  outcome,
  usage: {},
  source: "none",
  result: null,
  error,
});

/** Ends that cost nothing (I-51, I-52). */
export const ENDS = {
  cancelled: nothing("cancelled", "client_cancelled_preflight", null),
  expired: nothing("expired", "upstream_failed_before_output", "upstream_timeout"),
  lost: nothing("lost", "task_lost", "upstream_timeout"),
} as const satisfies Partial<Record<FinalState, End>>;

export const failedWith = (error: ErrorCode): End => nothing("failed", "upstream_failed_before_output", error);

type Success = Extract<Verdict, { kind: "succeeded" }>;

const isZero = (usage: Usage): boolean => Object.values(usage).every((count) => count === 0);

/** @param keptMs how long the provider keeps the video, from `now` at most */
const succeeded = (verdict: Success, now: number, keptMs: number): End => {
  const { url, seconds, resolution, ratio, estimate } = verdict;
  const usage = verdict.usage ?? estimate;
  return {
    state: "succeeded",
    outcome: isZero(usage) ? "completed_zero_usage" : verdict.usage === undefined ? "completed_no_usage" : "completed",
    usage,
    source: verdict.usage === undefined ? "estimated" : "reported",
    result: { url, seconds, resolution, ratio, usage, expiresAt: now + keptMs },
    error: null,
  };
};

/** What a look at an open task leads to. */
export type Step =
  | { readonly kind: "end"; readonly end: End }
  /** The provider has said something that is no end. */
  | { readonly kind: "go on"; readonly state: "queued" | "running" }
  /** It has said nothing: that is no verdict, however often (I-52). */
  | { readonly kind: "miss" };

/** @param now milliseconds since the Unix epoch @param keptMs as the provider keeps its videos */
export const stepFor = (task: Pick<Task, "deadlineAt">, verdict: Verdict, now: number, keptMs: number): Step => {
  const isLate = now >= task.deadlineAt;
  switch (verdict.kind) {
    case "succeeded":
      return { kind: "end", end: succeeded(verdict, now, keptMs) };
    case "failed":
      return { kind: "end", end: failedWith(verdict.code) };
    case "cancelled":
    case "expired":
      return { kind: "end", end: ENDS[verdict.kind] };
    case "queued":
    case "running":
      return isLate ? { kind: "end", end: ENDS.lost } : { kind: "go on", state: verdict.kind };
    case "none":
      return isLate ? { kind: "end", end: ENDS.lost } : { kind: "miss" };
  }
};

/**
 * Whether what a provider says later contradicts an end that stands (I-53). Nothing is changed by it; somebody should know.
 * Only a success can: it is work that the operator pays for.
 */
export const isAnomaly = ({ state, result }: Pick<Task, "state" | "result">, end: End): boolean => {
  if (!isFinal(state)) return false;
  if (end.state !== "succeeded") return state === "succeeded" && end.state !== "lost";
  const same = result !== null && JSON.stringify(sorted(result.usage)) === JSON.stringify(sorted(end.usage));
  return state !== "succeeded" || !same;
};

const sorted = (usage: Usage): [string, number][] => Object.entries(usage).sort(([a], [b]) => (a < b ? -1 : 1));

/** How long a task may take before it is lost: as long as providers keep what they make. */
export const DEADLINE_MS = 24 * 60 * 60 * 1_000;

/** Pauses between two looks by the task's age, milliseconds: most videos take one or two minutes. */
export const PAUSES: readonly { readonly under: number; readonly pauseMs: number }[] = [
  { under: 2 * 60_000, pauseMs: 15_000 },
  { under: 15 * 60_000, pauseMs: 30_000 },
  { under: 60 * 60_000, pauseMs: 60_000 },
];
/** The sandbox is as quick as a test wants it. */
const SANDBOX_PAUSE_MS = 300;
export const LONGEST_PAUSE_MS = 300_000;

/** When to look again. @param misses looks in a row that brought no verdict */
export const pauseFor = (ageMs: number, misses: number, isSandbox: boolean): number => {
  const usual = PAUSES.find(({ under }) => ageMs < under)?.pauseMs ?? LONGEST_PAUSE_MS;
  const pause = isSandbox ? SANDBOX_PAUSE_MS : usual;
  return Math.min(LONGEST_PAUSE_MS, pause * 2 ** Math.min(misses, 16));
};

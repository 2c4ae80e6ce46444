/**
 * Begins a task: money and row first, then the provider, then the id of the job, then the reply (I-54). Whatever breaks off in between
 * leaves a task `submitting`, which the worker resolves.
 */
import { errors, GatewayError, type ErrorCode } from "../errors.ts";
import type { Attempt, Settlement } from "../ledger/ledger.ts";
import { InsufficientFunds } from "../ledger/ledger.ts";
import { taskToken, type TaskHold } from "../ledger/task-lease-store.ts";
import { VIDEO_APIS } from "../providers/video/index.ts";
import type { VideoCall, VideoMedia, VideoPlan } from "../providers/video/video.ts";
import { callProvider, CALL_MS, isSuccess, type Answer, type Place } from "./call.ts";
import type { TaskServices } from "./services.ts";
import type { NewTask } from "./store.ts";
import { failedWith, pauseFor, type Task } from "./task.ts";

/** A submission that takes longer than its call may is broken off: its process is gone, or as good as gone. */
export const SUBMIT_MS = CALL_MS.create * 2;
/** What of a balance others have borrowed without need comes back within this time (§9.2 e). */
const RECALL_WAITS_MS = [5, 20, 75, 200, 500] as const;

/** Where a task may be done, with what it would ask for there. */
export interface Leg {
  readonly place: Place;
  readonly plan: VideoPlan;
  readonly upstreamModel: string;
}

/** Upstreams in the order in which they are asked. */
export type Legs = readonly [Leg, ...Leg[]];

export interface Submission {
  readonly hold: TaskHold;
  readonly task: Pick<NewTask, "model" | "format" | "webhook" | "deadlineAt" | "isKeyed">;
  /** The reference by which its job is found again. */
  readonly reference: number;
  readonly media: VideoMedia;
}

/** Pauses, ends with the promise. */
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Writes row and lease; where the balance is short only because others have borrowed of it, they are asked for it first. */
const create = async (services: TaskServices, { hold, task, reference }: Submission, leg: Leg): Promise<void> => {
  const { place, plan, upstreamModel } = leg;
  const now = services.epochMs();
  const row: NewTask = {
    ...task,
    upstream: place.upstream.id,
    api: place.surface.api,
    upstreamModel,
    reference,
    asked: { seconds: plan.seconds, resolution: plan.resolution, ratio: plan.ratio },
  };
  for (const waitMs of [...RECALL_WAITS_MS, null])
    try {
      await services.store.create(hold, row, now, now + SUBMIT_MS);
      return;
    } catch (error) {
      const isShort =
        error instanceof InsufficientFunds || (error instanceof GatewayError && error.code === "key_budget_exceeded");
      if (!isShort || waitMs === null) throw error;
      await services.ledger.recall(hold.accountId);
      await pause(waitMs);
    }
};

/** What came of asking a provider. */
type Judged =
  | { readonly kind: "accepted"; readonly job: string }
  /** The job may exist, and nobody knows under which id. */
  | { readonly kind: "unknown" }
  /** There is no job, or none that anybody could find. `elsewhere`: there surely is none, and another upstream may take it. */
  | { readonly kind: "refused"; readonly error: GatewayError; readonly elsewhere: boolean };

type Asked = Judged & { readonly attempt: Attempt };

const judge = (answer: Answer, { place }: Leg): Judged => {
  const api = VIDEO_APIS[place.surface.api];
  const canSearch = api.search !== undefined;
  if (answer.kind === "silence") {
    const { failure } = answer;
    if (failure.sent && canSearch) return { kind: "unknown" };
    const cause = new Error(failure.code);
    const error = failure.kind === "timeout" ? errors.upstreamTimeout(cause) : errors.upstreamFailed(cause);
    return { kind: "refused", error, elsewhere: !failure.sent };
  }
  const { status, body } = answer;
  const job = isSuccess(status) && body !== null ? api.created(body) : undefined;
  if (job !== undefined) return { kind: "accepted", job };
  // A success without an id, or a failure of the provider's own: perhaps it has begun all the same.
  const isUncertain = isSuccess(status) || status >= 500;
  if (isUncertain && canSearch) return { kind: "unknown" };
  if (isUncertain) return { kind: "refused", error: errors.upstreamFailed(), elsewhere: false };
  const error = api.refusal(status, body ?? {});
  return { kind: "refused", error, elsewhere: OURS.includes(error.code) };
};

/** Refusals of the operator's credential, balance or rate: nothing that is wrong with what was asked for. */
const OURS: readonly ErrorCode[] = ["upstream_failed", "overloaded"];

const askProvider = async (services: TaskServices, submission: Submission, leg: Leg): Promise<Asked> => {
  const { media, reference, hold } = submission;
  const startedAt = services.monotonicMs();
  const call: VideoCall = leg.plan.create({ media, reference });
  const answer = await callProvider(services.client, taskToken(hold), leg.place, call);
  const judged = judge(answer, leg);
  const attempt: Attempt = {
    upstream: leg.place.upstream.id,
    model: leg.upstreamModel,
    status: answer.kind === "answer" ? answer.status : null,
    result: judged.kind === "refused" ? judged.error.code : "ok",
    durationMs: Math.round(services.monotonicMs() - startedAt),
  };
  return { ...judged, attempt };
};

/** The row as it was written, for what follows. */
const written = async (services: TaskServices, requestId: string): Promise<Task> => {
  const task = await services.store.find(requestId);
  if (task === null) throw errors.internal(new Error("a task is gone that was written a moment ago"));
  return task;
};

const endFailed = async (
  services: TaskServices,
  requestId: string,
  code: ErrorCode,
  facts: Pick<Settlement, "attempts" | "status">,
): Promise<void> => {
  const task = await written(services, requestId);
  await services.store.end(task, failedWith(code), facts, services.epochMs());
};

/** Asks one upstream. A fault of our own ends the task. @throws what went wrong */
const askOrEnd = async (services: TaskServices, submission: Submission, leg: Leg): Promise<Asked> => {
  try {
    return await askProvider(services, submission, leg);
  } catch (error) {
    await endFailed(services, submission.hold.requestId, "internal", { attempts: [], status: 500 });
    throw error;
  }
};

/**
 * Begins a task at the first upstream that takes it. Another is asked only where there surely is no job at the one before, and only
 * when the row says so (decision 0042).
 * @param legs in order, all at the same price and within the same hold
 * @throws AccountFrozen, InsufficientFunds, GatewayError; the task, if there is one, has ended then and cost nothing
 */
export const submit = async (services: TaskServices, submission: Submission, legs: Legs): Promise<Task> => {
  const { requestId } = submission.hold;
  const [first, ...others] = legs;
  await create(services, submission, first);
  const tried: Attempt[] = [];
  for (let leg: Leg = first; ;) {
    const asked = await askOrEnd(services, submission, leg);
    if (asked.kind !== "refused") {
      if (asked.kind === "accepted") await accepted(services, requestId, asked.job, leg);
      return written(services, requestId);
    }
    tried.push(asked.attempt);
    const next = asked.elsewhere ? others.shift() : undefined;
    if (next === undefined || !(await moved(services, requestId, next, tried))) {
      await endFailed(services, requestId, asked.error.code, { attempts: tried, status: 502 });
      throw asked.error;
    }
    leg = next;
  }
};

/** @returns false when somebody has ended the task meanwhile @throws the database's error; the worker finds that there is no job then */
const moved = (
  services: TaskServices,
  requestId: string,
  { place, upstreamModel }: Leg,
  tried: readonly Attempt[],
): Promise<boolean> => {
  const target = { upstream: place.upstream.id, api: place.surface.api, upstreamModel, tried };
  return services.store.moved(requestId, target, services.epochMs() + SUBMIT_MS);
};

/** A job whose id cannot be written stays `submitting`, and is found by the worker. */
const accepted = async (services: TaskServices, requestId: string, job: string, leg: Leg): Promise<void> => {
  const { store } = services;
  const dueAt = services.epochMs() + pauseFor(0, 0, leg.place.upstream.sandbox);
  try {
    await store.submitted(requestId, job, dueAt);
  } catch (error) {
    services.onProblem("settle", requestId, error);
  }
};

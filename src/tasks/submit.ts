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
  /** There is no job, or none that anybody could find. */
  | { readonly kind: "refused"; readonly error: GatewayError };

type Asked = Judged & { readonly attempt: Attempt };

const judge = (answer: Answer, { place }: Leg): Judged => {
  const api = VIDEO_APIS[place.surface.api];
  const canSearch = api.search !== undefined;
  if (answer.kind === "silence") {
    const { failure } = answer;
    if (failure.sent && canSearch) return { kind: "unknown" };
    const cause = new Error(failure.code);
    const isLate = failure.kind === "timeout";
    return { kind: "refused", error: isLate ? errors.upstreamTimeout(cause) : errors.upstreamFailed(cause) };
  }
  const { status, body } = answer;
  const job = isSuccess(status) && body !== null ? api.created(body) : undefined;
  if (job !== undefined) return { kind: "accepted", job };
  // A success without an id, or a failure of the provider's own: perhaps it has begun all the same.
  const isUncertain = isSuccess(status) || status >= 500;
  if (isUncertain && canSearch) return { kind: "unknown" };
  return { kind: "refused", error: isUncertain ? errors.upstreamFailed() : api.refusal(status, body ?? {}) };
};

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

/**
 * Begins a task at an upstream. No other is tried: a task has one place, and the customer may ask again at once.
 * @throws AccountFrozen, InsufficientFunds, GatewayError; the task, if there is one, has ended then and cost nothing
 */
export const submit = async (services: TaskServices, submission: Submission, leg: Leg): Promise<Task> => {
  const { requestId } = submission.hold;
  await create(services, submission, leg);
  let asked: Asked;
  try {
    asked = await askProvider(services, submission, leg);
  } catch (error) {
    await endFailed(services, requestId, "internal", { attempts: [], status: 500 });
    throw error;
  }
  if (asked.kind === "refused") {
    const { error, attempt } = asked;
    await endFailed(services, requestId, error.code, { attempts: [attempt], status: 502 });
    throw error;
  }
  if (asked.kind === "accepted") await accepted(services, requestId, asked.job, leg);
  return written(services, requestId);
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

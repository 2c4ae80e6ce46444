/** A task as replies show it, in each format. Pure. Neither the provider nor its job nor its address is in any of them. */
import { errors, type ErrorCode, type GatewayError } from "../errors.ts";
import { formatAt } from "../money.ts";
import type { Json, JsonObject } from "../protocols/canonical.ts";
import type { DisplayUnit } from "../settings/installation.ts";
import { table } from "../table.ts";
import { SECOND_PARTS, type Usage } from "../unit.ts";
import { taskId, type Task, type TaskState } from "./task.ts";

/** Where the gateway is, as the customer wrote it, and how amounts are shown. */
export interface Shown {
  /** Such as `https://ai.example/api`: scheme, host and mount. */
  readonly base: string;
  readonly unit: DisplayUnit;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1_000);
const secondsOr = (milliseconds: number | null): number | null =>
  milliseconds === null ? null : seconds(milliseconds);

interface Words {
  readonly openai: "queued" | "in_progress" | "completed" | "failed";
  readonly flat: "queued" | "processing" | "succeeded" | "failed" | "cancelled" | "expired";
  /** As the wrapped form says it. */
  readonly wrapped: "SUBMITTED" | "QUEUED" | "IN_PROGRESS" | "SUCCESS" | "FAILURE";
  /** Per cent; no provider tells more. */
  readonly progress: number;
}

const WORDS = {
  submitting: { openai: "queued", flat: "queued", wrapped: "SUBMITTED", progress: 0 },
  queued: { openai: "queued", flat: "queued", wrapped: "QUEUED", progress: 10 },
  running: { openai: "in_progress", flat: "processing", wrapped: "IN_PROGRESS", progress: 50 },
  succeeded: { openai: "completed", flat: "succeeded", wrapped: "SUCCESS", progress: 100 },
  failed: { openai: "failed", flat: "failed", wrapped: "FAILURE", progress: 100 },
  cancelled: { openai: "failed", flat: "cancelled", wrapped: "FAILURE", progress: 100 },
  expired: { openai: "failed", flat: "expired", wrapped: "FAILURE", progress: 100 },
  lost: { openai: "failed", flat: "failed", wrapped: "FAILURE", progress: 100 },
} as const satisfies Record<TaskState, Words>;

const PUBLIC: Readonly<Partial<Record<ErrorCode, () => GatewayError>>> = {
  content_policy: errors.contentPolicy,
  invalid_value: errors.refusedByProvider,
  upstream_timeout: errors.upstreamTimeout,
  upstream_failed: errors.upstreamFailed,
};

/** Why a task failed: a code and a text of ours. */
const errorOf = ({ state, error }: Task): { readonly code: string; readonly message: string } | null => {
  if (state === "cancelled") return { code: "cancelled", message: "The task was cancelled. You were not charged." };
  if (error === null) return null;
  const { code, message } = (PUBLIC[error] ?? errors.upstreamFailed)();
  return { code, message };
};

/** The usage that is charged, in the provider's words for it. */
const usageOf = ({ result, charge }: Task, { unit }: Shown): JsonObject | null => {
  if (result === null) return null;
  const { usage } = result;
  const cost = formatAt(charge ?? 0n, unit.rate);
  return { ...countsOf(usage), cost };
};

const countsOf = ({ video_token: tokens, video_second: parts }: Usage): Record<string, Json> => {
  if (tokens !== undefined) return { completion_tokens: tokens, total_tokens: tokens };
  return parts === undefined ? {} : { seconds: parts / SECOND_PARTS };
};

const hasVideo = ({ result }: Task, { now }: Shown): boolean => result !== null && now < result.expiresAt;

/** Where the video is had with the same key; null once the provider has thrown it away. */
const contentUrl = (task: Task, shown: Shown): string | null =>
  hasVideo(task, shown) ? `${shown.base}/v1/videos/${taskId(task.requestId)}/content` : null;

/** Pixels of a resolution at a ratio, for a format that knows only those. */
const SIZES = table<readonly [short: number, long: number]>({
  "480p": [480, 854],
  "720p": [720, 1_280],
  "1080p": [1_080, 1_920],
  "4k": [2_160, 3_840],
});

const sizeOf = ({ asked, result }: Task): string => {
  const [short, long] = SIZES[result?.resolution ?? asked.resolution ?? ""] ?? [720, 1_280];
  const [a = 16, b = 9] = (result?.ratio ?? asked.ratio ?? "16:9").split(":").map(Number);
  return a >= b ? `${long}x${short}` : `${short}x${long}`;
};

/** OpenAI's video: every member always there. */
export const openaiVideo = (task: Task, shown: Shown): JsonObject => {
  const words = WORDS[task.state];
  const url = contentUrl(task, shown);
  const usage = usageOf(task, shown);
  return {
    id: taskId(task.requestId),
    object: "video",
    model: task.model,
    status: words.openai,
    progress: words.progress,
    created_at: seconds(task.createdAt),
    completed_at: task.state === "succeeded" ? secondsOr(task.finishedAt) : null,
    expires_at: secondsOr(task.result?.expiresAt ?? null),
    prompt: null,
    seconds: String(task.result?.seconds ?? task.asked.seconds ?? ""),
    size: sizeOf(task),
    remixed_from_video_id: null,
    error: errorOf(task),
    ...(usage === null ? {} : { usage }),
    ...(url === null ? {} : { metadata: { url } }),
  };
};

/** The flat form, with the wrapped one of older services beside it under `data`. */
export const flatVideo = (task: Task, shown: Shown): JsonObject => {
  const words = WORDS[task.state];
  const id = taskId(task.requestId);
  const url = contentUrl(task, shown);
  const failure = errorOf(task);
  const { asked, result } = task;
  return {
    id,
    task_id: id,
    object: "video",
    model: task.model,
    status: words.flat,
    progress: words.progress,
    created_at: seconds(task.createdAt),
    completed_at: task.state === "succeeded" ? secondsOr(task.finishedAt) : null,
    expires_at: secondsOr(result?.expiresAt ?? null),
    duration: result?.seconds ?? asked.seconds,
    resolution: result?.resolution ?? asked.resolution,
    ratio: result?.ratio ?? asked.ratio,
    url,
    format: "mp4",
    error: failure,
    usage: usageOf(task, shown),
    code: "success",
    message: "",
    data: {
      task_id: id,
      action: "generate",
      status: words.wrapped,
      fail_reason: failure?.message ?? "",
      result_url: url ?? "",
      submit_time: seconds(task.createdAt),
      start_time: seconds(task.startedAt ?? 0),
      finish_time: seconds(task.finishedAt ?? 0),
      progress: `${words.progress}%`,
    },
  };
};

const CODES = table<readonly [code: number, status: string]>({
  cancelled: [1, "CANCELLED"],
  content_policy: [3, "INVALID_ARGUMENT"],
  invalid_value: [3, "INVALID_ARGUMENT"],
  upstream_timeout: [4, "DEADLINE_EXCEEDED"],
});

/** An operation of the Gemini API. */
export const operation = (task: Task, shown: Shown): JsonObject => {
  const id = taskId(task.requestId);
  const name = `models/${task.model}/operations/${id}`;
  const failure = errorOf(task);
  if (failure !== null) {
    const [code, status] = CODES[failure.code] ?? [14, "UNAVAILABLE"];
    return { name, done: true, error: { code, message: failure.message, status } };
  }
  if (task.state !== "succeeded") return { name };
  const uri = `${shown.base}/v1beta/files/${id}:download?alt=media`;
  return {
    name,
    done: true,
    response: {
      "@type": "type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse",
      generateVideoResponse: { generatedSamples: [{ video: { uri } }] },
    },
  };
};

export const WRITERS = { flat: flatVideo, openai: openaiVideo, gemini: operation } as const satisfies Record<
  Task["format"],
  (task: Task, shown: Shown) => JsonObject
>;

/** A page of tasks in the order of the list. */
export const listOfVideos = (
  tasks: readonly Task[],
  isMore: boolean,
  write: (task: Task) => JsonObject,
): JsonObject => {
  const [first, last] = [tasks[0], tasks.at(-1)];
  return {
    object: "list",
    data: tasks.map(write),
    first_id: first === undefined ? null : taskId(first.requestId),
    last_id: last === undefined ? null : taskId(last.requestId),
    has_more: isMore,
  };
};

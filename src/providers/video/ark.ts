/** Seedance on Volcengine Ark and BytePlus ModelArk: tasks at `/contents/generations/tasks`, billed by the tokens of their output. */
import { errors } from "../../errors.ts";
import type { Json, JsonObject } from "../../protocols/canonical.ts";
import { isObject, listOf, objectAt, textOf } from "../../protocols/value.ts";
import { table, type Table } from "../../table.ts";
import type { Usage } from "../../unit.ts";
import { codeOf, isPolicy, lengthFor, oneOf, refusalOf, refuse, secondsOf, tokensOf } from "./rules.ts";
import { NO_VERDICT, type Verdict, type VideoApi, type VideoAsk, type VideoLimits, type VideoPlan } from "./video.ts";

const TASKS = "/contents/generations/tasks";
const DAY_MS = 24 * 60 * 60 * 1_000;

/** The most pixels of a frame of each resolution, over all ratios and model families. */
const PIXELS = table<number>({
  "480p": 432_000,
  "720p": 930_000,
  "1080p": 2_090_000,
  "4k": 8_360_000,
});
/** Those of the usual ratio, for an estimate. */
const USUAL_PIXELS = table<number>({
  "480p": 428_544,
  "720p": 921_600,
  "1080p": 2_073_600,
  "4k": 8_294_400,
});
const FRAMES_PER_SECOND = 24;
const PIXELS_PER_TOKEN = 1_024;
const RATIOS = ["16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "adaptive"] as const;
const USUAL_RESOLUTION = "720p";
const USUAL_SECONDS = 5;
/** The longest that models make where the catalogue does not say. */
const MOST_SECONDS = 15;
const MOST_INPUTS = { images: 30, videos: 10, audios: 10 } as const;

/**
 * A task's own number travels as the time after which the provider gives it up, which its lists show again: at least as long as we
 * wait ourselves, at most what is allowed (decision 0037).
 */
const LEAST_LIFE_S = 86_400;

/** Tokens of so many seconds: one frame more than fits them. */
const tokensFor = (seconds: number, resolution: string, byName: Table<number>): number => {
  const pixels = byName[resolution] ?? byName["4k"] ?? 0;
  return Math.ceil(((seconds * FRAMES_PER_SECOND + 1) * pixels) / PIXELS_PER_TOKEN);
};

const resolutionFor = ({ resolution }: VideoAsk, { resolutions }: VideoLimits): string =>
  oneOf("resolution", resolution ?? USUAL_RESOLUTION, resolutions.length > 0 ? resolutions : Object.keys(PIXELS));

const ROLES = { first_frame: "first_frame", last_frame: "last_frame", reference: "reference_image" } as const;

const contentOf = ({ prompt, images, videos, audios }: VideoAsk): JsonObject[] => [
  ...(prompt === "" ? [] : [{ type: "text", text: prompt }]),
  ...images.map(({ role, url }) => ({ type: "image_url", image_url: { url }, role: ROLES[role] })),
  ...videos.map((url) => ({ type: "video_url", video_url: { url }, role: "reference_video" })),
  ...audios.map((url) => ({ type: "audio_url", audio_url: { url }, role: "reference_audio" })),
];

const checkInputs = (ask: VideoAsk): void => {
  for (const name of ["images", "videos", "audios"] as const)
    refuse(ask[name].length > MOST_INPUTS[name], name, `must be at most ${MOST_INPUTS[name]}`);
  const isEmpty = ask.prompt === "" && ask.images.length + ask.videos.length === 0;
  refuse(isEmpty, "prompt", "is required");
  const roles = new Set(ask.images.map(({ role }) => role));
  refuse(
    roles.has("reference") && roles.size > 1,
    "images",
    "must be either a first and a last frame, or references, not both",
  );
};

const plan = (ask: VideoAsk, limits: VideoLimits): VideoPlan => {
  checkInputs(ask);
  const resolution = resolutionFor(ask, limits);
  const ratio = ask.ratio === undefined ? null : oneOf("ratio", ask.ratio, RATIOS);
  const usual = { default: USUAL_SECONDS, max: MOST_SECONDS };
  const known = limits.allowed === undefined ? { ...usual, ...limits } : limits;
  const seconds = lengthFor(ask, known);
  const longest = limits.max ?? MOST_SECONDS;
  const audio = ask.audio ?? true;
  const hasVideo = ask.videos.length > 0;
  const output = seconds < 0 ? longest : seconds;
  return {
    attributes: { resolution, video_input: hasVideo, audio },
    // Films of the input are counted as well, and are together no longer than the longest output.
    most: { video_token: tokensFor(output + (hasVideo ? longest : 0), resolution, PIXELS) },
    seconds: seconds < 0 ? null : seconds,
    resolution,
    ratio,
    fetches: [],
    create: ({ reference }) => ({
      method: "POST",
      path: TASKS,
      body: {
        model: limits.model,
        content: contentOf(ask),
        resolution,
        ...(ratio === null ? {} : { ratio }),
        duration: seconds,
        generate_audio: audio,
        watermark: ask.watermark ?? false,
        ...(ask.seed === undefined ? {} : { seed: ask.seed }),
        execution_expires_after: LEAST_LIFE_S + reference,
      },
    }),
  };
};

const succeeded = (body: JsonObject, asked: { resolution: string | null }): Verdict => {
  const url = textOf(objectAt(body, "content")?.["video_url"]);
  if (url === "") return NO_VERDICT;
  const tokens = tokensOf(objectAt(body, "usage")?.["completion_tokens"]);
  const seconds = secondsOf(body["duration"]) ?? null;
  const resolution = textOf(body["resolution"]) || asked.resolution;
  const estimate: Usage =
    seconds === null || resolution === null ? {} : { video_token: tokensFor(seconds, resolution, USUAL_PIXELS) };
  const usage = tokens === undefined ? undefined : { video_token: tokens };
  return { kind: "succeeded", url, usage, estimate, seconds, resolution, ratio: textOf(body["ratio"]) || null };
};

const failed = (code: string): Verdict => {
  if (isPolicy(code)) return { kind: "failed", code: "content_policy" };
  return { kind: "failed", code: code.startsWith("InvalidParameter") ? "invalid_value" : "upstream_failed" };
};

/** Words of the provider; what is none of them is a job that goes on. */
const verdict: VideoApi["verdict"] = (body, asked) => {
  switch (body["status"]) {
    case "queued":
    case "pending":
      return { kind: "queued" };
    case "succeeded":
      return succeeded(body, asked);
    case "failed":
      return failed(codeOf(objectAt(body, "error")));
    case "expired":
    case "cancelled":
      return { kind: body["status"] };
    case undefined:
      return NO_VERDICT;
    default:
      return typeof body["status"] === "string" ? { kind: "running" } : NO_VERDICT;
  }
};

/** Tasks of one page; the newest come first. */
const PAGE = 100;

const isMade = (
  item: Json,
  { reference, sinceSeconds }: { reference: number; sinceSeconds: number },
): item is JsonObject =>
  isObject(item) &&
  item["execution_expires_after"] === LEAST_LIFE_S + reference &&
  typeof item["created_at"] === "number" &&
  item["created_at"] >= sinceSeconds;

export const ark: VideoApi = {
  id: "ark",
  keptMs: DAY_MS,
  isGuarded: false,
  plan,
  created: (body) => textOf(body["id"]) || undefined,
  refusal: (status, body) => {
    const error = objectAt(body, "error");
    return status === 400 && codeOf(error) === "InvalidParameter" && textOf(error?.["param"]) !== ""
      ? errors.refusedByProvider(shownParam(textOf(error?.["param"])))
      : refusalOf(status, codeOf(error));
  },
  poll: (job) => ({ method: "GET", path: `${TASKS}/${encodeURIComponent(job)}` }),
  verdict,
  cancel: (job) => ({ method: "DELETE", path: `${TASKS}/${encodeURIComponent(job)}` }),
  search: {
    call: () => ({ method: "GET", path: `${TASKS}?page_num=1&page_size=${PAGE}` }),
    found: (body, wanted) =>
      Array.isArray(body["items"])
        ? listOf(body["items"]).flatMap((item) => (isMade(item, wanted) ? [textOf(item["id"])] : []))
        : undefined,
  },
};

/** Fields that our own formats have as well; of others the customer has never heard. */
const shownParam = (param: string): string | undefined =>
  ["duration", "resolution", "ratio", "seed", "generate_audio", "watermark"].find((name) => name === param);

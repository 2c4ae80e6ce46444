/** Veo on the Gemini API: long-running operations, billed by the seconds asked for and the videos that came of it. */
import type { JsonObject } from "../../protocols/canonical.ts";
import { isObject, listOf, objectAt, textOf } from "../../protocols/value.ts";
import { codeOf, countedSeconds, lengthFor, oneOf, refusalOf, refuse } from "./rules.ts";
import {
  NO_VERDICT,
  type Verdict,
  type VideoApi,
  type VideoAsk,
  type VideoImage,
  type VideoLimits,
  type VideoMedia,
  type VideoPlan,
} from "./video.ts";

/** Files are deleted after two days. */
const KEPT_MS = 2 * 24 * 60 * 60 * 1_000;
const RATIOS = ["16:9", "9:16"] as const;
const RESOLUTIONS = ["720p", "1080p", "4k"] as const;
const LENGTHS = { allowed: [4, 6, 8], default: 8 } as const;
/** What only videos of this length can have: more than 720p, references. */
const FULL_SECONDS = 8;
const MOST_REFERENCES = 3;

const imageOf = (url: string, media: VideoMedia): JsonObject => {
  const bytes = media.get(url);
  return { bytesBase64Encoded: bytes?.data ?? "", mimeType: bytes?.mediaType ?? "" };
};

const instanceOf = ({ prompt, images }: VideoAsk, media: VideoMedia): JsonObject => {
  const of = (role: VideoImage["role"]): JsonObject[] =>
    images.filter((image) => image.role === role).map(({ url }) => imageOf(url, media));
  const [[first], [last], references] = [of("first_frame"), of("last_frame"), of("reference")];
  return {
    prompt,
    ...(first === undefined ? {} : { image: first }),
    ...(last === undefined ? {} : { lastFrame: last }),
    ...(references.length === 0
      ? {}
      : { referenceImages: references.map((image) => ({ image, referenceType: "asset" })) }),
  };
};

const checkInputs = ({ prompt, images, videos, audios, audio }: VideoAsk): void => {
  refuse(prompt === "", "prompt", "is required");
  refuse(videos.length > 0, "videos", "are not taken by this model");
  refuse(audios.length > 0, "audios", "are not taken by this model");
  refuse(audio === false, "generate_audio", "must be true: this model's videos have sound");
  for (const role of ["first_frame", "last_frame"] as const)
    refuse(
      images.filter((image) => image.role === role).length > 1,
      "images",
      "must have one first and one last frame",
    );
  const references = images.filter(({ role }) => role === "reference").length;
  refuse(references > MOST_REFERENCES, "images", `must be at most ${MOST_REFERENCES} references`);
};

const plan = (ask: VideoAsk, limits: VideoLimits): VideoPlan => {
  checkInputs(ask);
  const resolution = oneOf(
    "resolution",
    ask.resolution ?? "720p",
    limits.resolutions.length > 0 ? limits.resolutions : RESOLUTIONS,
  );
  const ratio = oneOf("ratio", ask.ratio ?? "16:9", RATIOS);
  const seconds = lengthFor(ask, limits.allowed === undefined ? { ...limits, ...LENGTHS } : limits);
  const isFull = resolution !== "720p" || ask.images.some(({ role }) => role === "reference");
  refuse(
    isFull && seconds !== FULL_SECONDS,
    "duration",
    `must be ${FULL_SECONDS} at this resolution or with references`,
  );
  return {
    attributes: { resolution },
    most: countedSeconds(seconds),
    seconds,
    resolution,
    ratio,
    fetches: ask.images.map(({ url }) => url),
    create: ({ media }) => ({
      method: "POST",
      path: `/models/${encodeURIComponent(limits.model)}:predictLongRunning`,
      body: {
        instances: [instanceOf(ask, media)],
        parameters: {
          aspectRatio: ratio,
          resolution,
          durationSeconds: seconds,
          ...(ask.negativePrompt === undefined ? {} : { negativePrompt: ask.negativePrompt }),
          ...(ask.seed === undefined ? {} : { seed: ask.seed }),
        },
      },
    }),
  };
};

/** A job that is done and made nothing was filtered; it is not billed. */
const done = (body: JsonObject, asked: { seconds: number | null; resolution: string | null }): Verdict => {
  const response = objectAt(body, "response");
  const made = objectAt(response, "generateVideoResponse") ?? response;
  const samples = listOf(made?.["generatedSamples"]).filter(isObject);
  const [first] = samples;
  const url = textOf(objectAt(first, "video")?.["uri"]);
  if (url !== "") {
    const usage = countedSeconds((asked.seconds ?? FULL_SECONDS) * samples.length);
    const { seconds, resolution } = asked;
    return { kind: "succeeded", url, usage, estimate: usage, seconds, resolution, ratio: null };
  }
  return typeof made?.["raiMediaFilteredCount"] === "number" ? { kind: "failed", code: "content_policy" } : NO_VERDICT;
};

/** `INVALID_ARGUMENT` among the codes of google.rpc. */
const INVALID = 3;

const verdict: VideoApi["verdict"] = (body, asked) => {
  if (textOf(body["name"]) === "") return NO_VERDICT;
  if (body["done"] !== true) return { kind: "running" };
  const error = objectAt(body, "error");
  if (error === undefined) return done(body, asked);
  return { kind: "failed", code: error["code"] === INVALID ? "invalid_value" : "upstream_failed" };
};

/** An operation's name has slashes that belong to the path. */
const pathOf = (job: string): string => job.split("/").map(encodeURIComponent).join("/");

export const veo: VideoApi = {
  id: "veo",
  keptMs: KEPT_MS,
  isGuarded: true,
  plan,
  created: (body) => textOf(body["name"]) || undefined,
  refusal: (status, body) => refusalOf(status, codeOf(objectAt(body, "error"))),
  poll: (job) => ({ method: "GET", path: `/${pathOf(job)}` }),
  verdict,
};

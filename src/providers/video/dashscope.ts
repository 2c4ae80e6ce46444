/** Happy Horse on Alibaba's DashScope: asynchronous tasks, billed by seconds at the resolution of the output. The model is the mode. */
import type { JsonObject } from "../../protocols/canonical.ts";
import { objectAt, textOf } from "../../protocols/value.ts";
import { codeOf, countedSeconds, isPolicy, lengthFor, oneOf, refusalOf, refuse, secondsOf } from "./rules.ts";
import { NO_VERDICT, type Verdict, type VideoApi, type VideoAsk, type VideoLimits, type VideoPlan } from "./video.ts";

const CREATE = "/services/aigc/video-generation/video-synthesis";
const DAY_MS = 24 * 60 * 60 * 1_000;

/** What a model makes a video from, told by its name. */
type Mode = "text" | "image" | "reference" | "edit";

const MODES: readonly (readonly [ending: string, mode: Mode])[] = [
  ["-video-edit", "edit"],
  ["-videoedit", "edit"],
  ["-r2v", "reference"],
  ["-i2v", "image"],
];

const modeOf = (model: string): Mode => MODES.find(([ending]) => model.endsWith(ending))?.[1] ?? "text";

const RESOLUTIONS = ["720P", "1080P"] as const;
const USUAL_RESOLUTION = "1080P";
const USUAL_RATIO = "16:9";
const RATIOS = ["16:9", "9:16", "1:1", "4:3", "3:4", "4:5", "5:4", "21:9", "9:21"] as const;
const LENGTH = { min: 3, max: 15, default: 5 } as const;
/** An edit is billed for the film that goes in and the one that comes out. */
const EDIT_SECONDS = { input: 60, output: 15 } as const;
const MOST_REFERENCES = 9;
const MOST_EDIT_REFERENCES = 5;

type Media = { readonly type: string; readonly url: string };

const FORMS = {
  text: ({ images, videos }) => {
    refuse(
      images.length + videos.length > 0,
      "images",
      "are not taken by this model: use one that makes videos of them",
    );
    return [];
  },
  image: ({ images, videos }) => {
    refuse(images.length !== 1 || videos.length > 0, "image", "must be exactly one: the first frame");
    return images.map(({ url }) => ({ type: "first_frame", url }));
  },
  reference: ({ images, videos }) => {
    const fits = images.length >= 1 && images.length <= MOST_REFERENCES && videos.length === 0;
    refuse(!fits, "images", `must be 1 to ${MOST_REFERENCES} references`);
    return images.map(({ url }) => ({ type: "reference_image", url }));
  },
  edit: ({ images, videos }) => {
    refuse(videos.length !== 1, "videos", "must be exactly one: the film to edit");
    refuse(images.length > MOST_EDIT_REFERENCES, "images", `must be at most ${MOST_EDIT_REFERENCES}`);
    return [
      ...videos.map((url) => ({ type: "video", url })),
      ...images.map(({ url }) => ({ type: "reference_image", url })),
    ];
  },
} as const satisfies Record<Mode, (ask: VideoAsk) => readonly Media[]>;

const resolutionFor = ({ resolution }: VideoAsk, { resolutions }: VideoLimits): string =>
  oneOf(
    "resolution",
    (resolution ?? USUAL_RESOLUTION).toUpperCase(),
    resolutions.length > 0 ? resolutions : RESOLUTIONS,
  );

const plan = (ask: VideoAsk, limits: VideoLimits): VideoPlan => {
  const mode = modeOf(limits.model);
  const media = FORMS[mode](ask);
  refuse(ask.audios.length > 0, "audios", "are not taken by this model");
  refuse(ask.prompt === "" && mode !== "image", "prompt", "is required");
  const resolution = resolutionFor(ask, limits);
  const isFree = mode === "text" || mode === "reference";
  refuse(!isFree && ask.ratio !== undefined, "ratio", "follows the input with this model");
  const ratio = isFree ? oneOf("ratio", ask.ratio ?? USUAL_RATIO, RATIOS) : null;
  refuse(
    mode === "edit" && ask.seconds !== undefined && ask.seconds !== -1,
    "duration",
    "follows the input with this model",
  );
  const seconds = mode === "edit" ? null : lengthFor(ask, { ...LENGTH, ...limits });
  return {
    attributes: { resolution },
    most: countedSeconds(seconds ?? EDIT_SECONDS.input + EDIT_SECONDS.output),
    seconds,
    resolution: resolution.toLowerCase(),
    ratio,
    fetches: [],
    create: () => ({
      method: "POST",
      path: CREATE,
      headers: { "x-dashscope-async": "enable" },
      body: {
        model: limits.model,
        input: { ...(ask.prompt === "" ? {} : { prompt: ask.prompt }), ...(media.length === 0 ? {} : { media }) },
        parameters: {
          resolution,
          ...(ratio === null ? {} : { ratio }),
          ...(seconds === null ? {} : { duration: seconds }),
          // The provider's own default is to show its name.
          watermark: ask.watermark ?? false,
          ...(ask.seed === undefined ? {} : { seed: ask.seed }),
        },
      },
    }),
  };
};

const succeeded = (body: JsonObject, output: JsonObject, asked: { seconds: number | null }): Verdict => {
  const url = textOf(output["video_url"]);
  if (url === "") return NO_VERDICT;
  const usage = objectAt(body, "usage");
  // Older models of the family say `video_duration`.
  const billed = secondsOf(usage?.["duration"]) ?? secondsOf(usage?.["video_duration"]);
  const tier = usage?.["SR"];
  return {
    kind: "succeeded",
    url,
    usage: billed === undefined ? undefined : countedSeconds(billed),
    estimate: asked.seconds === null ? {} : countedSeconds(asked.seconds),
    seconds: secondsOf(usage?.["output_video_duration"]) ?? billed ?? asked.seconds,
    resolution: typeof tier === "number" ? `${tier}p` : null,
    ratio: textOf(usage?.["ratio"]) || null,
  };
};

const failed = (code: string): Verdict => {
  if (isPolicy(code)) return { kind: "failed", code: "content_policy" };
  return { kind: "failed", code: code.startsWith("Invalid") ? "invalid_value" : "upstream_failed" };
};

const verdict: VideoApi["verdict"] = (body, asked) => {
  const output = objectAt(body, "output");
  switch (output?.["task_status"]) {
    case "PENDING":
      return { kind: "queued" };
    case "RUNNING":
    case "SUSPENDED":
      return { kind: "running" };
    case "SUCCEEDED":
      return succeeded(body, output, asked);
    case "FAILED":
      return failed(codeOf(output));
    case "CANCELED":
      return { kind: "cancelled" };
    default:
      // UNKNOWN is also said of a job that the provider has forgotten.
      return NO_VERDICT;
  }
};

export const dashscope: VideoApi = {
  id: "dashscope",
  keptMs: DAY_MS,
  isGuarded: false,
  plan,
  created: (body) => textOf(objectAt(body, "output")?.["task_id"]) || undefined,
  refusal: (status, body) => refusalOf(status, codeOf(body)),
  poll: (job) => ({ method: "GET", path: `/tasks/${encodeURIComponent(job)}` }),
  verdict,
  cancel: (job) => ({ method: "POST", path: `/tasks/${encodeURIComponent(job)}/cancel` }),
};

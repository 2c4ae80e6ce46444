/**
 * The sandbox as a maker of videos: the tasks of Ark, DashScope and Veo. A job is its own id: when it was made, of what, and what is to
 * go wrong are all in it, so that it lives through the sandbox's own end, as a provider's job would.
 */
import type http from "node:http";

import type { Json, JsonObject } from "../protocols/canonical.ts";
import { table } from "../table.ts";
import { makeMp4 } from "./mp4.ts";
import { listOf, objectOf, textOf } from "./value.ts";
import { VIDEO_FAULTS, videoFaultOf, type VideoFault } from "./video-models.ts";

/** After so long a job runs, and after so long it is done, milliseconds. */
const RUNS_AFTER_MS = 700;
const DONE_AFTER_MS = 1_800;
const NO_FAULT: VideoFault = "none";
/** Jobs of which a list knows, and those that were cancelled: the latest of each. */
const MOST_REMEMBERED = 1_000;
const USUAL_SECONDS = 5;
const MODEL_SECONDS = 6;
const KINDS = ["ark", "dashscope", "veo"] as const;
type Kind = (typeof KINDS)[number];

/** Everything that is to be known of a job. */
interface Job {
  readonly kind: Kind;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly model: string;
  readonly prompt: string;
  readonly seconds: number;
  readonly resolution: string;
  /** What the caller made it known by, if anything. */
  readonly reference: number;
  /** Whether films went in, which are counted too. */
  readonly input: boolean;
  readonly serial: number;
}

/** Characters of the prompt of which a film is made. */
const MOST_PROMPT = 64;

const idOf = (job: Job): string => Buffer.from(JSON.stringify(job)).toString("base64url");

const jobOf = (id: string): Job | null => {
  try {
    const job = objectOf(JSON.parse(Buffer.from(id, "base64url").toString("utf8")) as Json);
    return job === null || !(KINDS as readonly unknown[]).includes(job["kind"]) ? null : (job as unknown as Job);
  } catch {
    return null;
  }
};

const whole = (value: Json | undefined, usual: number): number => (typeof value === "number" ? value : usual);

const ARK = "/api/v3/contents/generations/tasks";
const DASHSCOPE_CREATE = "/api/v1/services/aigc/video-generation/video-synthesis";
const DASHSCOPE = "/api/v1/tasks/";
const VEO = "/v1beta/models/";
const PREDICT = ":predictLongRunning";
const OPERATIONS = "/operations/";
const FILM = "/films/";
const FILES = "/v1beta/files/";

export interface Reply {
  readonly status: number;
  readonly body: JsonObject | Buffer;
}

const PIXELS = table<number>({ "480p": 428_544, "720p": 921_600, "1080p": 2_073_600 });

/** Tokens as Ark counts them: frames of the output, and of the films that went in. */
const tokensOf = ({ seconds, resolution, input }: Job): number =>
  Math.ceil(((24 * (input ? seconds * 2 : seconds) + 1) * (PIXELS[resolution] ?? 921_600)) / 1_024);

const notFound = (): Reply => ({
  status: 404,
  body: { error: { code: "NotFound", message: "Sandbox: no such task.", type: "NotFound" }, code: "NotFound" },
});

const refused = (status: number, code: string): Reply => {
  const message = "Sandbox: refused. Request id: 0217sandbox";
  const google = { code: status, message, status: "INVALID_ARGUMENT" };
  return { status, body: { error: { ...google, code, type: "BadRequest", param: "" }, code, message } };
};

export class SandboxVideos {
  readonly #jobs: string[] = [];
  readonly #cancelled = new Set<string>();
  #serial = 0;

  /** True for a path that this answers. Films are fetched without a credential, by addresses that nobody can guess. */
  knows(path: string): boolean {
    const isGoogle = path.startsWith(VEO) && (path.endsWith(PREDICT) || path.includes(OPERATIONS));
    return path.startsWith(ARK) || path.startsWith("/api/v1/") || isGoogle || path.startsWith(FILES);
  }

  isOpen(path: string): boolean {
    return path.startsWith(FILM);
  }

  /** @param body of a POST, else null @param base the sandbox's own address */
  answer(method: string, path: string, body: JsonObject | null, base: string): Reply {
    if (path.startsWith(FILM)) return this.#film(path.slice(FILM.length));
    if (path.startsWith(FILES)) return this.#film(path.slice(FILES.length, path.lastIndexOf(":")));
    if (method === "POST" && body !== null && !path.endsWith("/cancel")) return this.#create(path, body);
    const { kind, id } = named(path);
    if (kind === "ark" && id === "") return this.#list();
    if (method === "DELETE" || path.endsWith("/cancel")) return this.#cancel(id);
    const job = jobOf(id);
    return job === null || job.kind !== kind ? notFound() : this.#told(job, id, base);
  }

  #create(path: string, body: JsonObject): Reply {
    const kind: Kind = path === ARK ? "ark" : path === DASHSCOPE_CREATE ? "dashscope" : "veo";
    const model = kind === "veo" ? decodeURIComponent(path.slice(VEO.length, -PREDICT.length)) : textOf(body["model"]);
    const refusal = VIDEO_FAULTS[videoFaultOf(model ?? "")].refusal;
    if (refusal !== undefined) return refused(refusal.status, refusal.code);
    const id = idOf({ ...READERS[kind](body), kind, model: model ?? "", at: Date.now(), serial: ++this.#serial });
    this.#jobs.unshift(id);
    this.#jobs.length = Math.min(this.#jobs.length, MOST_REMEMBERED);
    if (kind === "ark") return { status: 200, body: { id } };
    if (kind === "veo") return { status: 200, body: { name: `models/${model}${OPERATIONS}${id}` } };
    return { status: 200, body: { output: { task_status: "PENDING", task_id: id }, request_id: "sandbox" } };
  }

  /** What became of a job by now. */
  #stateOf(job: Job, id: string): "queued" | "running" | "done" | "cancelled" {
    if (this.#cancelled.has(id)) return "cancelled";
    const age = Date.now() - job.at;
    const { isSlow } = VIDEO_FAULTS[videoFaultOf(job.model)];
    if (age < RUNS_AFTER_MS) return "queued";
    return age < DONE_AFTER_MS || isSlow === true ? "running" : "done";
  }

  #told(job: Job, id: string, base: string): Reply {
    const state = this.#stateOf(job, id);
    const fault = videoFaultOf(job.model);
    if (state === "done" && VIDEO_FAULTS[fault].garbage === true) return { status: 200, body: Buffer.from("<html>") };
    return { status: 200, body: WRITERS[job.kind](job, { id, state, fault, base }) };
  }

  #list(): Reply {
    const items = this.#jobs.flatMap((id) => {
      const job = jobOf(id);
      if (job?.kind !== "ark") return [];
      return [arkTask(job, { id, state: this.#stateOf(job, id), fault: NO_FAULT, base: "" })];
    });
    return { status: 200, body: { items, total: items.length } };
  }

  #cancel(id: string): Reply {
    const job = jobOf(id);
    if (job === null) return notFound();
    if (this.#stateOf(job, id) !== "queued") return refused(400, "UnsupportedOperation");
    this.#cancelled.add(id);
    for (const oldest of this.#cancelled) {
      if (this.#cancelled.size <= MOST_REMEMBERED) break;
      this.#cancelled.delete(oldest);
    }
    return { status: 200, body: {} };
  }

  #film(id: string): Reply {
    const job = jobOf(id);
    if (job === null || this.#stateOf(job, id) !== "done") return notFound();
    return { status: 200, body: makeMp4(job.prompt, job.seconds) };
  }
}

const named = (path: string): { kind: Kind; id: string } => {
  if (path.startsWith(ARK)) return { kind: "ark", id: decodeURIComponent(path.slice(ARK.length + 1)) };
  if (path.startsWith(DASHSCOPE)) {
    const rest = path.slice(DASHSCOPE.length);
    return { kind: "dashscope", id: rest.endsWith("/cancel") ? rest.slice(0, -"/cancel".length) : rest };
  }
  return { kind: "veo", id: path.slice(path.lastIndexOf(OPERATIONS) + OPERATIONS.length) };
};

type Asked = Pick<Job, "prompt" | "seconds" | "resolution" | "reference" | "input">;

const READERS = {
  ark: (body) => {
    const parts = listOf(body["content"]).map((part) => objectOf(part));
    const seconds = whole(body["duration"], USUAL_SECONDS);
    return {
      prompt: (textOf(parts.find((part) => part?.["type"] === "text")?.["text"]) ?? "").slice(0, MOST_PROMPT),
      seconds: seconds < 0 ? MODEL_SECONDS : seconds,
      resolution: textOf(body["resolution"]) ?? "720p",
      reference: whole(body["execution_expires_after"], 0),
      input: parts.some((part) => part?.["type"] === "video_url"),
    };
  },
  dashscope: (body) => {
    const [input, parameters] = [objectOf(body["input"]), objectOf(body["parameters"])];
    return {
      prompt: (textOf(input?.["prompt"]) ?? "").slice(0, MOST_PROMPT),
      seconds: whole(parameters?.["duration"], USUAL_SECONDS),
      resolution: (textOf(parameters?.["resolution"]) ?? "1080P").toLowerCase(),
      reference: 0,
      input: listOf(input?.["media"]).some((item) => objectOf(item)?.["type"] === "video"),
    };
  },
  veo: (body) => {
    const [instance] = listOf(body["instances"]);
    const parameters = objectOf(body["parameters"]);
    return {
      prompt: (textOf(objectOf(instance)?.["prompt"]) ?? "").slice(0, MOST_PROMPT),
      seconds: whole(parameters?.["durationSeconds"], 8),
      resolution: textOf(parameters?.["resolution"]) ?? "720p",
      reference: 0,
      input: false,
    };
  },
} as const satisfies Record<Kind, (body: JsonObject) => Asked>;

interface Told {
  readonly id: string;
  readonly state: "queued" | "running" | "done" | "cancelled";
  readonly fault: VideoFault;
  readonly base: string;
}

const arkTask = (job: Job, { id, state, fault, base }: Told): JsonObject => {
  const { ending } = VIDEO_FAULTS[fault];
  const created = Math.floor(job.at / 1_000);
  const common = {
    id,
    model: job.model,
    created_at: created,
    updated_at: created,
    execution_expires_after: job.reference,
    service_tier: "default",
  };
  if (state === "cancelled") return { ...common, status: "cancelled" };
  if (state !== "done") return { ...common, status: state };
  if (ending === "expired") return { ...common, status: "expired" };
  if (ending !== undefined) {
    const message = "The request failed. Request id: 0217sandbox";
    return { ...common, status: "failed", error: { code: ending, message } };
  }
  const tokens = tokensOf(job);
  return {
    ...common,
    status: "succeeded",
    content: { video_url: `${base}${FILM}${id}` },
    ...(VIDEO_FAULTS[fault].isUncounted === true
      ? {}
      : { usage: { completion_tokens: tokens, total_tokens: tokens, tool_usage: { web_search: 0 } } }),
    seed: 1,
    resolution: job.resolution,
    ratio: "16:9",
    duration: job.seconds,
    framespersecond: 24,
  };
};

const DASHSCOPE_WORDS = { queued: "PENDING", running: "RUNNING", done: "SUCCEEDED", cancelled: "CANCELED" } as const;

const dashscopeTask = (job: Job, { id, state, fault, base }: Told): JsonObject => {
  const { ending } = VIDEO_FAULTS[fault];
  const output = { task_id: id, task_status: DASHSCOPE_WORDS[state] };
  if (state !== "done") return { request_id: "sandbox", output };
  if (ending !== undefined)
    return {
      request_id: "sandbox",
      output: { ...output, task_status: "FAILED", code: ending, message: "Sandbox: failed." },
    };
  const duration = job.input ? job.seconds * 2 : job.seconds;
  const usage = {
    duration,
    input_video_duration: duration - job.seconds,
    output_video_duration: job.seconds,
    video_count: 1,
    SR: Number.parseInt(job.resolution, 10),
    ratio: "16:9",
  };
  return { request_id: "sandbox", output: { ...output, video_url: `${base}${FILM}${id}` }, usage };
};

const veoOperation = (job: Job, { id, state, fault, base }: Told): JsonObject => {
  const name = `models/${job.model}${OPERATIONS}${id}`;
  if (state !== "done") return { name };
  const { ending } = VIDEO_FAULTS[fault];
  if (ending !== undefined)
    return { name, done: true, response: { generateVideoResponse: { raiMediaFilteredCount: 1 } } };
  const uri = `${base}${FILES}${id}:download?alt=media`;
  return { name, done: true, response: { generateVideoResponse: { generatedSamples: [{ video: { uri } }] } } };
};

const WRITERS = { ark: arkTask, dashscope: dashscopeTask, veo: veoOperation } as const satisfies Record<
  Kind,
  (job: Job, told: Told) => JsonObject
>;

/** Sends a reply; of a film also a part. */
export const sendVideo = (
  { status, body }: Reply,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): void => {
  if (!Buffer.isBuffer(body)) {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
    return;
  }
  const part = rangeOf(request.headers.range, body.length);
  const bytes = part === null ? body : body.subarray(part.from, part.to + 1);
  response.writeHead(part === null ? status : 206, {
    "content-type": "video/mp4",
    "content-length": bytes.length,
    "accept-ranges": "bytes",
    ...(part === null ? {} : { "content-range": `bytes ${part.from}-${part.to}/${body.length}` }),
  });
  response.end(bytes);
};

const RANGE = "bytes=";

/** `bytes=FROM-TO` or `bytes=FROM-`; everything else is the whole. */
const rangeOf = (range: string | undefined, size: number): { from: number; to: number } | null => {
  if (range === undefined || !range.startsWith(RANGE)) return null;
  const [first = "", last = ""] = range.slice(RANGE.length).split("-");
  const from = Number(first);
  const to = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return first !== "" && Number.isInteger(from) && Number.isInteger(to) && from <= to ? { from, to } : null;
};

/** What adapters ask and read: tables of our own, and the recorded exchanges of the corpus. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { JsonObject } from "../../protocols/canonical.ts";
import { CORPUS, hasCorpus, mustHave } from "../../protocols/fixtures/wire.ts";
import { VIDEO_APIS } from "./index.ts";
import type { Verdict, VideoAsk, VideoLimits } from "./video.ts";

const { ark, dashscope, veo } = VIDEO_APIS;
const ASK: VideoAsk = { prompt: "a cat", images: [], videos: [], audios: [] };
const IMAGE = { role: "first_frame", url: "https://example.com/a.png" } as const;
const FILM = "https://example.com/a.mp4";
const SEEDANCE: VideoLimits = {
  model: "seedance",
  min: 4,
  max: 15,
  auto: -1,
  default: 5,
  resolutions: ["480p", "720p"],
};
const HORSE = (mode: string): VideoLimits => ({ model: `happyhorse-1.1-${mode}`, resolutions: [] });
const VEO: VideoLimits = { model: "veo-3.1", allowed: [4, 6, 8], default: 8, resolutions: [] };
const ORDER = { media: new Map(), reference: 7 };
const bodyOf = (api: keyof typeof VIDEO_APIS, ask: Partial<VideoAsk>, limits: VideoLimits) =>
  VIDEO_APIS[api].plan({ ...ASK, ...ask }, limits).create(ORDER);

describe("what is asked", () => {
  it("of Ark: flat fields, a ratio for a size, and our reference", () => {
    const plan = ark.plan({ ...ASK, ratio: "9:16", seconds: -1, audio: true, watermark: false }, SEEDANCE);
    expect(plan.create(ORDER)).toEqual({
      method: "POST",
      path: "/contents/generations/tasks",
      body: {
        model: "seedance",
        content: [{ type: "text", text: "a cat" }],
        resolution: "720p",
        ratio: "9:16",
        duration: -1,
        generate_audio: true,
        watermark: false,
        execution_expires_after: 86_407,
      },
    });
    expect(plan.attributes).toEqual({ resolution: "720p", video_input: false, audio: true });
  });

  it.each<[string, string, Partial<VideoAsk>, object]>([
    ["text", "t2v", {}, { prompt: "a cat" }],
    ["image", "i2v", { prompt: "", images: [IMAGE] }, { media: [{ type: "first_frame", url: IMAGE.url }] }],
    ["reference", "r2v", { images: [IMAGE] }, { media: [{ type: "reference_image", url: IMAGE.url }] }],
    ["edit", "video-edit", { videos: [FILM] }, { media: [{ type: "video", url: FILM }] }],
  ])("of Happy Horse in its mode '%s'", (_mode, ending, ask, input) => {
    const call = bodyOf("dashscope", ask, HORSE(ending));
    expect(call.headers).toEqual({ "x-dashscope-async": "enable" });
    expect(call.body).toMatchObject({ input, parameters: { resolution: "1080P", watermark: false } });
    const parameters = (call.body?.["parameters"] ?? {}) as object;
    expect("duration" in parameters).toBe(ending !== "video-edit");
  });

  it("of Veo: bytes instead of addresses", () => {
    const plan = veo.plan({ ...ASK, images: [IMAGE] }, VEO);
    expect(plan.fetches).toEqual([IMAGE.url]);
    const media = new Map([[IMAGE.url, { mediaType: "image/png", data: "QQ==" }]]);
    expect(plan.create({ media, reference: 1 }).body).toEqual({
      instances: [{ prompt: "a cat", image: { bytesBase64Encoded: "QQ==", mimeType: "image/png" } }],
      parameters: { aspectRatio: "16:9", resolution: "720p", durationSeconds: 8 },
    });
  });

  it.each<[string, () => unknown, string]>([
    ["a length", () => ark.plan({ ...ASK, seconds: 3 }, SEEDANCE), "duration"],
    ["a resolution", () => ark.plan({ ...ASK, resolution: "1080p" }, SEEDANCE), "resolution"],
    ["nothing to go by", () => ark.plan({ ...ASK, prompt: "" }, SEEDANCE), "prompt"],
    ["-1 where nobody can choose", () => dashscope.plan({ ...ASK, seconds: -1 }, HORSE("t2v")), "duration"],
    ["an image for a text model", () => dashscope.plan({ ...ASK, images: [IMAGE] }, HORSE("t2v")), "images"],
    ["two first frames", () => dashscope.plan({ ...ASK, images: [IMAGE, IMAGE] }, HORSE("i2v")), "image"],
    ["an edit of nothing", () => dashscope.plan(ASK, HORSE("video-edit")), "videos"],
    ["a short one at 1080p", () => veo.plan({ ...ASK, resolution: "1080p", seconds: 4 }, VEO), "duration"],
    ["a silent one", () => veo.plan({ ...ASK, audio: false }, VEO), "generate_audio"],
  ])("refuses %s by name", (_name, plan, param) => {
    expect(plan).toThrow(expect.objectContaining({ code: "invalid_value", detail: { param } }));
  });
});

describe("I-13: what is held covers what can be counted", () => {
  it("Ark: any length and any shape of frame, films of the input included", () => {
    // Every size that the provider's own table has.
    const shapes = { "480p": 992 * 432, "720p": 1_112 * 834, "1080p": 2_206 * 946 } as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(shapes) as (keyof typeof shapes)[])),
        fc.constantFrom(-1, 4, 5, 9, 15),
        fc.boolean(),
        fc.nat({ max: 15 }),
        (resolution, seconds, hasVideo, input) => {
          const limits = { ...SEEDANCE, resolutions: ["480p", "720p", "1080p"] };
          const { most } = ark.plan({ ...ASK, resolution, seconds, videos: hasVideo ? [FILM] : [] }, limits);
          const frames = 24 * ((seconds < 0 ? 15 : seconds) + (hasVideo ? input : 0)) + 1;
          expect(most.video_token).toBeGreaterThanOrEqual(Math.ceil((frames * shapes[resolution]) / 1_024));
        },
      ),
    );
  });

  it("Happy Horse: the seconds asked for, and for an edit those that go in and those that come out", () => {
    expect(dashscope.plan({ ...ASK, seconds: 15 }, HORSE("t2v")).most).toEqual({ video_second: 15_000 });
    expect(dashscope.plan({ ...ASK, videos: [FILM] }, HORSE("video-edit")).most).toEqual({ video_second: 75_000 });
  });
});

const ASKED = { seconds: 5, resolution: "720p" };

describe("what a provider says", () => {
  it.each<[string, keyof typeof VIDEO_APIS, JsonObject, Partial<Verdict>]>([
    ["queued", "ark", { id: "a", status: "queued" }, { kind: "queued" }],
    ["a word that nobody knows", "ark", { id: "a", status: "warming" }, { kind: "running" }],
    ["nothing", "ark", {}, { kind: "none" }],
    ["a success without a film", "ark", { status: "succeeded", content: {} }, { kind: "none" }],
    [
      "an absurd count",
      "ark",
      { status: "succeeded", content: { video_url: "https://v" }, usage: { completion_tokens: -5 }, duration: 5 },
      { kind: "succeeded", usage: undefined, estimate: { video_token: 108_900 } },
    ],
    ["expired", "ark", { status: "expired" }, { kind: "expired" }],
    ["cancelled", "ark", { status: "cancelled" }, { kind: "cancelled" }],
    ["forgotten", "dashscope", { output: { task_status: "UNKNOWN" } }, { kind: "none" }],
    [
      "a part of a second",
      "dashscope",
      { output: { task_status: "SUCCEEDED", video_url: "https://v" }, usage: { duration: 13.24, SR: 720 } },
      { kind: "succeeded", usage: { video_second: 13_240 }, resolution: "720p" },
    ],
    [
      "moderated",
      "dashscope",
      { output: { task_status: "FAILED", code: "DataInspectionFailed" } },
      { code: "content_policy" },
    ],
    ["running", "veo", { name: "operations/1" }, { kind: "running" }],
    ["an error", "veo", { name: "o", done: true, error: { code: 3 } }, { kind: "failed", code: "invalid_value" }],
    ["done with nothing", "veo", { name: "o", done: true, response: {} }, { kind: "none" }],
  ])("%s (%s)", (_name, api, body, verdict) => {
    expect(VIDEO_APIS[api].verdict(body, ASKED)).toMatchObject(verdict);
  });

  it("anything at all is read without a fault", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("ark", "dashscope", "veo"),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (api, body) => {
          expect(VIDEO_APIS[api].verdict(body as JsonObject, ASKED).kind).toBeDefined();
          expect(VIDEO_APIS[api].created(body as JsonObject) ?? "").toBeTypeOf("string");
          expect(VIDEO_APIS[api].refusal(400, body as JsonObject).code).toBeDefined();
        },
      ),
    );
  });
});

interface Recorded {
  readonly file: string;
  readonly protocol: string;
  readonly features: readonly string[];
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body: JsonObject | null;
  };
  readonly response: { readonly status: number; readonly body: JsonObject };
}

const APIS: Readonly<Record<string, keyof typeof VIDEO_APIS | undefined>> = {
  "video.ark": "ark",
  "video.dashscope": "dashscope",
  "video.veo": "veo",
};

const recorded = (folder: string): Recorded[] =>
  readdirSync(path.join(CORPUS, folder))
    .filter((name) => name.endsWith(".json"))
    .map((name) => {
      const exchange = JSON.parse(readFileSync(path.join(CORPUS, folder, name), "utf8")) as Recorded;
      return { ...exchange, file: `${folder}/${name}` };
    })
    .filter(({ protocol }) => APIS[protocol] !== undefined);

const FOLDERS = ["bytedance", "alibaba", "google", "google-vertex"] as const;
const RECORDED = hasCorpus ? FOLDERS.flatMap((folder) => mustHave(`video of ${folder}`, recorded(folder))) : [];
if (!hasCorpus) console.warn(`NO CORPUS at ${CORPUS}: no recorded task of a video is read. Set FARTHING_WIRE.`);

describe.skipIf(!hasCorpus)("the corpus", () => {
  it.each(RECORDED.map((each) => [each.file, each] as const))(
    "%s",
    (_file, { protocol, features, request, response }) => {
      const api = VIDEO_APIS[APIS[protocol] ?? "ark"];
      if (features.includes("create")) {
        const job = api.created(response.body);
        expect(job).toBeTypeOf("string");
        // What we would ask of the provider has the recorded members, and is asked at the recorded place.
        const limits = {
          model: (request.body?.["model"] as string) ?? "veo-3.1-lite-generate-preview",
          resolutions: [],
        };
        const seconds = protocol === "video.veo" ? 4 : 5;
        const call = api.plan({ ...ASK, seconds, ratio: "16:9" }, limits).create(ORDER);
        expect([call.method, request.path.endsWith(call.path)]).toEqual([request.method, true]);
        for (const [name, value] of Object.entries(call.headers ?? {})) expect(request.headers[name]).toBe(value);
        for (const name of Object.keys(request.body ?? {})) expect(Object.keys(call.body ?? {})).toContain(name);
        return;
      }
      const verdict = api.verdict(response.body, ASKED);
      if (features.includes("running")) expect(verdict.kind).toBe("running");
      else if (features.includes("failure")) expect(verdict.kind).toBe("failed");
      else {
        expect(verdict.kind).toBe("succeeded");
        if (verdict.kind !== "succeeded") return;
        const usage = response.body["usage"] as Record<string, number> | undefined;
        const counted = usage === undefined ? 5_000 : (usage["completion_tokens"] ?? (usage["duration"] ?? 0) * 1_000);
        expect(Object.values(verdict.usage ?? {})).toEqual([counted]);
        expect(verdict.url).toMatch(/^https:/);
      }
    },
  );
});

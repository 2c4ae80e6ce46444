/** Calls that are no conversation: embeddings, images, audio, and videos as tasks. */
import { OWN_HEADERS } from "./conversations.ts";
import {
  amount,
  EVENT_TYPE,
  flag,
  FORM_TYPE,
  inPath,
  inQuery,
  JSON_TYPE,
  list,
  object,
  orNull,
  ref,
  text,
  whole,
  word,
  type Operation,
  type Schema,
} from "./operation.ts";

const model = text("A model's id or one of its aliases, from the list of models.");

const imageRequest = object(
  {
    model,
    prompt: text("What of."),
    n: whole("How many."),
    size: text("Such as `1024x1024`, or a ratio where the model knows ratios."),
    quality: text("As the model knows it."),
    response_format: word(["url", "b64_json"], "How pictures come."),
    stream: flag("Events, with partial pictures where the provider has them."),
  },
  ["model", "prompt"],
);
const imageReply = object({
  created: whole("Unix seconds."),
  data: list(object({ b64_json: text("The picture."), url: text("Where it is.") })),
  usage: object({}),
});

const charged = (
  operation: Omit<Operation, "errors" | "isCharged" | "method"> & Partial<Pick<Operation, "errors">>,
): Operation => ({
  errors: "OpenaiError",
  ...operation,
  method: "post",
  parameters: [...(operation.parameters ?? []), ...OWN_HEADERS],
  isCharged: true,
});

const embedModel = inPath("model", "A model's id or alias.");

const CALLS: readonly Operation[] = [
  charged({
    path: "/v1/embeddings",
    tag: "OpenAI",
    summary: "Embeddings of one text or of many.",
    body: {
      [JSON_TYPE]: object(
        {
          model,
          input: { description: "A text, a list of texts, or token ids." },
          dimensions: whole("Numbers of each vector."),
          encoding_format: word(["float", "base64"], "How vectors come."),
        },
        ["model", "input"],
      ),
    },
    answer: {
      [JSON_TYPE]: object({
        object: word(["list"], ""),
        data: list(object({ index: whole(""), embedding: {} })),
        model: text(""),
        usage: object({}),
      }),
    },
  }),
  charged({
    path: "/v1beta/models/{model}:embedContent",
    tag: "Google",
    summary: "The embedding of one text.",
    parameters: [embedModel],
    body: {
      [JSON_TYPE]: object({ content: object({ parts: list(object({})) }), outputDimensionality: whole("Numbers.") }, [
        "content",
      ]),
    },
    answer: { [JSON_TYPE]: object({ embedding: object({ values: list({ type: "number" }) }) }) },
    errors: "GeminiError",
  }),
  charged({
    path: "/v1beta/models/{model}:batchEmbedContents",
    tag: "Google",
    summary: "The embeddings of several texts.",
    parameters: [embedModel],
    body: { [JSON_TYPE]: object({ requests: list(object({})) }, ["requests"]) },
    answer: { [JSON_TYPE]: object({ embeddings: list(object({ values: list({ type: "number" }) })) }) },
    errors: "GeminiError",
  }),
  charged({
    path: "/v1/images/generations",
    tag: "OpenAI",
    summary: "Pictures of a prompt.",
    body: { [JSON_TYPE]: imageRequest },
    answer: { [JSON_TYPE]: imageReply, [EVENT_TYPE]: text("Partial and whole pictures as events.") },
  }),
  charged({
    path: "/v1/images/edits",
    tag: "OpenAI",
    summary: "Pictures of a prompt and up to 16 others.",
    body: {
      [FORM_TYPE]: object(
        { model, prompt: text("What to change."), image: list(text("A file.")), mask: text("A file.") },
        ["model", "prompt"],
      ),
      [JSON_TYPE]: imageRequest,
    },
    answer: { [JSON_TYPE]: imageReply, [EVENT_TYPE]: text("Partial and whole pictures as events.") },
  }),
  charged({
    path: "/v1/audio/speech",
    tag: "OpenAI",
    summary: "A text, spoken.",
    body: {
      [JSON_TYPE]: object(
        {
          model,
          input: text("What to say."),
          voice: text("Whose voice."),
          response_format: text("`mp3`, `wav`, `pcm` …"),
          stream_format: word(["audio", "sse"], "Bytes or events."),
        },
        ["model", "input", "voice"],
      ),
    },
    answer: { "audio/mpeg": { type: "string", format: "binary" }, [EVENT_TYPE]: text("Pieces of audio as events.") },
  }),
  charged({
    path: "/v1/audio/transcriptions",
    tag: "OpenAI",
    summary: "What is said in a recording.",
    body: {
      [FORM_TYPE]: object(
        {
          model,
          file: { type: "string", format: "binary" },
          language: text("Of the recording."),
          response_format: word(["json", "verbose_json", "text", "srt", "vtt"], ""),
          stream: flag("Events."),
        },
        ["model", "file"],
      ),
    },
    answer: {
      [JSON_TYPE]: object({ text: text("What is said."), usage: object({}) }),
      "text/plain": text("With `text`, `srt` and `vtt`."),
      [EVENT_TYPE]: text("Pieces of text as events."),
    },
  }),
];

const taskId = inPath("id", "The task's id, `task_…`.");

const flatRequest = object(
  {
    model,
    prompt: text("What of."),
    size: text("A ratio (`9:16`), a resolution (`720p`) or pixels (`1280x720`)."),
    duration: whole("Whole seconds; -1 leaves it to a model that can choose."),
    image: text("An address or a `data:` URL: the first frame."),
    images: list(text("References.")),
    generate_audio: flag("With sound."),
    watermark: flag("Marked."),
    seed: whole("For the same again."),
    negative_prompt: text("What not."),
    callback_url: text("Told of the end, signed."),
  },
  ["model", "prompt"],
);

const videoTask = object({
  id: text("The task.", "task_…"),
  status: word(["queued", "processing", "succeeded", "failed", "cancelled", "expired"], "How it stands."),
  model: text("The name that was asked for."),
  created_at: whole("Unix seconds."),
  completed_at: orNull(whole("Unix seconds.")),
  expires_at: orNull(whole("Until when the film can be fetched.")),
  url: orNull(text("Where the film is, once it is there.")),
  error: orNull(object({ code: text("A constant."), message: text("What happened.") })),
  usage: orNull(object({ cost: amount("What was charged.") })),
});

const openaiVideo = object({
  id: text("The task.", "task_…"),
  object: word(["video"], ""),
  status: word(["queued", "in_progress", "completed", "failed"], "How it stands."),
  progress: whole("Per cent."),
  model: text("The name that was asked for."),
});

const page = [
  inQuery("limit", whole("Tasks of a page: 20, at most 100.")),
  inQuery("after", text("The task after which the page begins.")),
  inQuery("order", word(["asc", "desc"], "Newest first by default.")),
];

/** The routes of one collection of tasks. */
const collection = (path: string, request: Schema, one: Schema): Operation[] => [
  charged({
    path,
    tag: "Video",
    summary: "Begins a task. The most that it may cost is held; only success is charged.",
    body: path === "/v1/videos" ? { [JSON_TYPE]: request, [FORM_TYPE]: request } : { [JSON_TYPE]: request },
    answer: { [JSON_TYPE]: one },
  }),
  {
    method: "get",
    path,
    tag: "Video",
    summary: "The account's own tasks.",
    parameters: page,
    answer: {
      [JSON_TYPE]: object({ object: word(["list"], ""), data: list(one), has_more: flag("There is another page.") }),
    },
    errors: "OpenaiError",
  },
  {
    method: "get",
    path: `${path}/{id}`,
    tag: "Video",
    summary: "How a task stands.",
    parameters: [taskId],
    answer: { [JSON_TYPE]: one },
    errors: "OpenaiError",
  },
  {
    method: "delete",
    path: `${path}/{id}`,
    tag: "Video",
    summary: "Cancels a task that waits, or takes one that has ended out of the list.",
    parameters: [taskId],
    answer: { [JSON_TYPE]: object({}) },
    errors: "OpenaiError",
  },
  {
    method: "get",
    path: `${path}/{id}/content`,
    tag: "Video",
    summary: "The film, also in parts.",
    parameters: [taskId],
    answer: { "video/mp4": { type: "string", format: "binary" } },
    errors: "OpenaiError",
  },
  {
    method: "post",
    path: `${path}/{id}/cancel`,
    tag: "Video",
    summary: "Cancels a task that still waits.",
    parameters: [taskId],
    answer: { [JSON_TYPE]: one },
    errors: "OpenaiError",
  },
];

const geminiModel = inPath("model", "A model's id or alias.");
const operation = object({
  name: text("The operation."),
  done: flag("It has ended."),
  response: object({}),
  error: object({}),
});

export const MEDIA: readonly Operation[] = [
  ...CALLS,
  ...collection("/v1/videos/generations", ref("VideoRequest"), ref("VideoTask")),
  ...collection(
    "/v1/videos",
    object({ model, prompt: text("What of."), seconds: text("Whole seconds."), size: text("Pixels.") }, [
      "model",
      "prompt",
    ]),
    ref("OpenaiVideo"),
  ),
  charged({
    path: "/v1beta/models/{model}:predictLongRunning",
    tag: "Video",
    summary: "Begins a task in the Gemini API's form.",
    parameters: [geminiModel],
    body: {
      [JSON_TYPE]: object({ instances: list(object({ prompt: text("What of.") })), parameters: object({}) }, [
        "instances",
      ]),
    },
    answer: { [JSON_TYPE]: operation },
    errors: "GeminiError",
  }),
  {
    method: "get",
    path: "/v1beta/models/{model}/operations/{id}",
    tag: "Video",
    summary: "How it stands.",
    parameters: [geminiModel, taskId],
    answer: { [JSON_TYPE]: operation },
    errors: "GeminiError",
  },
];

export const MEDIA_SCHEMAS = {
  VideoRequest: flatRequest,
  VideoTask: videoTask,
  OpenaiVideo: openaiVideo,
} as const satisfies Readonly<Record<string, Schema>>;

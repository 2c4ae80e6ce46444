/** Requests of OpenAI's dialect that speak a text, or write down what was spoken. */
import { errors } from "../../errors.ts";
import { fieldOf, type FormParts } from "../form.ts";
import { checkModelName, Params } from "../params.ts";
import type { Call } from "../protocol.ts";

const MAX_INPUT = 4_096;
const MAX_VOICE = 128;
const LEAST_SPEED = 0.25;
const MOST_SPEED = 4;

/** Forms of sound: the type that a client is told, and about how many bytes a second has. */
export const SOUNDS = {
  mp3: { contentType: "audio/mpeg", bytesPerSecond: 16_000 },
  opus: { contentType: "audio/opus", bytesPerSecond: 8_000 },
  aac: { contentType: "audio/aac", bytesPerSecond: 16_000 },
  flac: { contentType: "audio/flac", bytesPerSecond: 30_000 },
  wav: { contentType: "audio/wav", bytesPerSecond: 48_000 },
  pcm: { contentType: "audio/pcm", bytesPerSecond: 48_000 },
} as const;
export type Sound = keyof typeof SOUNDS;
const isSound = (name: string): name is Sound => Object.hasOwn(SOUNDS, name);

export interface SpeechAsk {
  readonly call: Call;
  readonly model: string;
  /** Bytes of what is spoken, and of how it shall be. */
  readonly bytes: number;
  readonly sound: Sound;
  readonly speed: number;
  /** The client wants events, not the sound itself. */
  readonly events: boolean;
}

/** @throws GatewayError invalid_value */
export const readSpeech = (call: Call): SpeechAsk => {
  const params = new Params(call.body, call.scan);
  const model = params.model();
  const input = params.text("input") ?? "";
  if (input === "") throw errors.invalidValue("input", "must be a text");
  if (input.length > MAX_INPUT) throw errors.invalidValue("input", `must be at most ${MAX_INPUT} characters`);
  const voice = params.text("voice");
  if (
    params.has("voice") &&
    params.objectIfAny("voice") === undefined &&
    (voice === undefined || voice.length > MAX_VOICE)
  )
    throw errors.invalidValue("voice", "must be the name of a voice");
  params.oneOf("response_format", Object.keys(SOUNDS));
  params.oneOf("stream_format", ["audio", "sse"]);
  params.finite("speed");
  const speed = params.number("speed") ?? 1;
  if (speed < LEAST_SPEED || speed > MOST_SPEED)
    throw errors.invalidValue("speed", `must be between ${LEAST_SPEED} and ${MOST_SPEED}`);
  const sound = params.text("response_format") ?? "mp3";
  return {
    call,
    model,
    bytes: Buffer.byteLength(input) + Buffer.byteLength(params.text("instructions") ?? ""),
    sound: isSound(sound) ? sound : "mp3",
    speed,
    events: params.text("stream_format") === "sse",
  };
};

/** Forms of a transcript: JSON, or text of the given type. */
export const TRANSCRIPTS = {
  json: null,
  verbose_json: null,
  diarized_json: null,
  text: "text/plain; charset=utf-8",
  srt: "text/plain; charset=utf-8",
  vtt: "text/plain; charset=utf-8",
} as const;
export type TranscriptForm = keyof typeof TRANSCRIPTS;
const isTranscript = (name: string): name is TranscriptForm => Object.hasOwn(TRANSCRIPTS, name);

export interface TranscriptAsk {
  readonly form: FormParts;
  readonly model: string;
  /** Bytes of the sound, and of the words that go with it. */
  readonly audioBytes: number;
  readonly textBytes: number;
  readonly shape: TranscriptForm;
  readonly stream: boolean;
}

const FILE = "file";

/** @throws GatewayError invalid_value */
export const readTranscription = (form: FormParts): TranscriptAsk => {
  const model = fieldOf(form, "model") ?? "";
  checkModelName(model);
  const [file, another] = form.files;
  if (file === undefined || file.field !== FILE || file.bytes.length === 0)
    throw errors.invalidValue(FILE, "is required");
  if (another !== undefined) throw errors.invalidValue(another.field, "one file is written down at a time");
  const shape = fieldOf(form, "response_format") ?? "json";
  if (!isTranscript(shape))
    throw errors.invalidValue("response_format", `must be one of: ${Object.keys(TRANSCRIPTS).join(", ")}`);
  const stream = fieldOf(form, "stream") ?? "false";
  if (stream !== "true" && stream !== "false") throw errors.invalidValue("stream", "must be true or false");
  return {
    form,
    model,
    audioBytes: file.bytes.length,
    textBytes: Buffer.byteLength(fieldOf(form, "prompt") ?? ""),
    shape,
    stream: stream === "true",
  };
};

/** Speech and transcriptions, in OpenAI's dialect, onto providers of it. */
import type { Usage } from "../../unit.ts";
import { brokenReply } from "../broken.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { extrasOf } from "../extras.ts";
import { boundaryFor, writeForm, type FormParts } from "../form.ts";
import { PROTOCOLS } from "../index.ts";
import type { Operation, OperationTarget, RawFraming, Sold } from "../operation.ts";
import {
  UpstreamBroken,
  type Ask,
  type Call,
  type Reading,
  type Relay,
  type ReplyContext,
  type Settled,
} from "../protocol.ts";
import { splice } from "../splice.ts";
import { sseEvent } from "../sse.ts";
import { typedStream } from "../typed-stream.ts";
import { isObject, textOf } from "../value.ts";
import { wholeRelay } from "../whole.ts";
import { readSpeech, readTranscription, SOUNDS, TRANSCRIPTS, type SpeechAsk, type TranscriptAsk } from "./ask.ts";
import { SoundStream } from "./sound.ts";
import { HEARD_PER_SECOND, readHeard, readSpoken, SPOKEN_PER_SECOND } from "./usage.ts";

/** Most tokens of sound that a byte of text is spoken in: slow speech in a script of one byte a letter. And of the shortest text. */
const SPOKEN_PER_BYTE = 5;
const LEAST_SPOKEN = 250;
/** Sound has at most one token per so many bytes of its most packed form, and as many words at most. */
const BYTES_PER_HEARD = 64;
/** Bytes of a second of sound where nobody says, for an estimate. */
const USUAL_BYTES_PER_SECOND = 16_000;
const OVERHEAD = 64;
const BYTES_PER_TOKEN = 4;
const DONE = ".done";

/** Types under which providers send sound. */
const SOUND_TYPES = ["audio/", "application/octet-stream", "binary/octet-stream"];

const { upstream } = PROTOCOLS["openai-chat"];

const askOf = (model: string, stream: boolean, textBytes: number, audioBytes: number): Ask => ({
  model,
  stream,
  choices: 1,
  thinkingBudget: 0,
  wantsUsage: true,
  content: { textBytes, messages: 1, tools: 0, images: 0, files: 0, audioBytes, unbounded: false, cacheWrite: "none" },
});

const spokenMost = ({ bytes, speed }: SpeechAsk, { piece }: Sold): Usage =>
  piece === null
    ? {
        input: bytes + OVERHEAD,
        audio_output: Math.ceil((bytes * SPOKEN_PER_BYTE + LEAST_SPOKEN) / Math.min(1, speed)),
      }
    : { [piece]: 1 };

const spokenGuess = ({ bytes, sound }: SpeechAsk, { piece }: Sold, reading: Reading): Usage => {
  if (piece !== null) return { [piece]: 1 };
  const seconds = reading.outputBytes / SOUNDS[sound].bytesPerSecond;
  return { input: Math.ceil(bytes / BYTES_PER_TOKEN), audio_output: Math.ceil(seconds * SPOKEN_PER_SECOND) };
};

/** What a model that is sold by tokens is asked for: events, since sound alone does not tell what it used. */
const speechRelay = (asked: SpeechAsk, target: OperationTarget): Relay => {
  const most = spokenMost(asked, target);
  const { piece } = target;
  const read = (usage: Json | undefined, bytes: number, ended: boolean): Reading => ({
    ...(piece === null ? readSpoken(usage, most) : { usage: { [piece]: 1 }, invalid: false }),
    outputBytes: bytes,
    finish: ended ? "stop" : undefined,
  });
  const { body, scan } = asked.call;
  const stream = (): ReturnType<Relay["stream"]> => {
    if (!asked.events) return new SoundStream({ read });
    let usage: Json | undefined;
    let bytes = 0;
    let ended = false;
    return typedStream({
      ends: [DONE],
      count: (event) => {
        if (!isObject(event)) return;
        bytes += Math.floor((textOf(event["audio"]).length * 3) / 4);
        if (!textOf(event["type"]).endsWith(DONE)) return;
        ended = true;
        usage = event["usage"];
      },
      read: () => read(usage, bytes, ended),
    });
  };
  const set = {
    model: JSON.stringify(target.model),
    ...(piece === null && !asked.events ? { stream_format: '"sse"' } : {}),
  };
  return wholeRelay(upstream, {
    streams: (type) => SOUND_TYPES.some((start) => type.startsWith(start)),
    request: () => ({ path: "/audio/speech", headers: {}, body: splice(body, scan, { set }), dropped: [] }),
    reply: (bytes) => {
      throw failed(bytes);
    },
    stream,
  });
};

/** A JSON body where none belongs: an error within a 200, or nothing that we know. */
const failed = (body: Buffer): UpstreamBroken => {
  const fault = upstream.eventFault(undefined, parsed(body) ?? null);
  return fault === undefined
    ? brokenReply("audio: not what was asked for")
    : new UpstreamBroken(fault, "audio: an error");
};

const parsed = (body: Buffer): Json | undefined => {
  try {
    return JSON.parse(body.toString("utf8")) as Json;
  } catch {
    return undefined;
  }
};

const rawFraming = ({ sound }: SpeechAsk): RawFraming => ({
  contentType: SOUNDS[sound].contentType,
  keepAlive: "",
  cuts: true,
  write: (bytes) => bytes,
  end: (bytes) => bytes,
});

/** @throws GatewayError invalid_value */
export const speech = (call: Call): Operation => {
  const asked = readSpeech(call);
  return {
    id: "speech",
    ask: askOf(asked.model, true, asked.bytes, 0),
    attributes: { format: asked.sound },
    speaks: ["openai-chat"],
    ...(asked.events ? {} : { framing: rawFraming(asked) }),
    most: (sold) => spokenMost(asked, sold),
    guess: (sold, reading) => reading.usage ?? spokenGuess(asked, sold, reading),
    relay: (_to, target) => speechRelay(asked, target),
  };
};

const heardMost = ({ audioBytes, textBytes }: TranscriptAsk, { piece }: Sold): Usage => {
  if (piece !== null) return { [piece]: 1 };
  const heard = Math.ceil(audioBytes / BYTES_PER_HEARD) + OVERHEAD;
  return { input: textBytes + OVERHEAD, audio_input: heard, output: heard };
};

const heardGuess = ({ audioBytes, textBytes }: TranscriptAsk, { piece }: Sold, reading: Reading): Usage => {
  if (piece !== null) return { [piece]: 1 };
  return {
    input: Math.ceil(textBytes / BYTES_PER_TOKEN),
    audio_input: Math.ceil((audioBytes / USUAL_BYTES_PER_SECOND) * HEARD_PER_SECOND),
    output: Math.ceil(reading.outputBytes / BYTES_PER_TOKEN),
  };
};

/** Text alone does not tell what it used: a model that is sold by tokens is asked for JSON, which does. */
const asksForJson = ({ shape, stream }: TranscriptAsk, { piece }: OperationTarget): boolean =>
  piece === null && shape === "text" && !stream;

const transcriptForm = (asked: TranscriptAsk, target: OperationTarget): FormParts => {
  const fields = asked.form.fields.map(([name, value]): readonly [string, string] => {
    if (name === "model") return [name, target.model];
    return [name, name === "response_format" && asksForJson(asked, target) ? "json" : value];
  });
  return { fields, files: asked.form.files };
};

/** A JSON transcript with what the caller asked to know of its cost. */
const withCost = (body: Buffer, transcript: JsonObject, settled: Settled): Buffer => {
  if (settled.cost === undefined) return body;
  const usage = isObject(transcript["usage"]) ? transcript["usage"] : {};
  return Buffer.from(JSON.stringify({ ...transcript, usage: { ...usage, ...extrasOf(settled) } }));
};

const transcriptRelay = (asked: TranscriptAsk, target: OperationTarget, context: ReplyContext): Relay => {
  const most = heardMost(asked, target);
  const { piece } = target;
  const read = (usage: Json | undefined, outputBytes: number): Reading => ({
    ...(piece === null ? readHeard(usage, most) : { usage: { [piece]: 1 }, invalid: false }),
    outputBytes,
    finish: "stop",
  });
  const contentType = TRANSCRIPTS[asked.shape];
  const reply: Relay["reply"] = (body) => {
    if (contentType !== null && !asksForJson(asked, target)) {
      if (body[0] === OPEN_BRACE) throw failed(body);
      return { reading: read(undefined, body.length), render: () => body, headers: { "content-type": contentType } };
    }
    const transcript = parsed(body);
    const text = isObject(transcript) ? transcript["text"] : undefined;
    if (!isObject(transcript) || typeof text !== "string") throw failed(body);
    const reading = read(transcript["usage"], Buffer.byteLength(text));
    if (contentType === null) return { reading, render: (settled) => withCost(body, transcript, settled) };
    return { reading, render: () => Buffer.from(`${text}\n`), headers: { "content-type": contentType } };
  };
  const stream: Relay["stream"] = () => {
    let usage: Json | undefined;
    let bytes = 0;
    return typedStream({
      ends: [DONE],
      count: (event) => {
        if (!isObject(event)) return;
        bytes += Buffer.byteLength(textOf(event["delta"]));
        if (textOf(event["type"]).endsWith(DONE)) usage = event["usage"];
      },
      read: () => read(usage, bytes),
    });
  };
  return wholeRelay(upstream, {
    // Some servers know no streams and answer whole: that is one event, the last.
    events: (body) => doneEvent(parsed(body)),
    request: () => ({
      path: "/audio/transcriptions",
      ...writeForm(transcriptForm(asked, target), boundaryFor(context.requestId)),
      dropped: [],
    }),
    reply,
    stream,
  });
};

const OPEN_BRACE = 0x7b;

const doneEvent = (transcript: Json | undefined): Buffer | undefined => {
  if (!isObject(transcript) || typeof transcript["text"] !== "string") return undefined;
  const { text, usage } = transcript;
  const type = "transcript.text.done";
  return Buffer.from(sseEvent(JSON.stringify({ type, text, ...(usage === undefined ? {} : { usage }) }), type));
};

/** @throws GatewayError invalid_value */
export const transcription = (form: FormParts): Operation => {
  const asked = readTranscription(form);
  return {
    id: "transcriptions",
    ask: askOf(asked.model, asked.stream, asked.textBytes, asked.audioBytes),
    attributes: {},
    speaks: ["openai-chat"],
    most: (sold) => heardMost(asked, sold),
    guess: (sold, reading) => reading.usage ?? heardGuess(asked, sold, reading),
    relay: (_to, target, context) => transcriptRelay(asked, target, context),
  };
};

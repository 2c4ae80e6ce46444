/** Sound of the sandbox: a tone for a text, and for a sound a text that says which one it was. Pure. */
import { createHash } from "node:crypto";

import type { JsonObject } from "../protocols/canonical.ts";
import type { FormParts } from "../protocols/form.ts";
import { table } from "../table.ts";
import { tokensOf } from "./count.ts";
import { words } from "./dialect.ts";
import { events, json, told, type Made, type Telling, type Work } from "./operation.ts";
import { invalid } from "./refusal.ts";
import { bytesOf, textOf } from "./value.ts";
import { pcmOf, wavOf } from "./wav.ts";

/** Tokens of each letter that is spoken, and bytes of sound for each token that is heard. */
const SPOKEN_PER_LETTER = 1;
const BYTES_PER_HEARD = 1_600;
/** Events in which a sound comes. */
const PIECES = 3;

/** A text to be spoken. Every form but `pcm` is a WAV file. @throws Refusal */
export const readSpeech = (body: JsonObject): Work => {
  const input = textOf(body["input"]) ?? "";
  if (input === "") throw invalid("Missing required parameter: 'input'.", "input");
  if (textOf(body["voice"]) === null) throw invalid("Missing required parameter: 'voice'.", "voice");
  const sound = body["response_format"] === "pcm" ? pcmOf(input) : wavOf(input);
  const make = (telling: Telling): Made => {
    if (body["stream_format"] !== "sse") return { contentType: "audio/wav", body: sound };
    const size = Math.ceil(sound.length / PIECES);
    const deltas = Array.from({ length: PIECES }, (_, i) => ({
      type: "speech.audio.delta",
      audio: sound.subarray(i * size, (i + 1) * size).toString("base64"),
    }));
    const [heard, spoken] = [told(tokensOf(bytesOf(input)), telling), told(input.length * SPOKEN_PER_LETTER, telling)];
    const usage = { input_tokens: heard, output_tokens: spoken, total_tokens: heard + spoken };
    return events([...deltas, { type: "speech.audio.done", ...(telling === "none" ? {} : { usage }) }]);
  };
  return { model: textOf(body["model"]) ?? "", make };
};

const SECOND = "00:00:01";

const FORMS = table<(text: string) => string>({
  text: (text) => `${text}\n`,
  srt: (text) => `1\n00:00:00,000 --> ${SECOND},000\n${text}\n`,
  vtt: (text) => `WEBVTT\n\n00:00:00.000 --> ${SECOND}.000\n${text}\n`,
});

/** A sound to be written down. @throws Refusal */
export const readTranscription = (form: FormParts): Work => {
  const value = (name: string): string | undefined => form.fields.findLast(([field]) => field === name)?.[1];
  const [file] = form.files;
  if (file === undefined) throw invalid("Missing required parameter: 'file'.", "file");
  const digest = createHash("sha256").update(file.bytes).digest("hex").slice(0, 12);
  const text = `A sound of ${file.bytes.length} bytes, sha256 ${digest}.`;
  const counts = {
    words: tokensOf(bytesOf(value("prompt") ?? "")),
    heard: Math.ceil(file.bytes.length / BYTES_PER_HEARD),
  };
  const shape = value("response_format") ?? "json";
  const make = (telling: Telling): Made => {
    const input = told(counts.words + counts.heard, telling);
    const output = told(tokensOf(bytesOf(text)), telling);
    const details = { text_tokens: told(counts.words, telling), audio_tokens: told(counts.heard, telling) };
    const tokens = {
      type: "tokens",
      input_tokens: input,
      input_token_details: details,
      output_tokens: output,
      total_tokens: input + output,
    };
    const usage = telling === "none" ? {} : { usage: tokens };
    if (value("stream") === "true") {
      const deltas = [...words(text)].map((delta) => ({ type: "transcript.text.delta", delta }));
      return events([...deltas, { type: "transcript.text.done", text, ...usage }]);
    }
    const written = FORMS[shape]?.(text);
    if (written !== undefined) return { contentType: "text/plain; charset=utf-8", body: Buffer.from(written) };
    const verbose =
      shape === "verbose_json" ? { task: "transcribe", language: "english", duration: 1, segments: [] } : {};
    return json({ text, ...verbose, ...usage });
  };
  return { model: value("model") ?? "", make };
};

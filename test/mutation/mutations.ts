/** What may happen to a stream on its way: the ways in which `npm run mutate` spoils or reframes a recording, as data. */
import type { ProtocolId } from "../../src/protocols/protocol.ts";
import { framesOf, parse, type Frame } from "../conformance/corpus.ts";

/**
 * What the mutation does to the reply: `same` leaves its meaning, so that everything must come out as if untouched; `cut` ends it
 * early; `spoilt` may do anything to it.
 */
export type Effect = "same" | "cut" | "spoilt";

export interface Mutation {
  readonly kind: Kind;
  /** Where, for a message. */
  readonly place: string;
  readonly effect: Effect;
  /** The provider's bytes as they arrive. */
  readonly pieces: readonly Buffer[];
  /** How its connection ends. */
  readonly end: "end" | "reset";
}

/** Numbers from 0 to below `most` that are the same for the same seed (a linear congruential generator). */
export const numbers = (seed: number): ((most: number) => number) => {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
};
type Numbers = ReturnType<typeof numbers>;

/** A recording taken apart. */
interface Source {
  readonly protocol: ProtocolId;
  readonly text: string;
  readonly frames: readonly Frame[];
  readonly numbers: Numbers;
}

/** One event of each dialect, with a usage that would cost more than any recording's if it were believed. */
const EVENTS: Readonly<Record<ProtocolId, string>> = {
  "openai-chat": `data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"x","choices":[{"index":0,"delta":{"content":"foreign"},"finish_reason":null}],"usage":{"prompt_tokens":90001,"completion_tokens":90001,"total_tokens":180002}}\n\n`,
  "openai-responses": `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":99999,"item_id":"msg_x","output_index":77,"content_index":0,"delta":"foreign"}\n\n`,
  anthropic: `event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":null},"usage":{"input_tokens":90001,"output_tokens":90001}}\n\n`,
  gemini: `data: {"candidates":[{"content":{"role":"model","parts":[{"text":"foreign"}]}}],"usageMetadata":{"promptTokenCount":90001,"candidatesTokenCount":90001,"totalTokenCount":180002}}\n\n`,
};

/** What each dialect sends to keep a connection alive. */
const PINGS: Readonly<Record<ProtocolId, string>> = {
  "openai-chat": ": keep-alive\n\n",
  "openai-responses": ": keep-alive\n\n",
  anthropic: 'event: ping\ndata: {"type": "ping"}\n\n',
  gemini: ": keep-alive\n\n",
};

const isPing = ({ event, data, raw }: Frame): boolean =>
  event === "ping" || (data === "" && raw.startsWith(":")) || data.includes('"type": "ping"');

const whole = (text: string): Buffer[] => [Buffer.from(text)];
const raws = (frames: readonly Frame[]): string => frames.map(({ raw }) => raw).join("");
/** A frame with its blank line, which a recorder may have dropped from the last. */
const closed = (raw: string): string => (/(?:\r\n\r\n|\n\n|\r\r)$/.test(raw) ? raw : `${raw.trimEnd()}\n\n`);

/** Everything before the frame, something else, and from the frame on. */
const around = ({ frames }: Source, at: number, middle: string, skip = 0): string =>
  frames
    .slice(0, at)
    .map(({ raw }) => closed(raw))
    .join("") +
  middle +
  // Only the first frame of a stream may have blanks before it.
  raws(frames.slice(at + skip)).trimStart();

/** Places among the frames: all of them, or as many as are wanted. */
const places = ({ frames, numbers: next }: Source, most: number): number[] =>
  frames.length <= most
    ? frames.map((_, index) => index)
    : [...new Set(Array.from({ length: most }, () => next(frames.length)))];

type Made = Omit<Mutation, "kind">;
const made = (effect: Effect, place: unknown, text: string, end: Mutation["end"] = "end"): Made => ({
  effect,
  place: String(place),
  pieces: whole(text),
  end,
});

const isTerminal = ({ data }: Frame): boolean =>
  data.trim() === "[DONE]" ||
  /"(?:type|finishReason|blockReason)":\s*"(?:message_stop|response\.(?:completed|incomplete|failed)|[A-Z_]+)"/.test(
    data,
  );

/** The stream's lines with other ends. Raw line ends never stand inside JSON, so every one is the framing's. */
const relined = (text: string, end: () => string): string => {
  const lines = text.split(/\r\n|\n|\r/);
  let out = lines[0] ?? "";
  for (const line of lines.slice(1)) {
    const chosen = end();
    // An empty line's LF after a CR would be the other half of one end.
    out += (chosen === "\n" && out.endsWith("\r") ? "\r" : chosen) + line;
  }
  return out;
};

const ENDS = ["\n", "\r\n", "\r"] as const;

/** A frame with its data spread over lines, as a writer of indented JSON would; the frame itself where it holds none. */
const spread = ({ raw, event, data }: Frame): string => {
  const value = data.trim().startsWith("{") ? parse(data) : undefined;
  if (value === undefined) return closed(raw);
  const lines = JSON.stringify(value, null, 1).split("\n");
  return `${event === "" ? "" : `event: ${event}\n`}${lines.map((line) => `data: ${line}\n`).join("")}\n`;
};

/** Bytes cut at random places, or between any two where there are few. */
const pieces = (bytes: Buffer, next: Numbers): Buffer[] => {
  const size = bytes.length <= 2_000 ? () => 1 : () => 1 + next(bytes.length <= 20_000 ? 60 : 3_000);
  const cut: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + size();
    cut.push(bytes.subarray(at, end));
    at = end;
  }
  return cut;
};

const OTHER = (own: ProtocolId): ProtocolId[] => (Object.keys(EVENTS) as ProtocolId[]).filter((id) => id !== own);

/** Every way, with how many of it are wanted of one recording. */
const MAKERS = {
  untouched: ({ text }) => [made("same", "", text)],
  "cut at an event": (source, most) =>
    places(source, most).flatMap((at, index) =>
      (most === Infinity ? (["end", "reset"] as const) : ([index % 2 === 0 ? "end" : "reset"] as const)).map((end) =>
        made("cut", `${at}, ${end}`, raws(source.frames.slice(0, at)), end),
      ),
    ),
  "cut at a byte": ({ text, numbers: next }, most) => {
    const bytes = Buffer.from(text);
    return Array.from({ length: Math.min(most, 40) }, () => next(bytes.length)).map((at) => ({
      ...made("cut", at, ""),
      pieces: [bytes.subarray(0, at)],
    }));
  },
  "an event twice": (source, most) =>
    places(source, most).map((at) => made("spoilt", at, around(source, at, closed(source.frames[at]!.raw)))),
  "pings swapped with their neighbours": (source, most) =>
    source.frames
      .flatMap((frame, at) => (isPing(frame) && at > 0 && at + 1 < source.frames.length ? [at] : []))
      .slice(0, most)
      .map((at) => {
        const [ping, after] = [source.frames[at]!, source.frames[at + 1]!];
        return made("same", at, around(source, at, closed(after.raw) + closed(ping.raw), 2));
      }),
  "pings put in": (source, most) =>
    places(source, most).map((at) => made("same", at, around(source, at, PINGS[source.protocol].repeat(2)))),
  "split anywhere": ({ text, numbers: next }, most) =>
    Array.from({ length: Math.min(most, 3) }, (_, index) => ({
      ...made("same", index, ""),
      pieces: pieces(Buffer.from(text), next),
    })),
  "no terminal event": (source) => {
    const kept = source.frames.filter((frame) => !isTerminal(frame));
    return [made("spoilt", "", raws(kept))];
  },
  "an event of another dialect": (source, most) =>
    places(source, most).map((at) => {
      const others = OTHER(source.protocol);
      const other = others[source.numbers(others.length)]!;
      return made("spoilt", `${at}, ${other}`, around(source, at, EVENTS[other]));
    }),
  "JSON cut short": (source, most) =>
    places(source, most).flatMap((at) => {
      const { event, data } = source.frames[at]!;
      if (!data.trim().startsWith("{")) return [];
      const short = data.slice(0, 1 + source.numbers(data.length - 1));
      const name = event === "" ? "" : `event: ${event}\n`;
      return [made("spoilt", at, around(source, at, `${name}data: ${short}\n\n`, 1))];
    }),
  garbage: (source, most) =>
    places(source, most).map((at) => made("spoilt", at, around(source, at, "data: \u0000\u2028<html>,\\\n\n"))),
  "other line ends": ({ text, numbers: next }) => [
    ...ENDS.map((end) =>
      made(
        "same",
        JSON.stringify(end),
        relined(text, () => end),
      ),
    ),
    made(
      "same",
      "mixed",
      relined(text, () => ENDS[next(3)]!),
    ),
  ],
  "data over several lines": ({ frames }) => [made("same", "", frames.map(spread).join(""))],
  "a byte order mark": ({ text }) => [made("same", "", `\u{FEFF}${text}`)],
  comments: ({ frames }) => [
    made("same", "", frames.map(({ raw }) => `: before\n${closed(raw).trimStart()}`).join("") + ": last"),
  ],
} as const satisfies Record<string, (source: Source, most: number) => readonly Made[]>;

export type Kind = keyof typeof MAKERS;
export const KINDS = Object.keys(MAKERS) as readonly Kind[];

/**
 * The mutations of a recorded stream.
 * @param most places of each kind that are tried; Infinity is every one
 * @param seed of everything that is chosen
 */
export const mutationsOf = (protocol: ProtocolId, text: string, most: number, seed: number): Mutation[] => {
  const source: Source = { protocol, text, frames: framesOf(text), numbers: numbers(seed) };
  return KINDS.flatMap((kind) => MAKERS[kind](source, most).map((one) => ({ ...one, kind })));
};

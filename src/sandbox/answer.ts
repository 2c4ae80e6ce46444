/** What the sandbox answers, whatever the dialect: decided from the request alone. Pure. */
import { agentAnswer } from "./agent.ts";
import { freshResults, lastUserText, resultText, type Ask, type Tool } from "./ask.ts";
import { BYTES_PER_TOKEN, DRAWN_TOKENS, tokensOf } from "./count.ts";
import { minimal, minimalObject } from "./minimal.ts";
import type { Style } from "./models.ts";
import { drawPng } from "./png.ts";
import { say, type Answer, type Drawn, type Speech, type Thinking, type ToolUse } from "./speech.ts";
import { bytesOf } from "./value.ts";

/** Most tokens of a reply, also where no cap was given. */
const MAX_OUTPUT = 64_000;
const LONGEST_THOUGHT = 160;
const LONGEST_CAPTION = 80;
/** Pixels of each side of a picture. */
const SIDE = 96;
/** Asks for redacted thinking, in any case; the real provider's own trigger contains it. */
const REDACTED = "redacted_thinking";

const callOf = (tool: Tool): ToolUse => ({ name: tool.name, args: JSON.stringify(minimalObject(tool.schema)) });

const isNameCharacter = (character: string | undefined): boolean => {
  if (character === undefined) return false;
  return (
    character === "_" || character === "-" || character.toLowerCase() !== character.toUpperCase() || isDigit(character)
  );
};
const isDigit = (character: string): boolean => character >= "0" && character <= "9";

/** Where a text names a tool as a whole word, or -1. */
const namedAt = (text: string, name: string): number => {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1))
    if (!isNameCharacter(text[at - 1]) && !isNameCharacter(text[at + name.length])) return at;
  return -1;
};

/** Tools that the text names, in the order of their names in it. */
const namedIn = (text: string, tools: readonly Tool[]): readonly Tool[] =>
  tools
    .map((tool) => ({ tool, at: tool.name === "" ? -1 : namedAt(text, tool.name) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
    .map(({ tool }) => tool);

/** Tools that the request obliges the model to call. */
const forced = (ask: Ask, preferred: readonly Tool[]): readonly Tool[] => {
  const { toolChoice, tools } = ask;
  if (toolChoice.kind === "named") return tools.filter((tool) => tool.name === toolChoice.name).slice(0, 1);
  if (toolChoice.kind !== "any") return [];
  return preferred.length > 0 ? preferred : tools.slice(0, 1);
};

const wanted = (ask: Ask, style: Style, text: string): readonly Tool[] => {
  if (ask.toolChoice.kind === "none") return [];
  const preferred = style === "tools" ? ask.tools : namedIn(text, ask.tools);
  const obliged = forced(ask, preferred);
  const chosen = obliged.length > 0 ? obliged : preferred;
  return ask.parallel ? chosen : chosen.slice(0, 1);
};

const drawn = (text: string): Drawn => ({
  mediaType: "image/png",
  base64: drawPng({ text, width: SIDE, height: SIDE }).toString("base64"),
});

const shaped = (ask: Ask): string | null => (ask.schema === null ? null : JSON.stringify(minimal(ask.schema)));

const speech = (ask: Ask, style: Style): Speech => {
  const results = freshResults(ask);
  if (style === "agent") {
    const acted = agentAnswer(ask);
    if (acted !== null) return acted;
  }
  if (results.length > 0) return say(shaped(ask) ?? results.map(resultText).join("\n"));
  const text = lastUserText(ask);
  if (style === "draw")
    return { text: `Here it is: ${text.slice(0, LONGEST_CAPTION)}`.toWellFormed(), image: drawn(text), calls: [] };
  const calls = wanted(ask, style, text).map(callOf);
  return calls.length > 0 ? { text: "", calls } : say(shaped(ask) ?? text);
};

const thinkingOf = (ask: Ask, style: Style): Thinking | null => {
  if (ask.thinking === "off" || (ask.thinking === "unset" && style !== "thinking")) return null;
  const about = lastUserText(ask);
  const text = `The request says: ${about.slice(0, LONGEST_THOUGHT)} So I shall answer it.`.toWellFormed();
  if (about.toLowerCase().includes(REDACTED)) return { text, form: "redacted" };
  return { text, form: ask.thinking === "omitted" ? "omitted" : "shown" };
};

/** The longest prefix of a text that has at most `tokens` tokens and cuts no letter. */
const cutTo = (text: string, tokens: number): string => {
  const bytes = Buffer.from(text);
  let end = Math.min(bytes.length, tokens * BYTES_PER_TOKEN);
  while (end < bytes.length && end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
};

interface Spoken {
  readonly thinking: Thinking | null;
  readonly speech: Speech;
}

const stopped = ({ speech }: Spoken, stops: readonly string[]): { text: string; sequence: string } | null => {
  let found: { at: number; sequence: string } | null = null;
  for (const sequence of stops) {
    const at = sequence === "" ? -1 : speech.text.indexOf(sequence);
    if (at >= 0 && (found === null || at < found.at)) found = { at, sequence };
  }
  return found === null ? null : { text: speech.text.slice(0, found.at), sequence: found.sequence };
};

/** Cuts a reply at its stop sequence and its cap. A call that the cap does not cover is left out whole. */
const bounded = (ask: Ask, spoken: Spoken): Answer => {
  const length = { kind: "length" } as const;
  let left = Math.min(ask.maxTokens ?? MAX_OUTPUT, MAX_OUTPUT);
  const thought = spoken.thinking?.text ?? "";
  if (tokensOf(bytesOf(thought)) > left && spoken.thinking !== null)
    return { thinking: { ...spoken.thinking, text: cutTo(thought, left) }, text: "", calls: [], finish: length };
  left -= tokensOf(bytesOf(thought));
  const stop = stopped(spoken, ask.stops);
  const whole = stop?.text ?? spoken.speech.text;
  const text = cutTo(whole, left);
  const { thinking } = spoken;
  if (text.length < whole.length) return { thinking, text, calls: [], finish: length };
  if (stop !== null) return { thinking, text, calls: [], finish: { kind: "sequence", sequence: stop.sequence } };
  left -= tokensOf(bytesOf(text));
  const calls: ToolUse[] = [];
  for (const call of spoken.speech.calls) {
    left -= tokensOf(bytesOf(call.name) + bytesOf(call.args));
    if (left < 0) return { thinking, text, calls, finish: length };
    calls.push(call);
  }
  const { image } = spoken.speech;
  // A picture that the cap does not cover is not drawn at all.
  if (image !== undefined && left < DRAWN_TOKENS) return { thinking, text, calls, finish: length };
  const shown = image === undefined ? {} : { image };
  return { thinking, text, ...shown, calls, finish: { kind: calls.length > 0 ? "tool" : "stop" } };
};

/** The reply of a style to a request, its cap and stop sequences honoured. */
export const answer = (ask: Ask, style: Style): Answer =>
  bounded(ask, { thinking: thinkingOf(ask, style), speech: speech(ask, style) });

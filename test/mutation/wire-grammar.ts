/**
 * What a client of each dialect relies on in any stream, a real provider's included: less than test/grammar.ts asks of our own
 * writers, and true of every recording. Throws on the first fault.
 */
import type { ProtocolId } from "../../src/protocols/protocol.ts";
import { must, objectOf, type Loose } from "../grammar.ts";
import { plainEvents, type PlainEvent } from "./plain-sse.ts";

const bodiesOf = (events: readonly PlainEvent[]): Loose[] => events.map(({ data }) => objectOf(data));

const checkMessages = (events: readonly PlainEvent[], complete: boolean): void => {
  const bodies = bodiesOf(events).filter(({ type }) => type !== "ping");
  const open = new Set<number>();
  for (const [i, body] of bodies.entries()) {
    const { type, index } = body;
    must(typeof type === "string", "an event has no type");
    must((type === "message_start") === (i === 0), "message_start is not the first event, or not the only one");
    if (type === "content_block_start") {
      must(!open.has(index), "a block begins twice");
      open.add(index);
    }
    if (type === "content_block_delta") must(open.has(index), "a delta of no open block");
    if (type === "content_block_stop") must(open.delete(index), "a block ends that is not open");
    if (type === "message_stop") must(i === bodies.length - 1, "something follows the end");
  }
  if (complete) must(bodies.at(-1)?.["type"] === "message_stop", "no message_stop");
};

const checkChat = (events: readonly PlainEvent[], complete: boolean): void => {
  const done = events.findIndex(({ data }) => data.trim() === "[DONE]");
  must(done < 0 || done === events.length - 1, "something follows [DONE]");
  const bodies = bodiesOf(done < 0 ? events : events.slice(0, -1));
  let finished = false;
  for (const body of bodies) {
    must(Array.isArray(body["choices"]), "a chunk has no choices");
    for (const choice of body["choices"]) finished ||= typeof choice.finish_reason === "string";
  }
  if (complete) must(finished || done >= 0, "no finish");
};

const checkResponses = (events: readonly PlainEvent[], complete: boolean): void => {
  let last = -1;
  for (const body of bodiesOf(events)) {
    must(typeof body["type"] === "string", "an event has no type");
    const { sequence_number: number } = body;
    if (number === undefined) continue;
    must(typeof number === "number" && number > last, "events are not numbered in order");
    last = number;
  }
  if (complete)
    must(/"type":\s*"response\.(?:completed|incomplete)"/.test(events.at(-1)?.data ?? ""), "the last event is no end");
};

const checkGemini = (events: readonly PlainEvent[], complete: boolean): void => {
  let finished = false;
  for (const body of bodiesOf(events)) {
    must(body["candidates"] ?? body["promptFeedback"] ?? body["usageMetadata"] ?? body["responseId"], "no chunk");
    finished ||= /"(?:finishReason|blockReason)"/.test(JSON.stringify(body));
  }
  if (complete) must(finished, "no end");
};

const CHECKS = {
  anthropic: checkMessages,
  "openai-chat": checkChat,
  "openai-responses": checkResponses,
  gemini: checkGemini,
} as const satisfies Record<ProtocolId, (events: readonly PlainEvent[], complete: boolean) => void>;

/** @param complete the stream claims to have ended well. @throws on the first fault */
export const checkWire = (protocol: ProtocolId, stream: string, complete: boolean): void => {
  const events = plainEvents(stream);
  // Gateways that serve several dialects close every stream with chat's last words.
  const own = protocol === "openai-chat" ? events : events.filter(({ data }) => data.trim() !== "[DONE]");
  CHECKS[protocol](own, complete);
};

/** What says that a stream of each dialect is complete: the provider's own word, wherever it stands. */
const ENDS: Readonly<Record<ProtocolId, RegExp>> = {
  anthropic: /"type":\s*"message_stop"/,
  "openai-chat": /^\s*\[DONE\]|"finish_reason":\s*"/,
  "openai-responses": /"type":\s*"response\.(?:completed|incomplete)"/,
  gemini: /"(?:finishReason|blockReason)":/,
};

/** True where a provider's stream holds its end, whatever else is wrong with it. */
export const holdsEnd = (protocol: ProtocolId, stream: string): boolean =>
  plainEvents(stream).some(({ data }) => ENDS[protocol].test(data));

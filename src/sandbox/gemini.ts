/** The sandbox's Gemini dialect. Pure. */
import type { JsonObject } from "../protocols/canonical.ts";
import { DRAWN_TOKENS, tokensOf } from "./count.ts";
import { sseOf, words, type Dialect, type Frame, type Told, type Written } from "./dialect.ts";
import type { RefusalKind } from "./models.ts";
import { isNewGemini, readGemini } from "./read-gemini.ts";
import type { Refusal } from "./refusal.ts";
import { sign } from "./signature.ts";
import type { Answer, Finish } from "./speech.ts";
import { bytesOf } from "./value.ts";

const FINISH_REASONS = {
  stop: "STOP",
  sequence: "STOP",
  length: "MAX_TOKENS",
  tool: "STOP",
} as const satisfies Record<Finish["kind"], string>;

const STATUSES = {
  invalid: "INVALID_ARGUMENT",
  authentication: "UNAUTHENTICATED",
  billing: "FAILED_PRECONDITION",
  not_found: "NOT_FOUND",
  too_large: "INVALID_ARGUMENT",
  rate_limit: "RESOURCE_EXHAUSTED",
  server: "INTERNAL",
  timeout: "DEADLINE_EXCEEDED",
  overloaded: "UNAVAILABLE",
} as const satisfies Record<RefusalKind, string>;

const promptOf = (told: NonNullable<Told>): number =>
  told.input + told.cacheRead + told.cacheWrite5m + told.cacheWrite1h;

/** Counts that are zero are left out, all but the prompt's, as by the provider. */
const usageOf = (told: NonNullable<Told>, { image }: Answer): JsonObject => {
  const candidates = told.output - told.thinking;
  return {
    promptTokenCount: promptOf(told),
    ...(candidates === 0 ? {} : { candidatesTokenCount: candidates }),
    ...(told.cacheRead === 0 ? {} : { cachedContentTokenCount: told.cacheRead }),
    ...(told.thinking === 0 ? {} : { thoughtsTokenCount: told.thinking }),
    totalTokenCount: promptOf(told) + told.output,
    ...(image === undefined ? {} : { candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: DRAWN_TOKENS }] }),
  };
};

/** A part with the tokens that it is worth in a stream. */
interface Piece {
  readonly part: JsonObject;
  readonly tokens: number;
}

/** Calls of new models have ids, and the first of them a signature. */
const callPieces = (reply: Written): readonly Piece[] =>
  reply.answer.calls.map(({ name, args }, index) => {
    const isNew = isNewGemini(reply.ask.model);
    const call = { ...(isNew ? { id: `${reply.seed.slice(0, 12)}${index}` } : {}), name, args: JSON.parse(args) };
    const part = {
      functionCall: call as JsonObject,
      ...(isNew && index === 0 ? { thoughtSignature: sign(args, "") } : {}),
    };
    return { part, tokens: tokensOf(bytesOf(name) + bytesOf(args)) };
  });

const piecesOf = (reply: Written, cut: (text: string) => Iterable<string>): readonly Piece[] => {
  const { thinking, text, image, calls } = reply.answer;
  const pieces: Piece[] = [];
  if (thinking?.form === "shown")
    for (const piece of cut(thinking.text))
      pieces.push({ part: { text: piece, thought: true }, tokens: tokensOf(bytesOf(piece)) });
  for (const piece of text === "" ? [] : cut(text))
    pieces.push({ part: { text: piece }, tokens: tokensOf(bytesOf(piece)) });
  if (image !== undefined)
    pieces.push({ part: { inlineData: { mimeType: image.mediaType, data: image.base64 } }, tokens: DRAWN_TOKENS });
  // What was thought before a text is sealed at its end, on a part of its own.
  if (thinking !== null && calls.length === 0)
    pieces.push({ part: { text: "", thoughtSignature: sign(thinking.text, "") }, tokens: 0 });
  return [...pieces, ...callPieces(reply)];
};

const about = (reply: Written): JsonObject => ({ modelVersion: reply.ask.model, responseId: reply.seed });
const contentOf = (parts: readonly JsonObject[]): JsonObject => ({ parts, role: "model" });

const whole = (reply: Written): JsonObject => ({
  candidates: [
    {
      content: contentOf(piecesOf(reply, (text) => [text]).map(({ part }) => part)),
      finishReason: FINISH_REASONS[reply.answer.finish.kind],
      index: 0,
    },
  ],
  ...(reply.usage === null ? {} : { usageMetadata: usageOf(reply.usage, reply.answer) }),
  ...about(reply),
});

function* events(reply: Written): Generator<Frame> {
  const { usage } = reply;
  for (const { part, tokens } of piecesOf(reply, words)) {
    // Usage grows from chunk to chunk; of the reply nothing is known before its end.
    const soFar = usage === null ? {} : { usageMetadata: { promptTokenCount: promptOf(usage) } };
    const chunk = { candidates: [{ content: contentOf([part]), index: 0 }], ...soFar, ...about(reply) };
    yield { text: sseOf(null, chunk), tokens };
  }
  const candidate = {
    content: contentOf([{ text: "" }]),
    finishReason: FINISH_REASONS[reply.answer.finish.kind],
    index: 0,
  };
  const last = usage === null ? {} : { usageMetadata: usageOf(usage, reply.answer) };
  yield { text: sseOf(null, { candidates: [candidate], ...last, ...about(reply) }), tokens: 0 };
}

const error = (refusal: Refusal): JsonObject => ({
  error: { code: refusal.status, message: refusal.message, status: STATUSES[refusal.kind] },
});

export const gemini: Dialect = {
  requestIdHeader: "x-request-id",
  read: readGemini,
  whole,
  events,
  error,
  errorEvent: (refusal) => sseOf(null, error(refusal)),
};

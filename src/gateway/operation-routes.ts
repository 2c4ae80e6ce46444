/** The routes of calls that are no conversation, in OpenAI's dialect; Gemini's are with its other routes. */
import type { Handler } from "../http/exchange.ts";
import { readForm } from "../http/form.ts";
import { speech, transcription } from "../protocols/audio/index.ts";
import { EMBEDDINGS_BODY_BYTES, EMBEDDINGS_LIMITS } from "../protocols/embeddings/ask.ts";
import { geminiEmbeddings, openaiEmbeddings } from "../protocols/embeddings/index.ts";
import { images } from "../protocols/images/index.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import type { Operation } from "../protocols/operation.ts";
import type { Call, CallRoute } from "../protocols/protocol.ts";
import { readCall } from "./call.ts";
import { serve, type Reader, type Received } from "./pipeline.ts";
import type { Services } from "./services.ts";

/** Endpoints below `/v1`, whose doubled and bare forms are tolerated like those of conversations. */
export const OPERATION_ENDPOINTS = [
  "embeddings",
  "images/generations",
  "images/edits",
  "audio/speech",
  "audio/transcriptions",
] as const;

/** A body that may hold hundreds of thousands of token ids. */
const embeddingsCall = async (exchange: Parameters<Reader>[0], route?: CallRoute): Promise<Call> =>
  readCall(
    await exchange.body({ media: "json", limitBytes: EMBEDDINGS_BODY_BYTES }),
    exchange.headers,
    route,
    EMBEDDINGS_LIMITS,
  );

const embeddings: Reader = async (exchange) => {
  const call = await embeddingsCall(exchange);
  return received(call, openaiEmbeddings(call));
};

/** Embeddings in Gemini's dialect. @param batch `:batchEmbedContents` */
export const geminiEmbeddingsHandler = (services: Services, model: string, batch: boolean): Handler =>
  serve(services, async (exchange) => {
    const call = await embeddingsCall(exchange, { model, stream: false, sse: false });
    const operation = geminiEmbeddings(call, batch);
    return { protocol: PROTOCOLS.gemini, call, ask: operation.ask, operation };
  });

const JSON_TYPE = "application/json";
const isJson = (type: string | undefined): boolean => type?.trimStart().toLowerCase().startsWith(JSON_TYPE) === true;

/** A form as a call: it has no JSON, and nobody asks for any. */
const formCall = (body: Buffer): Call => ({ body, scan: { members: new Map() }, headers: {}, json: () => ({}) });

const received = (call: Call, operation: Operation): Received => ({
  protocol: PROTOCOLS["openai-chat"],
  call,
  ask: operation.ask,
  operation,
});

const generations: Reader = async (exchange) => {
  const call = readCall(await exchange.body({ media: "json" }), exchange.headers);
  return received(call, images("generations", { kind: "json", call }));
};

/** As a form, or as JSON that names its images. */
const edits: Reader = async (exchange) => {
  const type = exchange.headers["content-type"];
  if (isJson(type)) {
    const call = readCall(await exchange.body({ media: "json" }), exchange.headers);
    return received(call, images("edits", { kind: "json", call }));
  }
  const body = await exchange.body({ media: "any" });
  return received(formCall(body), images("edits", { kind: "form", form: await readForm(body, type) }));
};

const speaking: Reader = async (exchange) => {
  const call = readCall(await exchange.body({ media: "json" }), exchange.headers);
  return received(call, speech(call));
};

const transcribing: Reader = async (exchange) => {
  const body = await exchange.body({ media: "any" });
  return received(formCall(body), transcription(await readForm(body, exchange.headers["content-type"])));
};

/** Their rows of the table of routes. */
export const operationTable = (services: Services): Readonly<Record<string, { readonly POST: Handler }>> => ({
  "/v1/embeddings": { POST: serve(services, embeddings) },
  "/v1/images/generations": { POST: serve(services, generations) },
  "/v1/images/edits": { POST: serve(services, edits) },
  "/v1/audio/speech": { POST: serve(services, speaking) },
  "/v1/audio/transcriptions": { POST: serve(services, transcribing) },
});

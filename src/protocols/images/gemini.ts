/** Images of Gemini's models: a prompt and pictures as a conversation of one turn, one call for each image. */
import { errors } from "../../errors.ts";
import { brokenReply } from "../broken.ts";
import type { Json, JsonObject, Media } from "../canonical.ts";
import { extrasOf } from "../extras.ts";
import { GeminiMeter, isImage } from "../gemini/meter.ts";
import { camel, camelAt } from "../gemini/names.ts";
import { PROTOCOLS } from "../index.ts";
import {
  UpstreamBroken,
  type FetchedMedia,
  type Outgoing,
  type Reading,
  type Relay,
  type Settled,
  type Shares,
  type Target,
  type WholeReply,
} from "../protocol.ts";
import { sseEvent } from "../sse.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";
import { wholeRelay } from "../whole.ts";
import { dataUrl, openaiImages } from "./openai.ts";
import type { ImagesOrder } from "./relay.ts";
import { aspectOf, GEMINI_TOKENS, imageSizeOf } from "./size.ts";
import { writeUsage } from "./usage.ts";

/** Calls of one request that are under way at once. */
const CALLS_AT_ONCE = 4;
/** What a model may think and say beside its image. */
export const BESIDE_TOKENS = 8_192;

const { upstream } = PROTOCOLS.gemini;

const pathOf = (model: string): string => model.split("/").map(encodeURIComponent).join("/");

/** An image as part of a prompt. */
const partOf = (media: Media, fetched: FetchedMedia | undefined): JsonObject => {
  const known = media.kind === "url" ? fetched?.get(media.url) : media;
  // Every address was fetched before: one that is not there is a fault of ours.
  if (known === undefined) throw errors.internal(new Error("an image that was not fetched"));
  return { inlineData: { mimeType: known.mediaType, data: known.data } };
};

const requestOf = ({ asked, target }: ImagesOrder, fetched: FetchedMedia | undefined): Outgoing => {
  const aspectRatio = aspectOf(asked.size);
  const imageSize = imageSizeOf(asked.size, asked.quality);
  const body = {
    contents: [
      { role: "user", parts: [{ text: asked.prompt }, ...asked.images().map((media) => partOf(media, fetched))] },
    ],
    generationConfig: {
      responseModalities: ["TEXT", "IMAGE"],
      imageConfig: { ...(aspectRatio === undefined ? {} : { aspectRatio }), imageSize },
      // What is held: the provider keeps to it.
      maxOutputTokens: GEMINI_TOKENS[imageSize] + BESIDE_TOKENS,
    },
  };
  return {
    path: `/models/${pathOf(target.model)}:generateContent`,
    headers: {},
    body: [Buffer.from(JSON.stringify(body))],
    dropped: asked.others,
  };
};

/** The last image that is no draft; undefined where there is none. */
const drawnIn = (body: JsonObject): { readonly mediaType: string; readonly base64: string } | undefined => {
  const candidate = listOf(body["candidates"])[0];
  const parts = isObject(candidate) ? listOf(objectAt(candidate, "content")?.["parts"]) : [];
  for (const part of parts.toReversed()) {
    const inline = isObject(part) && part["thought"] !== true ? camelAt(camel(part), "inlineData") : undefined;
    if (inline !== undefined && isImage(inline))
      return { mediaType: textOf(inline["mimeType"]), base64: textOf(inline["data"]) };
  }
  return undefined;
};

/** A reply that holds one image. */
interface DrawnReply extends WholeReply {
  readonly base64: string;
  readonly mediaType: string;
}
const isDrawn = (reply: WholeReply): reply is DrawnReply => "base64" in reply;

const meterOf = ({ target, context, asked }: ImagesOrder): GeminiMeter => {
  const maxOutput = GEMINI_TOKENS[imageSizeOf(asked.size, asked.quality)] + BESIDE_TOKENS;
  const bounds: Target = {
    model: target.model,
    replyModel: context.model,
    defaultMaxTokens: maxOutput,
    context: target.context,
    maxOutput,
    quirks: target.quirks,
    draws: true,
  };
  return new GeminiMeter(bounds);
};

/** @throws UpstreamBroken for a reply without an image: a refusal, or nothing */
const readReply = (order: ImagesOrder, body: Buffer): DrawnReply => {
  let json: Json;
  try {
    json = JSON.parse(body.toString("utf8")) as Json;
  } catch {
    throw brokenReply("images: no JSON");
  }
  const fault = upstream.eventFault(undefined, json);
  if (fault !== undefined) throw new UpstreamBroken(fault, "images: an error within a 200");
  if (!isObject(json)) throw brokenReply("images: no object");
  const meter = meterOf(order);
  meter.whole(json);
  const { piece } = order.target;
  const reading: Reading = { ...meter.read(), outputBytes: 0, images: 1 };
  const drawn = drawnIn(json);
  if (drawn === undefined) {
    const refused = reading.finish === "filtered" || reading.finish === "refusal";
    throw refused
      ? new UpstreamBroken({ error: errors.contentPolicy(), retry: "never" }, "images: refused")
      : brokenReply("images: a reply without one");
  }
  const counted = piece === null ? reading : { ...reading, usage: { [piece]: 1 }, invalid: false };
  return { reading: counted, ...drawn, render: () => body };
};

const added = (replies: readonly DrawnReply[]): Reading => {
  const [first, ...others] = replies.map(({ reading }) => reading);
  if (first === undefined) throw brokenReply("images: none");
  return others.reduce(
    (sum, { usage, invalid }) => ({
      ...sum,
      usage: sum.usage === undefined || usage === undefined ? undefined : sumOf(sum.usage, usage),
      invalid: sum.invalid || invalid,
      images: (sum.images ?? 0) + 1,
    }),
    first,
  );
};

type Usage = NonNullable<Reading["usage"]>;
const sumOf = (a: Usage, b: Usage): Usage => {
  const sum: Record<string, number> = { ...a };
  for (const [unit, count] of Object.entries(b)) sum[unit] = (sum[unit] ?? 0) + count;
  return sum;
};

const formatOf = (mediaType: string): string => mediaType.slice("image/".length);

const usageIn = ({ target }: ImagesOrder, settled: Settled): JsonObject => {
  const usage = { ...(target.piece === null ? writeUsage(settled.usage) : {}), ...extrasOf(settled) };
  return Object.keys(usage).length === 0 ? {} : { usage };
};

/** Images in OpenAI's words. */
const writeReply = (order: ImagesOrder, replies: readonly DrawnReply[], settled: Settled): Buffer => {
  const { asked, context } = order;
  return Buffer.from(
    JSON.stringify({
      created: context.created,
      data: replies.map(({ base64 }) => (asked.wantsUrl ? { url: dataUrl(base64) } : { b64_json: base64 })),
      output_format: formatOf(replies[0]?.mediaType ?? "image/png"),
      ...usageIn(order, settled),
    }),
  );
};

/** The event that ends OpenAI's stream, for a reply that came whole. */
const writeEvent = (order: ImagesOrder, body: Buffer): Buffer => {
  const { asked, context } = order;
  const reply = readReply(order, body);
  const type = asked.route === "edits" ? "image_edit.completed" : "image_generation.completed";
  const event = {
    type,
    b64_json: reply.base64,
    created_at: context.created,
    output_format: formatOf(reply.mediaType),
    ...(reply.reading.usage === undefined ? {} : { usage: writeUsage(reply.reading.usage) }),
  };
  return Buffer.from(sseEvent(JSON.stringify(event), type));
};

const single = (order: ImagesOrder): Relay =>
  wholeRelay(upstream, {
    addresses: () => order.asked.images().flatMap((media) => (media.kind === "url" ? [media.url] : [])),
    request: (fetched) => requestOf(order, fetched),
    reply: (body) => {
      const reply = readReply(order, body);
      return { ...reply, render: (settled: Settled) => writeReply(order, [reply], settled) };
    },
    // A stream of one event: what the model draws on its way is not told.
    events: (body) => writeEvent(order, body),
    stream: () => openaiImages(order).stream(),
  });

export const geminiImages = (order: ImagesOrder): Relay => {
  const one = single(order);
  const { n } = order.asked;
  if (n === 1) return one;
  const shares: Shares = {
    relays: Array.from({ length: n }, () => one),
    atOnce: CALLS_AT_ONCE,
    join: (replies) => {
      const drawn = replies.filter(isDrawn);
      return { reading: added(drawn), render: (settled) => writeReply(order, drawn, settled) };
    },
  };
  return { ...one, shares };
};

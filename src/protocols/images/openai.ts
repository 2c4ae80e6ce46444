/** Images of providers that speak OpenAI's dialect: bytes pass, but for the model's name and the form in which images come back. */
import { blank } from "../../table.ts";
import { brokenReply } from "../broken.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { extrasOf } from "../extras.ts";
import { boundaryFor, writeForm } from "../form.ts";
import { PROTOCOLS } from "../index.ts";
import { REPLY_LIMITS, scanJson, type JsonScan } from "../json.ts";
import { editJson } from "../frame-edits.ts";
import { priceEdits } from "../prices.ts";
import { UpstreamBroken, type Outgoing, type Reading, type Relay, type Settled } from "../protocol.ts";
import { isArrayAt, rawAt } from "../span.ts";
import { splice } from "../splice.ts";
import { typedStream } from "../typed-stream.ts";
import { isObject, listOf, textOf } from "../value.ts";
import { wholeRelay } from "../whole.ts";
import type { ImagesOrder } from "./relay.ts";
import { readUsage } from "./usage.ts";

/** Refused by models that always answer with bytes. */
const FORMAT = "response_format";
/** Events after which nothing of a stream matters. */
const ENDS = [".completed"];

const { upstream } = PROTOCOLS["openai-chat"];

const requestOf = ({ asked, target, context }: ImagesOrder): Outgoing => {
  const path = `/images/${asked.route}`;
  const strips = target.quirks.always_b64_json === true;
  const { source } = asked;
  if (source.kind === "json") {
    const { body, scan } = source.call;
    const edits = { set: { model: JSON.stringify(target.model) }, remove: strips ? [FORMAT] : [] };
    return { path, headers: {}, body: splice(body, scan, edits), dropped: [] };
  }
  const kept = source.form.fields.filter(([name]) => name !== "model" && !(strips && name === FORMAT));
  const form = { fields: [["model", target.model] as const, ...kept], files: source.form.files };
  return { path, ...writeForm(form, boundaryFor(context.requestId)), dropped: [] };
};

const scanned = (body: Buffer): JsonScan => {
  try {
    return scanJson(body, REPLY_LIMITS);
  } catch {
    throw brokenReply("images: not a JSON object");
  }
};

/** How many images there are, and what they used. */
const readingOf = ({ most, target }: ImagesOrder, count: number, usage: Json | undefined): Reading => {
  const rest = { outputBytes: 0, finish: "stop" } as const;
  if (target.piece !== null) return { usage: { [target.piece]: count }, invalid: false, ...rest };
  return { ...readUsage(usage, most), images: count, ...rest };
};

/** The type of an image by its first bytes, in base64. */
const MAGIC = [
  ["iVBOR", "png"],
  ["/9j/", "jpeg"],
  ["UklGR", "webp"],
  ["R0lG", "gif"],
] as const;

/** Bytes as an address that holds them. */
export const dataUrl = (base64: string): string =>
  `data:image/${MAGIC.find(([start]) => base64.startsWith(start))?.[1] ?? "png"};base64,${base64}`;

/** An image that came as bytes to a client that wants addresses. */
const addressed = (image: Json): Json => {
  if (!isObject(image)) return image;
  const { b64_json: base64, ...rest } = image;
  return typeof base64 === "string" ? { ...rest, url: dataUrl(base64) } : image;
};

const edited = (body: Buffer, scan: JsonScan, order: ImagesOrder, settled: Settled): Buffer => {
  const set = blank<string>();
  const data = scan.members.get("data");
  if (order.asked.wantsUrl && data !== undefined)
    set["data"] = JSON.stringify(listOf(JSON.parse(rawAt(body, data)) as Json).map(addressed));
  const span = scan.members.get("usage");
  const usage = span === undefined ? undefined : (JSON.parse(rawAt(body, span)) as Json);
  const known: JsonObject = isObject(usage) ? usage : {};
  const hidden = order.target.quirks.tells_prices === true ? priceEdits({ usage: known }) : [];
  if (settled.cost !== undefined || hidden.length > 0) {
    const names = hidden.flatMap(({ remove = [] }) => remove);
    const kept = Object.fromEntries(Object.entries(known).filter(([name]) => !names.includes(name)));
    set["usage"] = JSON.stringify({ ...kept, ...extrasOf(settled) });
  }
  return Object.keys(set).length === 0 ? body : Buffer.concat(editJson(body, { path: [], set }, scan));
};

/** @param most what is held for */
export const openaiImages = (order: ImagesOrder): Relay => {
  const reply: Relay["reply"] = (body) => {
    const scan = scanned(body);
    const data = scan.members.get("data");
    if (data === undefined || !isArrayAt(body, data) || data.items === 0) {
      const fault = upstream.eventFault(undefined, JSON.parse(body.toString("utf8")) as Json);
      throw fault === undefined ? brokenReply("images: none") : new UpstreamBroken(fault, "images: an error in a 200");
    }
    const usage = scan.members.get("usage");
    const reported = usage === undefined ? undefined : (JSON.parse(rawAt(body, usage)) as Json);
    return {
      reading: readingOf(order, data.items, reported),
      render: (settled) => edited(body, scan, order, settled),
    };
  };
  const stream: Relay["stream"] = () => {
    let last: { readonly usage: Json | undefined } | undefined;
    return typedStream({
      ends: ENDS,
      count: (body) => {
        if (isObject(body) && textOf(body["type"]).endsWith(".completed")) last = { usage: body["usage"] };
      },
      read: () => readingOf(order, last === undefined ? 0 : 1, last?.usage),
    });
  };
  return wholeRelay(upstream, { request: () => requestOf(order), reply, stream });
};

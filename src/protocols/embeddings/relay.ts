/** Joins a request for embeddings to a provider: the same dialect passes through, the other is written anew, its vectors carried. */
import { priceEdits } from "../prices.ts";
import { PROTOCOLS } from "../index.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { extrasOf } from "../extras.ts";
import type { OperationTarget } from "../operation.ts";
import type { Outgoing, Reading, Relay, ReplyContext, Settled, Shares, WholeReply } from "../protocol.ts";
import { splice } from "../splice.ts";
import { isObject } from "../value.ts";
import { wholeRelay } from "../whole.ts";
import type { Embeddings } from "./ask.ts";
import type { Range } from "./scan.ts";
import { memberOf, openaiUsage, VectorReader, writeGemini, writeOpenai, type Vectors } from "./vectors.ts";

/** Most inputs that Gemini takes in one call, and how many calls of one request are under way at once. */
const GEMINI_INPUTS = 100;
const CALLS_AT_ONCE = 4;
/** 2,048 vectors of 3,072 numbers in decimals. */
const REPLY_BYTES = 96 * 1024 * 1024;

/** One request on its way to one provider. */
export interface EmbeddingsOrder {
  readonly asked: Embeddings;
  readonly target: OperationTarget;
  readonly context: ReplyContext;
}

const pathOf = (model: string): string => model.split("/").map(encodeURIComponent).join("/");
const geminiPath = (model: string, batch: boolean): string =>
  `/models/${pathOf(model)}:${batch ? "batchEmbedContents" : "embedContent"}`;

const outgoing = (path: string, body: readonly Buffer[], dropped: readonly string[] = []): Outgoing => ({
  path,
  headers: {},
  body,
  dropped,
});
const jsonBody = (value: JsonObject): Buffer[] => [Buffer.from(JSON.stringify(value))];

/** What is read of replies: usage, and that there is one, whatever its bytes. */
const readingOf = (all: readonly Vectors[]): Reading => {
  const reports = all.map(({ usage }) => usage);
  const known = reports.every(({ usage }) => usage !== undefined);
  const input = reports.reduce((sum, { usage }) => sum + (usage?.input ?? 0), 0);
  return {
    usage: known ? { input } : undefined,
    invalid: reports.some(({ invalid }) => invalid),
    outputBytes: 0,
    finish: "stop",
  };
};

/** A body with some of its top-level members replaced or added. */
const edited = (body: Buffer, members: ReadonlyMap<string, Range>, set: Readonly<Record<string, string>>): Buffer => {
  const spans = [...members].map(
    ([name, range]) => [name, { ...range, memberStart: range.start, items: 0, tags: NONE }] as const,
  );
  return Buffer.concat(splice(body, { members: new Map(spans) }, { set }));
};
const NONE: ReadonlySet<string> = new Set();

/** OpenAI's usage as it came, but for what is nobody's business, or is ours to fill in. Undefined: as it came. */
const usageEdit = (
  { body, members, usage }: Vectors,
  settled: Settled,
  target: OperationTarget,
): string | undefined => {
  const reported = memberOf(body, members.get("usage"));
  if (usage.usage === undefined || !isObject(reported)) return JSON.stringify(openaiUsage(settled));
  const hidden =
    target.quirks.tells_prices === true ? priceEdits({ usage: reported }).flatMap(({ remove }) => remove) : [];
  if (hidden.length === 0 && settled.cost === undefined) return undefined;
  const kept = Object.fromEntries(Object.entries(reported).filter(([name]) => !hidden.includes(name)));
  return JSON.stringify({ ...kept, ...extrasOf(settled) });
};

/** OpenAI onto OpenAI: the client's bytes, and the provider's, but for the model's name and the usage's secrets. */
const openaiPasses = ({ asked, target, context }: EmbeddingsOrder): Relay => {
  const { upstream } = PROTOCOLS["openai-chat"];
  const reader = new VectorReader(asked, (body) => upstream.eventFault(undefined, body));
  const { body, scan } = asked.call;
  return wholeRelay(upstream, {
    replyBytes: REPLY_BYTES,
    watch: (chunk) => reader.watch(chunk),
    request: () => outgoing("/embeddings", splice(body, scan, { set: { model: JSON.stringify(target.model) } })),
    reply: (bytes) => {
      const vectors = reader.end(bytes, asked.count);
      return {
        reading: readingOf([vectors]),
        render: (settled) => {
          const usage = usageEdit(vectors, settled, target);
          const names = { model: JSON.stringify(context.model), ...(usage === undefined ? {} : { usage }) };
          return edited(bytes, vectors.members, names);
        },
      };
    },
  });
};

/** Requests of a batch name the model once more. */
const renamed = (request: Json, model: string): Json =>
  isObject(request) ? { ...request, model: `models/${model}` } : request;

/** Gemini onto Gemini: bytes pass, unless they name the model by another name than the provider's. */
const geminiPasses = ({ asked, target }: EmbeddingsOrder): Relay => {
  const { upstream } = PROTOCOLS.gemini;
  const reader = new VectorReader(asked, (body) => upstream.eventFault(undefined, body));
  const { body } = asked.call;
  const write = (): Buffer[] => {
    if (target.model === asked.model) return [body];
    const said = asked.call.json();
    const { requests } = said;
    return jsonBody(
      asked.batch && Array.isArray(requests)
        ? { ...said, requests: (requests as readonly Json[]).map((one) => renamed(one, target.model)) }
        : { ...said, ...("model" in said ? { model: `models/${target.model}` } : {}) },
    );
  };
  return wholeRelay(upstream, {
    replyBytes: REPLY_BYTES,
    watch: (chunk) => reader.watch(chunk),
    request: () => outgoing(geminiPath(target.model, asked.batch), write()),
    reply: (bytes) => {
      const vectors = reader.end(bytes, asked.count);
      return { reading: readingOf([vectors]), render: () => bytes };
    },
  });
};

/** Gemini onto OpenAI. */
const geminiOntoOpenai = ({ asked, target }: EmbeddingsOrder): Relay => {
  const { upstream } = PROTOCOLS["openai-chat"];
  const reader = new VectorReader(asked, (body) => upstream.eventFault(undefined, body));
  return wholeRelay(upstream, {
    replyBytes: REPLY_BYTES,
    watch: (chunk) => reader.watch(chunk),
    request: () => {
      const dimensions = asked.dimensions();
      const body = {
        model: target.model,
        input: asked.texts(),
        encoding_format: "float",
        ...(dimensions === undefined ? {} : { dimensions }),
      };
      return outgoing("/embeddings", jsonBody(body), asked.dropped);
    },
    reply: (bytes) => {
      const vectors = reader.end(bytes, asked.count);
      return {
        reading: readingOf([vectors]),
        render: (settled) => writeGemini(vectors.texts, settled, asked.batch),
      };
    },
  });
};

/** A share's reply, with what the whole is made of. */
interface SharedReply extends WholeReply {
  readonly vectors: Vectors;
}
const isShared = (reply: WholeReply): reply is SharedReply => "vectors" in reply;

/** One call of OpenAI onto Gemini. @param from the first input of the share */
const share = ({ asked, target }: EmbeddingsOrder, from: number, count: number): Relay => {
  const { upstream } = PROTOCOLS.gemini;
  const reader = new VectorReader(asked, (body) => upstream.eventFault(undefined, body), asked.encoding);
  return wholeRelay(upstream, {
    watch: (chunk) => reader.watch(chunk),
    request: () => {
      const size = asked.dimensions();
      const requests = asked
        .texts()
        .slice(from, from + count)
        .map((text) => ({
          model: `models/${target.model}`,
          content: { parts: [{ text }] },
          ...(size === undefined ? {} : { outputDimensionality: size }),
        }));
      return outgoing(geminiPath(target.model, true), jsonBody({ requests }), asked.dropped);
    },
    reply: (bytes): SharedReply => {
      const vectors = reader.end(bytes, count);
      return { reading: readingOf([vectors]), vectors, render: () => bytes };
    },
  });
};

/** OpenAI onto Gemini: as many calls as the inputs need. */
const openaiOntoGemini = (order: EmbeddingsOrder): Relay => {
  const { asked, context } = order;
  const relays: Relay[] = [];
  for (let from = 0; from < asked.count; from += GEMINI_INPUTS)
    relays.push(share(order, from, Math.min(GEMINI_INPUTS, asked.count - from)));
  const shares: Shares = {
    relays,
    atOnce: CALLS_AT_ONCE,
    join: (replies) => {
      const all = replies.filter(isShared).map(({ vectors }) => vectors);
      const texts = all.flatMap((vectors) => vectors.texts);
      return { reading: readingOf(all), render: (settled) => writeOpenai(texts, settled, context) };
    },
  };
  const [first] = relays;
  return first === undefined ? openaiPasses(order) : { ...first, shares };
};

const JOINS = {
  "openai-chat": { "openai-chat": openaiPasses, gemini: openaiOntoGemini },
  gemini: { "openai-chat": geminiOntoOpenai, gemini: geminiPasses },
} as const;

/** @param to the provider's protocol, one of those that embeddings speak */
export const embeddingsRelay = (to: "openai-chat" | "gemini", order: EmbeddingsOrder): Relay =>
  JOINS[order.asked.client][to](order);

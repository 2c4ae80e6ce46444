/**
 * Drives every feature of every client dialect through the real relay onto every surface that a provider of ours has, and notes what
 * became of it. What a provider of the sandbox would refuse is no fidelity: it reads each request as well.
 */
import {
  CLIENT_DIALECTS,
  replyColumn,
  requestColumn,
  type ClientDialect,
  type Fate,
  type Fidelity,
} from "../../src/catalog/fidelity.ts";
import { loadCatalog } from "../../src/catalog/load.ts";
import { toModel } from "../../src/catalog/entry.ts";
import { isTalkedTo } from "../../src/catalog/model.ts";
import { GatewayError } from "../../src/errors.ts";
import { scanJson } from "../../src/protocols/json.ts";
import { PROTOCOLS } from "../../src/protocols/index.ts";
import { openaiCompletions } from "../../src/protocols/openai-completions/index.ts";
import type { Call, Protocol, ProtocolId, Relay, Target } from "../../src/protocols/protocol.ts";
import { relay } from "../../src/protocols/relay.ts";
import { varietyOf } from "../../src/protocols/variant.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import type { Surface } from "../../src/providers/provider.ts";
import { chat } from "../../src/sandbox/chat.ts";
import type { Dialect as SandboxDialect } from "../../src/sandbox/dialect.ts";
import { gemini } from "../../src/sandbox/gemini.ts";
import { messages } from "../../src/sandbox/messages.ts";
import { Refusal } from "../../src/sandbox/refusal.ts";
import { responses } from "../../src/sandbox/responses.ts";
import { bare, type Body } from "./dialects.ts";
import { FEATURES, FETCHED, type Feature } from "./features.ts";
import { REPLY_FEATURES, type ReplyFeature } from "./replies.ts";
import { STREAMS } from "./streams.ts";

const ASKED = "asked-model";

/** Where a client's request goes: a surface, and a model of a kind on it. */
export interface Column {
  readonly name: string;
  readonly surface: Surface;
  readonly target: Target;
}

const CLIENTS: Readonly<Record<ClientDialect, Protocol>> = {
  chat: PROTOCOLS["openai-chat"],
  responses: PROTOCOLS["openai-responses"],
  messages: PROTOCOLS.anthropic,
  gemini: PROTOCOLS.gemini,
  completions: openaiCompletions,
};

interface Kind {
  readonly name: string;
  readonly capabilities: readonly string[];
  readonly modalities: { readonly input: readonly string[]; readonly output: readonly string[] };
}

const targetOf = (surface: Surface, { name, capabilities, modalities }: Kind): Target => ({
  model: name,
  replyModel: ASKED,
  defaultMaxTokens: 4_096,
  context: 200_000,
  maxOutput: 64_000,
  quirks: surface.quirks,
  ...(capabilities.length === 0 ? {} : { reasons: capabilities.includes("reasoning") }),
  ...(modalities.output.includes("image") ? { draws: true as const } : {}),
  ...(surface.completes === true ? { completes: true as const } : {}),
});

/** A model of which nothing is known, as operators configure them. */
const UNKNOWN: Kind = { name: "some-model", capabilities: [], modalities: { input: ["text"], output: ["text"] } };

/**
 * Every column there is: each surface with a model of which nothing is known, and with every kind of catalogue model, as the catalogue
 * knows it and as an operator may configure it, without its capabilities.
 */
export const columns = (): readonly Column[] => {
  const found = new Map<string, Column>();
  const add = (surface: Surface, kind: Kind): void => {
    const name = requestColumn(surface, kind.name, kind);
    if (!found.has(name)) found.set(name, { name, surface, target: targetOf(surface, kind) });
  };
  const models = [...loadCatalog().values()]
    .filter(({ status }) => status !== "retired")
    .map((entry) => toModel(entry, 0))
    .filter(isTalkedTo);
  for (const provider of Object.values(PROVIDERS))
    for (const surface of provider.surfaces as readonly Surface[]) {
      add(surface, UNKNOWN);
      for (const model of models) {
        const kind = { ...model, name: model.upstream?.model ?? model.id };
        add(surface, kind);
        add(surface, { ...kind, capabilities: [] });
      }
    }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
};

const callOf = (dialect: ClientDialect, body: Body): Call => {
  const bytes = Buffer.from(JSON.stringify(body));
  const route = { model: ASKED, stream: false, sse: true };
  return {
    body: bytes,
    scan: scanJson(bytes),
    headers: {},
    json: () => JSON.parse(bytes.toString()) as Body,
    ...(dialect === "gemini" ? { route } : {}),
  };
};

const joined = (dialect: ClientDialect, { surface, target }: Column, body: Body): Relay => {
  const from = CLIENTS[dialect];
  const call = callOf(dialect, body);
  const ask = from.client.ask(call);
  const context = { requestId: "1", model: ASKED, created: 1, wantsUsage: true };
  return relay({ from, to: PROTOCOLS[surface.protocol], call, ask, target, context });
};

interface Sent {
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dropped: readonly string[];
}

/** What reaches the provider. @throws GatewayError where the request is refused */
const send = (dialect: ClientDialect, column: Column, body: Body): Sent => {
  const joint = joined(dialect, column, body);
  const media = { kind: "base64", mediaType: "image/png", data: FETCHED } as const;
  const outgoing = joint.request(new Map(joint.addresses().map((address) => [address, media])));
  return {
    text: `${outgoing.path}\n${Buffer.concat(outgoing.body).toString()}`,
    headers: outgoing.headers,
    dropped: outgoing.dropped,
  };
};

/** The sandbox's reader of each protocol, which refuses what the real providers refuse. */
const READERS = {
  "openai-chat": chat,
  "openai-responses": responses,
  anthropic: messages,
  gemini,
} as const satisfies Record<ProtocolId, SandboxDialect>;

/** To the sandbox every model over Gemini is a new one, unless its name says that it is old; those of other makers want no signatures. */
const sandboxName = ({ protocol }: Surface, { model }: Target): string =>
  protocol === "gemini" && !varietyOf(protocol, model).includes("wantsSignatures") ? "gemini-2.5-flash" : model;

/** Whether a provider takes what translation wrote; what passes through is the client's own affair. */
const isRead = (dialect: ClientDialect, { surface, target }: Column, sent: Sent): boolean => {
  if (CLIENTS[dialect] === PROTOCOLS[surface.protocol] || surface.completes === true) return true;
  const body = JSON.parse(sent.text.slice(sent.text.indexOf("\n") + 1)) as Body;
  try {
    READERS[surface.protocol].read({ model: sandboxName(surface, target), ...body }, sent.headers);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
};

/** Dialects whose features are asked for with these members. */
const bodyOf = (
  dialect: ClientDialect,
  { asked, on }: Feature,
): { readonly with: Body; readonly without: Body } | undefined => {
  const members = asked[dialect];
  if (members === undefined) return undefined;
  const without = { ...bare(dialect, ASKED), ...on?.[dialect] };
  return { without, with: { ...without, ...members } };
};

const isHeld = (mark: string, text: string): boolean => text.includes(mark);

const fateOf = (dialect: ClientDialect, column: Column, feature: Feature): Fate | "lost" | undefined => {
  const body = bodyOf(dialect, feature);
  if (body === undefined) return undefined;
  let sent: Sent;
  try {
    sent = send(dialect, column, body.with);
  } catch (error) {
    if (error instanceof GatewayError) return "refused";
    throw error;
  }
  if (!isRead(dialect, column, sent)) return "lost";
  const before = send(dialect, column, body.without);
  if (sent.dropped.length > before.dropped.length) return "named";
  const differs = sent.text !== before.text;
  const carried = feature.mark === undefined ? differs : feature.mark.some((mark) => isHeld(mark, sent.text));
  if (carried || (!differs && feature.unasked === true)) return "carried";
  return feature.idle === true ? "idle" : "lost";
};

/** The history that a reply leaves in a dialect. */
const historyOf = (dialect: ClientDialect, reply: Body): Body => {
  const hello = bare(dialect, ASKED);
  // Replies of four dialects, whose shapes the SDK tests check.
  const loose = reply as Record<string, ReturnType<JSON["parse"]>>;
  switch (dialect) {
    case "chat":
      return {
        ...hello,
        messages: [...list(hello["messages"]), loose["choices"][0].message, ...list(hello["messages"])],
      };
    case "messages":
      return {
        ...hello,
        messages: [
          ...list(hello["messages"]),
          { role: "assistant", content: loose["content"] },
          ...list(hello["messages"]),
        ],
      };
    case "responses":
      return { ...hello, input: [...list(hello["input"]), ...loose["output"], ...list(hello["input"])] };
    case "gemini":
      return {
        ...hello,
        contents: [...list(hello["contents"]), loose["candidates"][0].content, ...list(hello["contents"])],
      };
    case "completions":
      return hello;
  }
};

const list = (value: Body[string] | undefined): readonly Body[] =>
  Array.isArray(value) ? (value as readonly Body[]) : [];

const replyFate = (dialect: ClientDialect, column: Column, feature: ReplyFeature): Fate | undefined => {
  const body = feature.replies[column.surface.protocol];
  if (body === undefined || (dialect === "completions" && feature.returns === true)) return undefined;
  const whole = joined(dialect, column, bare(dialect, ASKED)).reply(Buffer.from(JSON.stringify(body)));
  const usage = whole.reading.usage ?? {};
  const heard = whole.render({ usage, source: "reported" }).toString();
  const seen =
    feature.returns === true ? send(dialect, column, historyOf(dialect, JSON.parse(heard) as Body)).text : heard;
  if (feature.marks.every((mark) => isHeld(mark, seen))) return "carried";
  return (whole.dropped ?? []).length > 0 ? "named" : "absent";
};

/** The same for the reply as a stream, which tells what is lost where the client asked to see it (`x-farthing-usage: cost`). */
const streamFate = (dialect: ClientDialect, column: Column, feature: ReplyFeature): Fate | undefined => {
  const body = feature.replies[column.surface.protocol];
  if (body === undefined || feature.returns === true) return undefined;
  const stream = joined(dialect, column, {
    ...bare(dialect, ASKED),
    ...(dialect === "gemini" ? {} : { stream: true }),
  }).stream();
  const heard = [stream.push(Buffer.from(STREAMS[column.surface.protocol](body))), stream.end()];
  if (stream.state !== "ended")
    throw new Error(`${dialect} ← ${column.name}: the stream of ${feature.id} ${stream.state}`);
  const usage = stream.reading().usage ?? {};
  const text = Buffer.concat([
    ...heard.filter((one) => one !== undefined),
    stream.finish({ usage, source: "reported", cost: "1" }),
  ]).toString();
  if (feature.marks.every((mark) => isHeld(mark, text))) return "carried";
  return text.includes('"dropped":[') ? "named" : "absent";
};

type Fates = Partial<Record<Fate, string[]>>;

/** Gathers features by their fate; those that are lost are told to `onLost`. */
const gathered = (
  rows: readonly (readonly [string, Fate | "lost" | undefined])[],
  onLost: (id: string) => void,
): Fates => {
  const fates: Fates = {};
  for (const [id, fate] of rows) {
    if (fate === "lost") onLost(id);
    else if (fate !== undefined) (fates[fate] ??= []).push(id);
  }
  return fates;
};

const everyDialect = <T>(make: (dialect: ClientDialect) => T): Record<ClientDialect, T> =>
  Object.fromEntries(CLIENT_DIALECTS.map((dialect) => [dialect, make(dialect)])) as Record<ClientDialect, T>;

export interface Measured {
  readonly fidelity: Fidelity;
  /** Features that vanished without a word, by where: there must be none. */
  readonly lost: readonly string[];
  /** Features of replies that a stream treats otherwise than a whole reply. */
  readonly unlike: readonly string[];
}

/** A column for each protocol of replies: a plain surface. */
const replyColumns = (all: readonly Column[]): readonly Column[] => {
  const first = new Map<ProtocolId, Column>();
  const plain = all.filter(
    ({ surface, target }) => surface.completes !== true && Object.keys(target.quirks).length === 0,
  );
  for (const column of plain) if (!first.has(column.surface.protocol)) first.set(column.surface.protocol, column);
  return [...first.values()];
};

export const measure = (): Measured => {
  const all = columns();
  const lost: string[] = [];
  const requests = Object.fromEntries(
    all.map((column) => [
      column.name,
      everyDialect((dialect) =>
        gathered(
          FEATURES.map((feature) => [feature.id, fateOf(dialect, column, feature)] as const),
          (id) => lost.push(`${dialect} → ${column.name}: ${id}`),
        ),
      ),
    ]),
  );
  const replies = Object.fromEntries(
    replyColumns(all).map((column) => [
      replyColumn(column.surface),
      everyDialect((dialect) =>
        gathered(
          REPLY_FEATURES.map((feature) => [feature.id, replyFate(dialect, column, feature)] as const),
          () => undefined,
        ),
      ),
    ]),
  );
  const unlike = replyColumns(all).flatMap((column) =>
    CLIENT_DIALECTS.flatMap((dialect) =>
      REPLY_FEATURES.flatMap((feature) => {
        const [whole, stream] = [replyFate(dialect, column, feature), streamFate(dialect, column, feature)];
        return stream === undefined || stream === whole
          ? []
          : [`${replyColumn(column.surface)} → ${dialect}: ${feature.id} is ${stream} in a stream, ${whole} whole`];
      }),
    ),
  );
  return { fidelity: { requests, replies }, lost, unlike };
};

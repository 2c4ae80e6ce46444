/**
 * The seam every protocol fills. Pure: bytes and JSON in, bytes and JSON out; no I/O, no clock, no money.
 *
 * A call has a client that speaks one protocol and, per attempt, a provider that speaks one. `relay.ts` joins the two sides:
 * the same protocol passes bytes through, different protocols meet in `canonical.ts`. Nothing else knows which one it holds.
 */
import type { ErrorCode, GatewayError } from "../errors.ts";
import type { Unit, Usage } from "../unit.ts";
import type { AssistantPart, Chat, Json, JsonObject, Media, Reply, ReplyEvent, Finish } from "./canonical.ts";
import type { JsonScan } from "./json.ts";
import type { MouldRules } from "./mould.ts";
import type { SseEvent } from "./sse.ts";

export const PROTOCOL_IDS = ["openai-chat", "openai-responses", "anthropic", "gemini"] as const;
export type ProtocolId = (typeof PROTOCOL_IDS)[number];

/** A request as it arrived: the client's own bytes, scanned once; parsed only if somebody asks. */
export interface Call {
  readonly body: Buffer;
  /** Spans of the top-level members (validated JSON object, bounded depth and size). */
  readonly scan: JsonScan;
  /** The body as JSON; parsed on first use and kept. */
  json(): JsonObject;
  /** Client headers that the protocol may read or forward, validated as visible ASCII. */
  readonly headers: Readonly<Partial<Record<ForwardedHeader, string>>>;
  /** What the path says, where the protocol says it there and not in the body. */
  readonly route?: CallRoute;
  /** Set on a request that was put into its protocol's own words (`ClientSide.prepare`). */
  readonly prepared?: Prepared;
}

/** What putting a request in order changed that nobody can see in it any more. */
export interface Prepared {
  /** The model's name as the client sent it, which the reply repeats. */
  readonly model: string;
  /** Names of what has no form in the protocol. */
  readonly dropped: readonly string[];
}

/** A model and the form of its reply, as a path names them. */
export interface CallRoute {
  readonly model: string;
  readonly stream: boolean;
  /** The stream shall be server-sent events; else it comes in the dialect's other form. */
  readonly sse: boolean;
}

export const FORWARDED_HEADERS = ["anthropic-version", "anthropic-beta", "x-cursor-conversation-id"] as const;
export type ForwardedHeader = (typeof FORWARDED_HEADERS)[number];

/** What the pipeline must know of a request, whatever its protocol. */
export interface Ask {
  readonly model: string;
  /** The name that the reply shows, where it is not `model`. */
  readonly replyModel?: string;
  readonly stream: boolean;
  /** The client's own cap on output tokens, if it gave one. */
  readonly maxTokens?: number;
  /** Replies wanted (`n`), at least 1. */
  readonly choices: number;
  /** Tokens of the cap that are reserved for thinking. */
  readonly thinkingBudget: number;
  /** The client asked to see usage in the stream (always true where the protocol always sends it). */
  readonly wantsUsage: boolean;
  readonly content: ContentBound;
  /** Tools of the request that run at the provider; absent means none. Whether they may is for the model's prices to say (§9.3). */
  readonly serverTools?: readonly ServerTool[];
}

/** A tool that runs at the provider and is billed beside the tokens. */
export interface ServerTool {
  /** Where it stands in the request, in the caller's spelling. */
  readonly path: string;
  /** What the protocol's meter counts its uses in; null where nothing does, so that no price can allow it. */
  readonly unit: Unit | null;
  /** Most uses in one reply. */
  readonly uses: number;
}

/** What is in the prompt, as far as its price bound needs it (§9.3). */
export interface ContentBound {
  /** Bytes of text: an upper bound of its tokens. Excludes base64 data. */
  readonly textBytes: number;
  readonly messages: number;
  readonly tools: number;
  readonly images: number;
  /** Files and documents, by value or by reference. */
  readonly files: number;
  readonly audioBytes: number;
  /** Content whose size is not in the request at all (server tools, MCP, files by id): bounded by the model's context. */
  readonly unbounded: boolean;
  /** Longest cache lifetime asked for, which decides the dearest input rate. */
  readonly cacheWrite: "none" | "5m" | "1h";
}

/** Deviations of a provider from its protocol; the closed list, each with its reason, is in providers/provider.ts. */
export type Quirks = Readonly<Partial<Record<QuirkId, true>>>;
export const QUIRK_IDS = [
  /** Takes `max_tokens` only; `max_completion_tokens` is renamed. Most OpenAI-compatible servers. */
  "max_tokens_only",
  /** Takes `max_completion_tokens` only; `max_tokens` is renamed. OpenAI's o-series and GPT-5 and later refuse the old name. */
  "max_completion_tokens_only",
  /** Refuses `stream_options`; usage comes anyway or not at all. */
  "no_stream_options",
  /** `completion_tokens` excludes `reasoning_tokens` (xAI chat): total = prompt + completion + reasoning. */
  "reasoning_beside_completion",
  /** Knows no `seed`; `random_seed` is the same thing. Mistral, which refuses the name it does not know. */
  "random_seed",
  /** Thinking is switched by `thinking: {type}`, which is the only way to switch it off. DeepSeek, Kimi, GLM, MiMo. */
  "thinking_switch",
  /** Thinking is switched by `enable_thinking` and bounded by `thinking_budget`. Qwen, at home and on its hosts. */
  "enable_thinking",
  /** Thinking is asked for by an object `reasoning: {effort, max_tokens, enabled}`. OpenRouter. */
  "reasoning_object",
  /** Refuses a forced tool while the model thinks: thinking is switched off for it. DeepSeek. */
  "no_forced_tools_while_thinking",
  /** Refuses a turn with calls that comes back without its reasoning: a placeholder stands in. Kimi, DeepSeek. */
  "wants_reasoning_back",
  /** Thinking comes as `<think>…</think>` at the head of the content. MiniMax, and open models on plain servers. */
  "think_tags",
  /** Replies tell what they cost, which is the operator's price and not the customer's: it is taken out. */
  "tells_prices",
  /** Messages that cache whatever prefix repeats, and so must not begin with what changes. Others than Anthropic. */
  "caches_by_prefix",
  /** Knows what OpenAI alone added to chat: tools with a grammar, `prompt_cache_key`, `verbosity`. OpenAI. */
  "openai_additions",
  /** Images always come as bytes, and `response_format` is refused. OpenAI. */
  "always_b64_json",
] as const;
export type QuirkId = (typeof QUIRK_IDS)[number];

/** Where an attempt goes, as far as the wire cares. */
export interface Target {
  /** The provider's name for the model. */
  readonly model: string;
  /** The name the customer sees in the reply. */
  readonly replyModel: string;
  /** The cap to send. `undefined` leaves the client's own request as it is. */
  readonly maxTokens?: number;
  /** Filled in where the protocol needs a cap and the client gave none. */
  readonly defaultMaxTokens: number;
  /** The model's context window and largest output in tokens: the bounds of credible usage (I-24). */
  readonly context: number;
  readonly maxOutput: number;
  /** False where the model is known not to reason, and would refuse to be asked; absent where nothing is known. */
  readonly reasons?: boolean;
  /** The model draws: its replies hold images, and it is asked for them. */
  readonly draws?: true;
  /** The model completes prompts and cannot be talked to: only legacy completions reach it. */
  readonly completes?: true;
  readonly quirks: Quirks;
}

/** A request ready for the provider, still to be authenticated. `body` is sent in order, uncopied. */
export interface Outgoing {
  /** Path below the provider's base URL, such as `/chat/completions`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: readonly Buffer[];
  /** Names of what translation could not carry. */
  readonly dropped: readonly string[];
}

/** What a meter can say of a reply at any moment. */
export interface Reading {
  /** As the provider reported it, if it did and it is credible; cumulative, never summed. */
  readonly usage: Usage | undefined;
  /** The provider reported something incredible (negative, fractional, beyond the model's bounds). */
  readonly invalid: boolean;
  /** Bytes of text, reasoning, refusals, tool names and arguments in the reply; base64 excluded. */
  readonly outputBytes: number;
  /** Images in the reply, whose size in bytes says nothing; absent means none. */
  readonly images?: number;
  readonly finish: Finish | undefined;
}

/** Reads usage and size from a reply, event by event. One per protocol, used by both relays. */
export interface Meter {
  /** A whole JSON reply. */
  whole(body: Json): void;
  /** One event of a stream, parsed. */
  event(event: SseEvent, body: Json): void;
  /** Bytes of output in an event that was known without being parsed (mould.ts). */
  add(bytes: number): void;
  read(): Reading;
}

/** How a call was settled, for what the reply must show of it. */
export interface Settled {
  readonly usage: Usage;
  readonly source: "reported" | "estimated" | "recovered" | "none";
  /** Set when the customer asked for the cost in the usage object: exact decimal text in the storefront's unit. */
  readonly cost?: string;
  /** Names of what translation left out of the reply, for the same place. */
  readonly dropped?: readonly string[];
}

/** A complete JSON reply, held until it is settled. */
export interface WholeReply {
  readonly reading: Reading;
  /** The bytes for the client. Called once, when it is known how it will be settled; what it throws makes the reply free. */
  render(settled: Settled): Buffer;
  /** Names of what translation left out of it. */
  readonly dropped?: readonly string[];
  /** Headers that tell of the reply itself. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a stream stands. `failed`: the provider sent an error event or broke the framing. `ended`: its terminal event was seen. */
export type StreamState = "open" | "ended" | "failed";

/** A streamed reply as a fold: bytes of the provider in, bytes for the client out; the end waits for the settlement. */
export interface ReplyStream {
  /** Feeds provider bytes, cut anywhere. Returns what the client may have now, or undefined. Never the terminal event. */
  push(chunk: Buffer): Buffer | undefined;
  /** The provider's body has ended. Afterwards `state` is `ended` or `failed` (a stream without its terminal event failed). */
  end(): Buffer | undefined;
  readonly state: StreamState;
  /** What failed, once `state` is `failed`: maps a provider's error event to a catalogue row. */
  readonly fault: UpstreamFault | undefined;
  /** True once a byte of content was returned: from then on nothing may be retried. */
  readonly started: boolean;
  /** Names of what translation has left out of it so far. */
  readonly dropped?: readonly string[];
  reading(): Reading;
  /** The terminal bytes after a settled end: the last events, with usage as settled. */
  finish(settled: Settled): Buffer;
  /** Ends the reply early with the dialect's length reason, when the hold is used up (§9.7 `cut_by_hold`). */
  cut(settled: Settled): Buffer;
}

/** A provider's failure, reduced to what may be known of it. */
export interface UpstreamFault {
  readonly error: GatewayError;
  /** May another candidate be tried? `never`: the request itself is at fault. */
  readonly retry: "safe" | "uncertain" | "never";
  /** Seconds the provider asked to be left alone. */
  readonly coolDown?: number;
  /** The operator's credential or quota is at fault. */
  readonly credential?: true;
}

/** Content by the address that a request names it by: what was fetched of it, as base64. */
export type FetchedMedia = ReadonlyMap<string, Media & { readonly kind: "base64" }>;

/** The calls that one request takes at a provider whose own calls do less at once; all of them are its one attempt. */
export interface Shares {
  /** One relay for each call. */
  readonly relays: readonly Relay[];
  /** Most of them under way at once. */
  readonly atOnce: number;
  /** The reply, of the replies of all in their order. @throws UpstreamBroken */
  join(replies: readonly WholeReply[]): WholeReply;
}

/** One client joined to one provider for one attempt. Made by `relay()`. */
export interface Relay {
  /** Set where one request is several calls: then only these are made, and their faults are the attempt's. */
  readonly shares?: Shares;
  /** Whether a body of this type, in lower case, is the stream that was asked for; absent: server-sent events alone are. */
  streams?(contentType: string): boolean;
  /** Told of each piece of a JSON reply as it comes, so that a large one is not read in one go. Never throws. */
  watch?(chunk: Buffer): void;
  /** Most bytes of a JSON reply, where they are more than usual. */
  readonly replyBytes?: number;
  /** Addresses whose content the provider must be given, since its protocol has no place for them; each once. */
  addresses(): readonly string[];
  /** @param fetched the content of these addresses */
  request(fetched?: FetchedMedia): Outgoing;
  /** A 2xx JSON body. @throws UpstreamBroken when it is not a legal reply of the protocol. */
  reply(body: Buffer): WholeReply;
  stream(): ReplyStream;
  /** A JSON body in answer to a stream request, as events to be fed to `stream`; undefined when it is nothing of the kind. */
  events(body: Buffer): Buffer | undefined;
  /** A non-2xx answer, or a 2xx that holds an error. */
  fault(status: number, headers: Readonly<Record<string, string | undefined>>, body: Buffer): UpstreamFault;
}

/** Thrown when a provider's reply cannot be what it claims to be. Carries the fault to answer with. */
export class UpstreamBroken extends Error {
  override readonly name = "UpstreamBroken";
  readonly fault: UpstreamFault;
  constructor(fault: UpstreamFault, why: string) {
    super(why);
    this.fault = fault;
  }
}

/** What a client side needs to write a reply. */
export interface ReplyContext {
  readonly requestId: string;
  readonly model: string;
  /** Unix seconds, for dialects that stamp replies. */
  readonly created: number;
  readonly wantsUsage: boolean;
  /** The request itself, where the reply is translated: some dialects repeat parts of it, and know their tools' kinds by it. */
  readonly call?: Call;
}

/** Writes canonical events as the SSE of a dialect. */
export interface StreamWriter {
  write(event: ReplyEvent): string;
  /** The end of the stream, after the `finish` event was written. */
  end(settled: Settled): string;
}

/** Holds the events of one stream to the order and the form that clients of its dialect depend on. */
export interface StreamGrammar {
  /** Takes the next event. @throws UpstreamBroken on one that may not come here */
  check(body: Json): void;
}

/**
 * Reads the SSE of a dialect as canonical events. Two events in a row that differ in nothing but the text of one delta (`moulds` of
 * the edits) must mean the same but for that text, and leave the reader as it was between them.
 */
export interface StreamReader {
  /** @throws UpstreamBroken on an event that breaks the dialect's grammar. */
  read(event: SseEvent, body: Json): readonly ReplyEvent[];
  /** True once the dialect's terminal event was seen (or, for dialects without a certain one, a finish reason). */
  readonly ended: boolean;
}

/** We are the server. */
export interface ClientSide {
  /**
   * Puts a request into the protocol's own words before anything else reads it, for a client that mixes dialects.
   * @param isModel whether a name stands for a model, exactly
   * @throws GatewayError
   */
  prepare?(call: Call, isModel: (name: string) => boolean): Call;
  /** Replies are always written by this side: those of a provider of the protocol do not pass through. */
  readonly writesAll?: true;
  /** Requests are always read by this side: they are not the protocol's own, although the replies' counts and errors are. */
  readonly readsAll?: true;
  /** Kinds of parts that a reply of this dialect has no place for, with the names by which their loss is told. */
  readonly homeless?: Readonly<Partial<Record<AssistantPart["type"], string>>>;
  /** Headers that tell of a whole reply. */
  replyHeaders?(reply: Reply, call: Call): Readonly<Record<string, string>>;
  /** Reads and checks what the pipeline must know. @throws GatewayError invalid_value and kin, in the caller's spelling. */
  ask(call: Call): Ask;
  /** The request as canonical chat, with the names of fields that have no canonical form. @throws GatewayError */
  read(call: Call): { readonly chat: Chat; readonly dropped: readonly string[] };
  writeReply(reply: Reply, settled: Settled, context: ReplyContext): Json;
  writer(context: ReplyContext): StreamWriter;
  /** The JSON body of an error. */
  error(error: GatewayError, requestId: string): string;
  /** The HTTP status of an error where the dialect differs from the table (Anthropic: overloaded is 529). */
  status(code: ErrorCode): number;
  /** What is sent when a stream fails after its 200. */
  streamError(message: string, context: ReplyContext): string;
  /** What keeps an idle stream alive. */
  readonly keepAlive: string;
  /** How this call's stream is put on the wire where that is not as the events it is made of. */
  framing?(call: Call): StreamFraming | undefined;
}

/** Turns the events of one stream into another form, in order. */
export interface StreamFraming {
  readonly contentType: string;
  readonly keepAlive: string;
  /** Whole events in, bytes for the client out. */
  write(bytes: Buffer): Buffer;
  /** The same for the last of them, and whatever closes the form. */
  end(bytes: Buffer): Buffer;
}

/** We are the caller. */
export interface UpstreamSide {
  /** Path and dialect headers (not authentication) of a request. */
  address(
    call: Call,
    target: Target,
    ask: Ask,
  ): { readonly path: string; readonly headers: Readonly<Record<string, string>> };
  /** Canonical chat as a request body, with the names of what this dialect cannot carry. */
  write(chat: Chat, target: Target): { readonly body: JsonObject; readonly dropped: readonly string[] };
  /** Whether content may be named by its address; what may not is fetched. All may where this is absent. */
  takesAddress?(kind: "image" | "file", url: string): boolean;
  readReply(body: Json, target: Target): Reply;
  reader(target: Target): StreamReader;
  /** A fresh check of a stream's order; both relays use it, so that a stream that is no good fails for every client alike. */
  grammar?(): StreamGrammar;
  fault(status: number, headers: Readonly<Record<string, string | undefined>>, body: Buffer): UpstreamFault;
  /** The fault of an error event or error member inside a 200, or undefined when the event is no error. */
  eventFault(event: SseEvent | undefined, body: Json): UpstreamFault | undefined;
  /** A stream that came as one JSON body, as the events that were asked for; undefined for a body that is none. */
  events?(body: Buffer): Buffer | undefined;
}

/** Byte edits of a request: top-level members to set (JSON text) or to remove, and the names of what that left out. */
export interface RequestEdits {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
  readonly dropped?: readonly string[];
}

/** The edits that pass-through may make to this dialect's bytes: a closed, tested list (§9.4). */
export interface Edits {
  request(call: Call, ask: Ask, target: Target): RequestEdits;
  /** A pass-through stream. */
  stream(ask: Ask, target: Target, context: ReplyContext): ReplyStream;
  /** A pass-through JSON reply. @throws UpstreamBroken */
  reply(body: Buffer, target: Target): WholeReply;
  /** How to know frames that differ in nothing but the text of one delta; absent where no two do. */
  readonly moulds?: MouldRules;
  /** True for the event after which nothing of a stream matters. A dialect's reply may also end without it. */
  isEnd(event: SseEvent, body: Json): boolean;
}

export interface Protocol {
  readonly id: ProtocolId;
  readonly client: ClientSide;
  readonly upstream: UpstreamSide;
  readonly edits: Edits;
  meter(target: Target): Meter;
}

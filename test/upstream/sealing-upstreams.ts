/**
 * Providers that think, call tools for ten turns, and check what comes back as strictly as the real ones: a signature that is not
 * theirs, that was altered, that stands at another place or that is missing where they want it is a 400 and is remembered.
 *
 * One server plays one protocol. All are given the same script: in turn n the tool `step` is called with `{"n":n}`; every third
 * turn calls `other` beside it; every fourth has redacted (opaque) thinking as well.
 */
import { createHash } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";

import type { ProtocolId } from "../../src/protocols/protocol.ts";
import type { Loose } from "../grammar.ts";

export const TURNS = 10;

export interface SealingUpstream {
  readonly baseUrl: string;
  /** What was wrong with requests; empty when nothing was. */
  readonly wrongs: string[];
  /** Opaque strings that it gave out, in their order. */
  readonly issued: readonly string[];
  /** The bodies that it was sent, as text. */
  readonly bodies: string[];
  close(): Promise<void>;
}

/** What a turn consists of. */
interface Turn {
  readonly n: number;
  readonly thought: string;
  readonly redacted: boolean;
  readonly calls: readonly { readonly name: string; readonly args: Loose }[];
}

const turnOf = (n: number): Turn => {
  if (n > TURNS) return { n, thought: "It is enough.", redacted: false, calls: [] };
  const step = { name: "step", args: { n } };
  const other = { name: "other", args: { n } };
  return {
    n,
    thought: `Turn ${n} needs a step.`,
    redacted: n % 4 === 0,
    calls: n % 3 === 0 ? [step, other] : [step],
  };
};

/** One provider's seals: what they were given out for. */
class Seals {
  readonly issued: string[] = [];
  readonly #for = new Map<string, string>();
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  /** A new opaque string for something, in base64. */
  seal(what: string): string {
    const digest = createHash("sha256").update(`${this.#name} ${this.issued.length} ${what}`).digest("base64");
    const value = Buffer.from(`${this.#name}-seal-${digest}`).toString("base64");
    this.issued.push(value);
    this.#for.set(value, what);
    return value;
  }

  /** @throws with what is wrong: it is not ours, or is for something else */
  check(value: unknown, what: string, where: string): void {
    const sealed = typeof value === "string" ? this.#for.get(value) : undefined;
    if (sealed === undefined) throw new Error(`${where}: not a signature of ours: ${String(value).slice(0, 60)}`);
    if (sealed !== what) throw new Error(`${where}: sealed '${sealed}', came with '${what}'`);
  }
}

/** One dialect: reads a request, checking it, and writes a turn. */
interface Dialect {
  /** @returns how many turns of the model there were. @throws with what is wrong */
  read(body: Loose, seals: Seals): number;
  whole(turn: Turn, seals: Seals): Loose;
  /** The same reply as events. */
  events(whole: Loose): readonly Loose[];
  error(message: string): Loose;
}

const anthropic: Dialect = {
  read: (body, seals) => {
    const turns = body["messages"].filter((message: Loose) => message["role"] === "assistant");
    for (const message of turns)
      for (const block of message["content"]) {
        if (block.type === "thinking") seals.check(block.signature, block.thinking, "thinking");
        if (block.type === "redacted_thinking") seals.check(block.data, "redacted", "redacted_thinking");
      }
    const last = turns.at(-1);
    if (last !== undefined && body["thinking"]?.type === "enabled" && !last.content[0].type.endsWith("thinking"))
      throw new Error(`a final assistant message must start with thinking, not ${last.content[0].type}`);
    return turns.length;
  },
  whole: (turn, seals) => ({
    id: `msg_${turn.n}`,
    type: "message",
    role: "assistant",
    model: "m",
    content: [
      { type: "thinking", thinking: turn.thought, signature: seals.seal(turn.thought) },
      ...(turn.redacted ? [{ type: "redacted_thinking", data: seals.seal("redacted") }] : []),
      { type: "text", text: turn.calls.length === 0 ? "done" : `Now ${turn.n}.` },
      ...turn.calls.map(({ name, args }) => ({ type: "tool_use", id: `toolu_${turn.n}${name}`, name, input: args })),
    ],
    stop_reason: turn.calls.length === 0 ? "end_turn" : "tool_use",
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 10 },
  }),
  events: (whole) => [
    { type: "message_start", message: { ...whole, content: [], stop_reason: null } },
    ...whole["content"].flatMap((block: Loose, index: number) => {
      const empty: Loose = { thinking: { thinking: "", signature: "" }, text: { text: "" }, tool_use: { input: {} } };
      const deltas: Loose = {
        thinking: [
          { type: "thinking_delta", thinking: block["thinking"] },
          { type: "signature_delta", signature: block["signature"] },
        ],
        text: [{ type: "text_delta", text: block["text"] }],
        tool_use: [{ type: "input_json_delta", partial_json: JSON.stringify(block["input"]) }],
      };
      return [
        { type: "content_block_start", index, content_block: { ...block, ...empty[block["type"]] } },
        ...(deltas[block["type"]] ?? []).map((delta: Loose) => ({ type: "content_block_delta", index, delta })),
        { type: "content_block_stop", index },
      ];
    }),
    { type: "message_delta", delta: { stop_reason: whole["stop_reason"] }, usage: { output_tokens: 10 } },
    { type: "message_stop" },
  ],
  error: (message) => ({ type: "error", error: { type: "invalid_request_error", message } }),
};

/** Stands for a signature that never was; Google takes it for one. */
const SKIP = "skip_thought_signature_validator";

const gemini: Dialect = {
  read: (body, seals) => {
    const turns = body["contents"].filter(({ role }: Loose) => role === "model");
    for (const { parts } of turns) {
      const calls = parts.filter((part: Loose) => part["functionCall"] !== undefined);
      if (calls.length > 0 && calls[0].thoughtSignature === undefined)
        throw new Error(`Function call is missing a thought_signature: ${JSON.stringify(calls[0])}`);
      for (const { thoughtSignature, functionCall, text } of parts)
        if (thoughtSignature !== undefined && thoughtSignature !== SKIP)
          seals.check(thoughtSignature, JSON.stringify(functionCall?.args ?? text ?? ""), "thoughtSignature");
    }
    return turns.length;
  },
  whole: (turn, seals) => ({
    candidates: [
      {
        content: {
          role: "model",
          parts: [
            { text: turn.thought, thought: true },
            ...(turn.calls.length === 0 ? [{ text: "done" }] : []),
            ...(turn.redacted ? [{ text: `Now ${turn.n}.` }] : []),
            ...turn.calls.map(({ name, args }, i) => ({
              functionCall: { id: `g${turn.n}${name}`, name, args },
              ...(i === 0 ? { thoughtSignature: seals.seal(JSON.stringify(args)) } : {}),
            })),
          ],
        },
        finishReason: "STOP",
        index: 0,
      },
    ],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, thoughtsTokenCount: 5, totalTokenCount: 20 },
  }),
  events: (whole) => [whole],
  error: (message) => ({ error: { code: 400, message, status: "INVALID_ARGUMENT" } }),
};

const textsOf = (parts: Loose[] | undefined): string => (parts ?? []).map(({ text }) => text).join("");

const responses: Dialect = {
  read: (body, seals) => {
    let turns = 0;
    let before = "";
    for (const item of body["input"]) {
      const type: string = item.type ?? "message";
      if (type === "reasoning") seals.check(item.encrypted_content, `${item.id} ${textsOf(item.summary)}`, "reasoning");
      if (type === "function_call") {
        if (before !== "function_call") turns += 1;
        if (String(item.id ?? "").startsWith("fc_theirs") && before !== "reasoning" && before !== "function_call")
          throw new Error(`Item '${item.id}' was provided without its required 'reasoning' item`);
        const isOurs = item.id === undefined || String(item.id).startsWith("fc_theirs");
        if (!isOurs) throw new Error(`Item with id '${item.id}' not found`);
      }
      if (type === "message" && item.role === "assistant" && before !== "reasoning") before = "said";
      else before = type;
    }
    return turns;
  },
  whole: (turn, seals) => ({
    id: `resp_${turn.n}`,
    object: "response",
    created_at: 1,
    model: "m",
    status: "completed",
    error: null,
    incomplete_details: null,
    output: [
      {
        id: `rs_${turn.n}`,
        type: "reasoning",
        summary: turn.redacted ? [] : [{ type: "summary_text", text: turn.thought }],
        encrypted_content: seals.seal(`rs_${turn.n} ${turn.redacted ? "" : turn.thought}`),
      },
      ...(turn.calls.length > 0
        ? []
        : [
            {
              id: `msg_${turn.n}`,
              type: "message",
              role: "assistant",
              status: "completed",
              content: [{ type: "output_text", text: "done", annotations: [] }],
            },
          ]),
      ...turn.calls.map(({ name, args }) => ({
        id: `fc_theirs${turn.n}${name}`,
        type: "function_call",
        status: "completed",
        call_id: `call_${turn.n}${name}`,
        name,
        arguments: JSON.stringify(args),
      })),
    ],
    usage: { input_tokens: 10, output_tokens: 10, total_tokens: 20 },
  }),
  events: (whole) =>
    [
      { type: "response.created", response: { ...whole, status: "in_progress", output: [], usage: null } },
      ...whole["output"].flatMap((item: Loose, output_index: number) => {
        const begun: Loose = { ...item };
        if (item["type"] === "function_call") begun["arguments"] = "";
        if (item["type"] === "message") begun["content"] = [];
        if (item["type"] === "reasoning") begun["summary"] = [];
        return [
          { type: "response.output_item.added", output_index, item: begun },
          { type: "response.output_item.done", output_index, item },
        ];
      }),
      { type: "response.completed", response: whole },
    ].map((event, sequence_number) => ({ ...event, sequence_number })),
  error: (message) => ({ error: { message, type: "invalid_request_error", param: null, code: null } }),
};

const chat: Dialect = {
  read: (body, seals) => {
    const turns = body["messages"].filter((message: Loose) => message["role"] === "assistant");
    for (const message of turns)
      for (const detail of message["reasoning_details"] ?? []) {
        if (detail.type === "reasoning.text") seals.check(detail.signature, detail.text, "reasoning.text");
        else seals.check(detail.data, "redacted", String(detail.type));
      }
    return turns.length;
  },
  whole: (turn, seals) => ({
    id: `c_${turn.n}`,
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [
      {
        index: 0,
        finish_reason: turn.calls.length === 0 ? "stop" : "tool_calls",
        message: {
          role: "assistant",
          content: turn.calls.length === 0 ? "done" : null,
          reasoning_details: [
            { type: "reasoning.text", text: turn.thought, signature: seals.seal(turn.thought), index: 0 },
            ...(turn.redacted ? [{ type: "reasoning.encrypted", data: seals.seal("redacted"), index: 1 }] : []),
          ],
          ...(turn.calls.length === 0
            ? {}
            : {
                tool_calls: turn.calls.map(({ name, args }) => ({
                  id: `call_${turn.n}${name}`,
                  type: "function",
                  function: { name, arguments: JSON.stringify(args) },
                })),
              }),
        },
      },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 },
  }),
  events: ({ choices: [choice], usage, ...head }) => {
    const { message, finish_reason } = choice;
    const tool_calls = message.tool_calls?.map((call: Loose, index: number) => ({ ...call, index }));
    const delta = { ...message, ...(tool_calls === undefined ? {} : { tool_calls }) };
    const chunk = { ...head, object: "chat.completion.chunk" };
    return [
      { ...chunk, choices: [{ index: 0, delta, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason }] },
      { ...chunk, choices: [], usage },
    ];
  },
  error: (message) => ({ error: { message, type: "invalid_request_error", param: null, code: null } }),
};

const PLAYED = {
  "openai-chat": chat,
  "openai-responses": responses,
  anthropic,
  gemini,
} as const satisfies Record<ProtocolId, Dialect>;

const textOf = (whole: Loose, dialect: Dialect, streamed: boolean): string => {
  if (!streamed) return JSON.stringify(whole);
  const frames = dialect.events(whole).map((event) => {
    const name = typeof event["type"] === "string" ? `event: ${event["type"]}\n` : "";
    return `${name}data: ${JSON.stringify(event)}\n\n`;
  });
  return frames.join("") + (dialect === chat ? "data: [DONE]\n\n" : "");
};

/** Starts a provider of a protocol on a free loopback port. */
export const startSealingUpstream = async (protocol: ProtocolId): Promise<SealingUpstream> => {
  const dialect = PLAYED[protocol];
  const seals = new Seals(protocol);
  const [wrongs, bodies]: [string[], string[]] = [[], []];
  const answer = (body: string, url: string): { status: number; type: string; text: string } => {
    bodies.push(body);
    const json = JSON.parse(body) as Loose;
    const streamed = json["stream"] === true || url.includes("streamGenerateContent");
    try {
      if (body.includes("farthing1.")) throw new Error("a wrapped seal reached the provider");
      const text = textOf(dialect.whole(turnOf(dialect.read(json, seals) + 1), seals), dialect, streamed);
      return { status: 200, type: streamed ? "text/event-stream" : "application/json", text };
    } catch (error) {
      wrongs.push(String(error));
      return { status: 400, type: "application/json", text: JSON.stringify(dialect.error(String(error))) };
    }
  };
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { status, type, text } = answer(Buffer.concat(parts).toString("utf8"), request.url ?? "");
      response.writeHead(status, { "content-type": type }).end(text);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    wrongs,
    bodies,
    issued: seals.issued,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

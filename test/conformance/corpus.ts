/** Recorded exchanges with real providers, read from the corpus and never copied here. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { CORPUS, hasCorpus, MANIFEST } from "../../src/protocols/fixtures/wire.ts";
import type { ProtocolId } from "../../src/protocols/protocol.ts";

type Json = Record<string, unknown>;

export interface Exchange {
  /** Path below the corpus; the name of the test row. */
  readonly file: string;
  readonly provider: string;
  readonly protocol: ProtocolId;
  /** As the recorder names it; null where the exchange does not tell. */
  readonly model?: string | null;
  readonly stream: boolean;
  readonly features: readonly string[];
  readonly request: { readonly body: Json | null; readonly headers?: Record<string, string> } | null;
  readonly response: {
    readonly status: number;
    readonly headers?: Record<string, string>;
    readonly body?: unknown;
    readonly body_raw?: string;
    readonly sse?: string;
  };
}

const PROTOCOLS: Readonly<Record<string, ProtocolId>> = {
  "openai.chat": "openai-chat",
  "openai.responses": "openai-responses",
  "anthropic.messages": "anthropic",
  "gemini.generateContent": "gemini",
  "gemini.streamGenerateContent": "gemini",
};

interface ManifestRow {
  readonly file: string;
  readonly protocol: string;
  readonly provider: string;
  readonly features: readonly string[];
}

/** Every chat, responses, messages and gemini exchange; empty when the corpus is not there (said by the caller). */
export const loadCorpus = (): Exchange[] => {
  if (!hasCorpus) return [];
  const rows = JSON.parse(readFileSync(MANIFEST, "utf8")) as ManifestRow[];
  return rows.flatMap((row) => {
    const protocol = PROTOCOLS[row.protocol];
    if (protocol === undefined) return [];
    const recorded = JSON.parse(readFileSync(path.join(CORPUS, row.file), "utf8")) as Omit<
      Exchange,
      "file" | "protocol"
    >;
    return [{ ...recorded, file: row.file, provider: row.provider, protocol, features: row.features }];
  });
};

/** The body that the replay serves: the recorder's own text where it kept one. */
export const bodyText = (exchange: Exchange): string =>
  exchange.response.sse ??
  exchange.response.body_raw ??
  (exchange.response.body === undefined ? "" : JSON.stringify(exchange.response.body));

/** True when the provider answered with a whole reply, not with an error and not with a stream that breaks off. */
export const isSuccess = (exchange: Exchange): boolean =>
  exchange.response.status === 200 && !hasError(exchange) && !isCut(exchange) && !isPending(exchange);

/** A reply that has not even begun: the recorder asked for it in the background. */
const isPending = ({ response }: Exchange): boolean =>
  ["queued", "in_progress"].includes(String((response.body as Json | undefined)?.["status"]));

/** A stream without any of its protocol's ends. */
const isCut = ({ protocol, response }: Exchange): boolean => {
  if (response.sse === undefined) return false;
  if (protocol === "anthropic") return !response.sse.includes("message_stop");
  if (protocol === "openai-responses") return !/"type":\s*"response\.(completed|incomplete)"/.test(response.sse);
  if (protocol === "gemini") return !/"(finishReason|blockReason)":/.test(response.sse);
  return !response.sse.includes("[DONE]") && !/"finish_reason":\s*"/.test(response.sse);
};

/** A 200 that holds an error: a JSON error body, or an error event in the stream. */
const hasError = (exchange: Exchange): boolean => {
  const { body, sse } = exchange.response;
  if (sse !== undefined)
    // Vertex appends an error as bare JSON.
    return framesOf(sse).some(
      ({ raw, event, data }) => isErrorName(event) || isErrorJson(parse(data)) || isErrorJson(parse(raw)),
    );
  return isErrorJson(body);
};

const isErrorName = (event: string): boolean => event === "error" || event === "response.failed";

const isErrorJson = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "error" in value && value.error !== null && value.error !== undefined;

export const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** One raw frame of a stream with what a plain reading of it gives. Independent of the product's own reader. */
export interface Frame {
  readonly raw: string;
  readonly event: string;
  readonly data: string;
}

export const framesOf = (sse: string): Frame[] => {
  const frames: Frame[] = [];
  const boundary = /\r\n\r\n|\n\n|\r\r/g;
  let from = 0;
  const add = (raw: string): void => {
    // One recorder left a blank before the first field.
    const lines = raw.split(/\r\n|\n|\r/).map((line, index) => (index === 0 ? line.trimStart() : line));
    const field = (name: string): string[] =>
      lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).replace(/^ /, ""));
    frames.push({ raw, event: field("event")[0] ?? "", data: field("data").join("\n") });
  };
  for (let match = boundary.exec(sse); match !== null; match = boundary.exec(sse)) {
    add(sse.slice(from, match.index + match[0].length));
    from = match.index + match[0].length;
  }
  if (from < sse.length) add(sse.slice(from));
  return frames;
};

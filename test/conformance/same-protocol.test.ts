/**
 * Every recorded chat, responses, messages and gemini exchange, replayed through the gateway to a client of its own protocol: bytes equal but for the
 * edits of docs/decisions (model name, usage frame that was not asked for), usage metered as the provider reported it (I-17, I-39),
 * errors as catalogue rows with nothing of the provider's text.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { ProtocolId } from "../../src/protocols/protocol.ts";
import { mustHave } from "../../src/protocols/fixtures/wire.ts";
import { bodyText, framesOf, isSuccess, loadCorpus, parse, type Exchange } from "./corpus.ts";
import { explained } from "./explained.ts";
import { countedBy } from "./expected.ts";
import { note, printTable } from "./report.ts";
import { startRig, type Rig } from "./rig.ts";

const corpus = mustHave("exchange", loadCorpus());
let rig: Rig;

beforeAll(async () => {
  rig = await startRig(corpus);
});
afterAll(async () => {
  await rig.close();
  printTable("same protocol");
});

const HELLO = "hello";

interface Sent {
  readonly model: string;
  readonly stream: boolean;
}

/** How each protocol is asked: where, with what of a recorded body, and with what where there is none. */
const ASKS: Readonly<
  Record<ProtocolId, { path(sent: Sent): string; body(recorded: object, sent: Sent): object; minimal: object }>
> = {
  "openai-chat": {
    path: () => "/v1/chat/completions",
    body: (recorded, sent) => ({ ...recorded, ...sent }),
    minimal: { messages: [{ role: "user", content: HELLO }], max_tokens: 64_000 },
  },
  "openai-responses": {
    path: () => "/v1/responses",
    body: (recorded, sent) => ({ ...recorded, ...sent }),
    minimal: { input: HELLO, max_output_tokens: 64_000 },
  },
  anthropic: {
    path: () => "/v1/messages",
    body: (recorded, sent) => ({ ...recorded, ...sent }),
    minimal: { messages: [{ role: "user", content: HELLO }], max_tokens: 64_000 },
  },
  gemini: {
    path: ({ model, stream }) =>
      `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: (recorded) => recorded,
    minimal: { contents: [{ role: "user", parts: [{ text: HELLO }] }] },
  },
};

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly requestId: string;
  readonly minimal: boolean;
}

const post = async (exchange: Exchange, recorded: object): Promise<Omit<Answer, "minimal">> => {
  const asks = ASKS[exchange.protocol];
  const sent = { model: rig.model(exchange), stream: exchange.response.sse !== undefined || exchange.stream };
  const reply = await fetch(rig.url + asks.path(sent), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${rig.key}`,
      "anthropic-version": "2023-06-01",
    },
    body: JSON.stringify(asks.body(recorded, sent)),
  });
  return { status: reply.status, text: await reply.text(), requestId: reply.headers.get("x-request-id") ?? "" };
};

/** Sends the recorded request, or a minimal one where there is none or where it asks for what costs beyond tokens. */
const ask = async (exchange: Exchange): Promise<Answer> => {
  rig.replay(exchange);
  const recorded = exchange.request?.body;
  if (recorded) {
    const answer = await post(exchange, recorded);
    if (rig.received() > 0) return { ...answer, minimal: false };
  }
  return { ...(await post(exchange, ASKS[exchange.protocol].minimal)), minimal: true };
};

/** Replaces the first top-level model name of a frame's or body's own text. */
const renamed = (raw: string, json: unknown, to: string): string => {
  const model = typeof json === "object" && json !== null ? modelOf(json as Record<string, unknown>) : undefined;
  if (model === undefined) return raw;
  const escaped = JSON.stringify(model).replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  return raw.replace(
    new RegExp(`("model(?:Version)?"\\s*:\\s*)${escaped}`),
    (_all, key: string) => key + JSON.stringify(to),
  );
};

const modelOf = (json: Record<string, unknown>): string | undefined => {
  const inner = json["type"] === "message_start" ? json["message"] : json["response"];
  const holder = typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : json;
  const model = holder["model"] ?? holder["modelVersion"];
  return typeof model === "string" ? model : undefined;
};

const isUsageFrame = (json: unknown): boolean => {
  const chunk = json as { choices?: unknown[]; usage?: unknown; type?: unknown } | undefined;
  return (
    Array.isArray(chunk?.choices) && chunk.choices.length === 0 && chunk.usage !== null && chunk.usage !== undefined
  );
};

const wantsUsage = (exchange: Exchange, minimal: boolean): boolean => {
  if (minimal) return false;
  const options = exchange.request?.body?.["stream_options"] as { include_usage?: boolean } | undefined;
  return options?.include_usage === true;
};

const trimEnd = (text: string): string => text.replace(/[\r\n]+$/, "");

const expectedText = (exchange: Exchange, minimal: boolean): string => {
  const to = rig.model(exchange);
  if (Array.isArray(exchange.response.body))
    // A stream that came as an array becomes the events that were asked for.
    return exchange.response.body.map((chunk) => renamed(`data: ${JSON.stringify(chunk)}\n\n`, chunk, to)).join("");
  if (exchange.response.sse === undefined) {
    const text = bodyText(exchange);
    return renamed(text, parse(text), to);
  }
  return framesOf(exchange.response.sse)
    .filter(
      (frame) =>
        exchange.protocol !== "openai-chat" || wantsUsage(exchange, minimal) || !isUsageFrame(parse(frame.data)),
    )
    .map((frame) => renamed(frame.raw, parse(frame.data), to))
    .join("");
};

/** Usage that the client asked for and the provider did not send is filled in by us; the rest must be the provider's bytes. */
const withoutFilledUsage = (exchange: Exchange, text: string): string => {
  if (exchange.protocol !== "gemini" || countedBy(exchange) !== undefined) return withoutUsageFrame(exchange, text);
  // Of what it did send instead, nothing counted anything.
  return text.replace(/,"usageMetadata":\{[^}]*\}(?=\}\s*$)/, "");
};

const withoutUsageFrame = (exchange: Exchange, text: string): string =>
  exchange.response.sse === undefined || countedBy(exchange) !== undefined
    ? text
    : framesOf(text)
        .filter((frame) => !isUsageFrame(parse(frame.data)))
        .map((frame) => frame.raw)
        .join("");

const checkUsage = (exchange: Exchange, requestId: string): void => {
  const row = rig.row(requestId);
  const counted = countedBy(exchange);
  const sum = (...units: string[]): number => units.reduce((total, unit) => total + Number(row?.[unit] ?? 0), 0);
  expect(row, "the request has its row (I-30)").toBeDefined();
  if (counted === undefined) {
    expect(row?.["source"]).toBe("estimated");
    return;
  }
  expect(row?.["source"]).toBe("reported");
  const cacheWrite = sum("cache_write_5m", "cache_write_1h");
  expect({
    prompt: sum("input", "cache_read", "image_input", "audio_input", "audio_cache_read") + cacheWrite,
    cacheRead: sum("cache_read", "audio_cache_read"),
    cacheWrite,
    completion: sum("output", "reasoning", "image_output", "audio_output"),
  }).toEqual(counted);
};

/** Statuses that the catalogue gives a provider's failure; never the provider's own. */
const ERROR_STATUSES: Readonly<Record<number, readonly number[]>> = {
  200: [502, 503, 529, 400],
  400: [400, 502],
  401: [502],
  402: [502],
  403: [502],
  404: [502],
  429: [503, 529, 502],
  500: [502, 503, 529],
  503: [502, 503, 529],
  529: [503, 529],
};

/** Sentences of the provider's; one-word types and codes are the protocol's own vocabulary. */
const providerTexts = (value: unknown): string[] => {
  if (typeof value === "string") return value.length >= 12 && value.includes(" ") ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(providerTexts);
};

const checkError = (exchange: Exchange, answer: Answer): void => {
  const streamed = answer.status === 200;
  if (!streamed) expect(ERROR_STATUSES[exchange.response.status]).toContain(answer.status);
  const outcome = String(rig.row(answer.requestId)?.["outcome"]);
  expect(["upstream_failed_before_output", "upstream_failed_after_output"]).toContain(outcome);
  expect(Number(rig.row(answer.requestId)?.["posted"])).toBe(0);
  const errors = streamed
    ? framesOf(exchange.response.sse ?? "").map(
        (frame) => (parse(frame.data) as { error?: unknown } | undefined)?.error,
      )
    : [exchange.response.body ?? exchange.response.body_raw];
  for (const text of errors.flatMap(providerTexts)) expect(answer.text).not.toContain(text);
  if (streamed) expect(answer.text).toContain("You were not charged.");
};

describe.skipIf(corpus.length === 0)("same protocol", () => {
  it.each(corpus.map((exchange) => [exchange.file, exchange] as const))("%s", async (file, exchange) => {
    const reason = explained(file, "same");
    const answer = await ask(exchange);
    const check = (): void => {
      if (!isSuccess(exchange)) {
        checkError(exchange, answer);
        return;
      }
      expect(answer.status, answer.text.slice(0, 300)).toBe(200);
      expect(trimEnd(withoutFilledUsage(exchange, answer.text))).toBe(
        trimEnd(withoutFilledUsage(exchange, expectedText(exchange, answer.minimal))),
      );
      checkUsage(exchange, answer.requestId);
    };
    note(exchange, reason === undefined ? "passed" : "explained", answer.minimal);
    if (reason === undefined) check();
    else expect(check, `explained as: ${reason}; remove the row when it passes`).toThrow(/./);
  });

  it("explains at most 1 % of its rows", () => {
    expect(corpus.filter(({ file }) => explained(file, "same") !== undefined).length).toBeLessThanOrEqual(
      corpus.length / 100,
    );
  });
});

/**
 * Every recorded successful chat, responses, messages and gemini reply, replayed to clients of the other protocols through their official SDKs:
 * it must be accumulated without error, and text, tool calls and finish must agree with the recording; the charge is for what was reported.
 */
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI, type GenerateContentResponse } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { ProtocolId } from "../../src/protocols/protocol.ts";
import { mustHave } from "../../src/protocols/fixtures/wire.ts";
import { isSuccess, loadCorpus, parse, type Exchange } from "./corpus.ts";
import { countedBy, saidBy, type Said } from "./expected.ts";
import { explained } from "./explained.ts";
import { note, printTable } from "./report.ts";
import { startRig, type Rig } from "./rig.ts";

const corpus = mustHave("exchange that succeeded", loadCorpus().filter(isSuccess));
let rig: Rig;
let openai: OpenAI;
let anthropic: Anthropic;
let google: GoogleGenAI;

beforeAll(async () => {
  rig = await startRig(corpus);
  openai = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: rig.key, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: rig.url, apiKey: rig.key, maxRetries: 0 });
  google = new GoogleGenAI({ apiKey: rig.key, httpOptions: { baseUrl: rig.url } });
});
afterAll(async () => {
  await rig.close();
  printTable("translated");
});

interface Heard extends Said {
  readonly prompt: number;
  readonly completion: number;
}

const MAX_TOKENS = 64_000;
const HELLO = [{ role: "user" as const, content: "hello" }];

/** Whether the recording is of a stream, whatever its framing. */
const isStream = ({ response }: Exchange): boolean => response.sse !== undefined || Array.isArray(response.body);

/** As an OpenAI client hears it. */
const hearByOpenai = async (exchange: Exchange): Promise<Heard> => {
  const body = { model: rig.model(exchange), messages: HELLO, max_tokens: MAX_TOKENS };
  const streamed = isStream(exchange);
  let completion: OpenAI.ChatCompletion;
  if (streamed) {
    const runner = openai.chat.completions.stream({ ...body, stream: true, stream_options: { include_usage: true } });
    completion = await runner.finalChatCompletion();
  } else {
    completion = await openai.chat.completions.create(body);
  }
  const [choice] = completion.choices;
  return {
    text: (choice?.message.content ?? "") + (choice?.message.refusal ?? ""),
    toolCalls: (choice?.message.tool_calls ?? []).map((call) => ({
      name: call.type === "function" ? call.function.name : "",
      input: call.type === "function" ? call.function.arguments : "",
    })),
    finish: choice?.finish_reason ?? null,
    prompt: completion.usage?.prompt_tokens ?? -1,
    completion: completion.usage?.completion_tokens ?? -1,
  };
};

/** As an Anthropic client hears it. */
const hearByAnthropic = async (exchange: Exchange): Promise<Heard> => {
  const body = { model: rig.model(exchange), messages: HELLO, max_tokens: MAX_TOKENS };
  const streamed = isStream(exchange);
  const message = streamed
    ? await anthropic.messages.stream(body).finalMessage()
    : await anthropic.messages.create(body, { timeout: 600_000 });
  const { usage } = message;
  return {
    text: message.content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    toolCalls: message.content.flatMap((block) =>
      block.type === "tool_use" ? [{ name: block.name, input: JSON.stringify(block.input) }] : [],
    ),
    finish: message.stop_reason,
    prompt: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    completion: usage.output_tokens,
  };
};

/** As a Gemini client hears it. */
const hearByGoogle = async (exchange: Exchange): Promise<Heard> => {
  const body = { model: rig.model(exchange), contents: "hello", config: { maxOutputTokens: MAX_TOKENS } };
  const chunks: GenerateContentResponse[] = [];
  if (isStream(exchange)) for await (const chunk of await google.models.generateContentStream(body)) chunks.push(chunk);
  else chunks.push(await google.models.generateContent(body));
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  const usage = chunks.findLast((chunk) => chunk.usageMetadata !== undefined)?.usageMetadata ?? {};
  return {
    text: parts.map((part) => (part.thought === true ? "" : (part.text ?? ""))).join(""),
    toolCalls: parts.flatMap(({ functionCall: call }) =>
      call === undefined ? [] : [{ name: call.name ?? "", input: JSON.stringify(call.args) }],
    ),
    finish: chunks.flatMap((chunk) => chunk.candidates?.[0]?.finishReason ?? []).at(-1) ?? null,
    prompt: usage.promptTokenCount ?? -1,
    completion: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
  };
};

/** As an OpenAI client hears it that speaks Responses. */
const hearByResponses = async (exchange: Exchange): Promise<Heard> => {
  const body = { model: rig.model(exchange), input: "hello", max_output_tokens: MAX_TOKENS };
  const response = isStream(exchange)
    ? await openai.responses.stream(body).finalResponse()
    : await openai.responses.create(body);
  const parts = response.output.flatMap((item) => (item.type === "message" ? item.content : []));
  return {
    text: parts.map((part) => (part.type === "refusal" ? part.refusal : part.text)).join(""),
    toolCalls: response.output.flatMap((item) =>
      item.type === "function_call" ? [{ name: item.name, input: item.arguments }] : [],
    ),
    finish: response.incomplete_details?.reason ?? response.status ?? null,
    prompt: response.usage?.input_tokens ?? -1,
    completion: response.usage?.output_tokens ?? -1,
  };
};

const HEAR: Readonly<Record<ProtocolId, (exchange: Exchange) => Promise<Heard>>> = {
  "openai-chat": hearByOpenai,
  "openai-responses": hearByResponses,
  anthropic: hearByAnthropic,
  gemini: hearByGoogle,
};

/** What every provider's word for a finish means; an unknown one is an ordinary end. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  max_tokens: "cut",
  model_context_window_exceeded: "cut",
  length: "cut",
  MAX_TOKENS: "cut",
  "incomplete/max_output_tokens": "cut",
  tool_use: "tools",
  tool_calls: "tools",
  function_call: "tools",
  refusal: "refused",
  content_filter: "refused",
  SAFETY: "refused",
  RECITATION: "refused",
  MODEL_ARMOR: "refused",
  blocked: "refused",
  "incomplete/content_filter": "refused",
  pause_turn: "paused",
};
type Meaning = "end" | "cut" | "tools" | "refused" | "paused";

/** The words of clients. */
const WORDS: Readonly<Record<ProtocolId, Readonly<Record<Meaning, string>>>> = {
  "openai-chat": { end: "stop", cut: "length", tools: "tool_calls", refused: "content_filter", paused: "stop" },
  "openai-responses": {
    end: "completed",
    cut: "max_output_tokens",
    tools: "completed",
    refused: "content_filter",
    paused: "completed",
  },
  anthropic: { end: "end_turn", cut: "max_tokens", tools: "tool_use", refused: "refusal", paused: "pause_turn" },
  gemini: { end: "STOP", cut: "MAX_TOKENS", tools: "STOP", refused: "SAFETY", paused: "OTHER" },
};

/** The finish to expect: a reply with tool calls that was not cut asks for their results, whatever word the provider used. */
const finishOf = (client: ProtocolId, said: Said): string => {
  const meaning = MEANINGS[said.finish ?? ""] ?? "end";
  return WORDS[client][meaning === "end" && said.toolCalls.length > 0 ? "tools" : meaning];
};

/**
 * Arguments as values, so that spacing does not matter. What a limit cut in the middle is no value, and Messages has no other form
 * for it: there only the call itself must arrive.
 */
const argumentsOf = (said: Said, like: Said): unknown[] =>
  said.toolCalls.map(({ name, input }, index) => {
    const whole = parse(like.toolCalls[index]?.input || "{}") !== undefined;
    return { name, input: whole ? (parse(input || "{}") ?? input) : "cut" };
  });

/** Every recording with every client of another protocol. */
const rows = corpus.flatMap((exchange) =>
  (Object.keys(HEAR) as ProtocolId[])
    .filter((client) => client !== exchange.protocol)
    .map((client) => [exchange.file, client, exchange] as const),
);

describe.skipIf(corpus.length === 0)("translated", () => {
  it.each(rows)("%s to %s", async (file, client, exchange) => {
    const reason = explained(file, "translated");
    rig.replay(exchange);
    const check = async (): Promise<void> => {
      const said = saidBy(exchange);
      const heard = await HEAR[client](exchange);
      expect(heard.text).toBe(said.text);
      expect(argumentsOf(heard, said)).toEqual(argumentsOf(said, said));
      expect(heard.finish).toBe(finishOf(client, said));
      const counted = countedBy(exchange);
      if (counted !== undefined)
        expect({ prompt: heard.prompt, completion: heard.completion }).toEqual({
          prompt: counted.prompt,
          completion: counted.completion,
        });
    };
    note(exchange, reason === undefined ? "passed" : "explained", true);
    if (reason === undefined) await check();
    else await expect(check(), `explained as: ${reason}; remove the row when it passes`).rejects.toThrow(/./);
  });

  it("explains at most 1 % of its rows", () => {
    const excused = corpus.filter(({ file }) => explained(file, "translated") !== undefined);
    expect(excused.length).toBeLessThanOrEqual(corpus.length / 100);
  });
});

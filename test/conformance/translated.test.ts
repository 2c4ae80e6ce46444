/**
 * Every recorded successful chat and messages reply, replayed to a client of the other protocol through its official SDK: it must be
 * accumulated without error, and text, tool calls and finish must agree with the recording; the charge is for what was reported.
 */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { isSuccess, loadCorpus, parse, type Exchange } from "./corpus.ts";
import { countedBy, saidBy, type Said } from "./expected.ts";
import { explained } from "./explained.ts";
import { note, printTable } from "./report.ts";
import { startRig, type Rig } from "./rig.ts";

const corpus = loadCorpus().filter(isSuccess);
let rig: Rig;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  rig = await startRig(corpus);
  openai = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: rig.key, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: rig.url, apiKey: rig.key, maxRetries: 0 });
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

/** As an OpenAI client hears a Messages provider. */
const hearByOpenai = async (exchange: Exchange): Promise<Heard> => {
  const body = { model: rig.model(exchange), messages: HELLO, max_tokens: MAX_TOKENS };
  const streamed = exchange.response.sse !== undefined;
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

/** As an Anthropic client hears a chat provider. */
const hearByAnthropic = async (exchange: Exchange): Promise<Heard> => {
  const body = { model: rig.model(exchange), messages: HELLO, max_tokens: MAX_TOKENS };
  const streamed = exchange.response.sse !== undefined;
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

/** The other protocol's word for a finish. */
const TO_CHAT: Readonly<Record<string, string>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
  pause_turn: "stop",
};
const TO_MESSAGES: Readonly<Record<string, string>> = {
  stop: "end_turn",
  eos: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  function_call: "tool_use",
  content_filter: "refusal",
};

/** The finish to expect: a reply with tool calls that was not cut asks for their results, whatever word the provider used. */
const finishOf = (exchange: Exchange, said: Said): string | null => {
  const table = exchange.protocol === "anthropic" ? TO_CHAT : TO_MESSAGES;
  const mapped = said.finish === null ? null : (table[said.finish] ?? null);
  const wantsTools = exchange.protocol === "anthropic" ? "tool_calls" : "tool_use";
  const plain = exchange.protocol === "anthropic" ? "stop" : "end_turn";
  return said.toolCalls.length > 0 && mapped === plain ? wantsTools : mapped;
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

describe.skipIf(corpus.length === 0)("translated", () => {
  it.each(corpus.map((exchange) => [exchange.file, exchange] as const))("%s", async (file, exchange) => {
    const reason = explained(file, "translated");
    rig.replay.serve(exchange);
    const check = async (): Promise<void> => {
      const said = saidBy(exchange);
      const heard = await (exchange.protocol === "anthropic" ? hearByOpenai : hearByAnthropic)(exchange);
      expect(heard.text).toBe(said.text);
      expect(argumentsOf(heard, said)).toEqual(argumentsOf(said, said));
      expect(heard.finish).toBe(finishOf(exchange, said));
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
    const rows = corpus.filter(({ file }) => explained(file, "translated") !== undefined);
    expect(rows.length).toBeLessThanOrEqual(corpus.length / 100);
  });
});

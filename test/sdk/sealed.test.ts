/**
 * Ten turns of tools with thinking through the official client of each protocol, with a change of provider, protocol and model in
 * the middle and a return: no provider is ever shown a signature that is not its own, nor misses one of its own (issue 3).
 */
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI, type Content, type Part } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { PROTOCOL_IDS, type ProtocolId } from "../../src/protocols/protocol.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { startSealingUpstream, TURNS, type SealingUpstream } from "../upstream/sealing-upstreams.ts";

/** Names whose traits make each provider as strict as it gets: a budget that wants its thinking back, signatures that are wanted. */
const THEIR_NAMES = {
  "openai-chat": "some-model",
  "openai-responses": "gpt-5.5",
  anthropic: "claude-sonnet-4-5",
  gemini: "gemini-3.5-flash",
} as const satisfies Record<ProtocolId, string>;
const PROVIDERS = {
  "openai-chat": { provider: "openai-compatible", prefix: "/v1" },
  "openai-responses": { provider: "openai-responses-compatible", prefix: "/v1" },
  anthropic: { provider: "anthropic-compatible", prefix: "" },
  gemini: { provider: "gemini-compatible", prefix: "" },
} as const satisfies Record<ProtocolId, object>;

const modelOf = (protocol: ProtocolId): string => `thinks-by-${protocol}`;
const SCHEMA = { type: "object" as const, properties: { n: { type: "number" } }, required: ["n"] };
const TOOLS = ["step", "other"] as const;

interface Asked {
  readonly id: string;
  readonly name: string;
  readonly n: unknown;
}

/** A client in the middle of its conversation. */
interface Talk {
  /** Asks a model; what it called, and what it said. */
  ask(model: string): Promise<{ readonly calls: readonly Asked[]; readonly text: string }>;
  /** Answers the calls. */
  tell(calls: readonly Asked[]): void;
}

type Start = (url: string, key: string, streamed: boolean) => Talk;

const START = "Go through all steps.";
const ran = ({ name, n }: Asked): string => `${name} ${String(n)} is done`;
const nOf = (text: string): unknown => (JSON.parse(text) as { n?: unknown }).n;

type ChatMessage = OpenAI.ChatCompletionAssistantMessageParam & { reasoning_details?: object[] };

/** A streamed message as a client keeps it that knows reasoning: the details in the order in which they came. */
const collected = async (chunks: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<ChatMessage> => {
  const calls: OpenAI.ChatCompletionMessageFunctionToolCall[] = [];
  const details: object[] = [];
  let content = "";
  for await (const { choices } of chunks) {
    const delta: (OpenAI.ChatCompletionChunk.Choice.Delta & { reasoning_details?: object[] }) | undefined =
      choices[0]?.delta;
    content += delta?.content ?? "";
    details.push(...(delta?.reasoning_details ?? []));
    for (const { index, id = "", function: of } of delta?.tool_calls ?? []) {
      const call = (calls[index] ??= { id, type: "function", function: { name: of?.name ?? "", arguments: "" } });
      call.function.arguments += of?.arguments ?? "";
    }
  }
  return {
    role: "assistant",
    content,
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
  };
};

const chat: Start = (url, apiKey, streamed) => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: START }];
  const tools = TOOLS.map((name) => ({ type: "function" as const, function: { name, parameters: SCHEMA } }));
  return {
    ask: async (model) => {
      const order = { model, messages, tools, reasoning_effort: "medium" as const, max_completion_tokens: 8_192 };
      const message = streamed
        ? await collected(await client.chat.completions.create({ ...order, stream: true }))
        : (await client.chat.completions.create(order)).choices[0]?.message;
      if (message === undefined) throw new Error("no message");
      messages.push(message);
      const calls = (message.tool_calls ?? []).flatMap((call) =>
        call.type === "function" ? [{ id: call.id, name: call.function.name, n: nOf(call.function.arguments) }] : [],
      );
      return { calls, text: typeof message.content === "string" ? message.content : "" };
    },
    tell: (calls) => {
      for (const call of calls) messages.push({ role: "tool", tool_call_id: call.id, content: ran(call) });
    },
  };
};

const responses: Start = (url, apiKey, streamed) => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
  const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: START }];
  const tools = TOOLS.map((name) => ({ type: "function" as const, name, parameters: SCHEMA, strict: false }));
  return {
    ask: async (model) => {
      const order = {
        model,
        input,
        tools,
        store: false,
        include: ["reasoning.encrypted_content" as const],
        reasoning: { effort: "medium" as const, summary: "auto" as const },
      };
      const reply = streamed
        ? await client.responses.stream(order).finalResponse()
        : await client.responses.create(order);
      input.push(...(reply.output as OpenAI.Responses.ResponseInput));
      const calls = reply.output.flatMap((item) =>
        item.type === "function_call" ? [{ id: item.call_id, name: item.name, n: nOf(item.arguments) }] : [],
      );
      return { calls, text: reply.output_text };
    },
    tell: (calls) => {
      for (const call of calls) input.push({ type: "function_call_output", call_id: call.id, output: ran(call) });
    },
  };
};

const messagesTalk: Start = (url, apiKey, streamed) => {
  const client = new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });
  const messages: Anthropic.MessageParam[] = [{ role: "user", content: START }];
  const tools = TOOLS.map((name) => ({ name, input_schema: SCHEMA }));
  return {
    ask: async (model) => {
      const order = {
        model,
        max_tokens: 8_192,
        messages,
        tools,
        thinking: { type: "enabled" as const, budget_tokens: 2_048 },
      };
      const { content } = streamed
        ? await client.messages.stream(order).finalMessage()
        : await client.messages.create(order);
      messages.push({ role: "assistant", content });
      const calls = content.flatMap((block) =>
        block.type === "tool_use" ? [{ id: block.id, name: block.name, n: (block.input as { n: unknown }).n }] : [],
      );
      return { calls, text: content.map((block) => (block.type === "text" ? block.text : "")).join("") };
    },
    tell: (calls) => {
      messages.push({
        role: "user",
        content: calls.map((call) => ({ type: "tool_result", tool_use_id: call.id, content: ran(call) })),
      });
    },
  };
};

const google: Start = (url, apiKey, streamed) => {
  const ai = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url } });
  const contents: Content[] = [{ role: "user", parts: [{ text: START }] }];
  const config = {
    tools: [{ functionDeclarations: TOOLS.map((name) => ({ name, parametersJsonSchema: SCHEMA })) }],
    thinkingConfig: { includeThoughts: true },
  };
  return {
    ask: async (model) => {
      const parts: Part[] = [];
      if (streamed)
        for await (const chunk of await ai.models.generateContentStream({ model, contents, config }))
          parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
      else {
        const reply = await ai.models.generateContent({ model, contents, config });
        parts.push(...(reply.candidates?.[0]?.content?.parts ?? []));
      }
      contents.push({ role: "model", parts });
      const calls = parts.flatMap(({ functionCall: call }) =>
        call === undefined ? [] : [{ id: call.id ?? "", name: call.name ?? "", n: call.args?.["n"] }],
      );
      return { calls, text: parts.map(({ thought, text }) => (thought === true ? "" : (text ?? ""))).join("") };
    },
    tell: (calls) => {
      const told = calls.map((call) => ({
        functionResponse: {
          ...(call.id === "" ? {} : { id: call.id }),
          name: call.name,
          response: { output: ran(call) },
        },
      }));
      contents.push({ role: "user", parts: told });
    },
  };
};

const CLIENTS = {
  "openai-chat": chat,
  "openai-responses": responses,
  anthropic: messagesTalk,
  gemini: google,
} as const satisfies Record<ProtocolId, Start>;

/** Turns 4 to 6 are answered by another provider. */
const AWAY = { from: 4, to: 6 } as const;
const PAIRS = PROTOCOL_IDS.flatMap((home) =>
  PROTOCOL_IDS.filter((other) => other !== home).map((other) => [home, other] as const),
);

describe.each(PROTOCOL_IDS)("%s client", (dialect) => {
  let gateway: TestGateway;
  const upstreams = new Map<ProtocolId, SealingUpstream>();

  beforeAll(async () => {
    for (const id of PROTOCOL_IDS) upstreams.set(id, await startSealingUpstream(id));
    gateway = await startTestGateway({
      config: {
        upstreams: [...upstreams].map(([id, { baseUrl }]) => ({
          id,
          provider: PROVIDERS[id].provider,
          baseUrl: baseUrl + PROVIDERS[id].prefix,
          apiKey: "x",
        })),
        models: PROTOCOL_IDS.map((id) => ({
          id: modelOf(id),
          kind: "chat",
          context: 100_000,
          maxOutput: 10_000,
          prices: { input: "1", output: "5" },
          routes: [{ upstream: id, model: THEIR_NAMES[id] }],
        })),
      },
    });
  });
  afterAll(async () => {
    await gateway.close();
    for (const upstream of upstreams.values()) await upstream.close();
  });

  describe.each([[false], [true]])("streamed: %s", (streamed) => {
    it.each(PAIRS)("%s, then %s, then back: ten turns without a 400", async (home, other) => {
      const [here, there] = [upstreams.get(home), upstreams.get(other)];
      if (here === undefined || there === undefined) throw new Error("not started");
      const first = here.issued.length;
      const talk = CLIENTS[dialect](gateway.url, gateway.key, streamed);
      const wrongs = (): string[] => [...upstreams.values()].flatMap((upstream) => upstream.wrongs.splice(0));
      for (let turn = 1; turn <= TURNS; turn++) {
        const isAway = turn >= AWAY.from && turn <= AWAY.to;
        const { calls } = await talk.ask(modelOf(isAway ? other : home)).catch((error: unknown) => {
          throw new Error(`turn ${turn}: ${String(error)} ${wrongs().join("; ")}`);
        });
        expect(calls.map(({ name, n }) => [name, n])).toEqual(
          turn % 3 === 0
            ? [
                ["step", turn],
                ["other", turn],
              ]
            : [["step", turn]],
        );
        talk.tell(calls);
        // What was sealed before the change is there again after it, unchanged and of nobody else.
        if (turn !== AWAY.to + 1) continue;
        const body = here.bodies.at(-1) ?? "";
        const before = here.issued.slice(first, first + AWAY.from - 1);
        expect(before).toHaveLength(AWAY.from - 1);
        for (const seal of before) expect(body, `seals of ${home}`).toContain(seal);
        for (const seal of there.issued) expect(body).not.toContain(seal);
      }
      expect((await talk.ask(modelOf(home))).text).toContain("done");
      expect(wrongs()).toEqual([]);
    });
  });
});

/**
 * What the Vercel AI SDK is put through, whichever of its providers speaks: each scenario against a model of every upstream
 * protocol. The providers differ in data alone (`AiClient`).
 */
import {
  APICallError,
  generateText,
  Output,
  stepCountIs,
  streamText,
  tool,
  type LanguageModel,
  type LanguageModelUsage,
  type ModelMessage,
} from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import type { TestGateway } from "../gateway.ts";
import { echoOf, FAILED, failing, PROTOCOL_IDS, startFourUpstreams } from "../upstream/four-upstreams.ts";

type ProviderOptions = NonNullable<Parameters<typeof generateText>[0]["providerOptions"]>;

/** A provider of the SDK, as far as the scenarios must know it. */
export interface AiClient {
  readonly name: string;
  /** @param url of the gateway, without a path */
  readonly model: (url: string, key: string, model: string) => LanguageModel;
  /** How it asks for thinking. */
  readonly thinking: ProviderOptions;
  /** Whether it has a place for the text of thinking. */
  readonly showsThinking: boolean;
  /** The status of an overload in its dialect. */
  readonly overloaded: 503 | 529;
  /** What it makes of an error in a stream: an error, or (its reader of chunks overlooks the member) a reply that ended for no known reason. */
  readonly brokenStream: "error" | "other";
}

const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const WEATHER = {
  get_weather: tool({
    description: "The weather of a city.",
    inputSchema: z.object({ city: z.string() }),
    execute: () => "18 degrees and sunny",
  }),
  get_time: tool({
    description: "The time in a city.",
    inputSchema: z.object({ city: z.string() }),
    execute: () => "five past noon",
  }),
};
const NO_RETRY = { maxRetries: 0, maxOutputTokens: 4_096 } as const;

const expectCounted = (usage: LanguageModelUsage): void => {
  expect(usage.inputTokens).toBeGreaterThan(0);
  expect(usage.outputTokens).toBeGreaterThan(0);
};

/** @param make fails as a client's call does */
const failureOf = async (make: () => PromiseLike<unknown>): Promise<APICallError> => {
  const error: unknown = await Promise.resolve(make()).catch((thrown: unknown) => thrown);
  if (!APICallError.isInstance(error)) throw new Error(`not an error of the call: ${String(error)}`);
  return error;
};

/** Declares the tests of one provider of the SDK. */
export const describeAiClient = (client: AiClient): void => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startFourUpstreams();
  });
  afterAll(async () => {
    expect(gateway.server.books.open().count).toBe(0);
    await gateway.close();
  });
  const named = (name: string, key = gateway.key): LanguageModel => client.model(gateway.url, key, name);

  describe.each(PROTOCOL_IDS)(`${client.name} in front of %s`, (protocol) => {
    const model = (): LanguageModel => named(echoOf(protocol));

    it("answers plainly, and is charged", async () => {
      const before = gateway.balance();
      const result = await generateText({
        model: model(),
        system: "You are terse.",
        prompt: "Hello, Farthing!",
        ...NO_RETRY,
      });
      expect(result.text).toContain("Hello, Farthing!");
      expect(result.finishReason).toBe("stop");
      expectCounted(result.usage);
      expect(gateway.balance()).toBeLessThan(before);
    });

    it("streams in pieces", async () => {
      const result = streamText({ model: model(), prompt: "one two three four five", ...NO_RETRY });
      let [pieces, text] = [0, ""];
      for await (const piece of result.textStream) {
        pieces += 1;
        text += piece;
      }
      expect(text).toContain("one two three four five");
      expect(pieces).toBeGreaterThan(2);
      expect(await result.finishReason).toBe("stop");
      expectCounted(await result.usage);
    });

    it.each([false, true])("runs two tools at once and answers with their results (streamed: %s)", async (streamed) => {
      const order = {
        model: model(),
        tools: WEATHER,
        stopWhen: stepCountIs(3),
        prompt: "Use get_weather, then get_time.",
        ...NO_RETRY,
      };
      const result = streamed ? streamText(order) : await generateText(order);
      const [steps, text] = [await result.steps, await result.text];
      expect(steps.map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "stop"]);
      expect(steps[0]?.toolCalls.map(({ toolName }) => toolName)).toEqual(["get_weather", "get_time"]);
      expect(text).toContain("18 degrees and sunny");
      expect(text).toContain("five past noon");
    });

    it("obeys a forced tool", async () => {
      const { toolCalls } = await generateText({
        model: model(),
        tools: WEATHER,
        toolChoice: { type: "tool", toolName: "get_time" },
        prompt: "Well?",
        ...NO_RETRY,
      });
      expect(toolCalls.map(({ toolName }) => toolName)).toEqual(["get_time"]);
    });

    it.each([false, true])("gives an object that fits its schema (streamed: %s)", async (streamed) => {
      const schema = z.object({ name: z.string(), age: z.number(), tags: z.array(z.string()) });
      const order = { model: model(), output: Output.object({ schema }), prompt: "Somebody.", ...NO_RETRY };
      const output: unknown = streamed ? await streamText(order).output : (await generateText(order)).output;
      expect(schema.safeParse(output).success).toBe(true);
    });

    it.each([false, true])("thinks, also across a turn with tools (streamed: %s)", async (streamed) => {
      const messages: ModelMessage[] = [{ role: "user", content: "Use get_weather." }];
      const order = {
        model: model(),
        messages,
        tools: WEATHER,
        stopWhen: stepCountIs(3),
        providerOptions: client.thinking,
        ...NO_RETRY,
        maxOutputTokens: 8_192,
      };
      const result = streamed ? streamText(order) : await generateText(order);
      const steps = await result.steps;
      expect(steps.map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "stop"]);
      if (client.showsThinking) expect(steps[0]?.reasoningText).toContain("The request says");
      expect(await result.text).toContain("18 degrees and sunny");
      const next = await generateText({
        ...order,
        messages: [...messages, ...(await result.response).messages, { role: "user", content: "And now?" }],
      });
      expect(next.text).toContain("And now?");
    });

    it("shows an image", async () => {
      const { text } = await generateText({
        model: model(),
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "What is this?" },
              { type: "image", image: PIXEL, mediaType: "image/png" },
            ],
          },
        ],
        ...NO_RETRY,
      });
      expect(text).toContain("[image image/png");
    });

    it.each(FAILED)("%s is a %i outside Messages, and free", async (failure, status) => {
      const before = gateway.balance();
      for (const streamed of [false, true]) {
        const order = { model: named(failing(protocol, failure)), prompt: "hi", ...NO_RETRY };
        const error = await failureOf(() => {
          if (!streamed) return generateText(order);
          // The text's own promise tells no more than that there was none.
          return new Promise((_resolve, reject) => {
            void streamText({ ...order, onError: ({ error: thrown }) => reject(thrown as Error) }).consumeStream();
          });
        });
        expect(error.statusCode).toBe(status === 503 ? client.overloaded : status);
        expect(error.isRetryable).toBe(status !== 400);
        expect(error.message).not.toMatch(/sandbox|127\.0\.0\.1|sk-/i);
      }
      expect(gateway.balance()).toBe(before);
    });

    it("is told of a stream that breaks, and pays nothing", async () => {
      const before = gateway.balance();
      const order = { model: named(failing(protocol, "upstream-cut")), prompt: "one two three four five six seven" };
      const thrown: unknown[] = [];
      const result = streamText({ ...order, ...NO_RETRY, onError: ({ error }) => void thrown.push(error) });
      await result.consumeStream();
      if (client.brokenStream === "error") expect(thrown).toHaveLength(1);
      else expect(await result.finishReason).toBe("other");
      expect(gateway.balance()).toBe(before);
    });
  });

  it(`${client.name}: a wrong key and an unknown model`, async () => {
    const call = (order: { name?: string; key?: string }): Promise<APICallError> =>
      failureOf(() =>
        generateText({ ...NO_RETRY, model: named(order.name ?? echoOf("openai-chat"), order.key), prompt: "hi" }),
      );
    expect((await call({ key: "sk-far-wrong" })).statusCode).toBe(401);
    expect((await call({ name: "no-such-model" })).statusCode).toBe(404);
  });
};

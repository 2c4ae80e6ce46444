/** Conversations with a model that draws: the image comes back in the message of each dialect, and is paid for by its tokens. */
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { drawPng } from "../src/sandbox/png.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";
import { hearResponses } from "./responses-grammar.ts";

const MODEL = "sandbox/image";
const PROMPT = "an axolotl";
const CAPTION = `Here it is: ${PROMPT}`;
const PICTURE = drawPng({ text: PROMPT, width: 96, height: 96 }).toString("base64");
const URL_OF_PICTURE = `data:image/png;base64,${PICTURE}`;
/** Nano-USD: 3 tokens in at $1, 6 of text at $5 and 1,120 of image at $30 per million. */
const CHARGE = 3n * 1_000n + 6n * 5_000n + 1_120n * 30_000n;
const COMPLETION = 6 + 1_120;
const MAX_TOKENS = 8_192;

interface Heard {
  readonly text: string;
  /** Images as data URLs. */
  readonly images: readonly string[];
  readonly completion: number;
}

let gateway: TestGateway;
let openai: OpenAI;
let anthropic: Anthropic;
let google: GoogleGenAI;

beforeAll(async () => {
  gateway = await startTestGateway();
  const options = { apiKey: gateway.key, maxRetries: 0 };
  openai = new OpenAI({ ...options, baseURL: `${gateway.url}/v1` });
  anthropic = new Anthropic({ ...options, baseURL: gateway.url });
  google = new GoogleGenAI({ apiKey: gateway.key, httpOptions: { baseUrl: gateway.url } });
});
afterAll(() => gateway.close());

// oxlint-disable-next-line typescript/no-explicit-any -- members that the official types do not have
type Loose = any;

const chatImages = (message: Loose): string[] => (message.images ?? []).map((image: Loose) => image.image_url.url);

const MESSAGES = [{ role: "user" as const, content: PROMPT }];

const CLIENTS: Readonly<Record<string, { whole(): Promise<Heard>; stream(): Promise<Heard> }>> = {
  chat: {
    whole: async () => {
      const { choices, usage } = await openai.chat.completions.create({ model: MODEL, messages: MESSAGES });
      const [choice] = choices;
      return {
        text: choice?.message.content ?? "",
        images: chatImages(choice?.message),
        completion: usage?.completion_tokens ?? -1,
      };
    },
    stream: async () => {
      const heard = { text: "", images: [] as string[], completion: -1 };
      const stream = await openai.chat.completions.create({
        model: MODEL,
        messages: MESSAGES,
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of stream) {
        heard.text += chunk.choices[0]?.delta.content ?? "";
        heard.images.push(...chatImages(chunk.choices[0]?.delta ?? {}));
        heard.completion = chunk.usage?.completion_tokens ?? heard.completion;
      }
      return heard;
    },
  },
  messages: {
    whole: async () => heardMessage(await anthropic.messages.create(messagesBody)),
    stream: async () => heardMessage(await anthropic.messages.stream(messagesBody).finalMessage()),
  },
  responses: {
    whole: async () => heardResponse(await openai.responses.create({ model: MODEL, input: PROMPT })),
    stream: async () => heardResponse(await openai.responses.stream({ model: MODEL, input: PROMPT }).finalResponse()),
  },
  gemini: {
    whole: async () => heardParts([await google.models.generateContent({ model: MODEL, contents: PROMPT })]),
    stream: async () => {
      const chunks: Loose[] = [];
      for await (const chunk of await google.models.generateContentStream({ model: MODEL, contents: PROMPT }))
        chunks.push(chunk);
      return heardParts(chunks);
    },
  },
};

const messagesBody = { model: MODEL, messages: MESSAGES, max_tokens: MAX_TOKENS };

const heardMessage = ({ content, usage }: Anthropic.Message): Heard => {
  const blocks = content as Loose[];
  return {
    text: blocks.map((block) => (block.type === "text" ? block.text : "")).join(""),
    images: blocks
      .filter((block) => block.type === "image")
      .map(({ source }) => `data:${source.media_type};${source.type},${source.data}`),
    completion: usage.output_tokens,
  };
};

const heardResponse = ({ output, usage }: OpenAI.Responses.Response): Heard => ({
  text: output
    .flatMap((item) => (item.type === "message" ? item.content : []))
    .map((part) => (part.type === "output_text" ? part.text : ""))
    .join(""),
  images: output.flatMap((item) =>
    item.type === "image_generation_call" ? [`data:image/png;base64,${item.result}`] : [],
  ),
  completion: usage?.output_tokens ?? -1,
});

const heardParts = (chunks: readonly Loose[]): Heard => {
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  return {
    text: parts.map((part) => part.text ?? "").join(""),
    images: parts.flatMap(({ inlineData: inline }) =>
      inline === undefined ? [] : [`data:${inline.mimeType};base64,${inline.data}`],
    ),
    completion: chunks.at(-1)?.usageMetadata?.candidatesTokenCount ?? -1,
  };
};

describe.each(Object.keys(CLIENTS))("%s", (name) => {
  it.each(["whole", "stream"] as const)("hears text and image, %s, and pays for both", async (form) => {
    const before = gateway.balance();
    const heard = await CLIENTS[name]?.[form]();
    expect(heard).toEqual({ text: CAPTION, images: [URL_OF_PICTURE], completion: COMPLETION });
    expect(before - gateway.balance()).toBe(CHARGE);
  });
});

const post = (path: string, body: object): Promise<Response> =>
  fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

it("keeps to the grammar of Responses", async () => {
  const response = await post("/v1/responses", { model: MODEL, input: PROMPT, stream: true });
  expect(hearResponses(await response.text()).text).toBe(CAPTION);
});

it("carries what was drawn back to the model, in each dialect", async () => {
  const again = { role: "user" as const, content: "again" };
  const image = { type: "image_url", image_url: { url: URL_OF_PICTURE } };
  const replies = await Promise.all([
    post("/v1/chat/completions", {
      model: MODEL,
      messages: [...MESSAGES, { role: "assistant", content: CAPTION, images: [image] }, again],
    }),
    post("/v1/messages", {
      model: MODEL,
      max_tokens: MAX_TOKENS,
      messages: [
        ...MESSAGES,
        {
          role: "assistant",
          content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: PICTURE } }],
        },
        again,
      ],
    }),
    post("/v1/responses", {
      model: MODEL,
      input: [...MESSAGES, { type: "image_generation_call", id: "ig_1", status: "completed", result: PICTURE }, again],
    }),
  ]);
  for (const reply of replies) {
    expect(reply.status).toBe(200);
    expect(reply.headers.get("x-farthing-dropped")).toBeNull();
    const body = (await reply.json()) as Loose;
    // The sandbox counts 85 tokens for an image of the prompt, wherever it stands.
    expect(body.usage.prompt_tokens ?? body.usage.input_tokens).toBeGreaterThan(85);
  }
});

it("says by name that a model which does not draw was asked to", async () => {
  const body = { model: "claude-sonnet-4-6", messages: MESSAGES, modalities: ["image", "text"] };
  const reply = await post("/v1/chat/completions", body);
  expect([reply.status, reply.headers.get("x-farthing-dropped")]).toEqual([200, "modalities"]);
});

it("asks the provider for the shape that was asked for", async () => {
  const config = { aspect_ratio: "16:9", image_size: "2K" };
  const reply = await post("/v1/chat/completions", { model: MODEL, messages: MESSAGES, image_config: config });
  expect([reply.status, reply.headers.get("x-farthing-dropped")]).toEqual([200, null]);
});

it("lowers the cap to what a small balance covers, and refuses what would buy no picture", async () => {
  const poor = await startTestGateway({ credit: "0.15" });
  const ask = (): Promise<Response> =>
    fetch(`${poor.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${poor.key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: MODEL, messages: MESSAGES }),
    });
  const first = await ask();
  expect(first.status).toBe(200);
  // About $0.15 at $30 per million, below the model's 32,768 tokens and above the 4,096 that a picture may take.
  const cap = Number(first.headers.get("x-farthing-max-tokens"));
  expect([cap > 4_096, cap < 5_000]).toEqual([true, true]);
  expect(150_000_000n - poor.balance()).toBe(CHARGE);
  expect((await ask()).status).toBe(402);
  await poor.close();
});

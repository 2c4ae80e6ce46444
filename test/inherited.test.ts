/**
 * Words that every object of the language knows, in the places where words come from outside: each must be to the server what any
 * other unknown word is. A quality of `valueOf` held and charged NaN once (src/table.ts).
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { emittedUnits } from "../src/catalog/model.ts";
import { readMoment } from "../src/cli/arguments.ts";
import { EXACT } from "../src/money.ts";
import { rowFor, type PriceRow } from "../src/price.ts";
import * as anthropic from "../src/protocols/anthropic/finish.ts";
import { budgetOfEffort } from "../src/protocols/anthropic/thinking.ts";
import type { Effort } from "../src/protocols/canonical.ts";
import { readName } from "../src/protocols/cursor/names.ts";
import { readPart } from "../src/protocols/cursor/parts.ts";
import { Dropped } from "../src/protocols/dropped.ts";
import { bodyFault } from "../src/protocols/fault.ts";
import * as gemini from "../src/protocols/gemini/finish.ts";
import { imagePart, writePart } from "../src/protocols/gemini/parts.ts";
import { cleanSchema } from "../src/protocols/gemini/schema.ts";
import { imageSizeOf, openaiTokens, usualTokens } from "../src/protocols/images/size.ts";
import * as chat from "../src/protocols/openai-chat/finish.ts";
import * as responses from "../src/protocols/openai-responses/finish.ts";
import { minimal } from "../src/sandbox/minimal.ts";
import { behaviourOf } from "../src/sandbox/models.ts";
import { readVideo } from "../src/tasks/read.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";

const WORDS = ["valueOf", "constructor", "__proto__", "toString", "hasOwnProperty"] as const;
/** What is in no table, and is nobody's member either. */
const UNKNOWN = "nobody";

/** A value as text, with what JSON would hide, and the word taken out. */
const shown = (value: unknown, word: string): string => {
  const text = JSON.stringify([value], (_name, member: unknown) =>
    ["object", "string", "boolean"].includes(typeof member) ? member : `${typeof member} ${String(member)}`,
  );
  return text.replaceAll(word, "*").replaceAll(word.toLowerCase(), "*");
};

const PRICE: PriceRow = { id: 1, base: { image: 1n }, tiers: [], rounding: EXACT };
const SALE = { kind: "chat", upstream: undefined } as const;
const url = "https://example.com/a";
const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return `throws ${(error as Error).message}`;
  }
};

describe.each<[string, (word: string) => unknown]>([
  ["size of an image", (word) => [imageSizeOf(word, ""), openaiTokens(word, "high", 0), usualTokens(word, "high")]],
  ["quality of an image", (word) => [imageSizeOf("", word), openaiTokens("", word, 3), usualTokens("", word)]],
  ["finish reason of Chat Completions", (word) => chat.readFinish(word, false)],
  ["finish reason of Messages", (word) => anthropic.readFinish(word, false)],
  ["finish reason of Gemini", (word) => gemini.readFinish(word, false)],
  [
    "finish reason of Responses",
    (word) => responses.readFinish({ status: "incomplete", incomplete_details: { reason: word } }, false),
  ],
  ["effort", (word) => budgetOfEffort(word as Effort)],
  ["suffix of Cursor's", (word) => readName(`m-${word}`, (name) => name === "m")],
  ["kind of a part of Cursor's", (word) => readPart({ type: word, [word]: 1 }, "p", new Dropped())],
  ["error of a provider", (word) => bodyFault({ type: word, code: word, status: word }, {}).error.code],
  ["format of a sound", (word) => writePart({ type: "audio", format: word, data: "" })],
  ["ending of an address", (word) => imagePart({ kind: "url", url: `${url}.${word}` })],
  ["reference of a tool's schema", (word) => cleanSchema({ $ref: `#/${word}` }, "t", new Dropped())],
  ["format of a schema in the sandbox", (word) => minimal({ type: "string", format: word })],
  ["reference in the sandbox", (word) => minimal({ $ref: `#/${word}` })],
  ["required member in the sandbox", (word) => minimal({ type: "object", required: [word], properties: {} })],
  [
    "member of parts in the sandbox",
    (word) => JSON.stringify(minimal({ allOf: [{ properties: { [word]: { const: 1 } }, required: [word] }] })),
  ],
  ["model of the sandbox", (word) => behaviourOf(word)],
  [
    "role of a picture of a video",
    (word) => readVideo({ model: "m", content: [{ type: "image_url", url, role: word }] }),
  ],
  [
    "attribute of a price",
    (word) => rowFor(PRICE, [{ when: { [word]: "x" }, row: { ...PRICE, id: 2 } }], { size: word }),
  ],
  [
    "modality and capability of a model",
    (word) => emittedUnits({ ...SALE, modalities: { input: [word], output: [word] }, capabilities: [word] } as never),
  ],
  ["span of a time", (word) => thrown(() => readMoment(`3${word}`, 0))],
])("as a %s", (_name, read) => {
  it.each(WORDS)("%s means nothing", (word) => {
    expect(shown(read(word), word)).toBe(shown(read(UNKNOWN), UNKNOWN));
  });
});

const user = { role: "user", content: "hi" };
const TEXT = { type: "text", text: "hi" };
const schemaOf = (word: string): object => ({
  type: "object",
  properties: { [word]: { type: "string", format: word } },
  required: [word],
});
const said = (word: string): string => JSON.stringify(Object.fromEntries([[word, 1]]));

type Place = (word: string) => object;
const CHAT: Readonly<Record<string, Place>> = {
  effort: (word) => ({ reasoning_effort: word }),
  tool: (word) => ({ tools: [{ type: "function", function: { name: word, parameters: schemaOf(word) } }] }),
  choice: (word) => ({
    tools: [{ type: "function", function: { name: "t", parameters: {} } }],
    tool_choice: word,
  }),
  role: (word) => ({ messages: [user, { role: word, content: "x" }] }),
  part: (word) => ({ messages: [{ role: "user", content: [TEXT, { type: word, [word]: {} }] }] }),
  format: (word) => ({ response_format: { type: word } }),
  member: (word) => Object.fromEntries([[word, { [word]: 1 }]]),
  call: (word) => ({
    messages: [
      user,
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: word, type: "function", function: { name: word, arguments: said(word) } }],
      },
      { role: "tool", tool_call_id: word, content: word },
    ],
    tools: [{ type: "function", function: { name: word, parameters: schemaOf(word) } }],
  }),
};
const MESSAGES: Readonly<Record<string, Place>> = {
  effort: (word) => ({ output_config: { effort: word } }),
  thinking: (word) => ({ thinking: { type: word } }),
  tool: (word) => ({ tools: [{ name: word, input_schema: schemaOf(word) }] }),
  choice: (word) => ({ tools: [{ name: "t", input_schema: { type: "object" } }], tool_choice: { type: word } }),
  role: (word) => ({ messages: [user, { role: word, content: "x" }] }),
  block: (word) => ({ messages: [{ role: "user", content: [TEXT, { type: word, [word]: {} }] }] }),
  member: (word) => Object.fromEntries([[word, { [word]: 1 }]]),
};
const RESPONSES: Readonly<Record<string, Place>> = {
  effort: (word) => ({ reasoning: { effort: word } }),
  tool: (word) => ({ tools: [{ type: "function", name: word, parameters: schemaOf(word) }] }),
  kind: (word) => ({ tools: [{ type: word, name: "t" }] }),
  choice: (word) => ({ tools: [{ type: "function", name: "t", parameters: {} }], tool_choice: word }),
  item: (word) => ({ input: [{ ...user }, { type: word, [word]: "x" }] }),
  format: (word) => ({ text: { format: { type: word } } }),
};
const GEMINI: Readonly<Record<string, Place>> = {
  level: (word) => ({ generationConfig: { thinkingConfig: { thinkingLevel: word } } }),
  role: (word) => ({ contents: [{ role: word, parts: [{ text: "hi" }] }] }),
  tool: (word) => ({
    tools: [{ functionDeclarations: [{ name: word, parameters: { ...schemaOf(word), $ref: `#/${word}` } }] }],
  }),
  media: (word) => ({
    contents: [{ role: "user", parts: [{ inlineData: { mimeType: `image/${word}`, data: "AAAA" } }] }],
  }),
  sound: (word) => ({
    contents: [{ role: "user", parts: [{ inlineData: { mimeType: `audio/${word}`, data: "AAAA" } }] }],
  }),
  member: (word) => ({ generationConfig: Object.fromEntries([[word, 1]]) }),
};

/** A way to call: its path, its body without the place, and the places. */
type Way = readonly [name: string, path: string, body: object, places: Readonly<Record<string, Place>>];
const talks = (model: string): readonly Way[] => [
  [`chat to ${model}`, "/v1/chat/completions", { model, messages: [user] }, CHAT],
  [`Cursor's chat to ${model}`, "/cursor/v1/chat/completions", { model, messages: [user] }, CHAT],
  [`messages to ${model}`, "/v1/messages", { model, max_tokens: 64, messages: [user] }, MESSAGES],
  [`responses to ${model}`, "/v1/responses", { model, input: "hi" }, RESPONSES],
  [
    `gemini to ${model}`,
    `/v1beta/models/${model}:generateContent`,
    { contents: [{ parts: [{ text: "hi" }] }] },
    GEMINI,
  ],
];
const WAYS: readonly Way[] = [
  ...["gpt-5.5", "claude-sonnet-5", "gemini-2.5-flash"].flatMap(talks),
  ...["gpt-image-2", "nano-banana-pro"].map((model): Way => [
    `images of ${model}`,
    "/v1/images/generations",
    { model, prompt: "a farthing" },
    {
      quality: (word) => ({ quality: word }),
      size: (word) => ({ size: word }),
      format: (word) => ({ output_format: word }),
      background: (word) => ({ background: word }),
    },
  ]),
  [
    "speech",
    "/v1/audio/speech",
    { model: "sandbox/speech", input: "hi", voice: "alloy" },
    { format: (word) => ({ response_format: word }), voice: (word) => ({ voice: word }) },
  ],
  [
    "embeddings",
    "/v1/embeddings",
    { model: "sandbox/embedding", input: "hi" },
    { format: (word) => ({ encoding_format: word }), member: (word) => Object.fromEntries([[word, 1]]) },
  ],
];

type Ended = readonly [status: number, outcome: unknown, hasAmounts: boolean];

describe("a gateway", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ credit: "1000" });
  });
  // Closing audits the books (I-20): whatever was held and charged here was an amount.
  afterAll(() => gateway.close());

  const isFine = ([status, outcome, hasAmounts]: Ended): boolean =>
    status < 500 && (outcome === undefined || outcome === "completed") && hasAmounts;

  const ask = async ([, path, body]: Way, place: Place, word: string): Promise<Ended> => {
    const reply = await fetch(gateway.url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
      body: JSON.stringify({ ...body, ...place(word) }),
    });
    const text = await reply.text();
    expect(text).not.toContain("NaN");
    const row = reply.status === 200 ? await gateway.row(reply.headers.get("x-request-id") ?? "") : undefined;
    return [
      reply.status,
      row?.["outcome"],
      row === undefined || (Number(row["posted"]) > 0 && Number(row["hold"]) > 0),
    ];
  };

  it.each(WAYS)("%s takes the word as it takes any", async (...way) => {
    for (const [name, place] of Object.entries(way[3])) {
      const expected = await ask(way, place, UNKNOWN);
      expect(expected, name).toSatisfy(isFine);
      for (const word of WORDS) expect([name, word, await ask(way, place, word)]).toEqual([name, word, expected]);
    }
  });
});

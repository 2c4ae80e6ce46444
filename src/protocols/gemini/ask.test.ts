import { describe, expect, it } from "vitest";

import { GatewayError } from "../../errors.ts";
import { aCall } from "../fixtures/sides.ts";
import type { Ask, Call } from "../protocol.ts";
import { ask } from "./ask.ts";

const CONTENTS = [{ role: "user", parts: [{ text: "hi" }] }];

const called = (body: string | object, model = "m"): Call => ({
  ...aCall(body),
  route: { model, stream: true, sse: true },
});
const read = (fields: object): Ask => ask(called({ contents: CONTENTS, ...fields }));
const refusal = (body: string | object, model = "m"): string => {
  try {
    ask(called(body, model));
    return "accepted";
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return `${error.code} ${error.detail.param}`;
  }
};
const parts = (...list: object[]): object => ({ contents: [{ role: "user", parts: list }] });

describe("what is read", () => {
  it("takes model and stream from the path, the rest from the config", () => {
    const config = { maxOutputTokens: 9, candidateCount: 2, thinkingConfig: { thinkingBudget: 500 } };
    expect(read({ generationConfig: config, tools: [{ functionDeclarations: [{ name: "f" }] }] })).toMatchObject({
      model: "m",
      stream: true,
      maxTokens: 9,
      choices: 2,
      thinkingBudget: 500,
      wantsUsage: true,
      serverTools: [],
      content: { messages: 1, tools: 1, images: 0, files: 0, audioBytes: 0, unbounded: false, cacheWrite: "none" },
    });
  });

  it("reads both spellings alike, and numbers that come as text", () => {
    const config = { max_output_tokens: "9", thinking_config: { thinking_budget: -1 } };
    expect(read({ generation_config: config })).toMatchObject({ maxTokens: 9, thinkingBudget: 0 });
    expect(read({})).not.toHaveProperty("maxTokens");
  });
});

describe("what is refused", () => {
  it.each<[string | object, string]>([
    [{}, "invalid_value contents"],
    [{ contents: [] }, "invalid_value contents"],
    [{ contents: "hi" }, "invalid_value contents"],
    [{ contents: CONTENTS, generationConfig: [] }, "invalid_value generationConfig"],
    [
      { contents: CONTENTS, generationConfig: { maxOutputTokens: 0 } },
      "invalid_value generationConfig.maxOutputTokens",
    ],
    [
      { contents: CONTENTS, generationConfig: { maxOutputTokens: 1.5 } },
      "invalid_value generationConfig.maxOutputTokens",
    ],
    [{ contents: CONTENTS, generationConfig: { candidateCount: 9 } }, "invalid_value generationConfig.candidateCount"],
    [{ contents: CONTENTS, generationConfig: { temperature: "hot" } }, "invalid_value generationConfig.temperature"],
    [{ contents: CONTENTS, cachedContent: "cachedContents/1" }, "invalid_value cachedContent"],
    [{ contents: CONTENTS, cached_content: "cachedContents/1" }, "invalid_value cached_content"],
    [{ contents: CONTENTS, serviceTier: "priority" }, "invalid_value serviceTier"],
    [{ contents: CONTENTS, tools: [1] }, "invalid_value tools[0]"],
    // Two spellings of one name: what is priced must be what is served.
    [{ contents: CONTENTS, generationConfig: {}, generation_config: {} }, "duplicate_key generationConfig"],
    [
      { contents: CONTENTS, generationConfig: { maxOutputTokens: 1, max_output_tokens: 9 } },
      "duplicate_key maxOutputTokens",
    ],
  ])("%j: %s", (body, expected) => {
    expect(refusal(body)).toBe(expected);
  });

  it.each(["https://generativelanguage.googleapis.com/v1beta/files/a", "gs://bucket/a", "files/a"])(
    "a file of the provider's, wherever it hides (§9.3): %s",
    (fileUri) => {
      const file = { fileData: { fileUri, mimeType: "image/png" } };
      const field = "fileData.fileUri";
      expect(refusal(parts(file))).toBe(`invalid_value contents[0].parts[0].${field}`);
      expect(refusal(parts({ file_data: { file_uri: fileUri } }))).toBe(`invalid_value contents[0].parts[0].${field}`);
      expect(refusal(parts({ functionResponse: { name: "f", parts: [file] } }))).toBe(
        `invalid_value contents[0].parts[0].functionResponse.parts[0].${field}`,
      );
      expect(refusal(JSON.stringify(parts(file)).replace("fileData", String.raw`file\u0044ata`))).toBe(
        `invalid_value contents[0].parts[0].${field}`,
      );
      expect(refusal({ contents: CONTENTS, systemInstruction: { parts: [file] } })).toBe(
        `invalid_value systemInstruction.parts[0].${field}`,
      );
    },
  );

  it.each(["", "x".repeat(257), "a\u0000b"])("a model that is no name: %j", (model) => {
    expect(refusal({ contents: CONTENTS }, model)).toBe("invalid_value model");
  });
});

describe("what the prompt holds", () => {
  const data = "A".repeat(4_000);
  const inline = (mimeType: string): object => ({ inlineData: { mimeType, data } });
  it.each<[string, object, object]>([
    ["an image", inline("image/png"), { images: 1 }],
    [
      "an image by its address",
      { fileData: { mimeType: "image/png", fileUri: "https://example.org/a.png" } },
      { images: 1 },
    ],
    ["sound", inline("audio/wav"), { audioBytes: 4_000 }],
    ["a document", inline("application/pdf"), { files: 1 }],
    ["a film", inline("video/mp4"), { unbounded: true }],
    ["whatever is behind an address", { fileData: { fileUri: "https://example.org/a" } }, { unbounded: true }],
    ["what a tool of the provider left", { toolResponse: { id: "1" } }, { unbounded: true }],
    [
      "an image in a result",
      { functionResponse: { name: "f", response: {}, parts: [inline("image/png")] } },
      { images: 1 },
    ],
  ])("%s", (_name, part, expected) => {
    const { content } = ask(called(parts({ text: "hi" }, part)));
    expect(content).toMatchObject(expected);
    expect(content.textBytes).toBeLessThan(400);
  });

  it("tools of the provider are named, with nothing that counts them", () => {
    expect(
      read({ tools: [{ google_search: {} }, { functionDeclarations: [], codeExecution: {} }] }).serverTools,
    ).toEqual([
      { path: "tools[0].googleSearch", unit: null, uses: 0 },
      { path: "tools[1].codeExecution", unit: null, uses: 0 },
    ]);
  });
});

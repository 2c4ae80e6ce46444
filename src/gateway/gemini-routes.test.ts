import { describe, expect, it } from "vitest";

import { geminiRoute, readGeminiPath } from "./gemini-routes.ts";
import { dialectOf } from "./routes.ts";
import { PROTOCOLS } from "../protocols/index.ts";

describe("readGeminiPath", () => {
  it.each<[string, string | undefined]>([
    ["/v1beta/models/gemini-3.5-flash:generateContent", "gemini-3.5-flash generateContent"],
    ["/v1/models/gemini-3.5-flash:streamGenerateContent", "gemini-3.5-flash streamGenerateContent"],
    ["/v1beta/models/sandbox/echo:countTokens", "sandbox/echo countTokens"],
    ["/v1beta/models/models/gemini-3.5-flash:generateContent", "gemini-3.5-flash generateContent"],
    ["/v1beta/models/maker/model:free:generateContent", "maker/model:free generateContent"],
    ["/v1beta/models/:generateContent", " generateContent"],
    ["/v1/models/maker/model:free", undefined],
    ["/v1beta/models/m:embedContent", "m embedContent"],
    ["/v1beta/models/m:batchEmbedContents", "m batchEmbedContents"],
    ["/v1beta/models/m:predict", undefined],
    ["/v1beta/models/generateContent", undefined],
    ["/v1/chat/completions:generateContent", undefined],
  ])("%s", (path, expected) => {
    const call = readGeminiPath(path);
    expect(call === undefined ? undefined : `${call.model} ${call.method}`).toBe(expected);
    if (call !== undefined) expect(geminiRoute(call)).toBe(`/v1beta/models/{model}:${call.method}`);
  });
});

describe("dialectOf", () => {
  it.each<[string, keyof typeof PROTOCOLS]>([
    ["/v1beta/models", "gemini"],
    ["/v1beta/no/such", "gemini"],
    ["/v1/models/m:generateContent", "gemini"],
    ["/v1/models/m:free", "openai-chat"],
    ["/v1/messages", "anthropic"],
    ["/v1/models", "openai-chat"],
  ])("%s: %s", (path, protocol) => {
    expect(dialectOf(path)).toBe(PROTOCOLS[protocol].client);
  });
});

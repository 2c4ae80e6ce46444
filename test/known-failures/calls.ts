/** One good request for every call that is charged, by the document's own paths: for tests that must leave no way in out. */
import { wavOf } from "../../src/sandbox/wav.ts";
import { JSON_TYPE } from "../../src/console/gateway-api/operation.ts";
import { OPERATIONS } from "../../src/console/gateway-api/document.ts";
import { drawPng } from "../../src/sandbox/png.ts";

/** What the call needs of a model. */
export type Kind = "chat" | "embedding" | "image" | "speech" | "transcription" | "video";

export interface ChargedCall {
  /** As the document has it. */
  readonly route: string;
  readonly kind: Kind;
  /** As `fetch` takes it, without a credential. */
  request(model: string): { readonly path: string; readonly body: string | FormData };
}

const PROMPT = "Every cent is provable.";
const MESSAGES = [{ role: "user", content: PROMPT }];
const CONTENTS = [{ role: "user", parts: [{ text: PROMPT }] }];

const json = (route: string, kind: Kind, body: (model: string) => object): ChargedCall => ({
  route,
  kind,
  request: (model) => ({ path: route.replace("{model}", model), body: JSON.stringify(body(model)) }),
});
const form = (route: string, kind: Kind, fields: (model: string) => Readonly<Record<string, string | File>>) => ({
  route,
  kind,
  request: (model: string) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields(model))) body.append(name, value);
    return { path: route, body };
  },
});

const pngFile = (): File =>
  new File([Uint8Array.from(drawPng({ text: PROMPT, width: 16, height: 16 }))], "a.png", { type: "image/png" });
const wavFile = (): File => new File([Uint8Array.from(wavOf(PROMPT))], "a.wav", { type: "audio/wav" });

export const CHARGED_CALLS: readonly ChargedCall[] = [
  json("/v1/chat/completions", "chat", (model) => ({ model, max_tokens: 50, messages: MESSAGES })),
  json("/cursor/v1/chat/completions", "chat", (model) => ({ model, max_tokens: 50, messages: MESSAGES })),
  json("/cursor/v1/responses", "chat", (model) => ({ model, input: PROMPT })),
  json("/v1/completions", "chat", (model) => ({ model, max_tokens: 50, prompt: PROMPT })),
  json("/v1/responses", "chat", (model) => ({ model, max_output_tokens: 50, input: PROMPT })),
  json("/v1/messages", "chat", (model) => ({ model, max_tokens: 50, messages: MESSAGES })),
  json("/v1beta/models/{model}:generateContent", "chat", () => ({ contents: CONTENTS })),
  json("/v1beta/models/{model}:streamGenerateContent", "chat", () => ({ contents: CONTENTS })),
  json("/v1/embeddings", "embedding", (model) => ({ model, input: PROMPT })),
  json("/v1beta/models/{model}:embedContent", "embedding", () => ({ content: CONTENTS[0] })),
  json("/v1beta/models/{model}:batchEmbedContents", "embedding", (model) => ({
    requests: [{ model: `models/${model}`, content: CONTENTS[0] }],
  })),
  json("/v1/images/generations", "image", (model) => ({ model, prompt: PROMPT })),
  form("/v1/images/edits", "image", (model) => ({ model, prompt: PROMPT, image: pngFile() })),
  json("/v1/audio/speech", "speech", (model) => ({ model, input: PROMPT, voice: "alloy" })),
  form("/v1/audio/transcriptions", "transcription", (model) => ({ model, file: wavFile() })),
  json("/v1/videos/generations", "video", (model) => ({ model, prompt: PROMPT, duration: 4 })),
  json("/v1/videos", "video", (model) => ({ model, prompt: PROMPT, seconds: "4" })),
  json("/v1beta/models/{model}:predictLongRunning", "video", () => ({
    instances: [{ prompt: PROMPT }],
    parameters: { durationSeconds: 4 },
  })),
];

/** The charged operations of the document: what CHARGED_CALLS must hold. */
export const CHARGED_ROUTES: readonly string[] = OPERATIONS.filter(({ isCharged }) => isCharged === true).map(
  ({ path }) => path,
);

/** Sends one. @param headers the credential, and what a test is about */
export const send = (
  url: string,
  call: ChargedCall,
  model: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> => {
  const { path, body } = call.request(model);
  const type = typeof body === "string" ? { "content-type": JSON_TYPE } : {};
  return fetch(url + path, { method: "POST", headers: { ...type, ...headers }, body });
};

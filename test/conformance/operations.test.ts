/**
 * Every recorded exchange of embeddings and images, replayed through the whole gateway: same protocol, bytes equal but for the named
 * edits; usage as the provider reported it; errors without a word of the provider's. Embeddings also in the other dialect.
 */
import { readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { CORPUS, hasCorpus, MANIFEST, mustHave } from "../../src/protocols/fixtures/wire.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { json } from "../upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";

type Loose = Record<string, ReturnType<typeof JSON.parse>>;

interface Recorded {
  readonly file: string;
  readonly protocol: "openai.embeddings" | "gemini.embeddings" | "openai.images";
  readonly status: number;
  /** As the client sent it; null where the recording has none. */
  readonly request: Loose | null;
  readonly path: string;
  readonly body: Loose;
}

const PROTOCOLS = ["openai.embeddings", "gemini.embeddings", "openai.images"];

const load = (): Recorded[] => {
  if (!hasCorpus) {
    console.warn(`NO CORPUS at ${CORPUS}: no recorded call is replayed. Set FARTHING_WIRE.`);
    return [];
  }
  const rows = JSON.parse(readFileSync(MANIFEST, "utf8")) as Loose[];
  return rows
    .filter(({ protocol }) => PROTOCOLS.includes(protocol))
    .map(({ file, protocol }) => {
      const { request, response } = JSON.parse(readFileSync(path.join(CORPUS, file), "utf8")) as Loose;
      return {
        file,
        protocol,
        status: response.status,
        request: request?.body ?? null,
        path: request?.path ?? "",
        body: response.body,
      };
    });
};

/** Recordings whose own form is not that of the protocol that they are filed under. */
const EXPLAINED: Readonly<Record<string, string>> = {
  "google-vertex/embeddings-3431.json": "Vertex's :predict",
  "ollama/embeddings-many-vectors-mxbai-embed-large-86ef.json": "Ollama's own API",
  "ollama/embeddings-mxbai-embed-large-9b31.json": "Ollama's own API",
};

const all = mustHave("embedding or image", load());
const replayed = all.filter(({ file }) => EXPLAINED[file] === undefined);
const good = mustHave(
  "embedding or image that succeeded",
  replayed.filter(({ status }) => status === 200),
);
const failed = mustHave(
  "embedding or image that failed",
  replayed.filter(({ status }) => status !== 200),
);

let upstream: ScriptedUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  const { baseUrl } = upstream;
  const model = (id: string, provider: string, fields: object) => ({
    id,
    ...fields,
    routes: [{ upstream: provider, model: "theirs" }],
  });
  const embedding = { kind: "embedding", prices: { input: "1" } };
  const tokens = { kind: "image", prices: { input: "1", image_input: "2", image_output: "3", output: "4" } };
  gateway = await startTestGateway({
    credit: "1000",
    config: {
      upstreams: [
        { id: "one", provider: "openai-compatible", baseUrl, apiKey: "k" },
        { id: "two", provider: "gemini-compatible", baseUrl, apiKey: "k" },
      ],
      models: [
        model("embedding-openai", "one", embedding),
        model("embedding-gemini", "two", embedding),
        model("image-tokens", "one", tokens),
        model("image-pieces", "one", { kind: "image", prices: { image: "40000" } }),
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const post = (where: string, body: object): Promise<Response> =>
  fetch(gateway.url + where, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const rowOf = (reply: Response): Promise<Loose> => gateway.row(reply.headers.get("x-request-id") ?? "");

const vectorsOf = ({ body }: Recorded): unknown[] =>
  body["data"]?.map(({ embedding }: Loose) => embedding) ??
  body["embeddings"]?.map(({ values }: Loose) => values) ?? [body["embedding"]?.values];
const textsOf = (recorded: Recorded): string[] => vectorsOf(recorded).map((_, i) => `text ${i}`);
const tokensOf = ({ body }: Recorded): number | undefined =>
  body["usage"]?.prompt_tokens ?? body["usage"]?.total_tokens ?? body["usageMetadata"]?.promptTokenCount;

/** The request of a recording, for the model that stands for its own. */
const asked = (recorded: Recorded): readonly [where: string, body: object] => {
  const { request, protocol } = recorded;
  if (protocol === "openai.embeddings")
    return ["/v1/embeddings", { input: textsOf(recorded), ...request, model: "embedding-openai" }];
  if (protocol === "gemini.embeddings") {
    const requests = textsOf(recorded).map((text) => ({ model: "models/theirs", content: { parts: [{ text }] } }));
    return ["/v1beta/models/embedding-gemini:batchEmbedContents", request ?? { requests }];
  }
  const route = recorded.path.endsWith("/edits") ? "edits" : "generations";
  const model = recorded.body["usage"]?.input_tokens === undefined ? "image-pieces" : "image-tokens";
  return [`/v1/images/${route}`, { prompt: "a picture", ...request, model }];
};

describe.skipIf(good.length === 0)("same protocol", () => {
  it.each(good.map((recorded) => [recorded.file, recorded] as const))("%s", async (_file, recorded) => {
    upstream.clear();
    upstream.always(json(recorded.body));
    const [where, body] = asked(recorded);
    const reply = await post(where, body);
    expect(reply.status).toBe(200);
    const { model, usage, ...rest } = (await reply.json()) as Loose;
    const { model: _theirs, usage: reported, ...untouched } = recorded.body;
    expect(JSON.stringify(rest)).toBe(JSON.stringify(untouched));
    if (reported !== undefined) expect(usage).toEqual(reported);
    if (recorded.protocol === "openai.embeddings") expect(model).toBe("embedding-openai");
    const sent = upstream.requests[0]?.json() as Loose;
    if (recorded.protocol !== "gemini.embeddings") expect(sent).toEqual({ ...body, model: "theirs" });
    const row = await rowOf(reply);
    if (recorded.protocol !== "openai.images") {
      const tokens = tokensOf(recorded);
      expect(row["source"]).toBe(tokens === undefined ? "estimated" : "reported");
      if (tokens !== undefined) expect(row["input"]).toBe(BigInt(tokens));
    } else if (reported?.input_tokens === undefined) expect(row).toMatchObject({ image: BigInt(rest["data"].length) });
    else {
      const { input_tokens: input, output_tokens: output } = reported;
      const sum = (...units: readonly string[]): bigint => units.reduce((total, unit) => total + (row[unit] ?? 0n), 0n);
      expect([sum("input", "image_input"), sum("output", "image_output")]).toEqual([BigInt(input), BigInt(output)]);
      expect(row["image_input"]).toBe(BigInt(reported.input_tokens_details.image_tokens));
    }
  });
});

describe.skipIf(failed.length === 0)("errors", () => {
  it.each(failed.map((recorded) => [recorded.file, recorded] as const))("%s", async (_file, recorded) => {
    upstream.clear();
    upstream.always(json(recorded.body, { status: recorded.status }));
    const before = gateway.balance();
    const [where, body] = asked(recorded);
    const reply = await post(
      where,
      recorded.protocol === "openai.embeddings"
        ? { ...body, input: "x", dimensions: 1, encoding_format: "float" }
        : body,
    );
    const text = await reply.text();
    expect(reply.status).toBeGreaterThanOrEqual(400);
    const said: unknown = recorded.body["error"]?.message ?? recorded.body["message"] ?? recorded.body["error"];
    if (typeof said === "string") expect(text).not.toContain(said);
    expect(gateway.balance()).toBe(before);
  });
});

const isPacked = (recorded: Recorded): boolean => vectorsOf(recorded).some((vector) => typeof vector === "string");
const embeddings = mustHave(
  "embedding in plain numbers",
  good.filter((one) => one.protocol !== "openai.images" && !isPacked(one)),
);

describe.skipIf(embeddings.length === 0)("embeddings in the other dialect", () => {
  it.each(embeddings.map((recorded) => [recorded.file, recorded] as const))("%s", async (_file, recorded) => {
    upstream.always(json(recorded.body));
    const texts = textsOf(recorded);
    const isOpenai = recorded.protocol === "openai.embeddings";
    const reply = isOpenai
      ? await post("/v1beta/models/embedding-openai:batchEmbedContents", {
          requests: texts.map((text) => ({ content: { parts: [{ text }] } })),
        })
      : await post("/v1/embeddings", { model: "embedding-gemini", input: texts });
    const body = (await reply.json()) as Loose;
    const vectors = isOpenai
      ? body["embeddings"].map(({ values }: Loose) => values)
      : body["data"].map(({ embedding }: Loose) => embedding);
    expect(vectors).toEqual(vectorsOf(recorded));
    const tokens = tokensOf(recorded);
    if (tokens !== undefined) expect((await rowOf(reply))["input"]).toBe(BigInt(tokens));
  });
});

it.skipIf(all.length === 0)("explains only what it must", () => {
  expect(Object.keys(EXPLAINED).every((file) => all.some((one) => one.file === file))).toBe(true);
  expect(replayed.length).toBeGreaterThanOrEqual(54);
});

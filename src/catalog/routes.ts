/** `GET /v1/models` and `/v1/models/{id}`: the callable models in the shape the caller's client expects. Pure rendering. */
import { isTalkedTo, type PricedModel } from "./model.ts";

/** Which of the dialects' model shapes to answer in. */
export type ModelShape = "openai" | "anthropic" | "gemini";

interface Page {
  /** Most entries of one page. */
  readonly limit: number;
  readonly afterId: string | null;
  readonly beforeId: string | null;
}

const DEFAULT_LIMIT = { openai: Number.POSITIVE_INFINITY, anthropic: 20, gemini: 50 } as const satisfies Record<
  ModelShape,
  number
>;
const MOST = 1000;

/** Headers by which Google's clients are known. */
const GOOGLE_HEADERS = ["x-goog-api-key", "x-goog-api-client"] as const;

/** Anthropic's clients send their version header, Google's a key or a name of their own; everything else gets OpenAI's list. */
export const modelShape = (headers: Readonly<Record<string, string | string[] | undefined>>): ModelShape => {
  if (headers["anthropic-version"] !== undefined) return "anthropic";
  return GOOGLE_HEADERS.some((name) => headers[name] !== undefined) ? "gemini" : "openai";
};

const openaiModel = (model: PricedModel) => ({
  id: model.id,
  object: "model",
  created: model.created,
  owned_by: model.provider,
});

const anthropicModel = (model: PricedModel) => ({
  type: "model",
  id: model.id,
  display_name: model.id,
  created_at: new Date(model.created * 1000).toISOString(),
  max_input_tokens: model.context,
  max_tokens: model.maxOutput,
});

const TALKS = ["generateContent", "streamGenerateContent", "countTokens"] as const;
const EMBEDS = ["embedContent", "batchEmbedContents"] as const;

const methodsOf = (model: PricedModel): readonly string[] => {
  if (isTalkedTo(model)) return TALKS;
  return model.kind === "embedding" ? EMBEDS : [];
};

const geminiModel = (model: PricedModel) => ({
  name: `models/${model.id}`,
  baseModelId: model.id,
  version: "001",
  displayName: model.id,
  description: "",
  inputTokenLimit: model.context,
  outputTokenLimit: model.maxOutput,
  supportedGenerationMethods: methodsOf(model),
});

const WRITERS = {
  openai: openaiModel,
  anthropic: anthropicModel,
  gemini: geminiModel,
} as const satisfies Record<ModelShape, (model: PricedModel) => object>;

const readPage = (query: URLSearchParams, shape: ModelShape): Page => {
  const asked = Number(query.get(shape === "gemini" ? "pageSize" : "limit") ?? Number.NaN);
  const limit = Number.isInteger(asked) && asked >= 1 ? Math.min(asked, MOST) : DEFAULT_LIMIT[shape];
  return { limit, afterId: query.get(shape === "gemini" ? "pageToken" : "after_id"), beforeId: query.get("before_id") };
};

const slice = (models: readonly PricedModel[], page: Page): { shown: readonly PricedModel[]; more: boolean } => {
  const after = page.afterId === null ? -1 : models.findIndex((model) => model.id === page.afterId);
  const before = page.beforeId === null ? -1 : models.findIndex((model) => model.id === page.beforeId);
  if (before >= 0) {
    const from = Math.max(0, before - page.limit);
    return { shown: models.slice(from, before), more: from > 0 };
  }
  const shown = models.slice(after + 1, after + 1 + page.limit);
  return { shown, more: after + 1 + shown.length < models.length };
};

/** The list, as a JSON value. Unknown cursors start from the beginning. */
export const listModels = (models: readonly PricedModel[], shape: ModelShape, query: URLSearchParams) => {
  const { shown, more } = slice(models, readPage(query, shape));
  if (shape === "openai") return { object: "list", data: shown.map(openaiModel) };
  if (shape === "gemini") {
    const last = shown.at(-1);
    return { models: shown.map(geminiModel), ...(more && last !== undefined ? { nextPageToken: last.id } : {}) };
  }
  return {
    data: shown.map(anthropicModel),
    has_more: more,
    first_id: shown[0]?.id ?? null,
    last_id: shown.at(-1)?.id ?? null,
  };
};

/** One model, as a JSON value; an alias answers with the model it stands for. */
export const oneModel = (model: PricedModel, shape: ModelShape): object => WRITERS[shape](model);

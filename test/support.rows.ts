/** What of the providers' surfaces is served, route by route: the data of docs/support.md, which a test compares with the server. */

export interface SupportRow {
  readonly method: "GET" | "POST" | "DELETE";
  /** As documented by the provider; names in braces stand for any. */
  readonly route: string;
  readonly served: boolean;
  /** What it is, or why it is not there. */
  readonly note: string;
}

const served = (method: SupportRow["method"], route: string, note: string): SupportRow => ({
  method,
  route,
  served: true,
  note,
});
const absent = (method: SupportRow["method"], route: string, note: string): SupportRow => ({
  method,
  route,
  served: false,
  note,
});

/** Why whole families are absent, in few words each. */
const STATE = "keeps state at the provider, on a key that all customers share";
const UNMETERED = "runs where nothing is metered";
const RETIRED = "retired by its provider";

export const SUPPORT: Readonly<Record<"OpenAI" | "Anthropic" | "Google", readonly SupportRow[]>> = {
  OpenAI: [
    served("POST", "/v1/chat/completions", "streamed or whole, onto any provider"),
    served("POST", "/v1/completions", "legacy completions"),
    served("POST", "/v1/responses", "stateless"),
    served("POST", "/v1/embeddings", "texts and token ids, `dimensions`, base64; onto OpenAI's and Google's models"),
    served("POST", "/v1/images/generations", "onto OpenAI's and Google's models; partial images from OpenAI's"),
    served("POST", "/v1/images/edits", "as a form or as JSON, up to 16 images"),
    served("POST", "/v1/audio/speech", "bytes or events"),
    served("POST", "/v1/audio/transcriptions", "json, verbose_json, text, srt, vtt; streamed"),
    served("POST", "/v1/videos", "video tasks, onto several providers"),
    served("GET", "/v1/videos", "the account's own"),
    served("GET", "/v1/videos/{video}", "one of them"),
    served("GET", "/v1/videos/{video}/content", "the film"),
    served("DELETE", "/v1/videos/{video}", "forgets one"),
    served("GET", "/v1/models", "the catalogue"),
    served("GET", "/v1/models/{model}", "one model"),
    absent("POST", "/v1/audio/translations", "transcribe, then ask a chat model"),
    absent("POST", "/v1/images/variations", RETIRED),
    absent("POST", "/v1/moderations", "free at the provider; call it there"),
    absent("GET", "/v1/responses/{response}", "nothing is kept between requests"),
    absent("POST", "/v1/responses/{response}/cancel", "nothing runs in the background"),
    absent("POST", "/v1/responses/compact", STATE),
    absent("POST", "/v1/conversations", STATE),
    absent("GET", "/v1/files", STATE),
    absent("POST", "/v1/files", STATE),
    absent("POST", "/v1/uploads", STATE),
    absent("POST", "/v1/batches", UNMETERED),
    absent("GET", "/v1/batches", UNMETERED),
    absent("POST", "/v1/fine_tuning/jobs", STATE),
    absent("POST", "/v1/vector_stores", STATE),
    absent("POST", "/v1/containers", STATE),
    absent("POST", "/v1/assistants", RETIRED),
    absent("POST", "/v1/threads", RETIRED),
    absent("POST", "/v1/threads/runs", RETIRED),
    absent("POST", "/v1/evals", STATE),
    absent("POST", "/v1/realtime/sessions", "WebSocket and WebRTC are not served"),
    absent("POST", "/v1/realtime/client_secrets", "WebSocket and WebRTC are not served"),
    absent("GET", "/v1/organization/usage/completions", "the provider's own accounting"),
  ],
  Anthropic: [
    served("POST", "/v1/messages", "streamed or whole, onto any provider"),
    served("POST", "/v1/messages/count_tokens", "an estimate, free"),
    served("GET", "/v1/models", "the catalogue, in Anthropic's shape where `anthropic-version` is sent"),
    absent("POST", "/v1/messages/batches", UNMETERED),
    absent("GET", "/v1/messages/batches/{batch}", UNMETERED),
    absent("POST", "/v1/complete", RETIRED),
    absent("POST", "/v1/skills", STATE),
  ],
  Google: [
    served("POST", "/v1beta/models/{model}:generateContent", "onto any provider; image models draw"),
    served("POST", "/v1beta/models/{model}:streamGenerateContent", "as events or as one JSON array"),
    served("POST", "/v1beta/models/{model}:countTokens", "an estimate, free"),
    served("POST", "/v1beta/models/{model}:embedContent", "texts; onto OpenAI's and Google's models"),
    served("POST", "/v1beta/models/{model}:batchEmbedContents", "the same, several at once"),
    served("POST", "/v1beta/models/{model}:predictLongRunning", "video tasks"),
    served("GET", "/v1beta/models", "the catalogue"),
    served("GET", "/v1beta/models/{model}", "one model"),
    absent("POST", "/v1beta/models/{model}:batchGenerateContent", UNMETERED),
    absent("POST", "/v1beta/models/{model}:asyncBatchEmbedContent", UNMETERED),
    absent("POST", "/v1beta/models/{model}:predict", RETIRED),
    absent("POST", "/v1beta/cachedContents", STATE),
    absent("GET", "/v1beta/cachedContents", STATE),
    absent("POST", "/v1beta/files", STATE),
    absent("POST", "/upload/v1beta/files", STATE),
    absent("POST", "/v1beta/tunedModels", STATE),
  ],
};

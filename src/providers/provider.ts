/**
 * Who we call: a provider is data. Adding one is a file of this shape and a line in index.ts.
 *
 * Quirks are the only way in which a provider may deviate from its protocol; the list is closed (`QUIRK_IDS` in
 * protocols/protocol.ts, where each is applied), and quirks.ts names a recording that shows each:
 * - `max_tokens_only`: knows `max_tokens` alone, and ignores (so does not enforce) or refuses `max_completion_tokens`. A cap that
 *   is ignored would let a reply outgrow its hold, so the field is renamed. DeepSeek, Z.ai, Mistral and most compatible servers.
 * - `max_completion_tokens_only`: refuses `max_tokens` on some or all models. OpenAI's o-series and GPT-5 and later, Xiaomi.
 * - `no_stream_options`: refuses unknown fields, `stream_options` among them. Mistral.
 * - `reasoning_beside_completion`: `completion_tokens` leaves reasoning out, so total = prompt + completion + reasoning. xAI.
 * - `random_seed`: has no `seed`, and refuses what it does not know. Mistral.
 * - `thinking_switch`: thinking is on unless `thinking: {type: "disabled"}` says otherwise. DeepSeek, Kimi, GLM, MiMo.
 * - `enable_thinking`: the same as a boolean, with a `thinking_budget`. Qwen.
 * - `reasoning_object`: the same as an object with an effort or a budget. OpenRouter.
 * - `no_forced_tools_while_thinking`: refuses a demanded tool while the model thinks. The tool was demanded, so thinking goes. DeepSeek.
 * - `wants_reasoning_back`: refuses a turn with calls whose reasoning the client did not keep. Kimi, DeepSeek.
 * - `think_tags`: thinking stands in the content as `<think>…</think>`, and would be taken for the answer. MiniMax, Groq, open models.
 * - `tells_prices`: the reply tells what the operator pays for it. OpenRouter, xAI, Perplexity, Venice.
 * - `caches_by_prefix`: Messages of others than Anthropic, whose caches a prompt's changing first words would spoil.
 * - `openai_additions`: knows what OpenAI alone added to chat: tools with a grammar, `prompt_cache_key`, `verbosity`. From requests of
 *   Cursor's they are taken out for everybody else, many of whom refuse what they do not know. OpenAI.
 * - `always_b64_json`: images come as bytes and `response_format` is refused, though clients of older models send it. OpenAI.
 */
import type { ProtocolId, Quirks } from "../protocols/protocol.ts";

/** How a provider wants its credential. */
export type Auth = "bearer" | "x-api-key" | "x-goog-api-key" | "none";

/** One protocol that a provider serves. */
export interface Surface {
  readonly protocol: ProtocolId;
  /** Appended to the upstream's base URL, such as `/v1`; the protocol appends its own path after it. */
  readonly prefix: string;
  readonly auth: Auth;
  readonly quirks: Quirks;
  /** Its models complete prompts and do not chat: only legacy completions reach them. */
  readonly completes?: true;
}

/** How a provider makes videos: the id of one of `video/`. */
export type VideoApiId = "ark" | "dashscope" | "veo";

/** The tasks by which a provider makes videos. */
export interface VideoSurface {
  readonly api: VideoApiId;
  /** Appended to the upstream's base URL. */
  readonly prefix: string;
  readonly auth: Auth;
}

export interface Provider {
  readonly id: string;
  readonly name: string;
  /** The provider's public address; null when the operator must give one. */
  readonly baseUrl: string | null;
  /** The environment variable that switches this provider on with one upstream of its own name. */
  readonly env: string | null;
  /** In order of preference for a client that speaks none of them. */
  readonly surfaces: readonly [Surface, ...Surface[]];
  /** Ways to make videos; none for most. The sandbox has all of them. */
  readonly videos?: readonly VideoSurface[];
  /** Models of other catalogue providers that this one also serves: none unless an upstream's `models` says so. */
  readonly models: "own" | "listed";
}

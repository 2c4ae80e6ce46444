/**
 * How providers deviate from their protocols, each with a recording that shows it (a path in the corpus of recorded traffic, which is
 * read where it is and never copied). A quirk changes what the gateway does; a tolerance is read by everybody's reader and is listed
 * so that nobody takes it out. Tests compare every row with its recording, and docs/guide/providers.md with these rows.
 */
import type { QuirkId } from "../protocols/protocol.ts";
import type { ProviderId } from "./index.ts";

/** What every reader accepts, in the words of docs/guide/providers.md. */
export const TOLERANCES = {
  reasoning_content: "reasoning in `reasoning_content`",
  reasoning: "reasoning in `reasoning`",
  reasoning_details: "reasoning in `reasoning_details`",
  reasoning_twice: "the same reasoning in two members, read once",
  thinking_parts: "content as a list, with parts of type `thinking`",
  usage_beside_choices: "usage in the chunk that ends the choice",
  usage_in_many_chunks: "usage in every chunk, growing: never added up",
  usage_in_choice: "usage within the choice",
  usage_apart: "usage in a member of the provider's own",
  usage_missing: "no usage in a stream that was not asked for it: it is always asked for",
  cache_count_elsewhere: "cached tokens under a name of the provider's own",
  cached_beyond_prompt: "more cached tokens than prompt tokens: the rest is none",
  reasoning_beyond_completion: "more reasoning tokens than completion tokens: the rest is none",
  audio_beside_prompt: "audio tokens in the total alone",
  no_done: "no `[DONE]`: the end of the body is the end",
  two_ends: "the finish reason twice: the second says nothing",
  stop_with_calls: "`stop` although tools were called",
  calls_without_index: "deltas of calls without `index`",
  calls_without_id: 'calls with an `id` of `""`: one is made up',
  arguments_null: "`arguments: null`",
  empty_calls: "`tool_calls: []` where there are none",
  null_members: "null for what is absent",
  empty_opening: "a first chunk without choices, id and model",
  delta_missing: "a choice without `delta`",
  ids_change: "id or model that change within a stream",
  content_on_end: "content in the chunk that ends the choice",
  comments: "comments before and between events",
  blank_before_body: "blank lines before a JSON body",
  crlf: "lines that end with CR LF",
  no_space: "no blank after `data:`",
  event_names: "event names, where the protocol has none",
  error_in_200: "an error within a 200",
  big_integers: "integers beyond 2⁵³: bytes pass as they came",
  unknown_members: "members that nobody else has",
} as const;

export type ToleranceId = keyof typeof TOLERANCES;

export interface Deviation {
  readonly provider: ProviderId;
  readonly shows: QuirkId | ToleranceId;
  /** The recording; null where there is only the provider's word for it. */
  readonly recording: string | null;
}

/** Recordings by provider: its folder in the corpus, or that of a host which runs the same server. */
const row = (provider: ProviderId, shows: Deviation["shows"], recording: string | null): Deviation => ({
  provider,
  shows,
  recording: recording === null ? null : `${recording}.json`,
});

const QUIRK_ROWS: readonly Deviation[] = [
  row("alibaba", "enable_thinking", "alibaba/qwen-400-thinking-needs-stream"),
  row("deepseek", "max_tokens_only", "deepseek/chat-reasoning-finish-length-deepseek-v4-flash-9020"),
  row("deepseek", "thinking_switch", "deepseek/chat-stream-tool-call-single-deepseek-v4-flash-d062"),
  row("deepseek", "no_forced_tools_while_thinking", "deepseek/chat-400-deepseek-v4-flash-90a7"),
  row("deepseek", "caches_by_prefix", "deepseek/chat-parallel-tool-result-tool-result-deepseek-v4-flash-6193"),
  row("groq", "think_tags", "groq/chat-text-qwen3-32b-1d80"),
  row("minimax", "think_tags", "minimax/minimax-m25-json"),
  row("mistral", "no_stream_options", "mistral/chat-stream-vision-url-text-mistral-large-latest-0a35"),
  row("mistral", "random_seed", "mistral/chat-json-schema-text-mistral-large-latest-8e68"),
  row("moonshot", "wants_reasoning_back", "moonshot/kimi-400-reasoning-missing"),
  row("openai", "max_completion_tokens_only", "openai/chat-400-gpt-5-nano-e981"),
  row("openai", "openai_additions", null),
  row("openai", "always_b64_json", "openai/images-400-rig-nonexistent-image-model-805e"),
  row("openrouter", "reasoning_object", "openrouter/chat-stream-stream-reasoning-reasoning-claude-sonnet-4.5-b6cd"),
  row("openrouter", "tells_prices", "openrouter/chat-annotations-document-gpt-5.1-codex-mini-4a03"),
  row("perplexity", "tells_prices", "perplexity/chat-citations-multi-turn-sonar-422b"),
  row("together", "max_tokens_only", "together/together-stream-tool-call"),
  row("venice", "tells_prices", "venice/chat-parallel-tool-result-tool-result-qwen3-5-9b-1f55"),
  row("xai", "reasoning_beside_completion", "xai/chat-tool-call-parallel-cached-tokens-grok-4-fast-ea88"),
  row("xai", "tells_prices", "xai/chat-parallel-tool-result-tool-result-grok-4-fast-74c6"),
  row("zhipu", "thinking_switch", "zai/chat-reasoning-multi-turn-glm-4.7-c4c5"),
];

const TOLERANCE_ROWS: readonly Deviation[] = [
  row("alibaba", "reasoning_content", "alibaba/chat-reasoning-text-qwen3-max-7da6"),
  row("azure", "empty_opening", "azure/chat-stream-system-text-empty-id-o4-mini-69a7"),
  row("azure", "delta_missing", "azure/chat-stream-text-delta-null-or-missing-gpt-4o-mini-4a78"),
  row(
    "azure",
    "cached_beyond_prompt",
    "azure-foundry/chat-parallel-tool-result-tool-result-grok-4-1-fast-non-reasoning-c2e2",
  ),
  row("cerebras", "reasoning", "cerebras/chat-reasoning-multi-turn-gpt-oss-120b-12e5"),
  row("cerebras", "unknown_members", "cerebras/chat-reasoning-multi-turn-zai-glm-4.7-e7e9"),
  row(
    "databricks",
    "usage_in_many_chunks",
    "databricks/chat-stream-tool-result-system-usage-in-many-chunks-databricks-claude-3-7-sonnet-0ba7",
  ),
  row("deepseek", "reasoning_content", "deepseek/chat-parallel-tool-result-tool-result-deepseek-v4-flash-6193"),
  row("deepseek", "cache_count_elsewhere", "deepseek/chat-parallel-tool-result-tool-result-deepseek-v4-flash-6193"),
  row("deepseek", "usage_beside_choices", "deepseek/chat-stream-text-usage-in-many-chunks-deepseek-chat-96e7"),
  row("deepseek", "comments", "deepseek/chat-stream-keep-alive-comments"),
  row("deepseek", "blank_before_body", "deepseek/chat-json-keep-alive-blank-lines"),
  row("google", "calls_without_id", "google/chat-stream-tool-call-single-toolcall-empty-id-gemini-2.0-flash-ed71"),
  row("google", "calls_without_index", "google/chat-stream-tool-call-single-toolcall-empty-id-gemini-2.0-flash-d10a"),
  row("google", "stop_with_calls", "google/chat-stream-tool-call-single-toolcall-empty-id-gemini-2.0-flash-d10a"),
  row("google", "usage_in_many_chunks", "google/chat-stream-text-usage-in-many-chunks-gemini-2.0-flash-076f"),
  row("google", "content_on_end", "google/chat-stream-text-usage-in-many-chunks-gemini-2.0-flash-076f"),
  row("groq", "reasoning", "groq/chat-json-schema-reasoning-gpt-oss-20b-c93a"),
  row("groq", "usage_apart", "groq/chat-stream-stream-reasoning-reasoning-id-changes-midstream-compound-beta-d60b"),
  row("groq", "ids_change", "groq/chat-stream-stream-reasoning-reasoning-id-changes-midstream-compound-beta-d60b"),
  row("groq", "event_names", "groq/chat-stream-stream-error-stream-reasoning-chat-no-done-gpt-oss-120b-851f"),
  row("groq", "error_in_200", "groq/chat-stream-stream-error-stream-reasoning-chat-no-done-gpt-oss-120b-851f"),
  row("huggingface", "no_done", "huggingface/chat-stream-multi-turn-text-chat-no-done-llama-3.1-8b-instruct-3b44"),
  row("huggingface", "null_members", "huggingface/chat-vision-base64-text-qwen2.5-vl-72b-instruct-a151"),
  row("llamacpp", "reasoning_content", "llamacpp/chat-reasoning-cached-tokens-qwen3-1.7b-q4-k-m-f32f"),
  row("llamacpp", "unknown_members", "llamacpp/chat-reasoning-cached-tokens-qwen3-1.7b-q4-k-m-f32f"),
  row("minimax", "reasoning_details", "minimax/minimax-m27-stream-reasoning-split"),
  row("minimax", "no_done", "minimax/minimax-m27-stream-reasoning-split"),
  row("minimax", "unknown_members", "minimax/minimax-m25-json"),
  row("mistral", "thinking_parts", "mistral/chat-reasoning-empty-content-mistral-small-latest-8ccf"),
  row(
    "mistral",
    "calls_without_index",
    "mistral/chat-stream-tool-call-parallel-toolcall-no-index-mistral-large-latest-8a5a",
  ),
  row("mistral", "usage_beside_choices", "mistral/chat-stream-vision-url-text-mistral-large-latest-0a35"),
  row("mistral", "audio_beside_prompt", "mistral/chat-audio-input-text-voxtral-small-latest-52b7"),
  row("mistral", "content_on_end", "mistral/chat-stream-finish-length-n-1-mistral-small-latest-8a43"),
  row("moonshot", "usage_in_choice", "moonshot/kimi-stream-usage-inside-choice"),
  row("moonshot", "no_space", "moonshot/kimi-messages-nospace-sse"),
  row("moonshot", "reasoning_content", "moonshot/chat-stream-stream-reasoning-reasoning-kimi-k3-4007"),
  row("ollama", "reasoning", "ollama/chat-parallel-tool-result-tool-result-qwen3-ebd4"),
  row("ollama", "calls_without_index", "ollama/chat-stream-tool-call-single-toolcall-no-index-llama3.1-957f"),
  row("ollama", "stop_with_calls", "ollama/chat-stream-tool-call-single-toolcall-no-index-llama3.1-957f"),
  row("ollama", "usage_missing", "ollama/chat-stream-tool-call-single-toolcall-no-index-llama3.1-957f"),
  row("openrouter", "comments", "openrouter/chat-stream-annotations-text-deepseek-chat-857b"),
  row("openrouter", "two_ends", "openrouter/chat-stream-annotations-text-deepseek-chat-857b"),
  row("openrouter", "reasoning_twice", "openrouter/chat-annotations-document-gpt-5.1-codex-mini-4a03"),
  row("openrouter", "error_in_200", "openrouter/chat-stream-stream-error-stream-reasoning-minimax-m2-free-6714"),
  row(
    "openrouter",
    "reasoning_beyond_completion",
    "openrouter/chat-stream-stream-error-stream-reasoning-minimax-m2-free-6714",
  ),
  row("openrouter", "arguments_null", "meta/chat-stream-tool-call-single-toolcall-args-null-muse-spark-1.1-d405"),
  row("perplexity", "crlf", "perplexity/chat-stream-citations-text-chat-no-done-sonar-e6e0"),
  row("perplexity", "no_done", "perplexity/chat-stream-citations-text-chat-no-done-sonar-e6e0"),
  row("perplexity", "usage_in_many_chunks", "perplexity/chat-stream-citations-text-chat-no-done-sonar-e6e0"),
  row("together", "two_ends", "together/together-stream-tool-call"),
  row("together", "empty_calls", "together/chat-text-llama-3.3-70b-instruct-turbo-d1e1"),
  row("together", "big_integers", "together/chat-text-llama-3.3-70b-instruct-turbo-d1e1"),
  row("together", "cache_count_elsewhere", "together/chat-text-llama-3.3-70b-instruct-turbo-d1e1"),
  row(
    "venice",
    "null_members",
    "venice/chat-stream-tool-result-tool-call-single-role-null-mistral-small-3-2-24b-instru-71f7",
  ),
  row("vllm", "reasoning", "crusoe/chat-tool-result-reasoning-glm-5.2-4066"),
  row("vllm", "null_members", "crusoe/chat-tool-result-reasoning-glm-5.2-4066"),
  row("xai", "reasoning_content", "xai/chat-parallel-tool-result-tool-result-grok-code-fast-1-566a"),
  row("xai", "usage_in_many_chunks", "xai/chat-stream-text-usage-in-many-chunks-grok-2-fd6d"),
  row("zhipu", "reasoning_content", "zai/chat-reasoning-multi-turn-glm-4.7-c4c5"),
  row("zhipu", "unknown_members", "zai/chat-reasoning-multi-turn-glm-4.7-c4c5"),
];

/** Every deviation that is known, by provider. */
export const DEVIATIONS: readonly Deviation[] = [...QUIRK_ROWS, ...TOLERANCE_ROWS];

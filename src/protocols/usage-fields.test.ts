/**
 * Every member of every usage object that any provider was seen to send is accounted for: it is a unit, a whole of units, or is
 * left out for a reason. A member that nobody has judged yet fails here. What is a unit is shown to be metered as that unit, once.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { COMPLETION_UNITS, PROMPT_UNITS, total, UNITS, type Unit, type Usage } from "../unit.ts";
import { readUsage as readMessages } from "./anthropic/meter.ts";
import { writeUsage as writeMessages } from "./anthropic/usage.ts";
import type { Json, JsonObject } from "./canonical.ts";
import { GEMINI, loadRecorded, type Recorded } from "./fixtures/corpus.ts";
import { readUsage as readGemini } from "./gemini/meter.ts";
import { writeUsage as writeGemini } from "./gemini/usage.ts";
import type { UsageReading } from "./meter.ts";
import { readUsage as readChat } from "./openai-chat/meter.ts";
import { writeUsage as writeChat } from "./openai-chat/usage.ts";
import { readUsage as readResponses } from "./openai-responses/meter.ts";
import { writeUsage as writeResponses } from "./openai-responses/usage.ts";
import { PROTOCOL_IDS, type ProtocolId } from "./protocol.ts";
import { textOf } from "./value.ts";

/**
 * What a member is: a unit; `whole`, which units add up to; `rest`, a part that has the price of its whole and stays in it; or why
 * it is left out.
 */
type Meaning = Unit | "whole" | "rest" | (typeof LEFT_OUT)[number];
const LEFT_OUT = [
  "a price to the operator",
  "speed",
  "a mode that is refused where it costs",
  "said again",
  "free beside its tokens",
  "a tool that is refused without a price",
  "about the count, no count",
  "of the provider's own making",
] as const;

const CHAT: Readonly<Record<string, Meaning>> = {
  prompt_tokens: "whole",
  completion_tokens: "whole",
  total_tokens: "whole",
  "prompt_tokens_details.cached_tokens": "cache_read",
  "prompt_tokens_details.cache_write_tokens": "cache_write_5m",
  "prompt_tokens_details.audio_tokens": "audio_input",
  "prompt_tokens_details.text_tokens": "rest",
  "prompt_tokens_details.image_tokens": "rest",
  "prompt_tokens_details.video_tokens": "rest",
  "prompt_tokens_details.multimodal_tokens": "rest",
  "completion_tokens_details.reasoning_tokens": "reasoning",
  "completion_tokens_details.audio_tokens": "audio_output",
  "completion_tokens_details.image_tokens": "image_output",
  "completion_tokens_details.text_tokens": "rest",
  // Predicted text that was not used is generated and billed like any other.
  "completion_tokens_details.accepted_prediction_tokens": "rest",
  "completion_tokens_details.rejected_prediction_tokens": "rest",
  prompt_cache_hit_tokens: "cache_read",
  prompt_cache_miss_tokens: "rest",
  cached_tokens: "cache_read",
  num_cached_tokens: "cache_read",
  cache_read_input_tokens: "cache_read",
  cache_creation_input_tokens: "cache_write_5m",
  "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
  "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h",
  "cache_creation.ephemeral_24h_input_tokens": "cache_write_1h",
  audio_prompt_tokens: "audio_input",
  reasoning_tokens: "reasoning",
  "server_tool_use_details.web_search_requests": "web_search",
  "server_tool_use_details.tool_calls_executed": "said again",
  "server_tool_use_details.tool_calls_requested": "said again",
  num_sources_used: "free beside its tokens",
  search_context_size: "a mode that is refused where it costs",
  service_tier: "a mode that is refused where it costs",
  // Mistral's tokens of the same audio are in the total.
  prompt_audio_seconds: "said again",
  total_characters: "said again",
  draft_tokens: "of the provider's own making",
  draft_tokens_acceptance: "of the provider's own making",
  cost: "a price to the operator",
  "cost.input_tokens_cost": "a price to the operator",
  "cost.output_tokens_cost": "a price to the operator",
  "cost.request_cost": "a price to the operator",
  "cost.total_cost": "a price to the operator",
  "cost_details.upstream_inference_cost": "a price to the operator",
  "cost_details.upstream_inference_prompt_cost": "a price to the operator",
  "cost_details.upstream_inference_completions_cost": "a price to the operator",
  cost_in_usd_ticks: "a price to the operator",
  market_cost: "a price to the operator",
  is_byok: "a price to the operator",
};

/** Times and rates of servers that tell them. */
const SPEED =
  "avg_compl_tok_per_sec avg_prompt_tok_per_sec avg_tok_per_sec total_completion_time_sec total_prompt_time_sec total_time_sec prompt_time completion_time queue_time total_time prompt_tokens_per_second tokens_per_second time_per_output_token_ms time_to_first_token_ms";

const MESSAGES: Readonly<Record<string, Meaning>> = {
  input_tokens: "input",
  output_tokens: "whole",
  "output_tokens_details.thinking_tokens": "reasoning",
  cache_read_input_tokens: "cache_read",
  cache_creation_input_tokens: "cache_write_5m",
  "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
  "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h",
  "iterations[].input_tokens": "input",
  "iterations[].output_tokens": "output",
  "iterations[].cache_read_input_tokens": "cache_read",
  "iterations[].cache_creation_input_tokens": "cache_write_5m",
  "iterations[].cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
  "iterations[].cache_creation.ephemeral_1h_input_tokens": "cache_write_1h",
  "iterations[].type": "about the count, no count",
  "iterations[].model": "about the count, no count",
  "server_tool_use.web_search_requests": "web_search",
  "server_tool_use.web_fetch_requests": "free beside its tokens",
  service_tier: "a mode that is refused where it costs",
  inference_geo: "a mode that is refused where it costs",
  speed: "a mode that is refused where it costs",
  // Kimi repeats the prompt in the words of the other dialect.
  prompt_tokens: "said again",
  cached_tokens: "said again",
  cost: "a price to the operator",
  "cost_details.upstream_inference_cost": "a price to the operator",
  "cost_details.upstream_inference_prompt_cost": "a price to the operator",
  "cost_details.upstream_inference_completions_cost": "a price to the operator",
  is_byok: "a price to the operator",
};

const RESPONSES: Readonly<Record<string, Meaning>> = {
  input_tokens: "whole",
  output_tokens: "whole",
  total_tokens: "whole",
  "input_tokens_details.cached_tokens": "cache_read",
  "input_tokens_details.cache_write_tokens": "cache_write_5m",
  "output_tokens_details.reasoning_tokens": "reasoning",
  // xAI: how full the context is after the last pass.
  "context_details.input_tokens": "said again",
  "context_details.output_tokens": "said again",
  num_server_side_tools_used: "web_search",
  num_sources_used: "free beside its tokens",
  "server_side_tool_usage_details.web_search_calls": "web_search",
  "server_side_tool_usage_details.x_search_calls": "a tool that is refused without a price",
  "server_side_tool_usage_details.code_interpreter_calls": "a tool that is refused without a price",
  "server_side_tool_usage_details.document_search_calls": "a tool that is refused without a price",
  "server_side_tool_usage_details.file_search_calls": "a tool that is refused without a price",
  "server_side_tool_usage_details.image_generation_calls": "a tool that is refused without a price",
  "server_side_tool_usage_details.mcp_calls": "a tool that is refused without a price",
  cost: "a price to the operator",
  "cost_details.upstream_inference_cost": "a price to the operator",
  "cost_details.upstream_inference_input_cost": "a price to the operator",
  "cost_details.upstream_inference_output_cost": "a price to the operator",
  cost_in_usd_ticks: "a price to the operator",
  is_byok: "a price to the operator",
};

const GEMINI_FIELDS: Readonly<Record<string, Meaning>> = {
  promptTokenCount: "whole",
  candidatesTokenCount: "whole",
  totalTokenCount: "whole",
  thoughtsTokenCount: "reasoning",
  cachedContentTokenCount: "cache_read",
  toolUsePromptTokenCount: "input",
  "promptTokensDetails[AUDIO].tokenCount": "audio_input",
  "promptTokensDetails[TEXT].tokenCount": "rest",
  "promptTokensDetails[IMAGE].tokenCount": "rest",
  "promptTokensDetails[VIDEO].tokenCount": "rest",
  "promptTokensDetails[DOCUMENT].tokenCount": "rest",
  "cacheTokensDetails[TEXT].tokenCount": "rest",
  "cacheTokensDetails[IMAGE].tokenCount": "rest",
  "cacheTokensDetails[VIDEO].tokenCount": "rest",
  "cacheTokensDetails[DOCUMENT].tokenCount": "rest",
  "candidatesTokensDetails[TEXT].tokenCount": "rest",
  "candidatesTokensDetails[IMAGE].tokenCount": "image_output",
  "candidatesTokensDetails[AUDIO].tokenCount": "audio_output",
  "toolUsePromptTokensDetails[TEXT].tokenCount": "rest",
  serviceTier: "a mode that is refused where it costs",
  trafficType: "a mode that is refused where it costs",
};

const FIELDS: Readonly<Record<ProtocolId, Readonly<Record<string, Meaning>>>> = {
  "openai-chat": { ...CHAT, ...Object.fromEntries(SPEED.split(" ").map((name) => [name, "speed" as const])) },
  anthropic: MESSAGES,
  "openai-responses": RESPONSES,
  gemini: GEMINI_FIELDS,
};

const isUnit = (meaning: Meaning): meaning is Unit => (UNITS as readonly string[]).includes(meaning);

/** Times of Azure's engines, whose list is theirs. */
const isKnown = (protocol: ProtocolId, path: string): boolean =>
  Object.hasOwn(FIELDS[protocol], path) || (protocol === "openai-chat" && path.startsWith("latency_checkpoint."));

type Loose = Record<string, ReturnType<typeof JSON.parse>>;

const parsed = (text: string): Loose[] => {
  try {
    return [JSON.parse(text) as Loose].flat();
  } catch {
    return [];
  }
};

const bodiesOf = ({ sse, body }: Recorded): Loose[] =>
  sse === undefined
    ? parsed(body ?? "")
    : sse.split(/\r\n|\n|\r/).flatMap((line) => (line.startsWith("data:") ? parsed(line.slice(5)) : []));

const usagesOf = (body: Loose): Loose[] =>
  [
    body["usage"],
    body["message"]?.usage,
    body["response"]?.usage,
    body["usageMetadata"],
    body["x_groq"]?.usage,
    ...(body["choices"] ?? []).map((choice: Loose | null) => choice?.["usage"]),
  ].filter((usage) => typeof usage === "object" && usage !== null);

/** By their numbers, which a client may have asked for. */
const MODALITIES = ["", "TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT"];

const modalityName = (modality: Json | undefined): string =>
  typeof modality === "number" ? (MODALITIES[modality] ?? "") : textOf(modality);

/** The paths of an object's leaves. Lists of counts by modality are told apart by it. */
const pathsOf = (value: Json, path = ""): string[] => {
  if (Array.isArray(value))
    return (value as readonly JsonObject[]).flatMap((item) => {
      const { modality, ...rest } = item;
      return pathsOf(rest, `${path}[${modalityName(modality)}]`);
    });
  if (typeof value !== "object" || value === null) return value === null ? [] : [path];
  return Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, path === "" ? name : `${path}.${name}`));
};

const READERS: Readonly<Record<ProtocolId, (usage: Json) => UsageReading>> = {
  "openai-chat": readChat,
  anthropic: readMessages,
  "openai-responses": readResponses,
  gemini: readGemini,
};

const BASES: Readonly<Record<ProtocolId, JsonObject>> = {
  "openai-chat": { prompt_tokens: 100, completion_tokens: 50 },
  anthropic: { input_tokens: 100, output_tokens: 50 },
  "openai-responses": { input_tokens: 100, output_tokens: 50 },
  gemini: { promptTokenCount: 100, candidatesTokenCount: 50 },
};

/** A usage object with one more count at a path. */
const withCount = (base: JsonObject, path: string, count: number): JsonObject => {
  const [name = "", ...rest] = path.split(".");
  const bracket = name.indexOf("[");
  const plain = bracket < 0 ? name : name.slice(0, bracket);
  if (rest.length === 0) return { ...base, [plain]: count };
  const inner = withCount({}, rest.join("."), count);
  const modality = bracket < 0 ? "" : name.slice(bracket + 1, -1);
  if (bracket < 0) return { ...base, [plain]: inner };
  return { ...base, [plain]: [modality === "" ? { type: "compaction", ...inner } : { modality, ...inner }] };
};

const ALL = [...loadRecorded(), ...loadRecorded(GEMINI)];

describe.each(PROTOCOL_IDS)("%s", (protocol) => {
  const seen = new Set(
    ALL.filter((one) => one.protocol === protocol)
      .flatMap(bodiesOf)
      .flatMap(usagesOf)
      .flatMap((usage) => pathsOf(usage)),
  );

  it("every member that was ever seen has a meaning", () => {
    expect(seen.size).toBeGreaterThan(3);
    expect([...seen].filter((path) => !isKnown(protocol, path)).toSorted()).toEqual([]);
  });

  const fields = Object.entries(FIELDS[protocol]);
  const base = READERS[protocol](BASES[protocol]).usage ?? {};
  const sum = (usage: Usage): number => total(usage, PROMPT_UNITS) + total(usage, COMPLETION_UNITS);

  it.each(fields.filter(([, meaning]) => isUnit(meaning)))(
    "I-17: %s is counted as %s, and only so",
    (path, meaning) => {
      // Another count than the base's, where the member is the base's own.
      const usage = READERS[protocol](withCount(BASES[protocol], path, 7)).usage ?? {};
      const unit = meaning as Unit;
      const own = Object.hasOwn(BASES[protocol], path);
      const adds = !own && (path.startsWith("iterations") || unit === "input");
      expect((usage[unit] ?? 0) - (adds ? (base[unit] ?? 0) : 0)).toBe(7);
      for (const other of UNITS)
        if (other !== unit && other !== "input" && other !== "output") expect(usage[other]).toBeUndefined();
      // A part is taken out of its whole, where it is a part of it.
      expect([sum(base), sum(base) + 7, sum(base) - 93, sum(base) - 43]).toContain(sum(usage));
    },
  );

  it.each(fields.filter(([, meaning]) => !isUnit(meaning) && meaning !== "whole"))("%s adds nothing: %s", (path) => {
    expect(READERS[protocol](withCount(BASES[protocol], path, 7)).usage).toEqual(base);
  });
});

it("a modality may be its number", () => {
  const audio = { promptTokensDetails: [{ modality: 4, tokenCount: 7 }] };
  expect(readGemini({ ...BASES.gemini, ...audio }).usage).toEqual({ input: 93, audio_input: 7, output: 50 });
});

describe("units come back in the client's dialect, with its meaning", () => {
  const WRITERS: Readonly<Record<ProtocolId, (usage: Usage) => JsonObject>> = {
    "openai-chat": writeChat,
    anthropic: writeMessages,
    "openai-responses": writeResponses,
    gemini: writeGemini,
  };
  /** Units that the dialect has a word for; the others come back within their whole. */
  const TOLD: Readonly<Record<ProtocolId, readonly Unit[]>> = {
    "openai-chat": [
      "cache_write_5m",
      "cache_write_1h",
      "reasoning",
      "audio_input",
      "audio_output",
      "image_output",
      "web_search",
    ],
    anthropic: ["cache_write_5m", "cache_write_1h", "reasoning", "web_search"],
    "openai-responses": ["cache_write_5m", "cache_write_1h", "reasoning", "audio_input"],
    gemini: ["cache_read", "audio_cache_read", "reasoning", "audio_input", "audio_output", "image_output"],
  };
  const count = fc.nat(100_000);
  const TOKENS = [...PROMPT_UNITS, ...COMPLETION_UNITS];
  const aUsage = fc.record(
    Object.fromEntries([...TOKENS, "web_search"].map((unit) => [unit, count])),
  ) as fc.Arbitrary<Usage>;

  it.each(PROTOCOL_IDS)("I-17, B50: %s", (protocol) => {
    fc.assert(
      fc.property(aUsage, (usage) => {
        const again = READERS[protocol](WRITERS[protocol](usage)).usage ?? {};
        expect(total(again, PROMPT_UNITS)).toBe(total(usage, PROMPT_UNITS));
        expect(total(again, COMPLETION_UNITS)).toBe(total(usage, COMPLETION_UNITS));
        for (const unit of TOLD[protocol]) expect([unit, again[unit] ?? 0]).toEqual([unit, usage[unit] ?? 0]);
        const read = (of: Usage): number => (of.cache_read ?? 0) + (of.audio_cache_read ?? 0);
        expect(read(again)).toBe(read(usage));
      }),
    );
  });
});

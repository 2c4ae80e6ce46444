/**
 * What a recorded reply says, read as plainly as possible and independently of the product's readers: text, tool calls, finish,
 * and the provider's own count of tokens.
 */
import { framesOf, parse, type Exchange } from "./corpus.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- recorded bodies of any shape, read by an independent eye
type Loose = Record<string, any>;

export interface Said {
  readonly text: string;
  readonly toolCalls: readonly { readonly name: string; readonly input: string }[];
  /** The protocol's own word. */
  readonly finish: string | null;
}

export interface Counted {
  readonly prompt: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly completion: number;
}

const chunksOf = (exchange: Exchange): Loose[] =>
  framesOf(exchange.response.sse ?? "").flatMap(({ data }) => {
    const json = parse(data);
    return typeof json === "object" && json !== null ? [json as Loose] : [];
  });

const textOf = (content: unknown): string => {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: Loose) => (part["type"] === "text" ? (part["text"] ?? "") : "")).join("");
};

const chatStream = (chunks: readonly Loose[]): Said => {
  let text = "";
  let finish: string | null = null;
  const calls = new Map<string, { name: string; input: string }>();
  let last = "";
  for (const chunk of chunks) {
    const choice = (chunk["choices"] ?? []).find((one: Loose) => (one["index"] ?? 0) === 0);
    if (choice === undefined) continue;
    const delta: Loose = choice.delta ?? {};
    text += textOf(delta["content"]) + (typeof delta["refusal"] === "string" ? delta["refusal"] : "");
    for (const call of delta["tool_calls"] ?? []) {
      const key = call.index === undefined ? (call.id ? `id:${call.id}` : last || "0") : `index:${call.index}`;
      if (call.index === undefined && call.function?.name && !call.id) last = `call:${calls.size}`;
      else last = key;
      const known = calls.get(last) ?? { name: "", input: "" };
      known.name ||= call.function?.name ?? "";
      known.input += call.function?.arguments ?? "";
      calls.set(last, known);
    }
    if (choice.finish_reason) finish ??= choice.finish_reason;
  }
  return { text, toolCalls: [...calls.values()], finish };
};

const chatWhole = (body: Loose): Said => {
  const choice = body["choices"]?.[0] ?? {};
  const message: Loose = choice.message ?? {};
  const calls = (message["tool_calls"] ?? []).map((call: Loose) => ({
    name: call["function"]?.name ?? "",
    input: call["function"]?.arguments ?? "",
  }));
  const legacy = message["function_call"];
  if (legacy) calls.push({ name: legacy.name, input: legacy.arguments });
  return {
    text: textOf(message["content"]) + (typeof message["refusal"] === "string" ? message["refusal"] : ""),
    toolCalls: calls,
    finish: choice.finish_reason ?? null,
  };
};

const messagesWhole = (body: Loose): Said => ({
  text: textOf(body["content"]),
  toolCalls: (body["content"] ?? [])
    .filter((block: Loose) => block["type"] === "tool_use")
    .map((block: Loose) => ({ name: block["name"], input: JSON.stringify(block["input"]) })),
  finish: body["stop_reason"] ?? null,
});

const messagesStream = (events: readonly Loose[]): Said => {
  let text = "";
  let finish: string | null = null;
  const calls = new Map<number, { name: string; input: string; whole: unknown }>();
  for (const event of events) {
    const { type, index } = event;
    if (type === "content_block_start" && event["content_block"]?.type === "text")
      text += event["content_block"].text ?? "";
    if (type === "content_block_start" && event["content_block"]?.type === "tool_use")
      calls.set(index, { name: event["content_block"].name, input: "", whole: event["content_block"].input });
    if (type === "content_block_delta" && event["delta"]?.type === "text_delta") text += event["delta"].text;
    const call = calls.get(index);
    if (type === "content_block_delta" && event["delta"]?.type === "input_json_delta" && call !== undefined)
      call.input += event["delta"].partial_json;
    if (type === "message_delta" && event["delta"]?.stop_reason) finish = event["delta"].stop_reason;
  }
  const toolCalls = [...calls.values()].map(({ name, input, whole }) => ({
    name,
    input: input === "" ? JSON.stringify(whole ?? {}) : input,
  }));
  return { text, toolCalls, finish };
};

/** The chunks of a Gemini reply, whatever their framing: a stream may have come as an array. */
const geminiChunks = ({ response }: Exchange, streamed: readonly Loose[]): Loose[] => {
  if (response.sse !== undefined) return [...streamed];
  return (Array.isArray(response.body) ? response.body : [response.body ?? {}]) as Loose[];
};

const geminiSaid = (chunks: readonly Loose[]): Said => {
  let text = "";
  let finish: string | null = null;
  const toolCalls: { name: string; input: string }[] = [];
  for (const chunk of chunks) {
    if (chunk["promptFeedback"]?.blockReason) finish = "blocked";
    const candidate = (chunk["candidates"] ?? []).find((one: Loose) => (one["index"] ?? 0) === 0) ?? {};
    for (const part of candidate.content?.parts ?? []) {
      if (part.functionCall)
        toolCalls.push({ name: part.functionCall.name, input: JSON.stringify(part.functionCall.args ?? {}) });
      else if (part.thought !== true) text += part.text ?? "";
    }
    if (candidate.finishReason) finish = String(candidate.finishReason);
  }
  return { text, toolCalls, finish };
};

/** Prompt counts hold what was cached; thoughts and the prompts of tools stand beside. */
const geminiCount = (chunks: readonly Loose[]): Counted | undefined => {
  const usage = chunks.map((chunk) => chunk["usageMetadata"]).findLast((one?: Loose) => one?.["promptTokenCount"] > 0);
  if (usage === undefined) return undefined;
  return {
    prompt: usage.promptTokenCount + (usage.toolUsePromptTokenCount ?? 0),
    cacheRead: usage.cachedContentTokenCount ?? 0,
    cacheWrite: 0,
    completion: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
  };
};

const partText = (parts: readonly Loose[] | undefined): string =>
  (parts ?? []).map((part) => part["text"] ?? part["refusal"] ?? "").join("");

const responsesWhole = (body: Loose): Said => {
  const items: Loose[] = body["output"] ?? [];
  return {
    text: items.map((item) => (item["type"] === "message" ? partText(item["content"]) : "")).join(""),
    toolCalls: items.flatMap((item) => {
      if (item["type"] === "function_call") return [{ name: item["name"], input: item["arguments"] }];
      // Free text is an argument of its own where tools take JSON.
      return item["type"] === "custom_tool_call"
        ? [{ name: item["name"], input: JSON.stringify({ input: item["input"] }) }]
        : [];
    }),
    finish: body["incomplete_details"] ? `incomplete/${body["incomplete_details"].reason}` : (body["status"] ?? null),
  };
};

const responsesEnd = (events: readonly Loose[]): Loose =>
  events.findLast(({ type }) => type === "response.completed" || type === "response.incomplete")?.["response"] ?? {};

/** Items as the stream told them; the last event tells them again, but some providers leave the output out of it. */
const responsesStream = (events: readonly Loose[]): Said => {
  const told = events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item as Loose);
  const end = responsesEnd(events);
  const whole = responsesWhole({ ...end, output: (end["output"]?.length ?? 0) >= told.length ? end["output"] : told });
  const deltas = events.map(({ type, delta }) =>
    type === "response.output_text.delta" || type === "response.refusal.delta" ? delta : "",
  );
  return { ...whole, text: whole.text || deltas.join("") };
};

/** What the first choice of a recorded reply says. */
export const saidBy = (exchange: Exchange): Said => {
  const streamed = exchange.response.sse !== undefined;
  const body = (exchange.response.body ?? {}) as Loose;
  if (exchange.protocol === "gemini") return geminiSaid(geminiChunks(exchange, chunksOf(exchange)));
  if (exchange.protocol === "openai-responses")
    return streamed ? responsesStream(chunksOf(exchange)) : responsesWhole(body);
  if (exchange.protocol === "anthropic") return streamed ? messagesStream(chunksOf(exchange)) : messagesWhole(body);
  return streamed ? chatStream(chunksOf(exchange)) : chatWhole(body);
};

const chatCount = (usage: Loose): Counted => {
  const prompt = usage["prompt_tokens"] ?? 0;
  const details = usage["prompt_tokens_details"] ?? {};
  const cacheRead =
    details.cached_tokens ??
    usage["prompt_cache_hit_tokens"] ??
    usage["cached_tokens"] ??
    usage["num_cached_tokens"] ??
    usage["cache_read_input_tokens"] ??
    0;
  const cacheWrite = details.cache_write_tokens ?? usage["cache_creation_input_tokens"] ?? 0;
  const completion = usage["completion_tokens"] ?? 0;
  const reasoning = usage["completion_tokens_details"]?.reasoning_tokens ?? 0;
  const beside = reasoning > 0 && usage["total_tokens"] === prompt + completion + reasoning;
  // Mistral counts audio in the total only.
  const elsewhere = beside ? 0 : Math.max(0, (usage["total_tokens"] ?? 0) - prompt - Math.max(completion, reasoning));
  return {
    prompt: Math.max(prompt + elsewhere, cacheRead + cacheWrite),
    cacheRead,
    cacheWrite,
    // Some gateways count more reasoning than completion; the larger is what was produced.
    completion: beside ? completion + reasoning : Math.max(completion, reasoning),
  };
};

const merge = (into: Loose, usage: Loose | null | undefined): Loose => {
  for (const [key, value] of Object.entries(usage ?? {})) if (value !== null && value !== undefined) into[key] = value;
  return into;
};

/** Passes of other kinds than `message` (compaction, an advisor) are billed on top of the top-level counts. */
const messagesCount = (usage: Loose): Counted => {
  const passes = [usage, ...(usage["iterations"] ?? []).filter((pass: Loose) => pass["type"] !== "message")] as Loose[];
  const sum = (name: string): number => passes.reduce((total, pass) => total + (pass[name] ?? 0), 0);
  const cacheRead = sum("cache_read_input_tokens");
  const cacheWrite = sum("cache_creation_input_tokens");
  return {
    prompt: sum("input_tokens") + cacheRead + cacheWrite,
    cacheRead,
    cacheWrite,
    completion: sum("output_tokens"),
  };
};

const responsesCount = (usage: Loose): Counted => ({
  prompt: usage["input_tokens"],
  cacheRead: usage["input_tokens_details"]?.cached_tokens ?? 0,
  cacheWrite: usage["input_tokens_details"]?.cache_write_tokens ?? 0,
  completion: usage["output_tokens"],
});

/** What the provider counted, or undefined when it counted nothing. */
export const countedBy = (exchange: Exchange): Counted | undefined => {
  if (exchange.protocol === "gemini") return geminiCount(geminiChunks(exchange, chunksOf(exchange)));
  const body = (exchange.response.body ?? {}) as Loose;
  if (exchange.protocol === "anthropic") {
    const usage =
      exchange.response.sse === undefined
        ? merge({}, body["usage"])
        : chunksOf(exchange).reduce(
            (sum, event) => merge(merge(sum, event["message"]?.usage), event["usage"]),
            {} as Loose,
          );
    return Object.keys(usage).length === 0 ? undefined : messagesCount(usage);
  }
  if (exchange.protocol === "openai-responses") {
    const response = exchange.response.sse === undefined ? body : responsesEnd(chunksOf(exchange));
    return response["usage"] ? responsesCount(response["usage"]) : undefined;
  }
  const reports = exchange.response.sse === undefined ? [body] : chunksOf(exchange);
  const usages = reports.flatMap((report) => {
    const usage = report["usage"] ?? report["x_groq"]?.usage ?? report["choices"]?.[0]?.usage;
    return usage ? [usage as Loose] : [];
  });
  const last = usages.at(-1);
  return last === undefined ? undefined : chatCount(last);
};

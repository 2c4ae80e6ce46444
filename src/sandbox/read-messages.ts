/** Reads an Anthropic Messages request, refusing what the provider would refuse. Pure. */
import type { Json, JsonObject } from "../protocols/canonical.ts";
import { table } from "../table.ts";
import {
  inlineItem,
  namedItem,
  type Ask,
  type Item,
  type Part,
  type Tool,
  type ToolChoice,
  type Ttl,
  type Turn,
} from "./ask.ts";
import type { RequestHeaders } from "./dialect.ts";
import { invalid } from "./refusal.ts";
import { isRedacted, isSigned } from "./signature.ts";
import { countOf, objectOf, objectsOf, textOf } from "./value.ts";

const MAX_CACHE_MARKS = 4;
/** The version from which sampling parameters are refused. */
const NO_SAMPLING = "2026-10-21";
const SAMPLING = ["temperature", "top_p", "top_k"] as const;
const ROLES = table<Turn["role"]>({ user: "user", assistant: "assistant", system: "system" });

const cached = (holder: JsonObject): { cache?: Ttl } => {
  const mark = objectOf(holder["cache_control"]);
  if (mark?.["type"] !== "ephemeral") return {};
  return { cache: mark["ttl"] === "1h" ? "1h" : "5m" };
};

const itemOf = (kind: Item["kind"], source: JsonObject): Item => {
  const data = textOf(source["data"]);
  const mediaType = textOf(source["media_type"]) ?? "application/octet-stream";
  if (data !== null && source["type"] === "base64") return inlineItem(kind, mediaType, data);
  if (data !== null) return inlineItem(kind, mediaType, Buffer.from(data).toString("base64"));
  return namedItem(kind, textOf(source["url"]) ?? textOf(source["file_id"]) ?? "unknown");
};

const resultOf = (block: JsonObject): Part => {
  const content = block["content"];
  const inner = typeof content === "string" ? [] : objectsOf(content);
  const texts = typeof content === "string" ? [content] : inner.flatMap((part) => textOf(part["text"]) ?? []);
  return {
    kind: "result",
    id: textOf(block["tool_use_id"]) ?? "",
    text: texts.join("\n"),
    items: inner.flatMap((part) => {
      const source = objectOf(part["source"]);
      if (source === null) return [];
      return [itemOf(part["type"] === "document" ? "document" : "image", source)];
    }),
    ...cached(block),
  };
};

const thinkingOf = (block: JsonObject, where: string): Part => {
  const [text, signature] = [textOf(block["thinking"]) ?? "", textOf(block["signature"])];
  if (signature === null) throw invalid(`${where}.thinking.signature: Field required`);
  if (!isSigned(signature, text)) throw invalid(`${where}: Invalid \`signature\` in \`thinking\` block`);
  return { kind: "thinking", text, signature };
};

const redactedOf = (block: JsonObject, where: string): Part => {
  const data = textOf(block["data"]) ?? "";
  if (!isRedacted(data)) throw invalid(`${where}: Invalid \`data\` in \`redacted_thinking\` block`);
  return { kind: "redacted", data };
};

type Reader = (block: JsonObject, where: string) => Part;

const mediaOf =
  (kind: Item["kind"]): Reader =>
  (block) => ({ kind: "item", item: itemOf(kind, objectOf(block["source"]) ?? {}) });

const textBlock: Reader = (block, where) => {
  const text = textOf(block["text"]) ?? "";
  if (text === "") throw invalid(`${where}: text content blocks must be non-empty`);
  return { kind: "text", text };
};

const callOf: Reader = (block) => ({
  kind: "call",
  id: textOf(block["id"]) ?? "",
  name: textOf(block["name"]) ?? "",
  args: JSON.stringify(block["input"] ?? {}),
});

const READERS = table<Reader>({
  text: textBlock,
  image: mediaOf("image"),
  document: mediaOf("document"),
  tool_use: callOf,
  tool_result: resultOf,
  thinking: thinkingOf,
  redacted_thinking: redactedOf,
});

const bare: Reader = (block, where) => {
  const type = textOf(block["type"]) ?? "";
  const read = READERS[type];
  return read === undefined ? { kind: "other", text: JSON.stringify(block) } : read(block, where);
};

const partsOf = (content: Json | undefined, where: string): readonly Part[] => {
  const text = textOf(content);
  if (text !== null) return [{ kind: "text", text }];
  return objectsOf(content).map((block, i) => ({ ...bare(block, `${where}.content.${i}`), ...cached(block) }));
};

const turnOf = (message: JsonObject, index: number): Turn => {
  const role = textOf(message["role"]) ?? "";
  const speaker = ROLES[role];
  if (speaker === undefined) throw invalid(`messages.${index}.role: Input should be 'user', 'assistant' or 'system'`);
  return { role: speaker, parts: partsOf(message["content"], `messages.${index}`) };
};

const idsOf = (turn: Turn | undefined, kind: "call" | "result"): readonly string[] =>
  (turn?.parts ?? []).flatMap((part) => (part.kind === kind ? [part.id] : []));

/** Turns of user and assistant, neighbours of one role joined, as the provider does. */
const spokenOf = (turns: readonly Turn[]): readonly { turn: Turn; index: number }[] => {
  const spoken: { turn: Turn; index: number }[] = [];
  for (const [index, turn] of turns.entries()) {
    if (turn.role === "system") continue;
    const before = spoken.at(-1);
    if (before?.turn.role === turn.role) before.turn = { ...turn, parts: [...before.turn.parts, ...turn.parts] };
    else spoken.push({ turn, index });
  }
  return spoken;
};

/** Calls are answered in the very next message, and answers belong to calls of the message before. */
const checkCalls = (turns: readonly Turn[]): void => {
  const spoken = spokenOf(turns);
  for (const [at, { turn, index }] of spoken.entries()) {
    const calls = turn.role === "assistant" ? idsOf(turn, "call") : [];
    const answered = new Set(idsOf(spoken[at + 1]?.turn, "result"));
    const open = calls.filter((id) => !answered.has(id));
    if (open.length > 0)
      throw invalid(
        `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(", ")}.`,
      );
    const asked = new Set(idsOf(spoken[at - 1]?.turn, "call"));
    const stray = idsOf(turn, "result").find((id) => !asked.has(id));
    if (stray !== undefined)
      throw invalid(
        `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each must name a \`tool_use\` block of the previous message.`,
      );
  }
};

const toolOf = (tool: JsonObject): readonly Tool[] => {
  const name = textOf(tool["name"]);
  if (name === null) return [];
  const { cache_control: _, ...definition } = tool;
  return [{ name, schema: tool["input_schema"] ?? {}, definition: JSON.stringify(definition), ...cached(tool) }];
};

const choiceOf = (choice: JsonObject | null): ToolChoice => {
  const type = choice?.["type"];
  if (type === "none" || type === "any") return { kind: type };
  return type === "tool" ? { kind: "named", name: textOf(choice?.["name"]) ?? "" } : { kind: "auto" };
};

const thinkingMode = (thinking: JsonObject | null): Ask["thinking"] => {
  if (thinking === null) return "unset";
  if (thinking["type"] === "disabled") return "off";
  return thinking["display"] === "omitted" ? "omitted" : "shown";
};

const checkBudget = (thinking: JsonObject | null, maxTokens: number): void => {
  if (thinking?.["type"] !== "enabled") return;
  const budget = countOf(thinking["budget_tokens"]) ?? 0;
  if (budget < 1024) throw invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
  if (budget >= maxTokens) throw invalid("`max_tokens` must be greater than `thinking.budget_tokens`.");
};

const checkHeaders = (body: JsonObject, headers: RequestHeaders): void => {
  const version = headers["anthropic-version"];
  if (typeof version !== "string") throw invalid("anthropic-version: header is required");
  const refused = version === NO_SAMPLING ? SAMPLING.find((name) => body[name] !== undefined) : undefined;
  if (refused !== undefined) throw invalid(`${refused}: Extra inputs are not permitted`);
};

/** Marks the last part of all, which is what a mark on the request itself means. */
const autoCached = (body: JsonObject, turns: readonly Turn[]): readonly Turn[] => {
  const mark = cached(body);
  const last = turns.at(-1);
  const part = last?.parts.at(-1);
  if (mark.cache === undefined || last === undefined || part === undefined) return turns;
  return [...turns.slice(0, -1), { ...last, parts: [...last.parts.slice(0, -1), { ...part, ...mark }] }];
};

const checkMarks = (tools: readonly Tool[], turns: readonly Turn[]): void => {
  const marks = [...tools, ...turns.flatMap((turn) => turn.parts)].filter((holder) => holder.cache !== undefined);
  if (marks.length > MAX_CACHE_MARKS)
    throw invalid(`A maximum of ${MAX_CACHE_MARKS} blocks with cache_control may be provided. Found ${marks.length}.`);
};

/** @throws Refusal */
export const readMessages = (body: JsonObject, headers: RequestHeaders): Ask => {
  checkHeaders(body, headers);
  const model = textOf(body["model"]);
  if (model === null) throw invalid("model: Field required");
  const maxTokens = countOf(body["max_tokens"]);
  if (maxTokens === null) throw invalid("max_tokens: Field required");
  const messages = objectsOf(body["messages"]);
  if (messages.length === 0) throw invalid("messages: at least one message is required");
  const thinking = objectOf(body["thinking"]);
  checkBudget(thinking, maxTokens);
  const spoken = messages.map(turnOf);
  checkCalls(spoken);
  const system = partsOf(body["system"], "system");
  const turns = autoCached(body, [
    ...(system.length > 0 ? [{ role: "system" as const, parts: system }] : []),
    ...spoken,
  ]);
  const tools = objectsOf(body["tools"]).flatMap(toolOf);
  checkMarks(tools, turns);
  const format = objectOf(objectOf(body["output_config"])?.["format"]);
  const toolChoice = objectOf(body["tool_choice"]);
  return {
    model,
    stream: body["stream"] === true,
    includeUsage: true,
    maxTokens,
    stops: (body["stop_sequences"] === undefined ? [] : [body["stop_sequences"]])
      .flat()
      .flatMap((stop) => (typeof stop === "string" ? [stop] : [])),
    choices: 1,
    tools,
    toolChoice: choiceOf(toolChoice),
    parallel: toolChoice?.["disable_parallel_tool_use"] !== true,
    schema: format?.["type"] === "json_schema" ? (format["schema"] ?? {}) : null,
    thinking: thinkingMode(thinking),
    turns,
  };
};

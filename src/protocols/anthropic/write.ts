/** Writes canonical chat as a Messages request: the parameters. The conversation is in messages.ts. */
import { blank } from "../../table.ts";
import type { Chat, JsonObject, OutputFormat, Tool, ToolChoice } from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import { asFunction } from "../free-text.ts";
import type { Target } from "../protocol.ts";
import { withinRanges } from "../sampling.ts";
import { cacheControl } from "./blocks.ts";
import { writeConversation } from "./messages.ts";
import { writeThinking } from "./thinking.ts";
import { traitsOf, type Traits } from "./traits.ts";

/** The longest user id that Anthropic takes. */
const MAX_USER = 256;

const writeTool = (tool: Tool): JsonObject => ({
  name: tool.name,
  ...(tool.description === undefined ? {} : { description: tool.description }),
  // The dialect insists on the type that every schema of arguments has.
  input_schema: tool.parameters["type"] === undefined ? { type: "object", ...tool.parameters } : tool.parameters,
  ...(tool.strict === true ? { strict: true } : {}),
  ...cacheControl(tool),
});

const writeChoice = (choice: ToolChoice | undefined, parallel: boolean | undefined): JsonObject | undefined => {
  const isSerial = parallel === false && choice?.type !== "none";
  if (choice === undefined && !isSerial) return undefined;
  return { ...(choice ?? { type: "auto" }), ...(isSerial ? { disable_parallel_tool_use: true } : {}) };
};

const writeTools = ({ tools, toolChoice, parallelTools }: Chat, dropped: Dropped): JsonObject => {
  if (tools === undefined || tools.length === 0) return {};
  const choice = writeChoice(toolChoice, parallelTools);
  const functions = tools.map((tool, i) => asFunction(tool, `tools[${i}]`, dropped));
  return { tools: functions.map(writeTool), ...(choice === undefined ? {} : { tool_choice: choice }) };
};

/** Settings that the dialect has no member for, by the name that a chat client knows them by. */
const nameLost = (chat: Chat, dropped: Dropped): void => {
  const lost = {
    presence_penalty: chat.presencePenalty,
    frequency_penalty: chat.frequencyPenalty,
    seed: chat.seed,
    logprobs: chat.logprobs,
    n: chat.n,
    modalities: chat.drawing,
  };
  for (const [name, value] of Object.entries(lost)) if (value !== undefined) dropped.add(name);
};

/** The sampling that the model takes: none beside thinking, not both, or only its own. */
const writeSampling = (chat: Chat, traits: Traits, thinks: boolean, dropped: Dropped): JsonObject => {
  const { temperature, topP, topK } = chat;
  const said = { temperature, top_p: topP, top_k: topK };
  const sampling = blank<number>();
  for (const [name, value] of Object.entries(said)) {
    if (value === undefined) continue;
    const isDefault = name !== "top_k" && value === 1;
    if (thinks || traits.fixedSampling) {
      if (!isDefault) dropped.add(name);
    } else if (name === "top_p" && traits.oneSampling && temperature !== undefined) {
      if (!isDefault) dropped.add(name);
    } else {
      sampling[name] = value;
    }
  }
  return sampling;
};

const writeStops = (stop: readonly string[] | undefined, dropped: Dropped): JsonObject => {
  if (stop === undefined) return {};
  const kept = stop.filter((sequence, i) => {
    // Sequences of white space alone are refused.
    if (sequence.trim() !== "") return true;
    dropped.add(`stop[${i}]`);
    return false;
  });
  return kept.length === 0 ? {} : { stop_sequences: kept };
};

const writeFormat = (format: OutputFormat | undefined, dropped: Dropped): JsonObject => {
  if (format === undefined) return {};
  if (format.type === "json") {
    dropped.add("response_format", "json_object");
    return {};
  }
  return { format: { type: "json_schema", schema: format.schema } };
};

const writeUser = (user: string | undefined, dropped: Dropped): JsonObject => {
  if (user === undefined) return {};
  if (user.length <= MAX_USER) return { metadata: { user_id: user } };
  dropped.add("user");
  return {};
};

/** A request body, with the names of what the dialect cannot carry. The cap on output includes what may be thought. */
export const writeRequest = (
  asked: Chat,
  target: Target,
): { readonly body: JsonObject; readonly dropped: readonly string[] } => {
  const dropped = new Dropped();
  const chat = withinRanges(asked, "anthropic", dropped);
  nameLost(chat, dropped);
  const traits = traitsOf(target.model);
  const maxTokens = target.maxTokens ?? target.defaultMaxTokens;
  const { system, messages } = writeConversation(chat.turns, target, dropped);
  const { thinking, effort } = writeThinking(chat, { messages, maxTokens, traits, reasons: target.reasons }, dropped);
  const config = { ...effort, ...writeFormat(chat.format, dropped) };
  const body = {
    model: target.model,
    max_tokens: maxTokens,
    ...(system.length === 0 ? {} : { system }),
    messages,
    ...(chat.stream ? { stream: true } : {}),
    ...writeTools(chat, dropped),
    ...thinking,
    ...(Object.keys(config).length === 0 ? {} : { output_config: config }),
    ...writeSampling(chat, traits, Object.keys(thinking).length > 0, dropped),
    ...writeStops(chat.stop, dropped),
    ...writeUser(chat.user, dropped),
  };
  return { body, dropped: dropped.names };
};

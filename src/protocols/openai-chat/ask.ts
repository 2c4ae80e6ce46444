/**
 * What the pipeline must know of a Chat Completions request, read from its scan: nothing is parsed unless the prompt holds more
 * than text. Parameters that would cost what no price covers are refused here (DESIGN §9.3), and so is all that is no number.
 */
import { errors } from "../../errors.ts";
import { own } from "../../table.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { ContentTally, MAX_TOOLS, Params, REFUSALS, STANDARD_TIERS } from "../params.ts";
import type { Ask, Call, ContentBound, ServerTool } from "../protocol.ts";
import { isObject, listOf } from "../value.ts";

const MAX_CHOICES = 128;
const LEAST_BUDGET = 1_024;

/** Members that never become tokens of the prompt. */
const NOT_PROMPT: ReadonlySet<string> = new Set(
  "model stream stream_options max_tokens max_completion_tokens n temperature top_p frequency_penalty presence_penalty seed stop user metadata store service_tier logit_bias logprobs top_logprobs parallel_tool_calls prompt_cache_key safety_identifier".split(
    " ",
  ),
);

/** Kinds of thing in messages that are only text (a `ttl` among them tells a cache's lifetime). */
const TEXT_KINDS: ReadonlySet<string> = new Set(
  "text refusal function custom thinking ephemeral 5m 1h reasoning.text reasoning.summary reasoning.encrypted".split(
    " ",
  ),
);
/** Kinds of thing in tools: the tools that the client runs itself, and what JSON Schema consists of. */
const TOOL_KINDS: ReadonlySet<string> = new Set(
  "function custom ephemeral 5m 1h text grammar object string number integer boolean array null".split(" "),
);

/** Members by which providers of this dialect sell more than tokens. */
const COSTLY = ["search_parameters", "plugins", "mcp_servers", "container"] as const;
/** The member that makes a model search by itself, wherever it knows it. */
const SEARCH = "web_search_options";

/** Reads and checks a request. @throws GatewayError invalid_value */
export const ask = (call: Call): Ask => {
  const params = new Params(call.body, call.scan);
  const model = params.model();
  const messages = params.messages();
  const stream = params.boolean("stream") ?? false;
  const maxTokens = capOf(params);
  const choices = params.has("n") ? (params.integer("n", 1, MAX_CHOICES) ?? 1) : 1;
  for (const name of ["temperature", "top_p", "frequency_penalty", "presence_penalty"]) params.finite(name);
  params.stops("stop");
  const tools = params.length("tools", MAX_TOOLS) + params.length("functions", MAX_TOOLS);
  const options = params.object("stream_options");
  refuseCostly(params);
  const { content, serverTools } = contentOf(call, params, messages, tools);
  return {
    model,
    stream,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    choices,
    thinkingBudget: thinkingBudget(params),
    wantsUsage: options?.["include_usage"] === true,
    content,
    serverTools,
  };
};

/** The client's cap. Given twice, the larger one is what may be spent: which of them a provider obeys is not certain. */
const capOf = (params: Params): number | undefined => {
  const caps = ["max_tokens", "max_completion_tokens"].map((name) => params.integer(name, 1, Number.MAX_SAFE_INTEGER));
  const given = caps.filter((cap) => cap !== undefined);
  return given.length === 0 ? undefined : Math.max(...given);
};

/** Tokens of thinking that were asked for explicitly, in the extensions that have them. */
const thinkingBudget = (params: Params): number => {
  const budget = params.objectIfAny("thinking")?.["budget_tokens"] ?? undefined;
  if (budget === undefined) return 0;
  if (typeof budget !== "number" || !Number.isSafeInteger(budget) || budget < LEAST_BUDGET)
    throw errors.invalidValue("thinking.budget_tokens", `must be an integer of at least ${LEAST_BUDGET}`);
  return budget;
};

const refuseCostly = (params: Params): void => {
  if (params.boolean("background") === true) throw errors.invalidValue("background", REFUSALS.background);
  params.boolean("store");
  params.oneOf("service_tier", STANDARD_TIERS);
  for (const name of COSTLY) params.refuse(name, REFUSALS.serverTool);
  if (params.has("enable_search") && params.boolean("enable_search") === true)
    throw errors.invalidValue("enable_search", REFUSALS.serverTool);
};

/** A key that some servers take a media part by, without any `type`. */
const MEDIA_KEY = '_url"';

interface Walked {
  readonly content: ContentBound;
  readonly serverTools: readonly ServerTool[];
}

const contentOf = (call: Call, params: Params, messages: number, tools: number): Walked => {
  const textBytes = params.promptBytes(NOT_PROMPT);
  const isText =
    params.tagsWithin(["messages"], TEXT_KINDS) &&
    params.tagsWithin(["tools"], TOOL_KINDS) &&
    !params.includes("messages", MEDIA_KEY);
  const tally = isText ? new ContentTally() : walked(call.json());
  if (params.has(SEARCH)) tally.serverTools.push(uncounted(SEARCH));
  const content = {
    textBytes: Math.max(0, textBytes - tally.dataBytes),
    messages,
    tools,
    images: tally.images,
    files: tally.files,
    audioBytes: tally.audioBytes,
    unbounded: tally.unbounded,
    cacheWrite: params.cacheWrite(),
  };
  return { content, serverTools: tally.serverTools };
};

const walked = (body: JsonObject): ContentTally => {
  const tally = new ContentTally();
  const { messages, tools } = body;
  for (const [i, message] of listOf(messages).entries())
    if (isObject(message)) walkMessage(message, `messages[${i}]`, tally);
  for (const [i, tool] of listOf(tools).entries()) noteTool(tool, `tools[${i}]`, tally);
  return tally;
};

/** Providers of this dialect bill such tools by use and do not say in `usage` how often they ran. */
const uncounted = (path: string): ServerTool => ({ path, unit: null, uses: 0 });

const noteTool = (tool: Json, path: string, tally: ContentTally): void => {
  const type = isObject(tool) ? (tool["type"] ?? "function") : "function";
  if (type !== "function" && type !== "custom") tally.serverTools.push(uncounted(`${path}.type`));
};

const walkMessage = (message: JsonObject, path: string, tally: ContentTally): void => {
  // A spoken reply is replayed by its id at the provider.
  if (isObject(message["audio"]) && typeof message["audio"]["id"] === "string")
    throw errors.invalidValue(`${path}.audio.id`, REFUSALS.providerObject);
  for (const [j, part] of listOf(message["content"]).entries())
    if (isObject(part)) walkPart(part, `${path}.content[${j}]`, tally);
};

const walkPart = (part: JsonObject, path: string, tally: ContentTally): void => {
  const { type, image_url: image, input_audio: audio, file } = part;
  if (image !== undefined) {
    tally.images++;
    tally.address(
      isObject(image) ? image["url"] : image,
      isObject(image) ? `${path}.image_url.url` : `${path}.image_url`,
    );
  } else if (isObject(audio)) {
    const data = typeof audio["data"] === "string" ? audio["data"] : "";
    tally.audioBytes += Math.ceil((data.length * 3) / 4);
    tally.data(data);
  } else if (isObject(file)) {
    if (typeof file["file_id"] === "string") throw errors.invalidValue(`${path}.file.file_id`, REFUSALS.providerObject);
    tally.files++;
    tally.address(file["file_data"], `${path}.file.file_data`);
  } else if (typeof part["file_id"] === "string") {
    throw errors.invalidValue(`${path}.file_id`, REFUSALS.providerObject);
  } else if (typeof type === "string" && !TEXT_KINDS.has(type)) {
    // Video and whatever comes next: its tokens are not in its bytes.
    tally.unbounded = true;
    const media = own(part, type);
    tally.address(isObject(media) ? media["url"] : media, `${path}.${type}.url`);
  }
};
